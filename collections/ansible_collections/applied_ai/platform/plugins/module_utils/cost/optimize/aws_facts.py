# SPDX-License-Identifier: Apache-2.0
"""What an account of AWS tells, read page by page by injected clients; nothing is changed.

Each part is asked by itself: one that is refused is unknown and stops no other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import (
    Address,
    Bucket,
    Database,
    Endpoint,
    Facts,
    Gateway,
    LogGroup,
    NodeGroup,
    Snapshot,
    Tags,
    Unknown,
    Volume,
)

Json = dict[str, Any]
# Name of a service → boto3's client of it
Clients = Callable[[str], Any]
DAY: Final = 86400
DAYS: Final = 30
GB: Final = Decimal(1024**3)
YES: Final = frozenset({"true", "yes", "1"})


@dataclasses.dataclass(frozen=True)
class Account:
    """Clients, the clock, and the book for what classes of databases have."""

    clients: Clients
    now: datetime
    book: PriceBook

    def pages(self, service: str, operation: str, key: str, **arguments: Any) -> Iterator[Any]:  # noqa: ANN401
        """Return all entries of a paged answer."""
        for page in self.clients(service).get_paginator(operation).paginate(**arguments):
            yield from page.get(key) or []

    def metric(self, namespace: str, name: str, dimensions: Mapping[str, str], statistic: str) -> list[Decimal]:
        """Return the days' values of the last 30 days; none where nobody measured."""
        answer = self.clients("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=self.now - timedelta(days=DAYS),
            EndTime=self.now,
            Period=DAY,
            Statistics=[statistic],
        )
        # boto3 reads them as float; their text is what was measured.
        return [Decimal(str(point[statistic])) for point in answer.get("Datapoints") or []]


def tags(entry: Mapping[str, Any], key: str = "Tags") -> Tags:
    """Return tags as a map, from AWS's lists of Key and Value or from a map."""
    found = entry.get(key) or {}
    return dict(found) if isinstance(found, Mapping) else {one["Key"]: one["Value"] for one in found}


def volumes(account: Account) -> tuple[Volume, ...]:
    """Return all EBS volumes."""
    return tuple(
        Volume(
            id=one["VolumeId"],
            kind=one["VolumeType"],
            size_gb=one["Size"],
            attached=bool(one.get("Attachments")),
            created=str(one["CreateTime"].isoformat()),
            iops=one.get("Iops") or 0,
            tags=tags(one),
        )
        for one in account.pages("ec2", "describe_volumes", "Volumes")
    )


def addresses(account: Account) -> tuple[Address, ...]:
    """Return all Elastic IP addresses; AWS gives them in one answer."""
    return tuple(
        Address(one["AllocationId"], one["PublicIp"], bool(one.get("AssociationId")), tags(one))
        for one in account.clients("ec2").describe_addresses()["Addresses"]
    )


def snapshots(account: Account) -> tuple[Snapshot, ...]:
    """Return the account's own snapshots, with the image that needs them."""
    images = {
        mapping["Ebs"]["SnapshotId"]: image["ImageId"]
        for image in account.clients("ec2").describe_images(Owners=["self"])["Images"]
        for mapping in image.get("BlockDeviceMappings") or []
        if (mapping.get("Ebs") or {}).get("SnapshotId")
    }
    return tuple(
        Snapshot(
            id=one["SnapshotId"],
            size_gb=one["VolumeSize"],
            created=one["StartTime"].isoformat(),
            image=images.get(one["SnapshotId"], ""),
            tags=tags(one),
        )
        for one in account.pages("ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"])
    )


def node_groups(account: Account) -> tuple[NodeGroup, ...]:
    """Return the managed node groups of all clusters; how much of them is used only Prometheus knows."""
    eks = account.clients("eks")
    found = []
    for cluster in account.pages("eks", "list_clusters", "clusters"):
        for name in account.pages("eks", "list_nodegroups", "nodegroups", clusterName=cluster):
            one = eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
            scaling, marks = one.get("scalingConfig") or {}, tags(one, "tags")
            told = marks.get("Interruptible", "").lower()
            found.append(
                NodeGroup(
                    name=name,
                    instance_type=(one.get("instanceTypes") or ["unknown"])[0],
                    desired=scaling.get("desiredSize") or 0,
                    minimum=scaling.get("minSize") or 0,
                    capacity=one.get("capacityType") or "ON_DEMAND",
                    interruptible=told in YES if told else None,
                    tags=marks,
                )
            )
    return tuple(found)


def gateways(account: Account) -> tuple[Gateway, ...]:
    """Return the NAT gateways with what they passed; to which service it went only flow logs tell."""
    zones: dict[str, set[str]] = {}
    for subnet in account.pages("ec2", "describe_subnets", "Subnets"):
        zones.setdefault(subnet["VpcId"], set()).add(subnet["AvailabilityZone"])
    found = []
    for one in account.pages("ec2", "describe_nat_gateways", "NatGateways"):
        if one["State"] == "available":
            passed = [
                sum(account.metric("AWS/NATGateway", name, {"NatGatewayId": one["NatGatewayId"]}, "Sum"), Decimal(0))
                for name in ("BytesOutToDestination", "BytesInFromDestination")
            ]
            count = max(len(zones.get(one["VpcId"], ())), 1)
            found.append(Gateway(one["NatGatewayId"], one["VpcId"], count, round(sum(passed) / GB, 3), tags=tags(one)))
    return tuple(found)


def endpoints(account: Account) -> tuple[Endpoint, ...]:
    """Return the endpoints of all VPCs; com.amazonaws.us-east-1.ecr.dkr is ecr.dkr."""
    return tuple(
        Endpoint(one["VpcEndpointId"], one["VpcId"], one["ServiceName"].split(".", 3)[-1])
        for one in account.pages("ec2", "describe_vpc_endpoints", "VpcEndpoints")
        if one["State"].lower() in ("available", "pending")
    )


def buckets(account: Account) -> tuple[Bucket, ...]:
    """Return the buckets with what broken uploads hold; how much is cold only an analysis of S3 tells."""
    s3 = account.clients("s3")
    found = []
    # An account's buckets are in all regions, at other prices.
    here = account.pages("s3", "list_buckets", "Buckets", BucketRegion=s3.meta.region_name)
    for name in (one["Name"] for one in here):
        lifecycle = answered(lambda name=name: s3.get_bucket_lifecycle_configuration(Bucket=name))  # type: ignore[misc]
        marks = answered(lambda name=name: s3.get_bucket_tagging(Bucket=name))  # type: ignore[misc]
        parts = sum(
            part["Size"]
            for upload in account.pages("s3", "list_multipart_uploads", "Uploads", Bucket=name)
            for part in account.pages(
                "s3", "list_parts", "Parts", Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"]
            )
        )
        found.append(
            Bucket(
                name,
                multipart_gb=round(Decimal(parts) / GB, 6),
                lifecycle=bool(lifecycle.get("Rules")),
                tags=tags(marks, "TagSet"),
            )
        )
    return tuple(found)


def answered(ask: Callable[[], Json]) -> Json:
    """Return an answer, empty where S3 says that there is no such configuration."""
    from botocore.exceptions import ClientError  # noqa: PLC0415  probed by the caller

    try:
        return ask()
    except ClientError as error:
        if str(error.response["Error"]["Code"]).startswith("NoSuch"):
            return {}
        raise


def log_groups(account: Account) -> tuple[LogGroup, ...]:
    """Return the log groups; a month's ingestion is counted before it is compressed, so that savings are no less."""
    return tuple(
        LogGroup(
            name=one["logGroupName"],
            stored_gb=round(Decimal(one.get("storedBytes") or 0) / GB, 6),
            retention_days=one.get("retentionInDays") or 0,
            ingest_gb=round(sum(measured) / GB, 6)
            if (measured := account.metric("AWS/Logs", "IncomingBytes", {"LogGroupName": one["logGroupName"]}, "Sum"))
            else None,
        )
        for one in account.pages("logs", "describe_log_groups", "logGroups")
    )


def databases(account: Account) -> tuple[Database, ...]:
    """Return the instances of RDS with their busiest moments of 30 days."""
    found = []
    for one in account.pages("rds", "describe_db_instances", "DBInstances"):
        name, kind = one["DBInstanceIdentifier"], one["DBInstanceClass"]
        here = {"DBInstanceIdentifier": name}
        cpu = account.metric("AWS/RDS", "CPUUtilization", here, "Maximum")
        free = account.metric("AWS/RDS", "FreeableMemory", here, "Minimum")
        shape = account.book.shape(kind.removeprefix("db."))
        found.append(
            Database(
                name=name,
                instance_class=kind,
                engine=one["Engine"],
                multi_az=bool(one.get("MultiAZ")),
                cpu_peak=max(cpu) / 100 if cpu else None,
                memory_peak=max(1 - min(free) / GB / shape.memory_gib, Decimal(0)) if free and shape else None,
                tags=tags(one, "TagList"),
            )
        )
    return tuple(found)


PARTS: Final[Mapping[str, Callable[[Account], Any]]] = {
    "volumes": volumes,
    "addresses": addresses,
    "snapshots": snapshots,
    "node_groups": node_groups,
    "gateways": gateways,
    "endpoints": endpoints,
    "buckets": buckets,
    "log_groups": log_groups,
    "databases": databases,
}


def collect(account: Account, region: str, errors: tuple[type[Exception], ...]) -> Facts:
    """Ask for all parts; ``errors`` are those of botocore, which make a part unknown."""
    found: dict[str, Any] = {}
    unknown = []
    for part, read in PARTS.items():
        try:
            found[part] = read(account)
        except errors as error:
            reason = " ".join(str(error).split()).rstrip(".")
            unknown.append(Unknown(f"aws:{part}", f"AWS in {region} does not tell: {reason}."))
    if any(one.source == "aws:endpoints" for one in unknown):
        # Without them every endpoint would seem to be missing.
        found.pop("gateways", None)
    return Facts(region=region, as_of=account.now.date().isoformat(), unknown=tuple(unknown), **found)
