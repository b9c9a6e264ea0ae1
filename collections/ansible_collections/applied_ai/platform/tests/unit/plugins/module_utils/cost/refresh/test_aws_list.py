# SPDX-License-Identifier: Apache-2.0
"""Which lines of AWS's lists are taken, and as what."""

from __future__ import annotations

from decimal import Decimal

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh import aws_list
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.fetch import UnreachableError
from cost.price_apis import AWS_HEAD, aws_file, aws_line

DATABASE = {"Product Family": "Database Instance", "Instance Type": "db.m6g.large"}
CACHE = {"Product Family": "Cache Instance", "Instance Type": "cache.m6g.large"}
SNAPSHOT = {"Product Family": "Storage Snapshot", "Unit": "GB-Mo"}


def told(line: str) -> list[tuple[str, str, str, str]]:
    picks = {service: pick for service, (_, pick) in aws_list.OFFERS.items()}
    found = aws_list.read(aws_file(line).splitlines(), "us-east-1", picks)
    return [(one.key.service, one.key.sku, one.key.unit, f"{one.price:f}") for one in found]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"Instance Type": "m5.large"}, ("ec2", "m5.large", "hour", "0.5")),
        (
            {"Instance Type": "m5.metal", "Product Family": "Compute Instance (bare metal)"},
            ("ec2", "m5.metal", "hour", "0.5"),
        ),
        (
            {"Product Family": "Storage", "Volume API Name": "io2", "Unit": "GB-Mo"},
            ("ebs", "io2-storage", "GB-month", "0.5"),
        ),
        (
            {"Product Family": "System Operation", "Volume API Name": "gp3", "Unit": "IOPS-Mo"},
            ("ebs", "gp3-iops", "IOPS-month", "0.5"),
        ),
        ({**SNAPSHOT, "usageType": "EBS:SnapshotUsage"}, ("ebs", "snapshot", "GB-month", "0.5")),
        ({**SNAPSHOT, "usageType": "EU-EBS:SnapshotArchiveStorage"}, ("ebs", "snapshot-archive", "GB-month", "0.5")),
        (
            {**DATABASE, "Database Engine": "PostgreSQL", "Deployment Option": "Multi-AZ"},
            ("rds-postgres-multi-az", "db.m6g.large", "hour", "0.5"),
        ),
        (
            {
                **DATABASE,
                "Database Engine": "Aurora PostgreSQL",
                "Deployment Option": "Single-AZ",
                "Storage": "EBS Only",
            },
            ("rds-aurora-postgres", "db.m6g.large", "hour", "0.5"),
        ),
        ({**CACHE, "Cache Engine": "Valkey"}, ("elasticache-valkey", "cache.m6g.large", "hour", "0.5")),
        (
            {"Product Family": "Amazon OpenSearch Service Instance", "Instance Type": "r6g.large.search"},
            ("opensearch", "r6g.large.search", "hour", "0.5"),
        ),
    ],
)
def test_lines_that_are_taken(line: dict[str, str], expected: tuple[str, ...]) -> None:
    assert told(aws_line(PricePerUnit="0.5", **line)) == [expected]


@pytest.mark.parametrize(
    "line",
    [
        {"Instance Type": "m5.large", "Pre Installed S/W": "SQL Std"},
        {"Instance Type": "m5.large", "Tenancy": "Host"},
        {"Instance Type": "p5.48xlarge", "MarketOption": "CapacityBlock"},
        {"Instance Type": "m5.large", "StartingRange": "100"},
        {"Instance Type": "m5.large", "PricePerUnit": "0.0000000000"},
        {"Instance Type": "m5.large", "PricePerUnit": "NaN"},
        {"Instance Type": "m5.large", "PricePerUnit": ""},
        {"Instance Type": "m5.large", "Unit": "Quantity"},
        {**DATABASE, "Database Engine": "PostgreSQL", "Deployment Option": "Multi-AZ (readable standbys)"},
        {
            **DATABASE,
            "Database Engine": "Aurora PostgreSQL",
            "Deployment Option": "Single-AZ",
            "Storage": "Aurora IO Optimization Mode",
        },
    ],
)
def test_lines_that_are_left_out(line: dict[str, str]) -> None:
    assert told(aws_line(**{"PricePerUnit": "0.5", **line})) == []


@pytest.mark.parametrize("text", ["", AWS_HEAD, "<html>\n" * 20])
def test_a_file_without_the_header_is_an_error(text: str) -> None:
    with pytest.raises(UnreachableError, match="no header with"):
        list(aws_list.read(text.splitlines(), "us-east-1", {}))


def test_china_is_priced_in_its_currency() -> None:
    line = aws_line(PricePerUnit="1.5", Currency="CNY", **{"Instance Type": "m5.large"})
    (found,) = aws_list.read(aws_file(line).splitlines(), "cn-north-1", {"ec2": aws_list.machine})
    assert (found.price, found.currency, found.key.region) == (Decimal("1.5"), "CNY", "cn-north-1")


@pytest.mark.parametrize(
    ("base", "region", "expected"),
    [
        (aws_list.BASE, "eu-west-1", "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws"),
        (aws_list.BASE, "cn-north-1", "https://pricing.cn-north-1.amazonaws.com.cn/offers/v1.0/cn"),
        ("http://mirror/", "cn-north-1", "http://mirror/offers/v1.0/cn"),
        ("http://mirror", "eu-west-1", "http://mirror/offers/v1.0/aws"),
    ],
)
def test_china_has_a_list_of_its_own(base: str, region: str, expected: str) -> None:
    assert aws_list.address(base, "AmazonEC2", region) == f"{expected}/AmazonEC2/current/{region}/index.csv"
