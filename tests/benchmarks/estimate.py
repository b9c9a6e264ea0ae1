# SPDX-License-Identifier: Apache-2.0
"""Time the estimate of a plan of 1,000 resources beside a bare json.load of the same file.

The plan is mixed: instances of all sizes, node groups, volumes, databases, caches, endpoints, buckets with usage, and
what costs nothing; half of it is in the state already. The price book is read anew each time, as a command does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "collections"))
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.files import (  # noqa: E402
    Files,
    estimate_files,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Estimate, Options  # noqa: E402
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import cents  # noqa: E402

Json = dict[str, Any]
SIZES = ("m5.large", "m6i.xlarge", "c6g.2xlarge", "r6i.4xlarge", "g5.xlarge", "p4d.24xlarge", "t3.medium", "m7g.large")
TAGS = {"Project": "bench", "Environment": "production", "Team": "ml", "Service": "api", "ManagedBy": "terraform"}


def values(kind: str, number: int) -> Json:
    """Return the values of one resource of a kind."""
    size = SIZES[number % len(SIZES)]
    disk = [{"volume_type": "gp3", "volume_size": 50 + number % 100, "iops": 3000, "throughput": 125}]
    nodes = {"min_size": 1, "desired_size": 2 + number % 3, "max_size": 9}
    known: dict[str, Json] = {
        "aws_instance": {"instance_type": size, "root_block_device": disk},
        "aws_eks_node_group": {
            "instance_types": [size],
            "capacity_type": ("ON_DEMAND", "SPOT")[number % 2],
            "disk_size": 100,
            "scaling_config": [nodes],
        },
        "aws_ebs_volume": {"type": "gp3", "size": 100, "iops": 4000, "throughput": 250},
        "aws_db_instance": {
            "engine": "postgres",
            "engine_version": "17.4",
            "instance_class": "db.m6g.large",
            "allocated_storage": 100,
            "storage_type": "gp3",
            "multi_az": number % 2 == 0,
        },
        "aws_elasticache_replication_group": {"node_type": "cache.r6g.large", "num_cache_clusters": 2},
        "aws_vpc_endpoint": {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b", "c"]},
        "aws_nat_gateway": {},
        "aws_s3_bucket": {"bucket": f"bucket-{number}"},
        "aws_iam_role": {"assume_role_policy": "{}" * 200},
        "aws_vpc_security_group_ingress_rule": {"cidr_ipv4": "10.0.0.0/16", "from_port": 443, "to_port": 443},
    }
    return {**known[kind], "tags": TAGS, "tags_all": TAGS}


KINDS = (
    "aws_instance",
    "aws_eks_node_group",
    "aws_ebs_volume",
    "aws_db_instance",
    "aws_elasticache_replication_group",
    "aws_vpc_endpoint",
    "aws_nat_gateway",
    "aws_s3_bucket",
    "aws_iam_role",
    "aws_vpc_security_group_ingress_rule",
)


def plan(count: int) -> Json:
    """Return a plan of so many resources in modules of 50, the first half of which the state has already."""
    resources = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        address = f"module.m{number // 50}.{kind}.r{number}"
        provider = "registry.terraform.io/hashicorp/aws"
        one = {"address": address, "mode": "managed", "type": kind, "name": f"r{number}", "provider_name": provider}
        resources.append({**one, "values": values(kind, number)})
    changes = [
        {
            **one,
            "change": {"actions": ["create"], "before": None, "after": one["values"], "after_unknown": {"id": True}},
        }
        for one in resources[count // 2 :]
    ]
    configured = [
        {"address": f"{one['type']}.{one['name']}", "provider_config_key": "aws", "expressions": {}}
        for one in resources
    ]
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"child_modules": modules(resources)}},
        "prior_state": {"values": {"root_module": {"child_modules": modules(resources[: count // 2])}}},
        "resource_changes": changes,
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "us-east-1"}}}},
            "root_module": {
                "module_calls": {
                    f"m{start // 50}": {"module": {"resources": configured[start : start + 50]}}
                    for start in range(0, count, 50)
                }
            },
        },
    }


def modules(resources: list[Json]) -> list[Json]:
    """Return resources in modules of 50."""
    return [
        {"address": f"module.m{start // 50}", "resources": resources[start : start + 50]}
        for start in range(0, len(resources), 50)
    ]


USAGE = (
    "version: 0.1\n"
    "resource_type_default_usage:\n"
    "  aws_nat_gateway: {monthly_data_processed_gb: 500}\n"
    "  aws_s3_bucket:\n"
    "    standard: {storage_gb: 1000, monthly_tier_1_requests: 100000, monthly_tier_2_requests: 1000000}\n"
)


def timed(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the median seconds by the clock and of the processor; on a busy machine the second tells more."""
    clock, processor = [], []
    for _ in range(rounds):
        start = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - start[0])
        processor.append(time.process_time() - start[1])
    return statistics.median(clock), statistics.median(processor)


def main(count: int, rounds: int) -> None:
    """Print both times, their ratio and what was priced."""
    with tempfile.TemporaryDirectory() as scratch:
        path, used = Path(scratch) / "plan.json", Path(scratch) / "usage.yml"
        path.write_text(json.dumps(plan(count)), encoding="utf-8")
        used.write_text(USAGE, encoding="utf-8")

        def load() -> object:
            return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)

        def price() -> Estimate:
            return estimate_files(Files(path, used), Options(today=date(2026, 11, 28)))

        loads, prices, found = timed(load, rounds), timed(price, rounds), price()
        print(f"{count} resources, {path.stat().st_size / 1e6:.1f} MB of JSON, median of {rounds} rounds:")
        for name, (clock, processor) in (("json.load alone", loads), ("whole estimate", prices)):
            print(f"  {name:16} {clock:.3f} s, of the processor {processor:.3f} s")
        print(f"  ratio {prices[0] / loads[0]:.1f}, of the processor {prices[1] / loads[1]:.1f}")
        print(f"  {len(found.resources)} priced, {len(found.free)} free, {len(found.unpriced)} unpriced")
        print(f"  {cents(found.monthly)} {found.currency} a month, {cents(found.before)} before")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--resources", type=int, default=1000)
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    main(given.resources, given.rounds)
