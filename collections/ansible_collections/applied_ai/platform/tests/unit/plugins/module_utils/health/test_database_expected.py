# SPDX-License-Identifier: Apache-2.0
"""The option expected: what is read of it, and what is refused in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_expected import (
    NUMBERS,
    ExpectedDatabases,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import Kind


def read(**data: Any) -> ExpectedDatabases:
    return ExpectedDatabases.from_json(data, "eu-central-1", ("eu-central-1", "eu-west-1"))


def test_nothing_said_is_the_defaults() -> None:
    assert read() == ExpectedDatabases()


def test_a_database_is_in_the_first_region_unless_said() -> None:
    found = read(databases=[{"name": "a", "kind": "rds"}, {"name": "b", "kind": "efs", "region": "eu-west-1"}])
    assert [(one.name, one.kind, one.region) for one in found.databases] == [
        ("a", Kind.RDS, "eu-central-1"),
        ("b", Kind.EFS, "eu-west-1"),
    ]


def test_a_region_that_nobody_asks_is_refused() -> None:
    with pytest.raises(HealthError, match=r"has a in us-east-1, but only eu-central-1, eu-west-1 is asked; add it to"):
        read(databases=[{"name": "a", "kind": "rds", "region": "us-east-1"}])


@pytest.mark.parametrize("name", NUMBERS)
def test_limits_are_positive(name: str) -> None:
    assert getattr(read(**{name: 1}), name) == 1
    with pytest.raises(HealthError, match=rf"expected\.{name} is 0; give a whole number from 1 on\."):
        read(**{name: 0})


def test_support_is_an_engine_a_version_and_a_date() -> None:
    assert read(engine_support={"redis 7": "2028-05-31"}).engine_support == {
        ("redis", "7"): datetime(2028, 5, 31, tzinfo=UTC)
    }


@pytest.mark.parametrize(("name", "until"), [("redis", "2028-05-31"), ("redis 7", "soon"), ("redis 7", None)])
def test_support_that_makes_no_sense_is_refused(name: str, until: object) -> None:
    with pytest.raises(HealthError, match=rf"engine_support\.{name} is .*; write it as 'redis 7': 2028-05-31"):
        read(engine_support={name: until})
