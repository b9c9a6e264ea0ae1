# SPDX-License-Identifier: Apache-2.0
"""Waiting shows one line now and then, ends when it can, and fails when it must."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import events, waiting, workdir
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import TerraformError
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.waiting import Look

STARTED = "2026-11-23T12:00:00+00:00"
JOB = {"plan_digest": "d", "started": STARTED, "pid": 1}
PLANNED = {"type": "planned_change", "change": {"action": "create"}}
BEGIN = {
    "type": "apply_start",
    "@timestamp": STARTED,
    "hook": {"resource": {"addr": "aws_ssm_parameter.cluster"}, "action": "create"},
}
CLUSTER = {**BEGIN, "type": "apply_complete"}
END = {"type": "change_summary", "changes": {"add": 1, "operation": "apply"}}
ERROR = {"type": "diagnostic", "diagnostic": {"severity": "error", "summary": "Quota exceeded", "detail": "5 VPCs."}}


def seen(*items: dict[str, Any], alive: bool = True, job: dict[str, Any] | None = None) -> Look:
    text = "".join(f"{json.dumps(item)}\n" for item in items)
    return Look(JOB if job is None else job, alive, events.read(text), text)


class Course:
    """A course of looks, one a second; the last one stays."""

    def __init__(self, *looks: Look, result: Mapping[str, Any] | None = None) -> None:
        self.looks = list(looks)
        self.result = result
        self.time = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
        self.lines: list[str] = []

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        if len(self.looks) > 1:
            self.looks.pop(0)

    def wait(self, until: str, *, timeout: float = 100.0, interval: float = 5.0) -> events.Progress:
        return waiting.wait(
            waiting.WaitRequest(until, "aws_ssm_parameter.cluster", "d", timeout, interval),
            look_again=lambda: self.looks[0],
            job_result=lambda: self.result,
            show=self.lines.append,
            now=lambda: self.time,
            sleep=self.sleep,
        )


def test_cluster_does_not_wait_for_the_rest() -> None:
    course = Course(seen(job={}), seen(PLANNED, BEGIN), seen(PLANNED, BEGIN, CLUSTER))
    course.looks[0] = seen(alive=False, job={})
    found = course.wait("cluster")
    assert found.completed == {"aws_ssm_parameter.cluster": "create"}
    assert course.lines == ["Terraform is starting", "Terraform 1/1"]


def test_line_comes_once_an_interval() -> None:
    course = Course(*[seen(PLANNED, BEGIN)] * 12, seen(PLANNED, BEGIN, CLUSTER, END, alive=False))
    course.wait("finished")
    assert course.lines == [
        "Terraform 0/1 · aws_ssm_parameter.cluster 0:00",
        "Terraform 0/1 · aws_ssm_parameter.cluster 0:05",
        "Terraform 0/1 · aws_ssm_parameter.cluster 0:10",
        "Terraform 1/1",
    ]


def test_finished_waits_for_the_process_too() -> None:
    course = Course(seen(PLANNED, CLUSTER, END), seen(PLANNED, CLUSTER, END, alive=False))
    course.wait("finished")
    assert course.time.second == 1


def test_idle_takes_any_end_and_shows_nothing_when_nothing_runs() -> None:
    course = Course(seen(PLANNED, ERROR, alive=False))
    course.wait("idle")
    assert course.lines == []


def test_modules_own_failure_comes_through_at_once() -> None:
    course = Course(seen(alive=False, job={}), result={"failed": True, "msg": "The saved plan is not the one."})
    with pytest.raises(TerraformError, match=r"The saved plan is not the one\."):
        course.wait("cluster")
    assert course.time.second == 0


def test_terraforms_error_is_the_message() -> None:
    course = Course(seen(PLANNED, BEGIN), seen(PLANNED, BEGIN, ERROR, alive=False), result={})
    with pytest.raises(TerraformError, match=r"^Terraform could not apply the plan: Quota exceeded: 5 VPCs\.$"):
        course.wait("finished")


def test_killed_terraform_is_told_with_the_way_on() -> None:
    course = Course(seen(PLANNED, BEGIN, alive=False), result={})
    with pytest.raises(TerraformError, match=r"stopped before it was finished .* run again"):
        course.wait("finished")


def test_job_that_never_starts_is_given_up() -> None:
    course = Course(seen(alive=False, job={}))
    with pytest.raises(TerraformError, match="The apply did not start within 60 s"):
        course.wait("cluster")
    assert waiting.START_SECONDS <= (course.time - datetime(2026, 11, 23, 12, 0, tzinfo=UTC)).total_seconds() < 70


def test_root_without_the_resource_is_told() -> None:
    course = Course(seen(PLANNED, END, alive=False), result={})
    with pytest.raises(TerraformError, match=r"finished without touching aws_ssm_parameter\.cluster"):
        course.wait("cluster")


def test_time_is_bounded() -> None:
    course = Course(seen(PLANNED, BEGIN))
    with pytest.raises(
        TerraformError, match=r"within 30 s \(Terraform 0/1 · aws_ssm_parameter.cluster 0:30\).*run again"
    ):
        course.wait("finished", timeout=30)


def test_record_of_another_plan_is_not_ours(tmp_path: Path) -> None:
    layout = workdir.Layout(tmp_path, "aws")
    layout.run.mkdir()
    workdir.write_record(layout.job, JOB)
    layout.events.write_text(json.dumps(CLUSTER))
    assert waiting.look(layout, "other", alive=lambda _: True) == Look({}, False, events.Progress(), "")
    mine = waiting.look(layout, "d", alive=lambda _: True)
    assert mine.alive and mine.progress.completed
