# SPDX-License-Identifier: Apache-2.0
"""The module's result, as a whole."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.applied_ai.platform.plugins.modules.slo_report_info import ARGUMENTS, look

NOW = datetime(2026, 11, 28, tzinfo=UTC)
EMPTY = {"status": "success", "data": {"resultType": "matrix", "result": []}}


def test_a_month_that_nobody_recorded_is_unknown(tmp_path: Path) -> None:
    history = tmp_path / "health.jsonl"
    history.write_text("not a record\n")
    asked: list[str] = []

    def ask(query: str) -> dict[str, Any]:
        asked.append(query)
        return EMPTY

    params = {name: argument["default"] for name, argument in ARGUMENTS.items()}
    found = look({**params, "history_file": str(history)}, ask, NOW)
    assert (found["month"], found["unknown"], found["kept"]) == ("2026-10", 3, 0)
    assert "1 lines of the history could not be read and are not in it." in found["warnings"]
    assert len(asked) == 3
