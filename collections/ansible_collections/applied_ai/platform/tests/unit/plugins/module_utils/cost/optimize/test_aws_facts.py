# SPDX-License-Identifier: Apache-2.0
"""What AWS tells, by botocore's own clients with stubbed answers, which check parameters and shapes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3
import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize import aws_facts
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import Endpoint
from botocore.exceptions import BotoCoreError, ClientError
from botocore.stub import ANY, Stubber

NOW = datetime(2026, 11, 28, tzinfo=UTC)
Stub = Callable[[str], Stubber]


@pytest.fixture
def stub() -> Iterator[tuple[dict[str, Any], Stub]]:
    """Return clients and a function that gives a service's stub; all answers must have been used at the end."""
    clients: dict[str, Any] = {}
    with contextlib.ExitStack() as stack:

        def stubbed(service: str) -> Stubber:
            client = boto3.client(
                service, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
            )
            clients[service] = client
            return stack.enter_context(Stubber(client))

        yield clients, stubbed


def account(clients: dict[str, Any], book: Any = None) -> aws_facts.Account:
    return aws_facts.Account(lambda service: clients[service], NOW, book)


def test_volumes_of_all_pages(stub: tuple[dict[str, Any], Stub]) -> None:
    clients, stubbed = stub
    ec2 = stubbed("ec2")
    one = {
        "VolumeId": "vol-1",
        "VolumeType": "gp2",
        "Size": 8,
        "CreateTime": NOW,
        "Tags": [{"Key": "Team", "Value": "a"}],
    }
    two = {**one, "VolumeId": "vol-2", "Attachments": [{"InstanceId": "i-1"}], "Iops": 3000}
    ec2.add_response("describe_volumes", {"Volumes": [one], "NextToken": "more"}, {})
    ec2.add_response("describe_volumes", {"Volumes": [two]}, {"NextToken": "more"})
    found = aws_facts.volumes(account(clients))
    assert [(volume.id, volume.attached, volume.iops) for volume in found] == [
        ("vol-1", False, 0),
        ("vol-2", True, 3000),
    ]
    assert found[0].tags == {"Team": "a"}
    ec2.assert_no_pending_responses()


def test_snapshots_know_the_image_that_needs_them(stub: tuple[dict[str, Any], Stub]) -> None:
    clients, stubbed = stub
    ec2 = stubbed("ec2")
    mapping = [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": "snap-1"}}, {"DeviceName": "/dev/xvdb"}]
    ec2.add_response("describe_images", {"Images": [{"ImageId": "ami-1", "BlockDeviceMappings": mapping}]})
    answer = {"Snapshots": [{"SnapshotId": f"snap-{n}", "VolumeSize": 8, "StartTime": NOW} for n in (1, 2)]}
    ec2.add_response("describe_snapshots", answer, {"OwnerIds": ["self"]})
    assert [one.image for one in aws_facts.snapshots(account(clients))] == ["ami-1", ""]


def test_node_groups_of_all_clusters(stub: tuple[dict[str, Any], Stub]) -> None:
    clients, stubbed = stub
    eks = stubbed("eks")
    eks.add_response("list_clusters", {"clusters": ["c"]})
    eks.add_response("list_nodegroups", {"nodegroups": ["gpu"]}, {"clusterName": "c"})
    group = {
        "instanceTypes": ["g5.xlarge", "g4dn.xlarge"],
        "capacityType": "ON_DEMAND",
        "scalingConfig": {"minSize": 1, "desiredSize": 3, "maxSize": 5},
        "tags": {"ManagedBy": "terraform", "Interruptible": "true"},
    }
    eks.add_response("describe_nodegroup", {"nodegroup": group}, {"clusterName": "c", "nodegroupName": "gpu"})
    (found,) = aws_facts.node_groups(account(clients))
    assert (found.instance_type, found.desired, found.minimum, found.interruptible) == ("g5.xlarge", 3, 1, True)
    assert found.cpu_used is None


def test_gateways_tell_bytes_both_ways_and_zones(stub: tuple[dict[str, Any], Stub]) -> None:
    clients, stubbed = stub
    ec2, cloudwatch = stubbed("ec2"), stubbed("cloudwatch")
    subnets = [{"VpcId": "vpc-1", "AvailabilityZone": zone} for zone in ("a", "b", "b")]
    ec2.add_response("describe_subnets", {"Subnets": subnets})
    gateways = [
        {"NatGatewayId": f"nat-{state}", "VpcId": "vpc-1", "State": state} for state in ("available", "deleted")
    ]
    ec2.add_response("describe_nat_gateways", {"NatGateways": gateways})
    for _ in range(2):
        points = [{"Sum": 1024.0**3, "Timestamp": NOW}, {"Sum": 1024.0**3, "Timestamp": NOW}]
        cloudwatch.add_response("get_metric_statistics", {"Datapoints": points})
    (found,) = aws_facts.gateways(account(clients))
    assert (found.id, found.zones, found.gb_month, found.gb_by_service) == ("nat-available", 2, Decimal(4), None)


def test_endpoints_are_known_by_their_service(stub: tuple[dict[str, Any], Stub]) -> None:
    clients, stubbed = stub
    one = {
        "VpcEndpointId": "vpce-1",
        "VpcId": "vpc-1",
        "ServiceName": "com.amazonaws.us-east-1.ecr.dkr",
        "State": "available",
    }
    answer = {"VpcEndpoints": [one, {**one, "VpcEndpointId": "vpce-2", "State": "deleted"}]}
    stubbed("ec2").add_response("describe_vpc_endpoints", answer)
    assert aws_facts.endpoints(account(clients)) == (Endpoint("vpce-1", "vpc-1", "ecr.dkr"),)


def test_buckets_tell_what_broken_uploads_hold(stub: tuple[dict[str, Any], Stub]) -> None:
    clients, stubbed = stub
    s3 = stubbed("s3")
    s3.add_response("list_buckets", {"Buckets": [{"Name": "b"}]}, {"BucketRegion": "us-east-1"})
    s3.add_client_error("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration")
    s3.add_response("get_bucket_tagging", {"TagSet": [{"Key": "Team", "Value": "a"}]})
    s3.add_response("list_multipart_uploads", {"Uploads": [{"Key": "k", "UploadId": "u"}]}, {"Bucket": "b"})
    s3.add_response("list_parts", {"Parts": [{"Size": 1024**3}]}, {"Bucket": "b", "Key": "k", "UploadId": "u"})
    (found,) = aws_facts.buckets(account(clients))
    assert (found.multipart_gb, found.cold_gb, found.lifecycle, found.tags) == (1, None, False, {"Team": "a"})


def test_log_groups_without_a_metric_say_so(stub: tuple[dict[str, Any], Stub]) -> None:
    clients, stubbed = stub
    groups = [
        {"logGroupName": "a", "storedBytes": 1024**3},
        {"logGroupName": "b", "storedBytes": 0, "retentionInDays": 7},
    ]
    stubbed("logs").add_response("describe_log_groups", {"logGroups": groups})
    cloudwatch = stubbed("cloudwatch")
    asked = {
        "Namespace": "AWS/Logs",
        "MetricName": "IncomingBytes",
        "Dimensions": [{"Name": "LogGroupName", "Value": "a"}],
        **{"StartTime": ANY, "EndTime": NOW, "Period": 86400, "Statistics": ["Sum"]},
    }
    cloudwatch.add_response("get_metric_statistics", {"Datapoints": [{"Sum": 512.0 * 1024**2}]}, asked)
    cloudwatch.add_response("get_metric_statistics", {"Datapoints": []})
    found = aws_facts.log_groups(account(clients))
    assert [(one.stored_gb, one.retention_days, one.ingest_gb) for one in found] == [
        (1, 0, Decimal("0.5")),
        (0, 7, None),
    ]


def test_databases_tell_their_busiest_moments(stub: tuple[dict[str, Any], Stub], book: Any) -> None:
    clients, stubbed = stub
    one = {"DBInstanceIdentifier": "db", "DBInstanceClass": "db.m5.large", "Engine": "postgres", "MultiAZ": True}
    stubbed("rds").add_response("describe_db_instances", {"DBInstances": [one]})
    cloudwatch = stubbed("cloudwatch")
    cloudwatch.add_response("get_metric_statistics", {"Datapoints": [{"Maximum": 12.5}, {"Maximum": 30.0}]})
    # 8 GiB in all, 6 free at the least.
    cloudwatch.add_response("get_metric_statistics", {"Datapoints": [{"Minimum": 6.0 * 1024**3}]})
    (found,) = aws_facts.databases(account(clients, book))
    assert (found.multi_az, found.cpu_peak, found.memory_peak) == (True, Decimal("0.3"), Decimal("0.25"))


def test_a_part_that_is_refused_is_unknown_and_stops_no_other(stub: tuple[dict[str, Any], Stub], book: Any) -> None:
    clients, stubbed = stub
    ec2 = stubbed("ec2")
    for operation in ("describe_volumes", "describe_addresses", "describe_images", "describe_subnets"):
        ec2.add_client_error(operation, "UnauthorizedOperation", "You are not authorized")
    ec2.add_client_error("describe_vpc_endpoints", "UnauthorizedOperation")
    for service, operation in (("eks", "list_clusters"), ("s3", "list_buckets"), ("logs", "describe_log_groups")):
        stubbed(service).add_client_error(operation, "AccessDenied")
    stubbed("rds").add_response("describe_db_instances", {"DBInstances": []})
    facts = aws_facts.collect(account(clients, book), "us-east-1", (BotoCoreError, ClientError))
    assert {one.source for one in facts.unknown} == {f"aws:{part}" for part in aws_facts.PARTS} - {"aws:databases"}
    assert "You are not authorized" in facts.unknown[0].reason
    assert facts.databases == ()
