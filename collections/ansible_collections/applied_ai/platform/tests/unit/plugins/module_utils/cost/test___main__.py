# SPDX-License-Identifier: Apache-2.0
"""The command prints an estimate as a table or as JSON, or what is wrong."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.__main__ import main


@pytest.fixture
def planned(tmp_path: Path) -> str:
    nat = {"address": "aws_nat_gateway.n", "type": "aws_nat_gateway", "values": {}}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"format_version": "1.2", "planned_values": {"root_module": {"resources": [nat]}}}))
    return str(path)


def run(*argv: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    return main(["estimate", *argv], out, err), out.getvalue(), err.getvalue()


def test_a_table_is_printed(planned):
    code, out, err = run(planned, "--region", "us-east-1")
    assert (code, err) == (0, "")
    assert "A month: 32.85 USD" in out


def test_json_is_printed(planned):
    code, out, _err = run(planned, "--region", "us-east-1", "--format", "json")
    assert (code, json.loads(out)["monthly"]) == (0, "32.85")


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        ([], "set the option region"),
        (["--region", "us-east-1", "--hours", "many"], "--hours is 'many'"),
        (["--region", "us-east-1", "--coverage", "2"], "a share from 0 to 1"),
    ],
)
def test_what_is_wrong_is_one_sentence(argv, told, planned):
    code, out, err = run(planned, *argv)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
