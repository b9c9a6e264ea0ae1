# SPDX-License-Identifier: Apache-2.0
"""What AWS charges for buckets, file systems, images and backups.

Rules: https://aws.amazon.com/s3/pricing/, https://aws.amazon.com/efs/pricing/, https://aws.amazon.com/fsx/lustre/pricing/,
https://aws.amazon.com/ecr/pricing/, https://aws.amazon.com/backup/pricing/.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.machines import Meter, metered_tiers
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Gap, Part, Resource
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Scope

GB_MONTH: Final = "GB-month"
REQUESTS: Final = "1000 requests"
THOUSAND: Final = Decimal(1000)
TERABYTE: Final = Decimal(1024)
STANDARD_TIERS: Final = (
    (50 * TERABYTE, Meter("s3", "standard-tier1", GB_MONTH)),
    (450 * TERABYTE, Meter("s3", "standard-tier2", GB_MONTH)),
    (None, Meter("s3", "standard-tier3", GB_MONTH)),
)
# The storage classes by Infracost's names, and the book's.
CLASSES: Final = {
    "standard": "standard",
    "intelligent_tiering": "standard",
    "standard_infrequent_access": "standard-ia",
    "one_zone_infrequent_access": "onezone-ia",
    "glacier_instant_retrieval": "glacier-instant",
    "glacier_flexible_retrieval": "glacier-flexible",
    "glacier_deep_archive": "glacier-deep-archive",
}
# Besides storage and requests: the key, the sku, the unit, and how many of what is told make one unit.
MORE: Final = (
    ("intelligent_tiering.infrequent_access_storage_gb", "intelligent-tiering-infrequent", GB_MONTH, 1),
    ("intelligent_tiering.monitored_objects", "intelligent-tiering-monitoring", "1000 objects-month", 1000),
    ("standard_infrequent_access.monthly_data_retrieval_gb", "retrieval-standard-ia", "GB", 1),
    ("one_zone_infrequent_access.monthly_data_retrieval_gb", "retrieval-onezone-ia", "GB", 1),
    ("glacier_instant_retrieval.monthly_data_retrieval_gb", "retrieval-glacier-instant", "GB", 1),
    ("glacier_flexible_retrieval.monthly_standard_data_retrieval_gb", "retrieval-glacier-flexible-standard", "GB", 1),
    ("glacier_flexible_retrieval.monthly_expedited_data_retrieval_gb", "retrieval-glacier-flexible-expedited", "GB", 1),
    ("glacier_deep_archive.monthly_standard_data_retrieval_gb", "retrieval-glacier-deep-archive-standard", "GB", 1),
    ("glacier_deep_archive.monthly_bulk_data_retrieval_gb", "retrieval-glacier-deep-archive-bulk", "GB", 1),
)


def bucket(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a bucket's storage, requests and retrievals by class; classes that usage does not name are left out."""
    for name, sku in CLASSES.items():
        yield from storage(scope, name, sku)
        for key, kind in (("monthly_tier_1_requests", "put"), ("monthly_tier_2_requests", "get")):
            if f"{name}.{key}" in scope.usage or name == "standard":
                label = f"{kind.upper()} requests, {words(name)}"
                yield scope.metered(label, f"{name}.{key}", "s3", f"{sku}-{kind}", REQUESTS, scale=THOUSAND)
    for key, sku, unit, scale in MORE:
        if key in scope.usage:
            yield scope.metered(words(key), key, "s3", sku, unit, scale=Decimal(scale))


def storage(scope: Scope, name: str, sku: str) -> Iterator[Part]:
    """Yield the storage of one class."""
    key = f"{name}.frequent_access_storage_gb" if name == "intelligent_tiering" else f"{name}.storage_gb"
    if key not in scope.usage and name != "standard":
        return
    if sku == "standard":
        yield from metered_tiers(scope, f"Storage, {words(name)}", key, STANDARD_TIERS)
    else:
        yield scope.metered(f"Storage, {words(name)}", key, "s3", sku, GB_MONTH)


def words(key: str) -> str:
    """Return a key as words."""
    return key.replace(".", ", ").replace("_", " ")


def file_system(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield an EFS file system's storage and throughput by usage."""
    one_zone = scope.value("availability_zone_name") not in (None, "")
    yield scope.metered("Storage", "storage_gb", "efs", "one-zone" if one_zone else "standard", GB_MONTH)
    if scope.value("lifecycle_policy") or "infrequent_access_storage_gb" in scope.usage:
        sku = "infrequent-access-elastic"
        yield scope.metered("Storage, infrequent access", "infrequent_access_storage_gb", "efs", sku, GB_MONTH)
    mode = scope.text("throughput_mode", "bursting")
    if mode == "provisioned":
        rate = scope.number("provisioned_throughput_in_mibps")
        yield scope.part("Provisioned throughput", rate, "efs", "provisioned-throughput", "MiBps-month")
    if mode == "elastic":
        yield scope.metered("Data read", "monthly_elastic_read_gb", "efs", "elastic-read", "GB")
        yield scope.metered("Data written", "monthly_elastic_write_gb", "efs", "elastic-write", "GB")


def lustre(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a Lustre file system's storage, whose price depends on its throughput by TiB."""
    kind = scope.text("deployment_type", "SCRATCH_1").lower().replace("_", "")
    media = scope.text("storage_type", "SSD").lower()
    rate = scope.value("per_unit_storage_throughput")
    sku = f"{kind}-{media}" + (f"-{rate}" if rate else "")
    compressed = "" if scope.value("data_compression_type") in (None, "", "NONE") else ", compressed"
    yield scope.part(f"Storage{compressed}", scope.number("storage_capacity"), "fsx-lustre", sku, GB_MONTH)
    if scope.value("metadata_configuration.0.mode") == "USER_PROVISIONED":
        yield Gap("Metadata IOPS: the price book has no price of them")
    if scope.value("automatic_backup_retention_days") or "backup_storage_gb" in scope.usage:
        yield scope.metered("Backups", "backup_storage_gb", "fsx-lustre", "backup", GB_MONTH)


def openzfs(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield an OpenZFS file system's storage and throughput."""
    kind = scope.text("deployment_type")
    if kind.startswith("MULTI_AZ"):
        yield Gap("Storage: the price book has no Multi-AZ price of OpenZFS")
    else:
        yield scope.part("Storage", scope.number("storage_capacity"), "fsx-openzfs", "ssd-storage", GB_MONTH)
    rate = scope.number("throughput_capacity")
    yield scope.part("Throughput", rate, "fsx-openzfs", "throughput", "MiBps-month")


def images(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a repository's storage by usage."""
    yield scope.metered("Storage", "storage_gb", "ecr", "storage", GB_MONTH)


def vault(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a backup vault's storage by usage."""
    gapped = resource.type == "aws_backup_logically_air_gapped_vault"
    for name, key in (
        ("EBS", "monthly_ebs_snapshot_gb"),
        ("RDS", "monthly_rds_snapshot_gb"),
        ("EFS", "monthly_efs_warm_backup_gb"),
        ("DynamoDB", "monthly_dynamodb_backup_gb"),
        ("Aurora", "monthly_aurora_snapshot_gb"),
        ("FSx for Lustre", "monthly_fsx_lustre_backup_gb"),
    ):
        sku = f"warm-{name.lower().replace(' ', '-')}{'-lag-vault' if gapped else ''}"
        yield scope.metered(f"Backups of {name}", key, "backup", sku, GB_MONTH)
