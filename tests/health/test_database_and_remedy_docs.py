# SPDX-License-Identifier: Apache-2.0
"""The documents of databases and remedies say what the tables in code say."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import boto3
import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.health import database_collect as collect
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_rules import RULES
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy import instance, ledger
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.cases import CASES, FATAL_XIDS
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.decide import GUARDS
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.policy import Policy

DOCS = Path(__file__).parents[2] / "docs"
DATABASES = (DOCS / "health_databases.md").read_text(encoding="utf-8")
REMEDIES = (DOCS / "remediation.md").read_text(encoding="utf-8")


def rows(text: str, heading: str) -> list[str]:
    """Return the first word of each row of the table below a heading."""
    part = text.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    return re.findall(r"^\| [`\[](\w+)[`\]]", part, re.MULTILINE)


@pytest.mark.parametrize("source", [*collect.SOURCES.values(), collect.TARGETS, collect.METRICS])
def test_every_right_that_is_needed_is_named(source: collect.Source) -> None:
    methods = boto3.client(source.service, region_name="eu-central-1").meta.method_to_api_mapping
    service = {"efs": "elasticfilesystem"}.get(source.service, source.service)
    assert f"`{service}:{methods[source.operation]}`" in DATABASES


def test_no_right_is_named_that_changes_anything() -> None:
    rights = re.findall(r"`\w+:(\w+)`", DATABASES)
    assert len(rights) == len(collect.SOURCES) + 2
    assert all(one.startswith(("Describe", "List", "Get")) for one in rights)


def test_every_check_is_a_row() -> None:
    assert rows(DATABASES, "Checks") == [rule.id for rule in RULES]


def test_every_case_and_guard_is_a_row_in_order() -> None:
    assert rows(REMEDIES, "Known cases") == [case.id for case in CASES]
    assert rows(REMEDIES, "Guards") == list(GUARDS)
    for case in CASES:
        assert case.check in REMEDIES
        assert f"`{case.action}`" in REMEDIES
    named = re.search(r"XID ([\d, or]+)", REMEDIES)
    assert named
    assert {int(one) for one in re.findall(r"\d+", named[1])} == FATAL_XIDS
    assert ", ".join(str(case.per_hour) for case in CASES[:3]) + f" and {CASES[3].per_hour}" in REMEDIES


def test_the_policy_of_the_document_is_one_and_names_every_key() -> None:
    first, block = re.findall(r"```yaml\n(.*?)```", REMEDIES, re.DOTALL)
    assert yaml.safe_load(first).items() <= yaml.safe_load(block).items()
    data = {key.removeprefix("remediation_"): value for key, value in yaml.safe_load(block).items()}
    assert set(data) == {one.name for one in fields(Policy)}
    read, defaults = Policy.from_json(data), Policy()
    for name in ("total_per_hour", "attempts_per_day", "cooldown_minutes", "zone_quiet_minutes"):
        assert getattr(read, name) == getattr(defaults, name)


def test_the_line_of_the_document_is_one_of_the_record() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", REMEDIES, re.DOTALL)
    record = ledger.parse(block)
    assert (len(record.entries), record.unreadable) == (1, 0)
    assert json.loads(record.entries[0].line()) == json.loads(block)


def test_the_rights_on_aws_are_those_of_the_calls_that_are_made() -> None:
    source = Path(instance.__file__).read_text(encoding="utf-8")
    called = set(re.findall(r"\.((?:describe|terminate)_\w+)\(", source))
    named = re.findall(r"`(ec2|autoscaling):(\w+)`", REMEDIES)
    told = {
        method
        for service, right in named
        for method, name in boto3.client(service, region_name="eu-central-1").meta.method_to_api_mapping.items()
        if name == right
    }
    assert len(named) == len(called) == 4
    assert told == called
