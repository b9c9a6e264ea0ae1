# SPDX-License-Identifier: Apache-2.0
"""What is recorded of rollouts, and what becomes of old entries."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.service import record
from ansible_collections.applied_ai.platform.plugins.module_utils.service.record import Entry


def entry(revision: int, outcome: str = "good", **more: Any) -> Entry:
    return Entry(at="2026-11-28T10:00:00Z", by="ana", outcome=outcome, image="r/api:1", revision=revision, **more)


def test_what_is_written_is_read() -> None:
    entries = [entry(2, "rolled_back", reason="it crashes", back_to=1, verdict={"verdict": "bad"}), entry(1, tag="1")]
    written = record.config_map("api", "services", entries)
    assert written["metadata"]["name"] == "api-releases"
    assert record.read(written) == entries


def test_what_is_empty_is_not_written() -> None:
    text = record.config_map("api", "services", [entry(1)])["data"]["releases"]
    assert set(yaml.safe_load(text)[0]) == {"at", "by", "outcome", "image", "revision", "strategy"}


@pytest.mark.parametrize(
    "text", ["{", "a: b", "- 1", "- {at: x}", "- {at: x, by: y, outcome: z, image: i, revision: a}", ""]
)
def test_what_cannot_be_read_is_not_recorded(text: str) -> None:
    assert record.read({"data": {"releases": text}}) == []


def test_an_entry_of_another_version_of_this_is_read_as_far_as_it_goes() -> None:
    text = yaml.safe_dump([{**entry(1).as_dict(), "colour": "red"}])
    assert record.read({"data": {"releases": text}}) == [entry(1)]
    assert record.read(None) == []


def test_the_newest_comes_first_and_twenty_are_kept() -> None:
    kept = record.added([entry(number) for number in range(20, 0, -1)], [entry(21), entry(22)])
    assert [one.revision for one in kept] == list(range(22, 2, -1))


def test_a_revision_is_recorded_once() -> None:
    kept = record.added([entry(2, "failed"), entry(1)], [entry(2)])
    assert [(one.revision, one.outcome) for one in kept] == [(2, "good"), (1, "good")]


def test_what_was_gone_back_from_is_not_gone_back_to() -> None:
    left = record.withdrawn([entry(3), entry(2, "failed"), entry(1)], [3, 2], "by hand")
    assert [(one.outcome, one.reason) for one in left] == [("withdrawn", "by hand"), ("failed", ""), ("good", "")]
    assert record.outcome_of(left, 3) == "withdrawn"
    assert record.outcome_of(left, 9) == ""
