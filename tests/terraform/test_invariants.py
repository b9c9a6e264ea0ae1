# SPDX-License-Identifier: Apache-2.0
"""Every platform of every inventory, planned with a mock of the provider, keeps the invariants; a breach is found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from terraform.interface import TERRAFORM
from terraform.invariants import (
    ENCRYPTED,
    ENCRYPTION_WORDS,
    HOLD_NO_DATA,
    Resource,
    in_one_zone,
    open_ports,
    public_buckets,
    resources,
    unencrypted,
    untagged,
)

from terraform import inventories

PLATFORMS = inventories.all_platforms()
PLAN = (TERRAFORM / "aws/tests/platform.tftest.hcl").read_text().partition("variables {")[
    0
] + 'run "plan" {\n  command = plan\n}\n'


@pytest.fixture(scope="session")
def root(terraform, tree, tmp_path_factory) -> Path:
    """Give a copy of the root one run that only plans."""
    folder = shutil.copytree(tree, tmp_path_factory.mktemp("plan") / "terraform") / "aws"
    for path in (folder / "tests").glob("*.tftest.hcl"):
        path.unlink()
    (folder / "tests/plan.tftest.hcl").write_text(PLAN)
    terraform(folder, "init", "-backend=false", "-input=false")
    return folder


@pytest.fixture(scope="module", params=PLATFORMS, ids=lambda platform: platform[1])
def planned(request, terraform, root, tmp_path_factory) -> tuple[dict[str, Any], list[Resource]]:
    """Plan one platform; return its variables and its resources."""
    given = inventories.variables(*request.param) | {"edge": inventories.EDGE}
    variables = tmp_path_factory.mktemp("variables") / "platform.tfvars.json"
    variables.write_text(json.dumps(given))
    told = terraform(root, "test", "-json", "-verbose", f"-var-file={variables}").stdout.splitlines()
    (plan,) = [event["test_plan"] for event in map(json.loads, told) if event["type"] == "test_plan"]
    return given, resources(plan)


@pytest.mark.slow
def test_nothing_is_public_open_in_the_clear_or_untagged(planned, schemas):
    _given, found = planned
    assert len(found) > 80
    assert public_buckets(found) == []
    assert open_ports(found) == []
    assert unencrypted(found) == []
    assert untagged(found, lambda kind: "tags" in schemas[kind]["block"]["attributes"]) == []


@pytest.mark.slow
def test_production_survives_the_loss_of_a_zone(planned):
    given, found = planned
    assert (in_one_zone(found) == []) == (given["environment"] == "production")


@pytest.mark.slow
def test_every_kind_that_can_be_encrypted_is_looked_at(planned, schemas):
    def can_be_encrypted(kind: str) -> bool:
        return any(word in json.dumps(schemas[kind]["block"]) for word in ENCRYPTION_WORDS)

    kinds = {one.kind for one in planned[1]}
    assert {kind for kind in kinds if can_be_encrypted(kind)} <= ENCRYPTED.keys() | HOLD_NO_DATA


BUCKET = Resource("aws_s3_bucket.b", "aws_s3_bucket", {})
CLOSED = {
    "block_public_acls": True,
    "block_public_policy": True,
    "ignore_public_acls": True,
    "restrict_public_buckets": True,
}
BREACHES = {
    "a bucket without a block": (public_buckets, [BUCKET]),
    "a bucket whose block has a gap": (
        public_buckets,
        [
            BUCKET,
            Resource("block", "aws_s3_bucket_public_access_block", {**CLOSED, "block_public_acls": False}),
        ],
    ),
    "a policy for everyone": (
        public_buckets,
        [
            Resource(
                "policy",
                "aws_s3_bucket_policy",
                {
                    "policy": json.dumps(
                        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]}
                    )
                },
            )
        ],
    ),
    "a bucket in the clear": (unencrypted, [BUCKET]),
    "a database in the clear": (unencrypted, [Resource("db", "aws_db_instance", {"storage_encrypted": False})]),
    "a disk in the clear": (
        unencrypted,
        [Resource("t", "aws_launch_template", {"block_device_mappings": [{"ebs": [{"encrypted": "false"}]}]})],
    ),
    "a port open to the world": (
        open_ports,
        [
            Resource(
                "module.base.rule",
                "aws_vpc_security_group_ingress_rule",
                {"cidr_ipv4": "0.0.0.0/0", "from_port": 443, "to_port": 443},
            )
        ],
    ),
    "a wide way in": (
        open_ports,
        [
            Resource(
                "module.edge.rule",
                "aws_vpc_security_group_ingress_rule",
                {"cidr_ipv6": "::/0", "from_port": 0, "to_port": 443},
            )
        ],
    ),
    "a missing tag": (lambda plan: untagged(plan, lambda _: True), [Resource("a", "any", {"tags": {"Project": "x"}})]),
    "a single database": (in_one_zone, [Resource("db", "aws_db_instance", {"multi_az": False})]),
    "a cluster of one": (
        in_one_zone,
        [Resource("c", "aws_rds_cluster", {}), Resource("i", "aws_rds_cluster_instance", {})],
    ),
}


@pytest.mark.parametrize(("check", "plan"), BREACHES.values(), ids=BREACHES)
def test_a_breach_is_found(check, plan):
    assert check(plan) != []
