# SPDX-License-Identifier: Apache-2.0
"""What a plan would do, told without a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import plan

CANARY = "canary-93ab77"


def resource(address: str, actions: list[str], **change: Any) -> dict[str, Any]:
    filled = {
        "before": None,
        "after": None,
        "after_unknown": {},
        "before_sensitive": False,
        "after_sensitive": False,
        **change,
    }
    return {
        "address": address,
        "mode": "managed",
        "type": address.split(".")[-2],
        "change": {"actions": actions, **filled},
    }


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"actions": ["create"]}, "create"),
        ({"actions": ["update"]}, "update"),
        ({"actions": ["delete"]}, "delete"),
        ({"actions": ["delete", "create"]}, "replace"),
        ({"actions": ["create", "delete"]}, "replace"),
        ({"actions": ["forget"]}, "forget"),
        ({"actions": ["no-op"]}, "no-op"),
        ({"actions": ["no-op"], "importing": {"id": "x"}}, "import"),
        ({"actions": ["update"], "importing": {"id": "x"}}, "update"),
    ],
)
def test_action_is_one_word(change: dict[str, Any], word: str) -> None:
    assert plan.action(change) == word


def test_summary_is_sorted_and_leaves_out_what_stays() -> None:
    found = plan.summarise(
        {
            "resource_changes": [
                resource("aws_vpc.b", ["create"]),
                resource("aws_vpc.a", ["delete", "create"]),
                resource("aws_vpc.c", ["no-op"]),
                {**resource("data.aws_ami.x", ["read"]), "mode": "data"},
            ]
        }
    )
    assert found == [
        {"address": "aws_vpc.a", "action": "replace", "type": "aws_vpc"},
        {"address": "aws_vpc.b", "action": "create", "type": "aws_vpc"},
    ]
    assert plan.count(found) == {"create": 1, "update": 0, "replace": 1, "delete": 0, "forget": 0, "import": 0}


@pytest.mark.parametrize(
    ("content", "changes"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"resource_changes": [resource("aws_vpc.a", ["no-op"])]}, False, id="no-op"),
        pytest.param({"resource_changes": [resource("aws_vpc.a", ["create"])]}, True, id="resource"),
        pytest.param({"output_changes": {"x": {"actions": ["update"]}}}, True, id="output only"),
    ],
)
def test_has_changes(content: dict[str, Any], changes: bool) -> None:
    assert plan.has_changes(content) is changes


def test_what_the_cloud_would_refuse_to_remove_is_told() -> None:
    content = {
        "resource_changes": [
            resource("aws_lb.b", ["delete"], before={"enable_deletion_protection": True}),
            resource("aws_db_instance.a[0]", ["delete", "create"], before={"deletion_protection": True}),
            resource("aws_dynamodb_table.open", ["delete"], before={"deletion_protection_enabled": False}),
            resource("aws_db_instance.stays", ["update"], before={"deletion_protection": True}),
            resource("aws_db_instance.new", ["create"], after={"deletion_protection": True}),
        ]
    }
    assert plan.protected(content) == ["aws_db_instance.a[0]", "aws_lb.b"]
    assert plan.protected({}) == []


def test_difference_shows_only_what_changes() -> None:
    before = {"cidr": "10.0.0.0/16", "name": "old", "arn": "a"}
    after = {"cidr": "10.0.0.0/16", "name": "new"}
    change = resource("aws_vpc.a", ["update"], before=before, after=after, after_unknown={"arn": True})
    found = plan.difference({"resource_changes": [change]})
    assert found["before"] == 'aws_vpc.a (update)\n  arn: "a"\n  name: "old"\n'
    assert found["after"] == 'aws_vpc.a (update)\n  arn: (known after apply)\n  name: "new"\n'


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"after": {"password": CANARY}, "after_sensitive": {"password": True}}, id="create"),
        pytest.param({"after": {"password": CANARY}, "after_sensitive": True}, id="whole resource"),
        pytest.param(
            {"after": {"a": [{"b": CANARY}, {"b": "shown"}]}, "after_sensitive": {"a": [{"b": True}, {}]}}, id="nested"
        ),
        pytest.param(
            {
                "before": {"v": f"{CANARY}-old"},
                "after": {"v": f"{CANARY}-new"},
                "before_sensitive": {"v": True},
                "after_sensitive": {"v": True},
            },
            id="update",
        ),
        pytest.param(
            {"before": {"v": CANARY}, "after": {"v": f"{CANARY}2"}, "after_sensitive": {"v": True}},
            id="sensitive from now on",
        ),
        pytest.param(
            {"before": {"v": CANARY}, "after": {"v": f"{CANARY}2"}, "before_sensitive": {"v": True}},
            id="sensitive until now",
        ),
        pytest.param({"before": {"v": CANARY}, "before_sensitive": {"v": True}}, id="delete"),
    ],
)
def test_difference_holds_no_secret(change: dict[str, Any]) -> None:
    actions = (
        ["update"] if change.get("before") and change.get("after") else ["create" if change.get("after") else "delete"]
    )
    content = {
        "resource_changes": [resource("aws_x.a", actions, **change)],
        "output_changes": {"o": resource("aws_x.o", actions, **change)["change"]},
    }
    found = json.dumps(plan.difference(content))
    assert CANARY not in found
    assert plan.SENSITIVE in found


def test_changed_secret_is_told_without_its_value() -> None:
    change = {
        "before": {"v": "a"},
        "after": {"v": "b"},
        "before_sensitive": {"v": True},
        "after_sensitive": {"v": True},
    }
    found = plan.difference({"resource_changes": [resource("aws_x.a", ["update"], **change)]})
    assert found["before"] == "aws_x.a (update)\n  v: (sensitive)\n"
    assert found["after"] == "aws_x.a (update)\n  v: (sensitive) (changed)\n"


def test_unchanged_secret_is_not_told() -> None:
    change = {
        "before": {"v": "a", "n": 1},
        "after": {"v": "a", "n": 2},
        "before_sensitive": {"v": True},
        "after_sensitive": {"v": True},
    }
    assert "v:" not in plan.difference({"resource_changes": [resource("aws_x.a", ["update"], **change)]})["after"]


def test_content_digest_tells_files_apart() -> None:
    assert plan.content_digest(b"a") != plan.content_digest(b"b")
    assert plan.content_digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def secretive() -> dict[str, Any]:
    """Return a plan as Terraform shows it, with a secret in every place that can hold one."""
    values = {"username": "app", "password": CANARY, "nested": [{"token": CANARY, "size": 3}]}
    sensitive = {"password": True, "nested": [{"token": True}]}
    database = {
        "address": "module.a.aws_db_instance.x",
        "mode": "managed",
        "type": "aws_db_instance",
        "values": values,
        "sensitive_values": sensitive,
    }
    root = {"child_modules": [{"address": "module.a", "resources": [database]}]}
    written = {"address": "aws_db_instance.x", "mode": "managed", "type": "aws_db_instance", "name": "x"}
    expressions = {"password": {"constant_value": CANARY}, "subnet": {"references": ["var.subnet"]}}
    return {
        "format_version": "1.2",
        "terraform_version": "1.15.2",
        "variables": {"region": {"value": "eu-west-1"}, "password": {"value": CANARY}},
        "planned_values": {"root_module": root, "outputs": {"p": {"value": CANARY}}},
        "prior_state": {"values": {"root_module": root, "outputs": {"p": {"value": CANARY}}}},
        "resource_changes": [resource("module.a.aws_db_instance.x", ["create"], after=values)],
        "configuration": {
            "provider_config": {
                "aws": {
                    "name": "aws",
                    "expressions": {
                        "region": {"references": ["var.region"]},
                        "secret_key": {"constant_value": CANARY},
                    },
                }
            },
            "root_module": {
                "module_calls": {
                    "a": {
                        "expressions": {"password": {"constant_value": CANARY}},
                        "module": {
                            "resources": [{**written, "expressions": expressions}],
                            "outputs": {
                                "subnets": {"expression": {"references": ["aws_subnet.x"]}},
                                "password": {"sensitive": True, "expression": {"constant_value": CANARY}},
                            },
                        },
                    }
                },
                "variables": {"password": {"default": CANARY}},
            },
        },
    }


def test_what_is_shared_of_a_plan_holds_no_secret_and_all_that_a_price_needs() -> None:
    shared = plan.shareable(secretive())
    assert CANARY not in json.dumps(shared)
    (module,) = shared["planned_values"]["root_module"]["child_modules"]
    (database,) = module["resources"]
    assert database["values"]["username"] == "app"
    assert database["values"]["nested"][0]["size"] == 3
    assert shared["prior_state"]["values"]["root_module"]["child_modules"] == [module]
    assert shared["resource_changes"][0]["change"] == {"actions": ["create"], "after_unknown": {}}
    assert shared["variables"] == {"region": {"value": "eu-west-1"}}
    module = shared["configuration"]["root_module"]["module_calls"]["a"]["module"]
    assert module["outputs"] == {
        "subnets": {"expression": {"references": ["aws_subnet.x"]}},
        "password": {"expression": {}},
    }
    (written,) = module["resources"]
    assert written["expressions"] == {"password": {}, "subnet": {"references": ["var.subnet"]}}


def test_an_empty_plan_shares_nothing() -> None:
    shared = plan.shareable({})
    assert shared["planned_values"] == {}
    assert shared["prior_state"] == {"values": {}}
    assert shared["resource_changes"] == []
