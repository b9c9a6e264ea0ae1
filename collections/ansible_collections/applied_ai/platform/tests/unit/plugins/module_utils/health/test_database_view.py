# SPDX-License-Identifier: Apache-2.0
"""What rules look at: which database is the wanted one, and what stands for a missing source."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import Kind
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_view import begins, matches
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Unreadable
from support import database_answers as aws
from support.database_answers import AWAY, HOME


@pytest.mark.parametrize(
    ("version", "prefix", "answer"),
    [("16", "16", True), ("16.4", "16", True), ("160.1", "16", False), ("16.4", "16.40", False), ("", "16", False)],
)
def test_a_version_is_below_its_major(version: str, prefix: str, answer: bool) -> None:
    assert begins(version, prefix) is answer


def test_a_database_is_known_by_name_kind_and_region() -> None:
    view = aws.view()
    wanted = next(one for one in view.expected.databases if one.name == "shared")
    shared = next(one for one in view.facts.databases if one.alias == "shared")
    assert matches(shared, wanted)
    assert view.wanted(shared)
    for other in (replace(wanted, region=AWAY), replace(wanted, kind=Kind.RDS), replace(wanted, name="other")):
        assert not matches(shared, other)


def test_a_missing_source_tells_its_reason_in_its_region_only() -> None:
    said = aws.answers()
    said[AWAY]["clusters"] = Unreadable("no right")
    view = aws.view(said)
    assert view.unreadable(AWAY, ["instances", "clusters"]) == "no right"
    assert view.unreadable(AWAY, ["instances"]) == ""
    assert view.unreadable(HOME, ["clusters"]) == ""
