# SPDX-License-Identifier: Apache-2.0
"""What stops costing at night, of a plan at the prices of the collection's book."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.files import Files, estimate_files
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Options
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.plan_facts import stoppable


def resource(kind: str, **values: Any) -> dict[str, Any]:
    return {
        "address": f"{kind}.one",
        "mode": "managed",
        "type": kind,
        "name": "one",
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "values": values,
    }


def test_nodes_stop_with_their_disks_and_databases_without(tmp_path: Path) -> None:
    group = {
        "capacity_type": "ON_DEMAND",
        "disk_size": 20,
        "instance_types": ["m5.large"],
        "scaling_config": [{"desired_size": 2, "max_size": 3, "min_size": 1}],
    }
    database = {
        "allocated_storage": 100,
        "engine": "postgres",
        "instance_class": "db.t4g.large",
        "multi_az": False,
        "storage_type": "gp3",
    }
    resources = [
        resource("aws_eks_node_group", **group),
        resource("aws_db_instance", **database),
        resource("aws_nat_gateway", connectivity_type="public"),
    ]
    path = tmp_path / "plan.json"
    planned = {"format_version": "1.2", "planned_values": {"root_module": {"resources": resources}}}
    path.write_text(json.dumps(planned))
    found = estimate_files(Files(path), Options(today=date(2026, 11, 28), region="us-east-1"))
    by_type = {one.type: one for one in found.resources}
    storage = sum((part.monthly for part in by_type["aws_db_instance"].components if part.unit != "hour"), Decimal(0))
    assert storage > 0
    # 2 x 0.096 x 730 for nodes, 0.129 x 730 for the database, and the nodes' disks.
    disks = by_type["aws_eks_node_group"].monthly - Decimal("140.16")
    assert stoppable(found) == Decimal("140.16") + Decimal("94.17") + disks
    assert stoppable(found) == found.monthly - storage - by_type["aws_nat_gateway"].monthly
