# SPDX-License-Identifier: Apache-2.0
"""A lock is removed only when its holder is provably ours and dead."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import lock
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import Diagnostic

DETAIL = """Error message: operation error S3: PutObject, StatusCode: 412
Lock Info:
  ID:        2dd465b7-d45c-7e33-0eb7-ce77992bbfef
  Path:      bucket/us-east-1/terraform.tfstate
  Operation: OperationTypeApply
  Who:       ops@runner
  Version:   1.11.4
  Created:   2026-11-23 14:26:08.616662835 +0000 UTC
  Info:

Terraform acquires a state lock to protect the state from being written"""
ERROR = Diagnostic("error", "Error acquiring the state lock", DETAIL, "", "")
RECORD = {"who": "ops@runner", "operation": "apply", "started": "2026-11-23T14:26:05+00:00", "pid": 7}


def test_lock_is_read_from_terraforms_words() -> None:
    assert lock.parse_lock([ERROR]) == lock.LockInfo(
        id="2dd465b7-d45c-7e33-0eb7-ce77992bbfef",
        path="bucket/us-east-1/terraform.tfstate",
        operation="apply",
        who="ops@runner",
        created=datetime(2026, 11, 23, 14, 26, 8, tzinfo=UTC),
    )
    assert lock.parse_lock([Diagnostic("error", "Something else", DETAIL, "", "")]) is None


@pytest.mark.parametrize(
    ("record", "is_alive", "me", "verdict"),
    [
        pytest.param({}, False, "ops@runner", True, id="ours and dead"),
        pytest.param({}, True, "ops@runner", False, id="still running"),
        pytest.param({}, False, "ops@elsewhere", False, id="another host"),
        pytest.param({"who": "ops@elsewhere"}, False, "ops@runner", False, id="record of another host"),
        pytest.param({"operation": "plan"}, False, "ops@runner", False, id="another operation"),
        pytest.param(
            {"started": "2026-11-23T14:26:30+00:00"}, False, "ops@runner", False, id="taken before we started"
        ),
        pytest.param({"started": "2026-11-23T14:20:00+00:00"}, False, "ops@runner", False, id="taken long after"),
        pytest.param({"started": "nonsense"}, False, "ops@runner", False, id="broken record"),
    ],
)
def test_stale(record: dict[str, Any], is_alive: bool, me: str, verdict: bool) -> None:
    held = lock.parse_lock([ERROR])
    assert held is not None
    assert lock.stale(held, RECORD | record, is_alive=is_alive, me=me) is verdict


def test_no_record_is_not_ours() -> None:
    held = lock.parse_lock([ERROR])
    assert held is not None
    assert not lock.stale(held, {}, is_alive=False, me="ops@runner")


def test_held_lock_is_one_sentence_with_the_way_out() -> None:
    held = lock.parse_lock([ERROR])
    assert held is not None
    assert lock.held_sentence(held, Path("/work/aws")) == (
        "The Terraform state bucket/us-east-1/terraform.tfstate is locked by ops@runner "
        "since 2026-11-23 14:26:08 UTC (apply); "
        "wait for that run, or if it is dead release it with "
        "`terraform -chdir=/work/aws force-unlock 2dd465b7-d45c-7e33-0eb7-ce77992bbfef`."
    )


def test_process_lives_as_long_as_it_is_the_same_one() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    record = lock.process_record(process.pid, "apply", datetime(2026, 11, 23, tzinfo=UTC))
    assert lock.alive(record)
    assert not lock.alive(record | {"process_start": "1"}), "another process under the same pid"
    assert not lock.alive(record | {"who": "ops@elsewhere"})
    process.kill()
    # Not waited for: a zombie is dead too.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not lock.alive(record)
    process.wait()
    assert not lock.alive(record)
    assert not lock.alive({})
