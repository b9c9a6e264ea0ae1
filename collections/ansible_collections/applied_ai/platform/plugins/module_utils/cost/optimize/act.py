# SPDX-License-Identifier: Apache-2.0
"""Do what safe findings say: each act looks first, does nothing the second time, and tells how to take it back.

What Terraform owns is looked for once more at the resource itself, since a finding may be days old.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.approvals import Approval, read
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.aws_facts import (
    Clients,
    answered,
    tags,
)

Json = dict[str, Any]
# Snapshots that stand in for a volume bear its id.
SAVED: Final = "SavedFromVolume"
COLD_DAYS: Final = 30
PARTS_DAYS: Final = 7
# A snapshot of a large volume takes hours.
WAIT: Final = {"Delay": 15, "MaxAttempts": 960}


@dataclass(frozen=True)
class Done:
    """What an act did or would do; ``undo`` is how to take it back. Not changed: it is so already."""

    changed: bool
    did: str
    undo: str = ""


@dataclass(frozen=True)
class Choice:
    """Findings to act on with their approvals, and what was approved and is not done, with the reason."""

    chosen: tuple[tuple[Mapping[str, Any], Approval], ...]
    refused: tuple[tuple[str, str], ...]
    # Approved and no longer found: done already, or gone.
    settled: tuple[str, ...]


class RefusedError(CostError):
    """The resource is not what the finding saw, or belongs to Terraform."""


def approvals(document: object, where: str) -> tuple[Approval, ...]:
    """Read approvals of findings from a parsed YAML file.

    Raises:
        CostError: An entry lacks something, or has what an approval does not know.

    """
    return read(document, where, "id", "the finding's id")


def choose(findings: Sequence[Mapping[str, Any]], given: Sequence[Approval], today: date) -> Choice:
    """Return which findings may be acted on: safe, approved by id, and not made needless by a greater one."""
    found = {one["id"]: one for one in findings}
    valid = {one.of: one for one in given if one.holds(today)}
    refused = [(one.of, f"Its approval ended on {one.until}.") for one in given if one.of not in valid]
    chosen = []
    for identity, approval in valid.items():
        finding = found.get(identity)
        if finding is None:
            continue
        if not finding["safe"]:
            refused.append((identity, f"It is not done by a machine: {finding['how']}"))
        elif finding["excluded_by"] in valid and found.get(finding["excluded_by"], {}).get("safe"):
            refused.append((identity, f"{finding['excluded_by']} is approved, too, and saves the same money."))
        else:
            chosen.append((finding, approval))
    order = {identity: place for place, identity in enumerate(found)}
    return Choice(
        tuple(sorted(chosen, key=lambda one: order[one[0]["id"]])),
        tuple(refused),
        tuple(sorted(identity for identity in valid if identity not in found)),
    )


def act(action: Mapping[str, Any], clients: Clients, *, check: bool) -> Done:
    """Do what an action says, or tell what would be done.

    Raises:
        RefusedError: The resource changed since it was looked at, or belongs to Terraform.

    """
    kind = str(action.get("kind"))
    if kind not in ACTS:
        raise RefusedError(f"{kind!r} is nothing that can be done; known are {', '.join(sorted(ACTS))}.")
    return ACTS[kind](action, clients, check)


def _free(name: str, marks: Mapping[str, str]) -> None:
    if marks.get("ManagedBy", "").lower() == "terraform":
        raise RefusedError(f"{name} belongs to Terraform now; change it in the root that made it.")


def _volume(identity: str, clients: Clients) -> Json | None:
    """Return a volume, None where there is none (any more)."""
    found = clients("ec2").describe_volumes(Filters=[{"Name": "volume-id", "Values": [identity]}])["Volumes"]
    volume = next((one for one in found if one["State"] not in ("deleting", "deleted")), None)
    if volume:
        _free(identity, tags(volume))
    return volume


def change_volume_type(action: Mapping[str, Any], clients: Clients, check: bool) -> Done:
    """Make a gp2 volume gp3 while it is in use."""
    identity = str(action["id"])
    volume = _volume(identity, clients)
    if volume is None:
        return Done(False, f"{identity} is gone.")
    if volume["VolumeType"] == "gp3":
        return Done(False, f"{identity} is gp3 already.")
    if volume["VolumeType"] != "gp2":
        raise RefusedError(f"{identity} is {volume['VolumeType']} now, no longer gp2; look for findings again.")
    size = {"Iops": int(action["iops"]), "Throughput": int(action["throughput"])}
    if not check:
        clients("ec2").modify_volume(VolumeId=identity, VolumeType="gp3", **size)
    return Done(
        True,
        f"{identity}: gp2 to gp3 with {size['Iops']} IOPS and {size['Throughput']} MiB/s",
        f"aws ec2 modify-volume --volume-id {identity} --volume-type gp2",
    )


def save_volume(action: Mapping[str, Any], clients: Clients, check: bool) -> Done:
    """Keep a snapshot of a volume that nothing has, and delete the volume once the snapshot is complete."""
    identity, ec2 = str(action["id"]), clients("ec2")
    volume = _volume(identity, clients)
    if volume is None:
        return Done(False, f"{identity} is gone.")
    if volume["State"] != "available":
        raise RefusedError(f"{identity} is {volume['State']} now; it is no longer unattached.")
    if check:
        return Done(True, f"{identity}: a snapshot, and no volume")
    # Always a new one: what an earlier one holds may have changed since.
    snapshot = _snapshot(volume, ec2)
    ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot], WaiterConfig=WAIT)
    # AWS refuses where somebody has attached it meanwhile.
    ec2.delete_volume(VolumeId=identity)
    return Done(
        True,
        f"{identity}: {snapshot} is complete, the volume is deleted",
        f"aws ec2 create-volume --snapshot-id {snapshot} --volume-type {volume['VolumeType']}"
        f" --availability-zone {volume['AvailabilityZone']}",
    )


def _snapshot(volume: Mapping[str, Any], ec2: Any) -> str:  # noqa: ANN401  boto3's clients have no types
    # Tags that AWS sets itself cannot be given.
    marks = {name: value for name, value in tags(volume).items() if not name.startswith("aws:")}
    marks[SAVED] = volume["VolumeId"]
    answer = ec2.create_snapshot(
        VolumeId=volume["VolumeId"],
        Description=f"In place of {volume['VolumeId']}, which nothing had",
        TagSpecifications=[
            {
                "ResourceType": "snapshot",
                "Tags": [{"Key": name, "Value": value} for name, value in sorted(marks.items())],
            }
        ],
    )
    return str(answer["SnapshotId"])


def set_lifecycle(action: Mapping[str, Any], clients: Clients, check: bool) -> Done:
    """End uploads that broke off, and move what is cold where the finding says so; rules that are there stay alone."""
    name, s3 = str(action["id"]), clients("s3")
    marks = answered(lambda: s3.get_bucket_tagging(Bucket=name))
    _free(name, tags(marks, "TagSet"))
    there = answered(lambda: s3.get_bucket_lifecycle_configuration(Bucket=name)).get("Rules") or []
    wanted = list(lifecycle_rules(tiering=bool(action["tiering"])))
    known = {rule.get("ID") for rule in there}
    if known == {rule["ID"] for rule in wanted}:
        return Done(False, f"{name} has these rules already.")
    if there:
        raise RefusedError(
            f"{name} has lifecycle rules now, {', '.join(sorted(map(str, known)))}; they stay as they are."
        )
    if not check:
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": wanted})
    return Done(
        True,
        f"{name}: lifecycle rules {', '.join(rule['ID'] for rule in wanted)}",
        f"aws s3api delete-bucket-lifecycle --bucket {name}",
    )


def lifecycle_rules(*, tiering: bool) -> Iterator[Json]:
    """Return the rules of a bucket; none of them deletes an object that was ever whole."""
    yield {
        "ID": "end-broken-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": PARTS_DAYS},
    }
    if tiering:
        yield {
            "ID": "tier-cold-objects",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Transitions": [{"Days": COLD_DAYS, "StorageClass": "INTELLIGENT_TIERING"}],
        }


ACTS: Final[Mapping[str, Callable[[Mapping[str, Any], Clients, bool], Done]]] = {
    "volume_gp3": change_volume_type,
    "volume_unattached": save_volume,
    "bucket_lifecycle": set_lifecycle,
}
