# SPDX-License-Identifier: Apache-2.0
"""docs/health_scale.md says what the code does."""

from __future__ import annotations

import re

from ansible_collections.applied_ai.platform.plugins.module_utils import args, kube
from ansible_collections.applied_ai.platform.plugins.module_utils.health import observe
from contract import house

TEXT = (house.REPO / "docs/health_scale.md").read_text()


def default(option: str) -> float:
    """Return the default that the document gives for an option."""
    (found,) = re.findall(rf"^\| `{option}` \| (\d+) \|", TEXT, re.MULTILINE)
    return float(found)


def test_defaults_are_those_of_the_code() -> None:
    assert default("limit_s") == observe.LIMIT
    assert default("api_timeout") == args.KUBERNETES["api_timeout"]["default"]
    assert f"the look ends after `limit_s` ({observe.LIMIT:g} s)" in TEXT


def test_tries_and_pauses_are_those_of_the_code() -> None:
    patience = kube.Patience()
    assert (
        f"asked up to {patience.tries} times, with pauses of {patience.pause:g} s and {2 * patience.pause:g} s" in TEXT
    )
    assert f"asks to wait for more than {patience.longest:g} s" in TEXT
    assert observe.PATIENCE == 3
    assert "three kinds in a row" in TEXT


def test_pages_and_kinds_at_a_time_are_those_of_the_code() -> None:
    assert f"{kube.PAGE_SIZE} objects a page" in TEXT
    assert observe.WORKERS == 2
    assert "two kinds at a time" in TEXT
