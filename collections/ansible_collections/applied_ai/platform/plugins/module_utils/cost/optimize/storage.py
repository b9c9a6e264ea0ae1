# SPDX-License-Identifier: Apache-2.0
"""Rules for what is stored: volumes, snapshots, buckets, logs."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import (
    Bucket,
    LogGroup,
    Snapshot,
    Unknown,
    Volume,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.findings import (
    LOW,
    MEDIUM,
    Context,
    Finding,
    Rule,
    dollars,
    owner,
)

# What gp3 includes; gp2 has 3 IOPS a GB from 100 to 16,000, and 128 MiB/s up to 170 GB, else 250.
# https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
GP3_IOPS: Final = 3000
GP3_THROUGHPUT: Final = 125
GP2_IOPS_PER_GB: Final = 3
GP2_MOST_IOPS: Final = 16000
GP2_SMALL_GB: Final = 170
GP2_THROUGHPUT: Final = 250
IO2_TIER1: Final = 32000
MONTH_DAYS: Final = 30
RETENTIONS: Final = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3653)


def volume_cost(volume: Volume, context: Context) -> Decimal:
    """Return what a volume costs in a month; IOPS above io2's first tier are left out, so that it is no less.

    Raises:
        NoPrice: The book has no price of its kind, or of its IOPS.

    """
    storage = context.price("ebs", f"{volume.kind}-storage", "GB-month") * volume.size_gb
    if volume.kind.startswith("io"):
        sku = "io2-iops-tier1" if volume.kind == "io2" else "io1-iops"
        return storage + context.price("ebs", sku, "IOPS-month") * min(volume.iops, IO2_TIER1)
    return storage


def unattached_volume(volume: Volume, context: Context) -> Finding | None:
    """Find a volume that no instance has: keep a snapshot in its place."""
    if volume.attached:
        return None
    kept = context.price("ebs", "snapshot", "GB-month") * volume.size_gb
    owned = context.terraform(volume.id, volume.tags)
    return Finding(
        rule="volume_unattached",
        resource=f"volume/{volume.id}",
        subject=volume.id,
        owner=owner(volume.tags),
        saving=volume_cost(volume, context) - kept,
        seen=f"{volume.size_gb} GB of {volume.kind}, made {volume.created or 'nobody knows when'}, at no instance",
        proposed="A snapshot, and no volume",
        risk=LOW,
        why=f"What is not used costs as much as what is. The snapshot's {dollars(kept)} at most are taken off already.",
        how="Remove it from the Terraform root that made it." if owned else "optimize_costs.yml, once it is approved.",
        action={} if owned else {"kind": "volume_unattached", "id": volume.id},
    )


def old_volume_type(volume: Volume, context: Context) -> Finding | None:
    """Propose gp3 for gp2, with the IOPS and the throughput that gp2 gives at this size."""
    if volume.kind != "gp2":
        return None
    iops = max(min(volume.size_gb * GP2_IOPS_PER_GB, GP2_MOST_IOPS), GP3_IOPS)
    given = GP2_THROUGHPUT if volume.size_gb > GP2_SMALL_GB else GP3_THROUGHPUT
    throughput = given
    if volume.throughput_peak is not None:
        throughput = max(GP3_THROUGHPUT, min(given, int(volume.throughput_peak * 12 / 10) + 1))
    now = volume_cost(volume, context)
    then = context.price("ebs", "gp3-storage", "GB-month") * volume.size_gb
    if iops > GP3_IOPS:
        then += context.price("ebs", "gp3-iops", "IOPS-month") * (iops - GP3_IOPS)
    if throughput > GP3_THROUGHPUT:
        then += context.price("ebs", "gp3-throughput", "MiBps-month") * (throughput - GP3_THROUGHPUT)
    owned = context.terraform(volume.id, volume.tags)
    return Finding(
        rule="volume_gp3",
        resource=f"volume/{volume.id}",
        subject=volume.id,
        owner=owner(volume.tags),
        saving=now - then,
        seen=f"{volume.size_gb} GB of gp2 for {dollars(now)}",
        proposed=f"gp3 with {iops} IOPS and {throughput} MiB/s for {dollars(then)}",
        risk=LOW,
        why="gp3 costs less for the same; the change runs while the volume is in use.",
        how="Set the type in the Terraform root that made it, or in the storage class for volumes of a cluster."
        if owned
        else "optimize_costs.yml, once it is approved.",
        action={} if owned else {"kind": "volume_gp3", "id": volume.id, "iops": iops, "throughput": throughput},
    )


def old_snapshot(snapshot: Snapshot, context: Context) -> Finding | None:
    """Find a snapshot that is old and belongs to no image."""
    age = (context.now - moment(snapshot.created, snapshot.id)).days
    if snapshot.image or age <= context.limits.snapshot_days:
        return None
    return Finding(
        rule="snapshot_old",
        resource=f"snapshot/{snapshot.id}",
        subject=snapshot.id,
        owner=owner(snapshot.tags),
        saving=context.price("ebs", "snapshot", "GB-month") * snapshot.size_gb,
        seen=f"{age} days old, of a volume of {snapshot.size_gb} GB, in no image",
        proposed="Delete it, or let a backup plan end it",
        risk=MEDIUM,
        why="The saving is the most that there can be: a snapshot holds only what changed since the one before.",
        how="Ask its owner; nothing deletes data here. Backup plans are in terraform_stack_variables.",
    )


def moment(text: str, what: str) -> datetime:
    """Return a moment in ISO 8601, taken as UTC where it does not say."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise CostError(
            f"{what} was created {text!r}; it must be a moment such as 2026-11-28T12:00:00+00:00."
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def bucket_lifecycle(bucket: Bucket, context: Context) -> Finding | Unknown | None:
    """Find a bucket without lifecycle rules that keeps what nobody reads, and parts of broken uploads."""
    if bucket.lifecycle:
        return None
    if bucket.cold_gb is None and bucket.multipart_gb is None:
        return Unknown(
            f"bucket_lifecycle:{bucket.name}",
            "It has no lifecycle rules; how much of it is cold is not known (storage class analysis tells).",
        )
    standard = context.price("s3", "standard-tier1", "GB-month")
    cold, parts = bucket.cold_gb or Decimal(0), bucket.multipart_gb or Decimal(0)
    watched = context.price("s3", "intelligent-tiering-monitoring", "1000 objects-month") * bucket.cold_objects / 1000
    tiered = cold * (standard - context.price("s3", "intelligent-tiering-infrequent", "GB-month")) - watched
    owned = context.terraform(bucket.name, bucket.tags)
    return Finding(
        rule="bucket_lifecycle",
        resource=f"bucket/{bucket.name}",
        subject=bucket.name,
        owner=owner(bucket.tags),
        saving=max(tiered, Decimal(0)) + parts * standard,
        seen=f"No lifecycle rules; {cold} GB not read for 30 days, {parts} GB of uploads that never ended",
        proposed="Intelligent-Tiering after 30 days and an end to broken uploads after 7"
        if tiered > 0
        else "An end to broken uploads after 7 days",
        risk=LOW,
        why="Intelligent-Tiering keeps all data at hand; what it takes for watching objects is taken off.",
        how="Add lifecycle rules in the Terraform root that made it."
        if owned
        else "optimize_costs.yml, once approved.",
        action={} if owned else {"kind": "bucket_lifecycle", "id": bucket.name, "tiering": tiered > 0},
    )


def log_retention(group: LogGroup, context: Context) -> Finding | Unknown | None:
    """Find a log group that keeps for ever or for much longer than the limit."""
    days = context.limits.log_days
    if 0 < group.retention_days <= days:
        return None
    if group.ingest_gb is None:
        return Unknown(
            f"log_retention:{group.name}",
            f"{group.stored_gb} GB are kept; how much comes in a month is not known, so neither is what would go.",
        )
    going = max(group.stored_gb - group.ingest_gb * days / MONTH_DAYS, Decimal(0))
    proposed = next((one for one in RETENTIONS if one >= days), RETENTIONS[-1])
    return Finding(
        rule="log_retention",
        resource=f"log_group/{group.name}",
        subject=group.name,
        owner=owner(group.tags),
        saving=going * context.price("cloudwatch", "logs-storage", "GB-month"),
        seen=f"{group.stored_gb} GB, kept {f'{group.retention_days} days' if group.retention_days else 'for ever'}",
        proposed=f"{proposed} days, so that {going:.1f} GB go",
        risk=MEDIUM,
        why="Old logs are seldom read, but they are gone for good, and an audit may ask for them.",
        how="Set the retention in the Terraform root or at the log group; nothing deletes data here.",
    )


RULES: Final = (
    Rule("volume_unattached", lambda facts: facts.volumes, unattached_volume),
    Rule("volume_gp3", lambda facts: facts.volumes, old_volume_type),
    Rule("snapshot_old", lambda facts: facts.snapshots, old_snapshot),
    Rule("bucket_lifecycle", lambda facts: facts.buckets, bucket_lifecycle),
    Rule("log_retention", lambda facts: facts.log_groups, log_retention),
)
