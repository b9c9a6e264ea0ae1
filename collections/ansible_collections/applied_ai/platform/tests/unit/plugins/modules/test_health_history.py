# SPDX-License-Identifier: Apache-2.0
"""The module records what is new, and nothing in check mode."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.applied_ai.platform.plugins.modules.health_history import ARGUMENTS, recorded

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def run(path: Path, minutes: int, *, check: bool = False, **params: Any) -> dict[str, Any]:
    defaults = {name: argument.get("default") for name, argument in ARGUMENTS.items()}
    return recorded({**defaults, "path": str(path), **params}, NOW + timedelta(minutes=minutes), check=check)


def verdict(word: str) -> list[dict[str, str]]:
    return [{"subject": "cluster", "verdict": word}]


def test_repairs_follow_from_what_was_recorded(tmp_path: Path) -> None:
    path = tmp_path / "health.jsonl"
    run(path, 0, verdicts=verdict("healthy"))
    run(path, 5, verdicts=verdict("unhealthy"))
    found = run(path, 15, verdicts=verdict("healthy"))
    assert found["changed"]
    assert found["repairs"]["verdict"] == {"incidents": 1, "open": 0, "mttr_minutes": 10.0}
    assert len(path.read_text().splitlines()) == 3


def test_check_mode_shows_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "health.jsonl"
    found = run(path, 0, check=True, verdicts=verdict("healthy"))
    assert found["changed"]
    assert '"state": "healthy"' in found["diff"]["after"]
    assert not path.exists()


def test_alerts_that_have_not_changed_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "health.jsonl"
    alerts = [{"labels": {"alertname": "NodeDown"}}]
    assert run(path, 0, alerts=alerts)["recorded"] == 1
    assert not run(path, 1, alerts=alerts)["changed"]
    assert run(path, 2)["recorded"] == 0
    over = run(path, 3, alerts=[])
    assert over["recorded"] == 1
    assert over["repairs"]["alert"]["mttr_minutes"] == 3
