# SPDX-License-Identifier: Apache-2.0
"""How acts are told and recorded; tests/cost/test_optimize_acting.py runs the playbook at an emulator."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.action import cost_optimize as action
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


class Ec2:
    """Volumes by id; a change of one that is broken fails."""

    def __init__(self, **volumes: str) -> None:
        self.volumes = volumes

    def describe_volumes(self, Filters: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  boto3's name
        (name,) = Filters[0]["Values"]
        found = self.volumes.get(name)
        return {"Volumes": [{"VolumeId": name, "VolumeType": found, "State": "in-use"}] if found else []}

    def modify_volume(self, VolumeId: str, VolumeType: str, **_size: int) -> None:  # noqa: N803  boto3's names
        if VolumeId == "broken":
            msg = "AWS is\n  busy"
            raise OSError(msg)
        self.volumes[VolumeId] = VolumeType


def finding(name: str, saving: str) -> dict[str, Any]:
    return {
        "id": f"volume_gp3:{name}",
        "monthly_saving": saving,
        "owner": "search",
        "safe": True,
        "how": "",
        "excluded_by": "",
        "action": {"kind": "volume_gp3", "id": name, "iops": 3000, "throughput": 125},
    }


FINDINGS = [finding("broken", "9.00"), finding("good", "15.10"), finding("other", "1.25")]


def acted(tmp_path: Path, ec2: Ec2, *approved: str, check: bool = False) -> dict[str, Any]:
    approvals = tmp_path / "approvals.yml"
    approvals.write_text(
        json.dumps([{"id": f"volume_gp3:{one}", "approved_by": "Ada", "reason": "r"} for one in approved])
    )
    params = {
        "findings": FINDINGS,
        "approvals_file": str(approvals),
        "record_file": str(tmp_path / "record/actions.jsonl"),
        "region": "here",
    }
    return action.optimized(params, action.Run(lambda _service: ec2, (OSError,), lambda: NOW, check))


def record(tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "record/actions.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_what_is_done_is_recorded_and_added_up(tmp_path: Path) -> None:
    ec2 = Ec2(good="gp2", other="gp2")
    checked = acted(tmp_path, ec2, "good", "other", check=True)
    assert (checked["changed"], checked["monthly_saving"], record(tmp_path)) == (True, "16.35", [])
    assert ec2.volumes == {"good": "gp2", "other": "gp2"}
    done = acted(tmp_path, ec2, "good", "other")
    assert (done["changed"], done["monthly_saving"]) == (True, "16.35")
    first, second = record(tmp_path)
    assert (first["id"], first["approved_by"], first["at"]) == ("volume_gp3:good", "Ada", "2026-11-28T12:00:00+00:00")
    assert second["undo"] == "aws ec2 modify-volume --volume-id other --volume-type gp2"
    again = acted(tmp_path, ec2, "good", "other")
    assert (again["changed"], again["monthly_saving"], len(record(tmp_path))) == (False, "0.00", 2)


def test_one_that_fails_stops_no_other_and_fails_the_run(tmp_path: Path) -> None:
    ec2 = Ec2(broken="gp2", good="gp2")
    with pytest.raises(CostError, match=r"1 of 2 approved findings could not be acted on. volume_gp3:broken: AWS is b"):
        acted(tmp_path, ec2, "broken", "good")
    assert ec2.volumes["good"] == "gp3"
    assert [one["id"] for one in record(tmp_path)] == ["volume_gp3:good"]


def test_without_a_file_nothing_is_approved(tmp_path: Path) -> None:
    assert action.approvals(tmp_path / "none.yml") == ()


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.yml").write_text("- [")
    with pytest.raises(CostError, match=r"The approvals in .*broken\.yml cannot be read"):
        action.approvals(tmp_path / "broken.yml")


def test_a_record_that_cannot_be_written_tells_what_was_done(tmp_path: Path) -> None:
    (tmp_path / "record").write_text("a file in place of the folder")
    with pytest.raises(CostError, match=r"good: gp2 to gp3 .* was done, and the record .* cannot be written"):
        acted(tmp_path, Ec2(good="gp2"), "good")
