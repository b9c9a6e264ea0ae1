# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.__main__ import main

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def report(folder: Path, verdict: str, ago: int = 60) -> str:
    path = folder / f"{verdict}{ago}.json"
    made = (NOW - timedelta(seconds=ago)).isoformat()
    path.write_text(json.dumps({"verdict": verdict, "summary": [f"{verdict}: so it is"], "at": made}))
    return str(path)


def run(*argv: str) -> tuple[int, str]:
    out = io.StringIO()
    return main(argv, out, NOW), out.getvalue()


@pytest.mark.parametrize(("verdict", "code"), [("healthy", 0), ("degraded", 1), ("unhealthy", 2), ("unknown", 3)])
def test_the_exit_code_is_the_verdict(tmp_path: Path, verdict: str, code: int) -> None:
    assert run(report(tmp_path, verdict)) == (code, f"{verdict}: so it is\n")


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [(("healthy", "degraded"), 1), (("degraded", "unknown"), 3), (("unknown", "unhealthy", "healthy"), 2)],
)
def test_of_several_the_worst_counts(tmp_path: Path, verdicts: tuple[str, ...], code: int) -> None:
    assert run(*(report(tmp_path, one) for one in verdicts))[0] == code


@pytest.mark.parametrize("ago", [901, -1])
def test_an_old_report_says_nothing_any_more(tmp_path: Path, ago: int) -> None:
    code, told = run(report(tmp_path, "healthy", ago))
    assert (code, told.startswith("unknown: ")) == (3, True)
    assert "run the check again" in told


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"verdict": "fine", "summary": [], "at": "2026-11-28"}'])
def test_what_is_no_report_is_unknown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "health.json"
    path.write_text(text)
    code, told = run(str(path))
    assert (code, "is no report" in told) == (3, True)


def test_a_missing_file_is_unknown(tmp_path: Path) -> None:
    assert run(str(tmp_path / "none.json"))[0] == 3
