# SPDX-License-Identifier: Apache-2.0
"""What Azure charges for resources of Terraform's azurerm provider.

Reservations, savings plans, the free tier and licences are left out. A price that the book lacks is a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.machines import (
    Count,
    Meter,
    at,
    between,
    blocks,
    costless,
    counted,
    fixed,
    hours,
    kept,
    machine_hours,
    metered_tiers,
    per_hour,
    referred,
    referring,
    sure,
    told,
    usage_hours,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Component, Free, Gap, Part, Resource
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Pricer, Scope


@dataclass(frozen=True)
class DiskKind:
    """A kind of managed disk that is sold in sizes: its name in the book and the letter of its sizes."""

    name: str
    letter: str


DISKS: Final = {
    "Premium": DiskKind("premium-ssd", "P"),
    "StandardSSD": DiskKind("standard-ssd", "E"),
    "Standard": DiskKind("standard-hdd", "S"),
}
# Largest size in GiB of each step, and the step's number.
STEPS: Final = (
    (4, 1),
    (8, 2),
    (16, 3),
    (32, 4),
    (64, 6),
    (128, 10),
    (256, 15),
    (512, 20),
    (1024, 30),
    (2048, 40),
    (4096, 50),
    (8192, 60),
    (16384, 70),
    (32767, 80),
)
SMALLEST_HDD: Final = 4
# Speed of a Premium SSD v2 that costs nothing more.
FREE_IOPS: Final = 3000
FREE_MBPS: Final = 125
# Operating system disks of AKS nodes by cores, where the configuration says nothing.
NODE_DISKS: Final = ((7, 128), (15, 256), (63, 512))
LARGEST_NODE_DISK: Final = 1024
REDIS_NODES: Final = {"Basic": 1, "Standard": 2}
FREE_RULES: Final = 5
# What registries keep without a further charge.
INCLUDED_GB: Final = {"basic": 10, "standard": 100, "premium": 500}
DAYS_PER_MONTH: Final = HOURS_PER_MONTH / 24
TIB_50: Final = Decimal(51200)
EGRESS: Final = (
    (Decimal(10240), Meter("bandwidth", "internet-out-tier1", "GB")),
    (Decimal(40960), Meter("bandwidth", "internet-out-tier2", "GB")),
    (Decimal(102400), Meter("bandwidth", "internet-out-tier3", "GB")),
    (None, Meter("bandwidth", "internet-out-tier4", "GB")),
)
AUTOSCALE: Final = "azurerm_monitor_autoscale_setting"
FIRST_RULES: Final = Meter("load-balancer", "standard-first-5-rules")
ON: Final = ("auto_scaling_enabled", "enable_auto_scaling")


def located(scope: Scope, *fallback: Resource) -> Scope:
    """Return the scope in the location that the resource, or one that it belongs to, names."""
    for resource in (scope.resource, *fallback):
        if place := resource.values.get("location"):
            return at(scope, str(place).replace(" ", "").lower())
    return scope


# Kubernetes


def cluster(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a cluster's fee, its default pool, and by usage the balancer that AKS makes for it."""
    scope = located(scope)
    tier = scope.text("sku_tier", "Free").lower()
    fee = Meter("aks", f"{tier}-tier")
    if tier == "free":
        yield Free("the free tier has no fee")
    else:
        yield per_hour(scope, f"Cluster ({tier} tier)", 1, fee)
    yield from sure(pool(scope, "default_node_pool.0."))
    yield scope.metered(
        "Balancer's data", "load_balancer.monthly_data_processed_gb", "load-balancer", "standard-data", "GB"
    )


def node_pool(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the nodes of a pool, in its cluster's location."""
    owner = next(referred(scope, "kubernetes_cluster_id", "azurerm_kubernetes_cluster"), None)
    yield from pool(located(scope, *([owner] if owner else [])), "")


def pool(scope: Scope, prefix: str) -> Iterator[Part]:
    """Yield the machines and their disks of a pool whose values begin with a prefix."""
    size = scope.text(f"{prefix}vm_size")
    count = told(scope, pool_count(scope, prefix), "default_node_pool.nodes" if prefix else "nodes")
    spot = scope.value(f"{prefix}priority") == "Spot"
    windows = scope.value(f"{prefix}os_type") == "Windows"
    yield machine(scope, "Nodes", size, count, spot=spot, windows=windows)
    if scope.value(f"{prefix}os_disk_type") == "Ephemeral":
        return
    given = scope.value(f"{prefix}os_disk_size_gb")
    disk_gb = scope.number(f"{prefix}os_disk_size_gb") if given else node_disk(size)
    kind = "Premium_LRS" if premium(size) else "StandardSSD_LRS"
    yield disk_part(scope, "Node disks", kind, disk_gb, kept(scope, count))


def pool_count(scope: Scope, prefix: str) -> Count:
    """Return how many nodes a pool has, between its limits where it is autoscaled."""
    given = scope.value(f"{prefix}node_count")
    if any(scope.value(f"{prefix}{key}") for key in ON):
        wanted = scope.number(f"{prefix}node_count") if given is not None else None
        return between(scope.number(f"{prefix}min_count"), wanted, scope.number(f"{prefix}max_count"))
    return fixed(scope.number(f"{prefix}node_count"))


def node_disk(size: str) -> Decimal:
    """Return the GiB of the disk that AKS gives a node of this size.

    Raises:
        CostError: The size's name does not tell its cores.

    """
    cores = re.match(r"Standard_[A-Z]+(\d+)", size)
    if not cores or re.match(r"Standard_(A\d|DS?\d+_v2|G)", size):
        raise CostError(f"os_disk_size_gb is not set, and {size} does not tell how large AKS makes it; set it.")
    return Decimal(next((gb for most, gb in NODE_DISKS if int(cores[1]) <= most), LARGEST_NODE_DISK))


def premium(size: str) -> bool:
    """Say whether machines of this size can have Premium SSDs: an s among the features behind the number."""
    match = re.match(r"Standard_([A-Z]+)[\d-]+([a-z]*)", size)
    return match is not None and ("s" in match[2] or match[1].endswith("S"))


# Machines


def machine(scope: Scope, name: str, size: str, count: Count, *, spot: bool, windows: bool = False) -> Component | Gap:
    """Return the hours of machines of one size; those of Windows with its licence have prices of their own."""
    service = "virtual-machines-windows" if windows else "virtual-machines"
    label = f"{name} ({size}, spot)" if spot else f"{name} ({size})"
    return machine_hours(scope, label, count, Meter(service, size), f"{service}-spot" if spot else "")


def linux_machine(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a Linux machine and its disk."""
    yield from whole_machine(located(scope), "size", fixed(1), fixed(1), windows=False)


def windows_machine(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a Windows machine and its disk; with a licence of one's own it costs what Linux costs."""
    own = scope.value("license_type") in ("Windows_Server", "Windows_Client")
    yield from whole_machine(located(scope), "size", fixed(1), fixed(1), windows=not own)


def whole_machine(scope: Scope, size_key: str, count: Count, disks: Count, *, windows: bool) -> Iterator[Part]:
    """Yield machines with their operating system and data disks; disks is of how many machines."""
    spot = scope.value("priority") == "Spot"
    yield machine(scope, "Machine", scope.text(size_key), count, spot=spot, windows=windows)
    yield from sure(os_disk(scope, disks))
    for number in range(len(blocks(scope, "data_disk"))):
        yield from sure(block_disk(scope, f"Data disk {number}", f"data_disk.{number}.", disks))


def os_disk(scope: Scope, count: Count) -> Iterator[Part]:
    """Yield the operating system's disk, unless it is on the machine itself."""
    if scope.value("os_disk.0.diff_disk_settings"):
        return
    yield from operations(scope, "OS disk operations", "os_disk.monthly_disk_operations", "os_disk.0.")
    yield from block_disk(scope, "OS disk", "os_disk.0.", count)


def block_disk(scope: Scope, name: str, prefix: str, count: Count) -> Iterator[Part]:
    """Yield a disk described by a block."""
    kind = scope.text(f"{prefix}storage_account_type")
    yield disk_part(scope, name, kind, scope.number(f"{prefix}disk_size_gb"), count)


def linux_scale_set(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the machines of a scale set of Linux."""
    key = "sku" if resource.type.startswith("azurerm_linux") else "sku_name"
    windows = bool(blocks(scope, "os_profile.0.windows_configuration"))
    count = scale_count(scope)
    yield from whole_machine(located(scope), key, count, kept(scope, count), windows=windows)


def windows_scale_set(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the machines of a scale set of Windows."""
    own = scope.value("license_type") == "Windows_Server"
    count = scale_count(scope)
    yield from whole_machine(located(scope), "sku", count, kept(scope, count), windows=not own)


def scale_count(scope: Scope) -> Count:
    """Return how many machines a scale set has, as usage tells or between the limits of its autoscale setting."""
    return told(scope, set_count(scope), "instances")


def set_count(scope: Scope) -> Count:
    """Return how many machines a scale set and its autoscale setting tell."""
    setting = next(referring(scope, "target_resource_id", AUTOSCALE), None)
    if setting is None:
        return fixed(scope.number("instances"))
    limits, capacity = replace(scope, resource=setting), "profile.0.capacity.0."
    wanted = scope.number("instances") if scope.value("instances") else limits.number(f"{capacity}default")
    return between(limits.number(f"{capacity}minimum"), wanted, limits.number(f"{capacity}maximum"))


# Disks


def disk_part(scope: Scope, name: str, kind: str, size: Decimal, count: Count, *, tier: str = "") -> Component | Gap:
    """Return managed disks that are sold in sizes: the smallest that holds them, or a tier that is chosen.

    Args:
        scope: What is known of the resource.
        name: The component's name.
        kind: Storage account type such as Premium_LRS.
        size: GiB of each disk.
        count: How many disks there are.
        tier: Performance tier such as P30; empty for that of the size.

    """
    family, _, copies = kind.partition("_")
    found = DISKS.get(family)
    if found is None:
        return Gap(
            f"{name}: {kind} is no disk that is sold in sizes; use Premium_LRS, StandardSSD_LRS or Standard_LRS."
        )
    step = tier or disk_step(found, size)
    sku = f"{found.name}-{step}-{copies}"
    return counted(scope, f"{name} ({step} {copies})", count, Meter("managed-disk", sku, "disk-month"))


def disk_step(kind: DiskKind, size: Decimal) -> str:
    """Return the size that a disk is sold as, such as P10 for 100 GiB.

    Raises:
        CostError: It is larger than the largest.

    """
    for most, step in STEPS:
        if size <= most and not (kind.letter == "S" and step < SMALLEST_HDD):
            return f"{kind.letter}{step}"
    raise CostError(f"disk_size_gb is {size}; {kind.name} disks have at most {STEPS[-1][0]} GiB.")


def managed_disk(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a managed disk, its speed where that is sold apart, and by usage its operations."""
    scope = located(scope)
    kind = scope.text("storage_account_type")
    if kind.startswith(("PremiumV2", "UltraSSD")):
        costless(scope, "monthly_disk_operations")
        yield from provisioned_disk(scope, kind)
        return
    tier = scope.text("tier", "") if kind.startswith("Premium") else ""
    yield disk_part(scope, "Storage", kind, scope.number("disk_size_gb"), fixed(1), tier=tier)
    yield from operations(scope, "Operations", "monthly_disk_operations", "")


def operations(scope: Scope, name: str, key: str, prefix: str) -> Iterator[Part]:
    """Yield by usage the operations of a disk of a standard kind; those of others cost nothing."""
    kind = DISKS.get(scope.text(f"{prefix}storage_account_type").partition("_")[0])
    if kind and kind.name.startswith("standard"):
        sku = f"{kind.name}-operations"
        yield scope.metered(name, key, "managed-disk", sku, "10000 operations", scale=Decimal(10**4))
    else:
        costless(scope, key)


def provisioned_disk(scope: Scope, kind: str) -> Iterator[Part]:
    """Yield a disk whose capacity and speed are sold by the hour."""
    name = "premium-ssd-v2" if kind.startswith("PremiumV2") else "ultra"
    free = (FREE_IOPS, FREE_MBPS) if name == "premium-ssd-v2" else (0, 0)
    size = scope.number("disk_size_gb")
    yield per_hour(scope, "Capacity", size, Meter("managed-disk", f"{name}-capacity", "GB-hour"))
    for noun, key, least, unit in (
        ("iops", "disk_iops_read_write", free[0], "IOPS-hour"),
        ("throughput", "disk_mbps_read_write", free[1], "MBps-hour"),
    ):
        extra = scope.number(key, least or None) - least
        if extra > 0:
            yield per_hour(scope, f"Provisioned {noun}", extra, Meter("managed-disk", f"{name}-{noun}", unit))


def snapshot(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a snapshot by the amount that it keeps."""
    sku = "standard-hdd-snapshot-LRS"
    yield located(scope).metered("Snapshot storage", "storage_gb", "managed-disk", sku, "GB-month")


# Databases


def postgres(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a flexible server's compute, storage and backups; with high availability there are two of them."""
    scope = located(scope)
    servers = fixed(2 if blocks(scope, "high_availability") else 1)
    yield from sure(postgres_compute(scope, servers))
    gigabytes = scope.number("storage_mb", 32768) / 1024
    yield counted(scope, "Storage", servers.times(gigabytes), Meter("postgres-flexible", "storage", "GB-month"))
    tier = scope.text("storage_tier", "")
    if tier and tier != disk_step(DISKS["Premium"], gigabytes):
        yield Gap(f"Storage tier {tier}: storage faster than its size gives has no price in the book.")
    yield scope.metered(
        "Backups above the storage's size", "additional_backup_storage_gb", "postgres-flexible", "backup", "GB-month"
    )


def postgres_compute(scope: Scope, servers: Count) -> Iterator[Part]:
    """Yield servers by their size's own price, or by the price of its family's cores."""
    size = scope.text("sku_name").rpartition("Standard_")[2]
    known = scope.book.has("azure", "postgres-flexible", scope.resource.region, size, "hour")
    family = re.fullmatch(r"D(\d+)ds_v5", size)
    if known or not family:
        yield machine_hours(scope, f"Compute ({size})", servers, Meter("postgres-flexible", size))
        return
    meter = Meter("postgres-flexible", "general-purpose-ddsv5-vcore", "vCore-hour")
    cores = servers.times(int(family[1])).times(hours(scope))
    yield counted(scope, f"Compute ({size})", cores, meter)


def redis(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a cache's nodes: one for Basic, two for Standard, and shards with replicas for Premium."""
    scope = located(scope)
    sku = scope.text("sku_name")
    nodes: Decimal | int
    if sku == "Premium":
        replicas = scope.number("replicas_per_primary", 1)
        nodes = max(scope.number("shard_count", 1), Decimal(1)) * (1 + replicas)
    else:
        nodes = REDIS_NODES.get(sku, 1)
    size = f"{scope.text('family')}{scope.text('capacity')}"
    yield per_hour(scope, f"Nodes ({sku} {size})", nodes, Meter("redis", f"{sku.lower()}-{size}"))


# Network


def public_ip(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a public address, which costs the same attached or not."""
    scope = located(scope)
    sku = f"{scope.text('sku', 'Standard')}-{scope.text('allocation_method')}-{scope.text('ip_version', 'IPv4')}"
    yield per_hour(scope, "Address", 1, Meter("public-ip", sku.lower()))


def nat(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a NAT gateway and its data."""
    scope = located(scope)
    yield per_hour(scope, "Gateway", 1, Meter("nat-gateway", "gateway"))
    yield scope.metered("Data processed", "monthly_data_processed_gb", "nat-gateway", "data-processed", "GB")


def balancer(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a balancer by its rules: the first five together, each further one, and its data."""
    scope = located(scope)
    if scope.text("sku", "Standard") != "Standard":
        basic = scope.text("sku") == "Basic"
        costless(scope, "has_rules", *(["monthly_data_processed_gb"] if basic else []))
        yield Free("Basic balancers cost nothing") if basic else Gap("A Gateway balancer has no price in the book.")
        return
    rules = len(list(referring(scope, "loadbalancer_id", "azurerm_lb_rule", "azurerm_lb_outbound_rule")))
    if not rules:
        yield usage_hours(scope, "Rules made elsewhere, up to five", "has_rules", FIRST_RULES)
    else:
        costless(scope, "has_rules")
        yield per_hour(scope, "First five rules", 1, FIRST_RULES)
    if rules > FREE_RULES:
        yield per_hour(scope, "Further rules", rules - FREE_RULES, Meter("load-balancer", "standard-extra-rule"))
    yield scope.metered("Data processed", "monthly_data_processed_gb", "load-balancer", "standard-data", "GB")


def private_endpoint(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a private endpoint and its data."""
    scope = located(scope)
    yield per_hour(scope, "Endpoint", 1, Meter("private-endpoint", "endpoint"))
    for way in ("inbound", "outbound"):
        key = f"monthly_{way}_data_processed_gb"
        yield scope.metered(f"Data {way}", key, "private-endpoint", "data-processed", "GB")


def bastion(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a bastion host."""
    sku = scope.text("sku", "Basic").lower()
    yield per_hour(located(scope), f"Host ({sku})", 1, Meter("bastion", sku))


def firewall(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a firewall and its data."""
    scope = located(scope)
    tier = scope.text("sku_tier").lower()
    yield per_hour(scope, f"Firewall ({tier})", 1, Meter("firewall", tier))
    yield scope.metered("Data processed", "monthly_data_processed_gb", "firewall", f"{tier}-data", "GB")


def gateway(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield an application gateway's fixed price and, by usage or its fixed capacity, its capacity units."""
    scope = located(scope)
    tier = scope.text("sku.0.tier").lower().replace("_", "-")
    yield per_hour(scope, f"Gateway ({tier})", 1, Meter("application-gateway", f"{tier}-fixed"))
    units = Meter("application-gateway", f"{tier}-capacity-unit", "CU-hour")
    yield usage_hours(scope, "Capacity units", "capacity_units", units)


def dns_zone(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a zone and its queries."""
    yield scope.part("Zone", Decimal(1), "dns", "public-zone", "zone-month")
    yield scope.metered("Queries", "monthly_queries", "dns", "queries", "1M queries", scale=Decimal(10**6))


# Storage and others


def storage(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield an account's blobs, operations and transfer by usage."""
    scope = located(scope)
    copies = scope.text("account_replication_type").lower()
    kind = "premium" if scope.text("account_tier") == "Premium" else scope.text("access_tier", "Hot").lower()
    yield from metered_tiers(scope, f"Blobs ({kind}, {copies})", "storage_gb", blob_tiers(scope, kind, copies))
    for name, key, sku in (
        ("Write operations", "monthly_write_operations", f"{kind}-{copies}-write"),
        ("Read operations", "monthly_read_operations", f"{kind}-{copies}-read"),
    ):
        yield scope.metered(name, key, "blob-storage", sku, "10000 operations", scale=Decimal(10**4))
    yield from metered_tiers(scope, "Data to the internet", "monthly_data_transfer_gb", EGRESS)


def blob_tiers(scope: Scope, kind: str, copies: str) -> tuple[tuple[Decimal | None, Meter], ...]:
    """Return the steps of a region's price for blobs; it falls from 50 TiB and from 500 TiB on where it is known."""
    first = Meter("blob-storage", f"blob-{kind}-{copies}-gb-month", "GB-month")
    steps = (first, first._replace(sku=f"{first.sku}-from-51200"), first._replace(sku=f"{first.sku}-from-512000"))
    place = scope.resource.region
    if all(scope.book.has("azure", step.service, place, step.sku, step.unit) for step in steps):
        return ((TIB_50, steps[0]), (9 * TIB_50, steps[1]), (None, steps[2]))
    if scope.book.has("azure", first.service, place, first.sku, first.unit):
        return ((None, first),)
    return (
        (None, first._replace(sku=f"{kind}-{copies.replace('ragrs', 'ra-grs').replace('ragzrs', 'ra-gzrs')}-stored")),
    )


def registry(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a container registry, which is charged by the day, and by usage what it keeps above what is included."""
    scope = located(scope)
    sku = scope.text("sku").lower()
    yield scope.part(f"Registry ({sku})", DAYS_PER_MONTH, "container-registry", sku, "day")
    storage = Meter("container-registry", "storage", "GB-month")
    if "storage_gb" not in scope.usage:
        yield scope.metered("Storage above the included", "storage_gb", *storage)
    elif (extra := scope.usage["storage_gb"] - INCLUDED_GB.get(sku, 0)) > 0:
        yield scope.part("Storage above the included", extra, *storage)


def key_vault(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a vault's operations by usage."""
    operations = f"operations-{scope.text('sku_name', 'standard').lower()}"
    yield located(scope).metered(
        "Operations", "monthly_operations", "key-vault", operations, "10000 operations", scale=Decimal(10**4)
    )


def log_analytics(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a workspace's ingestion by usage."""
    yield scope.metered("Ingestion", "monthly_log_data_ingestion_gb", "log-analytics", "ingestion", "GB")


PRICERS: Final[Mapping[str, Pricer]] = {
    "azurerm_application_gateway": gateway,
    "azurerm_bastion_host": bastion,
    "azurerm_container_registry": registry,
    "azurerm_dns_zone": dns_zone,
    "azurerm_firewall": firewall,
    "azurerm_key_vault": key_vault,
    "azurerm_kubernetes_cluster": cluster,
    "azurerm_kubernetes_cluster_node_pool": node_pool,
    "azurerm_lb": balancer,
    "azurerm_linux_virtual_machine": linux_machine,
    "azurerm_linux_virtual_machine_scale_set": linux_scale_set,
    "azurerm_log_analytics_workspace": log_analytics,
    "azurerm_managed_disk": managed_disk,
    "azurerm_nat_gateway": nat,
    "azurerm_orchestrated_virtual_machine_scale_set": linux_scale_set,
    "azurerm_postgresql_flexible_server": postgres,
    "azurerm_private_endpoint": private_endpoint,
    "azurerm_public_ip": public_ip,
    "azurerm_redis_cache": redis,
    "azurerm_snapshot": snapshot,
    "azurerm_storage_account": storage,
    "azurerm_windows_virtual_machine": windows_machine,
    "azurerm_windows_virtual_machine_scale_set": windows_scale_set,
}

NOT_CHARGED: Final = "Azure does not charge for it"
ELSEWHERE: Final = "charged with the resource that uses it"
FREE: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "azurerm_availability_set",
            "azurerm_federated_identity_credential",
            "azurerm_key_vault_access_policy",
            "azurerm_key_vault_secret",
            "azurerm_lb_backend_address_pool",
            "azurerm_lb_probe",
            "azurerm_nat_gateway_public_ip_association",
            "azurerm_network_interface",
            "azurerm_network_interface_security_group_association",
            "azurerm_network_security_group",
            "azurerm_network_security_rule",
            "azurerm_postgresql_flexible_server_configuration",
            "azurerm_postgresql_flexible_server_database",
            "azurerm_postgresql_flexible_server_firewall_rule",
            "azurerm_private_dns_zone_virtual_network_link",
            "azurerm_proximity_placement_group",
            "azurerm_resource_group",
            "azurerm_role_assignment",
            "azurerm_role_definition",
            "azurerm_route",
            "azurerm_route_table",
            "azurerm_subnet",
            "azurerm_subnet_nat_gateway_association",
            "azurerm_subnet_network_security_group_association",
            "azurerm_subnet_route_table_association",
            "azurerm_user_assigned_identity",
            "azurerm_virtual_network",
        ),
        NOT_CHARGED,
    ),
    **dict.fromkeys(
        (
            "azurerm_dns_a_record",
            "azurerm_dns_cname_record",
            "azurerm_lb_outbound_rule",
            "azurerm_lb_rule",
            AUTOSCALE,
            "azurerm_storage_container",
            "azurerm_virtual_machine_data_disk_attachment",
        ),
        ELSEWHERE,
    ),
}
