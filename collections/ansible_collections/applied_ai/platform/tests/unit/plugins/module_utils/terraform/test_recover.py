# SPDX-License-Identifier: Apache-2.0
"""What an interrupted apply created is found again, under the id that its type is imported by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import recover
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import Diagnostic
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.events import Progress

BEGUN = datetime(2026, 11, 23, tzinfo=UTC)


def change(address: str, after: dict[str, Any], *, module: str = "", index: str | None = None) -> dict[str, Any]:
    kind, name = address.removeprefix(f"{module}.").split("[")[0].split(".")
    found = {"address": address, "mode": "managed", "type": kind, "name": name, "change": {"after": after}}
    return found | ({"module_address": module} if module else {}) | ({"index": index} if index else {})


def find(
    changes: list[dict[str, Any]],
    *,
    created: dict[str, str] | None = None,
    running: list[str] | None = None,
    state: list[str] | None = None,
    earlier: dict[str, str] | None = None,
    configuration: dict[str, Any] | None = None,
) -> recover.Recovery:
    progress = Progress(
        created=created or {},
        running=dict.fromkeys(running or [], BEGUN),
        running_action=dict.fromkeys(running or [], "create"),
    )
    plan = {"resource_changes": changes, "configuration": {"root_module": configuration or {}}}
    return recover.find(progress, plan, state or [], earlier or {})


@pytest.mark.parametrize(
    ("job", "alive", "verdict"),
    [
        ({}, False, False),
        ({"pid": 1}, True, False),
        ({"pid": 1}, False, True),
        ({"pid": 1, "rc": -9}, False, True),
        ({"pid": 1, "rc": 0}, False, False),
        ({"pid": 1, "rc": 1}, False, False),
        ({"pid": 1, "rc": -9, "settled": True}, False, False),
    ],
)
def test_needed_after_an_end_without_saved_state(job: dict[str, Any], alive: bool, verdict: bool) -> None:
    assert recover.needed(job, is_alive=alive) is verdict


def test_created_and_not_in_the_state_is_adopted_by_its_id() -> None:
    changes = [change("aws_vpc.a", {}), change("aws_vpc.b", {})]
    found = find(changes, created={"aws_vpc.a": "vpc-a", "aws_vpc.b": "vpc-b"}, state=["aws_vpc.b"])
    assert found == recover.Recovery({"aws_vpc.a": "vpc-a"})


def test_what_has_no_object_is_simply_made_again() -> None:
    changes = [change("terraform_data.a", {}), change("random_id.b", {}), change("time_sleep.c", {})]
    assert find(changes, created={"terraform_data.a": "1", "random_id.b": "2", "time_sleep.c": "3"}).imports == {}


@pytest.mark.parametrize(
    ("address", "after", "identity"),
    [
        ("aws_db_instance.a", {"identifier": "main"}, "main"),
        ("aws_iam_role_policy_attachment.a", {"role": "node", "policy_arn": "arn:p"}, "node/arn:p"),
        ("aws_eks_pod_identity_association.a", {"cluster_name": "prod"}, "prod,the-id"),
        ("aws_eks_node_group.a", {}, "the-id"),
        ("aws_eks_addon.a", {}, "the-id"),
        ("aws_vpc_security_group_ingress_rule.a", {}, "the-id"),
        ("aws_route.a", {"route_table_id": "rtb-1", "destination_cidr_block": "0.0.0.0/0"}, "rtb-1_0.0.0.0/0"),
        ("aws_route_table_association.a", {"route_table_id": "rtb-1", "subnet_id": "subnet-1"}, "subnet-1/rtb-1"),
    ],
)
def test_import_id_of_types(address: str, after: dict[str, Any], identity: str) -> None:
    assert find([change(address, after)], created={address: "the-id"}).imports == {address: identity}


def test_id_not_known_when_planned_is_looked_up_through_the_reference() -> None:
    module = "module.network"
    changes = [
        change(f'{module}.aws_subnet.this["a"]', {}, module=module, index="a"),
        change(f"{module}.aws_route_table.shared", {}, module=module),
        change(f'{module}.aws_route_table_association.this["a"]', {}, module=module, index="a"),
    ]
    configured = {
        "address": "aws_route_table_association.this",
        "expressions": {
            "subnet_id": {"references": ["aws_subnet.this", "each.key"]},
            "route_table_id": {"references": ["aws_route_table.shared.id", "aws_route_table.shared"]},
        },
    }
    found = find(
        changes,
        created={
            f'{module}.aws_subnet.this["a"]': "subnet-a",
            f"{module}.aws_route_table.shared": "rtb-s",
            f'{module}.aws_route_table_association.this["a"]': "rtbassoc-1",
        },
        configuration={"module_calls": {"network": {"module": {"resources": [configured]}}}},
    )
    assert found.imports[f'{module}.aws_route_table_association.this["a"]'] == "subnet-a/rtb-s"


def test_unknown_import_id_is_told_not_guessed() -> None:
    found = find([change("aws_route.a", {})], created={"aws_route.a": "r-1"})
    assert (found.imports, found.unknown) == ({}, ("aws_route.a",))


@pytest.mark.parametrize(
    ("address", "after", "identity"),
    [
        ("aws_eks_cluster.a", {"name": "prod"}, "prod"),
        ("aws_eks_node_group.a", {"cluster_name": "prod", "node_group_name": "gpu"}, "prod:gpu"),
        ("aws_eks_addon.a", {"cluster_name": "prod", "addon_name": "coredns"}, "prod:coredns"),
        ("aws_db_instance.a", {"identifier": "main"}, "main"),
        ("aws_docdb_cluster.a", {"cluster_identifier": "docs"}, "docs"),
        ("aws_elasticache_replication_group.a", {"replication_group_id": "cache"}, "cache"),
        ("aws_cloudwatch_log_group.a", {"name": "/eks"}, "/eks"),
        ("aws_iam_role.a", {"name": "node"}, "node"),
        ("aws_kms_alias.a", {"name": "alias/x"}, "alias/x"),
    ],
)
def test_begun_under_a_name_of_ours_is_tried(address: str, after: dict[str, Any], identity: str) -> None:
    found = find([change(address, after)], running=[address])
    assert found == recover.Recovery({address: identity}, frozenset({address}))


def test_begun_without_a_name_is_made_again() -> None:
    assert find([change("aws_vpc.a", {})], running=["aws_vpc.a"]).imports == {}


def test_imports_of_an_interrupted_recovery_are_kept() -> None:
    found = find([], earlier={"aws_vpc.a": "vpc-a", "aws_vpc.b": "vpc-b"}, state=["aws_vpc.b"])
    assert found.imports == {"aws_vpc.a": "vpc-a"}


def test_blocks_are_sorted_and_quoted() -> None:
    assert recover.import_blocks({"b": "${x}", 'a["k"]': 'i"d'}) == (
        "# Written for one plan after an interrupted apply, and removed after it.\n"
        "\n"
        'import {\n  to = a["k"]\n  id = "i\\"d"\n}\n'
        "\n"
        'import {\n  to = b\n  id = "$${x}"\n}\n'
    )


def test_nothing_to_import_drops_that_block_only() -> None:
    recovery = recover.Recovery({'aws_subnet.a["x"]': "1", "aws_vpc.b": "2"}, frozenset({"aws_vpc.b"}), ("c",))
    error = Diagnostic(
        "error",
        "Cannot import non-existent remote object",
        'While attempting to import an existing object to "aws_subnet.a["x"]", the\nprovider detected none',
        "",
        "",
    )
    dropped = recover.to_drop([error], recovery)
    assert dropped == {'aws_subnet.a["x"]'}
    assert recovery.without(dropped) == recover.Recovery({"aws_vpc.b": "2"}, frozenset({"aws_vpc.b"}), ("c",))
    assert recover.to_drop([Diagnostic("error", "Invalid CIDR", "", "aws_vpc.b", "")], recovery) == set()
