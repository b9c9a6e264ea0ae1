# SPDX-License-Identifier: Apache-2.0
"""The module ad hoc and the command from the repository's root, with good input and with bad."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from terraform.interface import REPOSITORY

MODULE = "applied_ai.platform.cost_estimate_info"
COST = "ansible_collections.applied_ai.platform.plugins.module_utils.cost"
NAT = {"address": "aws_nat_gateway.n", "type": "aws_nat_gateway", "values": {}}
REGION = {"aws": {"name": "aws", "expressions": {"region": {"references": ["var.region"]}}}}
PLAN: dict[str, Any] = {
    "format_version": "1.2",
    "planned_values": {"root_module": {"resources": [NAT, {**NAT, "address": "aws_new.n", "type": "aws_new"}]}},
    "variables": {"region": {"value": "us-east-1"}},
    "configuration": {"provider_config": REGION},
}


def ad_hoc(tmp_path: Path, **arguments: str) -> tuple[int, dict[str, Any]]:
    """Run the module as one would by hand; return the status and the result."""
    given = " ".join(f"{name}={value}" for name, value in arguments.items())
    ansible = Path(sys.executable).parent / "ansible"
    done = subprocess.run(
        [ansible, "localhost", "-m", MODULE, "-a", given, "--tree", tmp_path / "results"],
        cwd=REPOSITORY,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads((tmp_path / "results/localhost").read_text(encoding="utf-8"))


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_module_tells_the_total_and_what_has_no_price(tmp_path):
    code, result = ad_hoc(tmp_path, plan_file=write(tmp_path / "plan.json", json.dumps(PLAN)))
    assert code == 0, result
    assert (result["monthly"], result["hourly"], result["currency"]) == ("32.85", "0.045000", "USD")
    assert [one["address"] for one in result["resources"]] == ["aws_nat_gateway.n"]
    assert [one["address"] for one in result["unpriced"]] == ["aws_new.n"]
    assert result["changed"] is False


def test_the_module_fails_in_one_sentence(tmp_path):
    code, result = ad_hoc(tmp_path, plan_file=write(tmp_path / "plan.json", json.dumps(PLAN)[:-20]))
    assert code != 0
    assert "it ends in the middle" in result["msg"]
    assert "\n" not in result["msg"]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as the documentation says."""
    return subprocess.run(
        [sys.executable, "-m", COST, "estimate", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": "collections"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_prints_what_the_module_returns(tmp_path):
    done = command(write(tmp_path / "plan.json", json.dumps(PLAN)), "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["monthly"] == "32.85"


BAD = {
    "truncated": (lambda plan: json.dumps(plan)[:200], "it ends in the middle"),
    "another version": (lambda plan: json.dumps({**plan, "format_version": "3.0"}), "format version 3.0"),
    "a state": (lambda plan: json.dumps({"version": 4, "lineage": "x", "terraform_version": "1.9"}), "is a state file"),
    "no region": (lambda plan: json.dumps({**plan, "variables": {}}), "region of aws_nat_gateway.n cannot be told"),
}


@pytest.mark.parametrize(("text", "told"), BAD.values(), ids=BAD)
def test_the_command_says_what_is_wrong_and_prints_no_total(text, told, tmp_path):
    done = command(write(tmp_path / "plan.json", text(PLAN)))
    assert (done.returncode != 0, done.stdout) == (True, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
