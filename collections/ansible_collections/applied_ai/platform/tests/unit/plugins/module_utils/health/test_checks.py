# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ansible_collections.applied_ai.platform.plugins.module_utils.health.checks import RULES


def test_the_table_begins_with_what_all_others_need() -> None:
    assert RULES[0].id == "api_answers"
    assert RULES[0].needs == ()
    assert RULES[0].runbook == "docs/runbooks/api_answers.md"
