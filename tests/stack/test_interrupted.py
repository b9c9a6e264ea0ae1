# SPDX-License-Identifier: Apache-2.0
"""Runs that were killed are continued by running again: nothing is made twice, nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from stack.harness import CANARY, Platform, kill_group, wait_for

pytestmark = [pytest.mark.lab]

SLOW = "terraform_data.slow"
ALL = {
    "aws_ssm_parameter.cluster",
    "aws_ssm_parameter.secret",
    "aws_vpc.this",
    "module.network.aws_internet_gateway.this",
    *(
        f'module.network.{kind}.this["{name}"]'
        for kind in ("aws_route", "aws_route_table", "aws_route_table_association", "aws_subnet")
        for name in ("a", "b")
    ),
}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def closed(path: Path) -> str:
    """Return the name of a gate: the slow part is not done before the file is removed."""
    path.touch()
    return str(path)


def test_apply_goes_on_when_ansible_is_killed_and_the_next_run_waits_for_it(platform: Platform, tmp_path: Path) -> None:
    gate = closed(tmp_path / "gate")
    process = platform.start(tmp_path / "first.log", gate=gate)
    wait_for(lambda: bool(platform.completed()))
    kill_group(process)
    pid = platform.job()["pid"]
    assert alive(pid), "Terraform must outlive Ansible"

    again = platform.start(tmp_path / "second.log", gate=gate)
    try:
        wait_for(lambda: "] Terraform 12/13 · terraform_data.slow " in (tmp_path / "second.log").read_text())
        assert alive(pid)
    finally:
        Path(gate).unlink()

    output = tmp_path / "second.log"
    assert again.wait(timeout=900) == 0, output.read_text()
    assert not alive(pid)
    assert "changed=0 " in output.read_text(), output.read_text()
    assert platform.state_addresses() == {*ALL, SLOW}


def test_killed_terraform_leaves_nothing_twice_and_nothing_behind(platform: Platform, tmp_path: Path) -> None:
    gate = closed(tmp_path / "gate")
    process = platform.start(tmp_path / "first.log", gate=gate)
    wait_for(lambda: platform.completed() >= ALL)
    os.kill(platform.job()["pid"], signal.SIGKILL)
    Path(gate).unlink()
    assert process.wait(timeout=600) != 0
    first = (tmp_path / "first.log").read_text()
    assert "Terraform was stopped by signal 9 after 12 of 13 steps; run again" in " ".join(first.split()), first
    lost = ALL - platform.state_addresses()
    assert lost, "this test is about resources that Terraform had no time to write down"
    s3 = platform.client("s3")
    s3.head_object(Bucket=f"{platform.project}-state", Key="us-east-1/terraform.tfstate.tflock")

    # One is gone although the log says that it was created; of another the log only knows that it was begun.
    ssm, prefix = platform.client("ssm"), f"/{platform.project}/local/us-east-1"
    ssm.delete_parameter(Name=f"{prefix}/secret")
    log = platform.run_dir / "events.jsonl"
    kept = [
        event
        for event in platform.events()
        if not (event["type"] == "apply_complete" and event["hook"]["resource"]["addr"] == "aws_ssm_parameter.cluster")
    ]
    log.write_text("".join(f"{json.dumps(event)}\n" for event in kept))

    again = platform.run("-v")

    assert again.returncode == 0, again.stdout
    assert "Released the state lock of an interrupted apply" in again.stdout
    applied = platform.job()
    assert set(applied["recovered"]) == lost - {"aws_ssm_parameter.secret"}
    assert platform.vpcs() == 1
    assert platform.state_addresses() == {*ALL, SLOW}
    assert ssm.get_parameter(Name=f"{prefix}/secret", WithDecryption=True)["Parameter"]["Value"] == CANARY
    third = platform.run()
    assert "changed=0 " in third.stdout, third.stdout


def test_lock_of_somebody_else_is_left_alone_and_named(platform: Platform) -> None:
    s3, bucket = platform.client("s3"), f"{platform.project}-state"
    s3.create_bucket(Bucket=bucket)
    held = {
        "ID": "5b0e2b0c-1111-2222-3333-444455556666",
        "Operation": "OperationTypeApply",
        "Who": "alice@laptop",
        "Version": "1.11.4",
        "Created": "2026-11-23T10:00:00.5Z",
        "Path": f"{bucket}/us-east-1/terraform.tfstate",
        "Info": "",
    }
    s3.put_object(Bucket=bucket, Key="us-east-1/terraform.tfstate.tflock", Body=json.dumps(held))

    run = platform.run()

    assert run.returncode != 0
    message = " ".join(run.stdout.split())
    assert "is locked by alice@laptop since 2026-11-23 10:00:00 UTC (apply)" in message, run.stdout
    assert f"force-unlock {held['ID']}" in message
    s3.head_object(Bucket=bucket, Key="us-east-1/terraform.tfstate.tflock")
    assert platform.state_addresses() == set()
