# SPDX-License-Identifier: Apache-2.0
"""What is acted on and what is refused, by botocore's stubs; tests/cost/test_optimize_acting.py acts on an emulator."""

from __future__ import annotations

from datetime import date
from typing import Any

import boto3
import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize import act
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

TODAY = date(2026, 11, 28)
GP3 = {"kind": "volume_gp3", "id": "vol-1", "iops": 3000, "throughput": 250}
SAVE = {"kind": "volume_unattached", "id": "vol-1"}
RULES = {"kind": "bucket_lifecycle", "id": "b", "tiering": True}
VOLUME = {"VolumeId": "vol-1", "State": "available", "VolumeType": "gp2", "AvailabilityZone": "us-east-1a"}
TERRAFORM = [{"Key": "ManagedBy", "Value": "Terraform"}]


class Aws:
    """One stubbed client; whatever is asked beyond its answers fails the test."""

    def __init__(self, service: str) -> None:
        self.client = boto3.client(
            service, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        self.stub = Stubber(self.client)
        self.stub.activate()

    def __call__(self, _service: str) -> Any:
        return self.client

    def volume(self, **changes: Any) -> Aws:
        found = [] if changes.get("State") == "gone" else [{**VOLUME, **changes}]
        asked = {"Filters": [{"Name": "volume-id", "Values": ["vol-1"]}]}
        self.stub.add_response("describe_volumes", {"Volumes": found}, asked)
        return self

    def bucket(self, rules: list[dict[str, Any]] | None = None, marks: list[dict[str, str]] | None = None) -> Aws:
        self.stub.add_response("get_bucket_tagging", {"TagSet": marks or []})
        if rules is None:
            self.stub.add_client_error("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration")
        else:
            self.stub.add_response("get_bucket_lifecycle_configuration", {"Rules": rules})
        return self


def test_a_volume_becomes_gp3_with_what_the_finding_says() -> None:
    aws = Aws("ec2").volume(State="in-use")
    asked = {"VolumeId": "vol-1", "VolumeType": "gp3", "Iops": 3000, "Throughput": 250}
    aws.stub.add_response("modify_volume", {}, asked)
    done = act.act(GP3, aws, check=False)
    assert (done.changed, done.undo) == (True, "aws ec2 modify-volume --volume-id vol-1 --volume-type gp2")
    aws.stub.assert_no_pending_responses()


def test_a_volume_is_deleted_only_after_its_snapshot_is_complete() -> None:
    aws = Aws("ec2").volume(Tags=[{"Key": "Team", "Value": "a"}, {"Key": "aws:x", "Value": "y"}])
    marks = [{"Key": act.SAVED, "Value": "vol-1"}, {"Key": "Team", "Value": "a"}]
    asked = {"VolumeId": "vol-1", "Description": ANY}
    asked["TagSpecifications"] = [{"ResourceType": "snapshot", "Tags": marks}]
    aws.stub.add_response("create_snapshot", {"SnapshotId": "snap-1", "State": "pending"}, asked)
    aws.stub.add_response("describe_snapshots", {"Snapshots": [{"SnapshotId": "snap-1", "State": "completed"}]})
    aws.stub.add_response("delete_volume", {}, {"VolumeId": "vol-1"})
    done = act.act(SAVE, aws, check=False)
    assert "--snapshot-id snap-1 --volume-type gp2 --availability-zone us-east-1a" in done.undo
    aws.stub.assert_no_pending_responses()


def test_a_snapshot_that_fails_leaves_the_volume() -> None:
    aws = Aws("ec2").volume()
    aws.stub.add_client_error("create_snapshot", "SnapshotLimitExceeded")
    with pytest.raises(ClientError):
        act.act(SAVE, aws, check=False)


@pytest.mark.parametrize("action", [GP3, SAVE])
def test_what_terraform_owns_by_now_stays(action: dict[str, Any]) -> None:
    with pytest.raises(act.RefusedError, match="vol-1 belongs to Terraform"):
        act.act(action, Aws("ec2").volume(Tags=TERRAFORM), check=False)


@pytest.mark.parametrize(
    ("action", "volume", "message"),
    [
        (SAVE, {"State": "in-use"}, "vol-1 is in-use now"),
        (GP3, {"VolumeType": "io2"}, "vol-1 is io2 now"),
    ],
)
def test_what_changed_since_it_was_seen_stays(action: dict[str, Any], volume: dict[str, str], message: str) -> None:
    with pytest.raises(act.RefusedError, match=message):
        act.act(action, Aws("ec2").volume(**volume), check=False)


@pytest.mark.parametrize(
    ("action", "volume"),
    [(GP3, {"State": "gone"}), (SAVE, {"State": "gone"}), (SAVE, {"State": "deleting"}), (GP3, {"VolumeType": "gp3"})],
)
def test_what_is_done_is_not_done_again(action: dict[str, Any], volume: dict[str, str]) -> None:
    assert not act.act(action, Aws("ec2").volume(**volume), check=False).changed


@pytest.mark.parametrize(
    ("action", "aws"), [(GP3, Aws("ec2").volume()), (SAVE, Aws("ec2").volume()), (RULES, Aws("s3").bucket())]
)
def test_a_check_only_looks(action: dict[str, Any], aws: Aws) -> None:
    assert act.act(action, aws, check=True).changed


def test_a_bucket_gets_rules_that_delete_no_object() -> None:
    aws = Aws("s3").bucket()
    wanted = list(act.lifecycle_rules(tiering=True))
    asked = {"Bucket": "b", "LifecycleConfiguration": {"Rules": wanted}}
    aws.stub.add_response("put_bucket_lifecycle_configuration", {}, asked)
    assert act.act(RULES, aws, check=False).changed
    aws.stub.assert_no_pending_responses()
    assert not any("Expiration" in rule for rule in wanted)
    assert not act.act(RULES, Aws("s3").bucket(wanted), check=False).changed


def test_rules_of_somebody_else_stay() -> None:
    theirs = [{"ID": "theirs", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 1}}]
    with pytest.raises(act.RefusedError, match="has lifecycle rules now, theirs"):
        act.act(RULES, Aws("s3").bucket(theirs), check=False)
    aws = Aws("s3")
    aws.stub.add_response("get_bucket_tagging", {"TagSet": TERRAFORM})
    with pytest.raises(act.RefusedError, match="b belongs to Terraform"):
        act.act(RULES, aws, check=False)


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(act.RefusedError, match="'terminate' is nothing that can be done"):
        act.act({"kind": "terminate", "id": "i-1"}, Aws("ec2"), check=False)


def finding(identity: str, *, safe: bool = True, excluded_by: str = "") -> dict[str, Any]:
    return {"id": identity, "safe": safe, "excluded_by": excluded_by, "how": "Ask its owner."}


def approval(identity: str, until: date | None = None) -> act.Approval:
    return act.Approval(identity, "Ada", "because", until)


def test_only_what_is_safe_and_approved_is_chosen() -> None:
    found = [finding("a"), finding("b"), finding("c", safe=False)]
    given = [approval("c"), approval("b"), approval("a", TODAY), approval("gone"), approval("old", date(2026, 11, 27))]
    choice = act.choose(found, given, TODAY)
    assert [one["id"] for one, _approval in choice.chosen] == ["a", "b"]
    assert choice.refused == (
        ("old", "Its approval ended on 2026-11-27."),
        ("c", "It is not done by a machine: Ask its owner."),
    )
    assert choice.settled == ("gone",)
    assert act.choose(found, [], TODAY).chosen == ()


def test_of_two_that_save_the_same_money_the_greater_is_done() -> None:
    found = [finding("great"), finding("small", excluded_by="great")]
    both = act.choose(found, [approval("small"), approval("great")], TODAY)
    assert [one["id"] for one, _approval in both.chosen] == ["great"]
    assert both.refused == (("small", "great is approved, too, and saves the same money."),)
    assert [one["id"] for one, _approval in act.choose(found, [approval("small")], TODAY).chosen] == ["small"]


def test_approvals_are_read() -> None:
    entry = {"id": "a", "approved_by": "Ada", "reason": "r", "until": "2026-12-31"}
    assert act.approvals([entry], "f") == (act.Approval("a", "Ada", "r", date(2026, 12, 31)),)
    assert act.approvals(None, "f") == ()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "must be a list"),
        (["a"], "entry 1 must be an approval"),
        ([{"id": "a", "approved_by": "Ada"}], "has no reason"),
        ([{"id": "a", "approved_by": " ", "reason": "r"}], "has no approved_by"),
        ([{"id": "a", "approved_by": "Ada", "reason": "r", "util": 1}], "has the key util"),
        ([{"id": "a", "approved_by": "Ada", "reason": "r", "until": "soon"}], "until: soon"),
    ],
)
def test_approvals_that_cannot_be_meant_are_refused(document: object, message: str) -> None:
    with pytest.raises(CostError, match=message):
        act.approvals(document, "f")
