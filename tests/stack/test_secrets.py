# SPDX-License-Identifier: Apache-2.0
"""What is sensitive shows up nowhere, and a failing apply says why in one sentence."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from stack.harness import CANARY, Platform

pytestmark = [pytest.mark.lab]


def test_secret_is_in_no_log_and_files_are_private(platform: Platform) -> None:
    predicted = platform.run("--check", "--diff", "-vvv")
    applied = platform.run("--diff", "-vvv", exit_status=3)
    # The slow part fails after the cluster is there; what Terraform says about it is the message.
    assert applied.returncode != 0
    message = " ".join(applied.stdout.split())
    assert "Terraform could not apply the plan of" in message, applied.stdout
    assert "local-exec provisioner error" in message
    repaired = platform.run("--diff", "-vvv")

    assert predicted.returncode == 0, predicted.stdout
    assert "+aws_vpc.this (create)" in predicted.stdout
    assert repaired.returncode == 0, repaired.stdout
    for name, run in (("check", predicted), ("apply", applied), ("repair", repaired)):
        # The command line of the test itself holds it; Ansible repeats that nowhere.
        assert CANARY not in run.stdout, name
    files = [path for path in platform.run_dir.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    for folder in (platform.state_dir, platform.run_dir.parent, platform.run_dir):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    texts = [path for path in files if path.suffix in {".json", ".jsonl"} and path.name != "variables.tfvars.json"]
    assert [path.name for path in texts if CANARY in path.read_text()] == []
    asynchronous = Path("~/.ansible_async").expanduser()
    assert [path.name for path in asynchronous.glob("*") if CANARY in path.read_text(errors="replace")] == []
