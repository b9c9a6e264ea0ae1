# SPDX-License-Identifier: Apache-2.0
"""The AWS Price List in bulk: one long CSV file per service and region, for which no account is needed.

Format: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/bulk-api-reading-price-list-files.html
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.changes import Fresh, Key
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.fetch import Http, UnreachableError

BASE: Final = "https://pricing.us-east-1.amazonaws.com"
# https://docs.amazonaws.cn/en_us/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api-fetching-price-list-files-manually.html
CHINA: Final = "https://pricing.cn-north-1.amazonaws.com.cn"
SOURCE: Final = "aws-price-list"
# Columns that every file has; those of a service's own may be missing where it does not use them.
NEEDED: Final = frozenset({"SKU", "TermType", "StartingRange", "Unit", "PricePerUnit", "Currency", "Product Family"})
# The file begins with five lines about itself.
ABOUT_LINES: Final = 10
UNITS: Final = {
    "Hrs": "hour",
    "hours": "hour",
    "GB-Mo": "GB-month",
    "GB-month": "GB-month",
    "IOPS-Mo": "IOPS-month",
    "MiBps-Mo": "MiBps-month",
}
MIB_IN_GIB: Final = 1024

Line = Mapping[str, str]
# What a line is of, None for what the book does not have: the sku.
Pick = Callable[[Line], str | None]


def machine(line: Line) -> str | None:
    """Return the type of a Linux machine on demand with nothing installed and shared tenancy."""
    plain = (
        line["Product Family"] in {"Compute Instance", "Compute Instance (bare metal)"}
        and line.get("Operating System") == "Linux"
        and line.get("Tenancy") == "Shared"
        and line.get("CapacityStatus") == "Used"
        and line.get("Pre Installed S/W") in {"NA", ""}
        and line.get("MarketOption", "OnDemand") in {"OnDemand", ""}
    )
    return line.get("Instance Type") if plain else None


def volume(line: Line) -> str | None:
    """Return what of a volume or snapshot a line is of."""
    kind, family = line.get("Volume API Name", ""), line["Product Family"]
    usage = line.get("usageType", "").rpartition(":")[2]
    if family == "Storage" and kind:
        return f"{kind}-storage"
    if family == "Storage Snapshot" and "EBS:" in line.get("usageType", ""):
        return {"SnapshotUsage": "snapshot", "SnapshotArchiveStorage": "snapshot-archive"}.get(usage)
    if kind == "gp3" and family in {"System Operation", "Provisioned Throughput"}:
        return "gp3-iops" if family == "System Operation" else "gp3-throughput"
    return None


def database(engine: str, deployment: str, storage: str = "") -> Pick:
    """Return what picks the instances of one database engine and deployment."""

    def pick(line: Line) -> str | None:
        wanted = (
            line["Product Family"] == "Database Instance"
            and line.get("Database Engine") == engine
            and line.get("Deployment Option") == deployment
            and (not storage or line.get("Storage") == storage)
        )
        return line.get("Instance Type") if wanted else None

    return pick


def cache(engine: str) -> Pick:
    """Return what picks the nodes of one cache engine."""

    def pick(line: Line) -> str | None:
        wanted = line["Product Family"] == "Cache Instance" and line.get("Cache Engine") == engine
        return line.get("Instance Type") if wanted else None

    return pick


def search_node(line: Line) -> str | None:
    """Return the type of an OpenSearch node."""
    families = {"Amazon OpenSearch Service Instance", "Elastic Search Instance"}
    return line.get("Instance Type") if line["Product Family"] in families else None


# The book's service: AWS's offer code, and how its lines are picked.
OFFERS: Final[Mapping[str, tuple[str, Pick]]] = {
    "ec2": ("AmazonEC2", machine),
    "ebs": ("AmazonEC2", volume),
    "rds-postgres": ("AmazonRDS", database("PostgreSQL", "Single-AZ")),
    "rds-postgres-multi-az": ("AmazonRDS", database("PostgreSQL", "Multi-AZ")),
    "rds-mysql": ("AmazonRDS", database("MySQL", "Single-AZ")),
    "rds-aurora-postgres": ("AmazonRDS", database("Aurora PostgreSQL", "Single-AZ", "EBS Only")),
    "elasticache-redis": ("AmazonElastiCache", cache("Redis")),
    "elasticache-valkey": ("AmazonElastiCache", cache("Valkey")),
    "elasticache-memcached": ("AmazonElastiCache", cache("Memcached")),
    "opensearch": ("AmazonES", search_node),
}
SERVICES: Final = tuple(OFFERS)


def fresh(http: Http, base: str, regions: Iterable[str], services: Iterable[str]) -> Iterator[Fresh]:
    """Yield the prices of some services in some regions; an offer that several services need is read once.

    Raises:
        UnreachableError: A file does not come, or is something else.

    """
    asked = list(services)
    for region in regions:
        for offer in sorted({OFFERS[service][0] for service in asked}):
            picks = {service: OFFERS[service][1] for service in asked if OFFERS[service][0] == offer}
            yield from read(http.lines(address(base, offer, region)), region, picks)


def address(base: str, offer: str, region: str) -> str:
    """Return the address of an offer's newest file for a region; China has a list of its own."""
    partition = "cn" if region.startswith("cn-") else "aws"
    root = CHINA if partition == "cn" and base == BASE else base.rstrip("/")
    return f"{root}/offers/v1.0/{partition}/{offer}/current/{region}/index.csv"


def read(lines: Iterable[str], region: str, picks: Mapping[str, Pick]) -> Iterator[Fresh]:
    """Yield the on-demand prices that a file's lines tell.

    Raises:
        UnreachableError: It has no header that tells prices, or breaks off within its first lines.

    """
    rows = csv.reader(lines)
    header = header_of(rows)
    term, start = header.index("TermType"), header.index("StartingRange")
    for row in rows:
        # Most of a file's million lines are reservations, passed over before anything else is looked at.
        if len(row) != len(header) or row[term] != "OnDemand" or row[start] not in {"0", ""}:
            continue
        line = dict(zip(header, row, strict=True))
        for service, pick in picks.items():
            sku = pick(line)
            if sku and (one := price_of(line, service, region, sku)):
                yield one


def header_of(rows: Iterator[list[str]]) -> list[str]:
    """Return the names of the columns, which stand behind some lines about the file."""
    for _ in range(ABOUT_LINES):
        row = next(rows, None)
        if row and set(row) >= NEEDED:
            return row
    raise UnreachableError(
        f"A file of the AWS Price List has no header with {', '.join(sorted(NEEDED))}, so its format has changed."
    )


def price_of(line: Line, service: str, region: str, sku: str) -> Fresh | None:
    """Return a line's price per unit of the book; None for a price of nothing or in a unit that the book has not."""
    unit = UNITS.get(line["Unit"])
    try:
        price = Decimal(line["PricePerUnit"])
    except InvalidOperation:
        return None
    if line["Unit"] == "GiBps-mo":
        unit, price = "MiBps-month", price / MIB_IN_GIB
    if not unit or not price.is_finite() or price <= 0:
        return None
    return Fresh(Key("aws", service, region, sku, unit), price, line["Currency"])
