# SPDX-License-Identifier: Apache-2.0
"""Each act stands between two lines of the record, whatever happens to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy import ledger, run
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.cases import BY_ID
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.decide import Decision, Node, Situation
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.policy import Policy

Json = dict[str, Any]
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def certificate(name: str) -> Json:
    one = {"id": "certificates_valid", "status": "failed", "severity": "major", "seen": "expired 2 h ago", "since": ""}
    return {**one, "subject": f"Certificate s/{name}"}


def gpu(node: str) -> Json:
    one = {"id": "gpus_without_errors", "status": "failed", "severity": "major", "seen": "XID 79", "since": ""}
    return {**one, "subject": f"GPU 0 of node {node}"}


def situation(*checks: Json, **policy: Any) -> Situation:
    nodes = {"a": Node("zone-a", "g"), "b": Node("zone-b", "g"), "c": Node("zone-a", "g")}
    limits = {"enabled": tuple(BY_ID), "unavailable_percent": 100, "per_hour": {"xid_node": 9}, **policy}
    return Situation(Policy(**limits), ledger.Record(), NOW, NOW, checks, nodes)


def fine(decision: Decision) -> str:
    return f"did {decision.subject}"


def outcomes(path: Path) -> list[tuple[str, str, str]]:
    return [(one.subject, one.outcome, one.reason) for one in ledger.load(path).entries]


def test_the_beginning_is_on_disk_before_the_act(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    seen = []

    def act(decision: Decision) -> str:
        seen.append(outcomes(path))
        return fine(decision)

    (done,) = run.carried_out(situation(certificate("x")), path, act, lambda: NOW)
    begin = ("Certificate s/x", "started", "Certificate s/x: expired 2 h ago")
    assert seen == [[begin]]
    assert outcomes(path) == [begin, ("Certificate s/x", "succeeded", "did Certificate s/x")]
    assert done.line() == "succeeded: renew Certificate s/x: did Certificate s/x"
    assert done.to_json()["outcome"] == "succeeded"


def raiser(error: BaseException) -> Callable[[Decision], str]:
    def act(_decision: Decision) -> str:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KubeError("The cluster refused: 403."), "The cluster refused: 403."),
        (KeyError("spec"), "Failed unexpectedly: KeyError('spec')"),
    ],
)
def test_an_act_that_fails_is_recorded_and_the_next_has_its_turn(tmp_path: Path, error: Exception, told: str) -> None:
    path = tmp_path / "r.jsonl"
    done = run.carried_out(situation(certificate("x"), certificate("y")), path, raiser(error), lambda: NOW)
    assert [(one.outcome, one.told) for one in done] == [("failed", told), ("failed", told)]
    assert [outcome for _, outcome, _ in outcomes(path)] == ["started", "failed", "started", "failed"]


@pytest.mark.parametrize("error", [SystemExit(143), KeyboardInterrupt()])
def test_one_that_is_told_to_end_records_it_and_ends(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "r.jsonl"
    with pytest.raises(type(error)):
        run.carried_out(situation(certificate("x"), certificate("y")), path, raiser(error), lambda: NOW)
    assert [(outcome, told) for _, outcome, told in outcomes(path)][1:] == [("failed", "it was cut off")]


def test_a_record_that_cannot_be_written_stops_before_the_act(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RemedyError, match="Nothing is done without it"):
        run.carried_out(
            situation(certificate("x")), tmp_path / "file" / "r.jsonl", raiser(AssertionError()), lambda: NOW
        )


def test_a_verdict_that_grew_old_while_something_was_done_is_no_ground_for_the_next(tmp_path: Path) -> None:
    times = iter(NOW + timedelta(minutes=4 * turn) for turn in range(9))
    done = run.carried_out(situation(gpu("a"), gpu("c")), tmp_path / "r.jsonl", fine, lambda: next(times))
    assert [(one.decision.decision, one.decision.guard) for one in done] == [("act", ""), ("refused", "verdict_fresh")]


def test_never_two_zones_even_after_a_failure(tmp_path: Path) -> None:
    act = raiser(KubeError("no"))
    done = run.carried_out(situation(gpu("a"), gpu("b"), gpu("c")), tmp_path / "r.jsonl", act, lambda: NOW)
    assert [(one.decision.subject, one.decision.guard) for one in done] == [
        ("Node a", ""),
        ("Node b", "one_zone"),
        ("Node c", ""),
    ]


def test_what_is_told_is_what_would_be_done(tmp_path: Path) -> None:
    checks = (certificate("x"), gpu("a"), gpu("b"), gpu("c"))
    told = run.told(situation(*checks))
    done = run.carried_out(situation(*checks), tmp_path / "r.jsonl", fine, lambda: NOW)
    assert [one.decision for one in told] == [one.decision for one in done]
    assert told[0].line().startswith("would act: renew Certificate s/x: Certificate s/x: expired")
    assert told[2].line().startswith("refused by one_zone: cordon_and_replace Node b: ")


def test_no_id_is_used_twice(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    for _ in range(2):
        run.carried_out(
            situation(certificate("x"), certificate("y"), attempts_per_day=9, cooldown_minutes=0),
            path,
            fine,
            lambda: NOW,
        )
    ids = [one.id for one in ledger.load(path).started]
    assert len(ids) == len(set(ids)) == 4
    assert ids[0] == "20261128T120000-1"


HOLDER = """
import sys
from pathlib import Path
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy import run
with run.alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_at_once_are_one(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "r.jsonl"
    environment = {**os.environ, "PYTHONPATH": str(Path(run.__file__).parents[6])}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        try:
            assert other.stdout
            assert other.stdout.readline() == "held\n"
            with pytest.raises(RemedyError, match=r"Another run holds .*r\.jsonl\.lock; nothing"), run.alone(path):
                pytest.fail("it was let in")
        finally:
            other.kill()
        other.wait(30)
        # However the other one ended, its lock has gone with it.
        with run.alone(path):
            assert not path.exists()


def test_an_error_within_the_lock_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="disk"), run.alone(tmp_path / "r.jsonl"):
        raise OSError("disk")


def test_a_lock_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = r"Failed to open .*\.lock: .* Nothing is done without it\."
    with pytest.raises(RemedyError, match=told), run.alone(tmp_path / "file" / "r.jsonl"):
        pytest.fail("it was let in")


def test_what_was_cut_off_is_closed_once_and_by_its_id(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    begin = ledger.Entry(NOW, "1", "xid_node", "cordon_and_replace", "Node a", "started", "zone-a")
    ledger.append(path, begin)
    run.close(path, run.to_close(ledger.load(path), ["1", "1"]), NOW)
    assert outcomes(path)[1] == ("Node a", "failed", run.CLOSED)
    assert run.to_close(ledger.load(path), ["1"]) == []
    with pytest.raises(RemedyError, match=r"The record has no action 2 \(remediation_closed\)"):
        run.to_close(ledger.load(path), ["2"])
