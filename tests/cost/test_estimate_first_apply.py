# SPDX-License-Identifier: Apache-2.0
"""A plan of Terraform and the AWS provider before anything is there: ids and sizes are known only after apply.

recorded/first_apply.json is from `terraform plan -refresh=false` and `terraform show -json`, for the configuration that
it holds; the credentials of the provider and the password of the database were taken out.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.files import Files, estimate_files
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Estimate, Options
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.plan import shareable

RECORDED = Path(__file__).parent / "recorded/first_apply.json"
# What each costs by hand; prices are those of the book in 2026-11.
EXPECTED = {
    # Two shards, each with a replica.
    "aws_elasticache_replication_group.r": Decimal("0.206") * 730 * 4,
    "aws_db_instance.main": 2 * (Decimal("0.159") * 730 + Decimal("0.115") * 100),
    # Engine and size are those of what it copies; one zone.
    "aws_db_instance.copy": Decimal("0.159") * 730 + Decimal("0.115") * 100,
    # Another provider, in us-west-2.
    "aws_eip.replica": Decimal("0.005") * 730,
    # Volumes are those of the launch template with the same key, whose id is not known.
    'module.k8s.aws_eks_node_group.this["general"]': 2 * (Decimal("0.096") * 730 + Decimal("0.08") * 50),
    'module.k8s.aws_eks_node_group.this["gpu"]': 2 * (Decimal("0.37222") * 730 + Decimal("0.08") * 100),
    "module.k8s.aws_eks_cluster.this": Decimal("0.10") * 730,
    # Zones are told by the subnets of the network's module, through its output and a variable.
    "module.k8s.aws_vpc_endpoint.sts": 2 * Decimal("0.01") * 730,
    "module.net.aws_vpc_endpoint.ecr": 2 * Decimal("0.01") * 730,
    "module.net.aws_nat_gateway.this": Decimal("0.045") * 730,
    "module.net.aws_eip.nat": Decimal("0.005") * 730,
}


@pytest.fixture(scope="module")
def found() -> Estimate:
    return estimate_files(Files(RECORDED), Options(today=date(2026, 11, 28)))


def test_each_resource_costs_what_it_costs_by_hand(found):
    assert {one.address: one.monthly for one in found.resources} == EXPECTED
    assert found.monthly == sum(EXPECTED.values())


def test_regions_are_those_of_the_providers(found):
    assert {one.region for one in found.resources if one.address == "aws_eip.replica"} == {"us-west-2"}
    assert {one.region for one in found.resources if one.address != "aws_eip.replica"} == {"us-east-1"}


def test_default_tags_tell_team_and_service(found):
    tagged = {
        (one.team, one.service, one.environment) for one in found.resources if one.address == "aws_db_instance.main"
    }
    assert tagged == {("ml", "api", "dev")}


def test_what_cannot_be_known_is_listed(found):
    assert {one.address for one in found.unpriced} == {"aws_s3_bucket.b", "module.k8s.aws_autoscaling_group.old"}


def test_applied_and_unchanged_it_rises_by_nothing(tmp_path):
    plan = json.loads(RECORDED.read_text(encoding="utf-8"))
    plan["prior_state"] = {"format_version": "1.0", "values": plan["planned_values"]}
    path = tmp_path / "again.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    again = estimate_files(Files(path), Options(today=date(2026, 11, 28)))
    assert (again.before, again.changes) == (again.monthly, ())


def test_the_plan_without_secrets_costs_what_the_whole_plan_costs(tmp_path: Path) -> None:
    """Of the plan that `terraform_plan` keeps, and the gate prices, nothing that a price needs was taken out."""
    kept = tmp_path / "plan.json"
    kept.write_text(json.dumps(shareable(json.loads(RECORDED.read_text(encoding="utf-8")))))
    options = Options(today=date(2026, 11, 28))
    assert estimate_files(Files(plan=kept), options) == estimate_files(Files(plan=RECORDED), options)
