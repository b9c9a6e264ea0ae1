# SPDX-License-Identifier: Apache-2.0
"""What Google Cloud charges for resources of Terraform's google provider.

Sustained-use and committed-use discounts and the free tier are left out. A price that the book lacks is a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
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
    length,
    machine_hours,
    metered_tiers,
    per_hour,
    referred,
    referring,
    sure,
    told,
    usage_hours,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Free, Gap, Part, Resource
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Pricer, Scope

# What GKE and Compute Engine take where the configuration says nothing.
NODE_TYPE: Final = "e2-medium"
NODE_DISK_GB: Final = 100
NODE_DISK_TYPE: Final = "pd-balanced"
ZONES_OF_REGION: Final = 3
LOCAL_SSD_GB: Final = 375
SQL_DISK_GB: Final = 10
# Accelerators and local disks are in the price of these machines already.
WITH_GPU: Final = re.compile(r"^(a2|a3|a4|g2|g4)-")
WITH_LOCAL_DISK: Final = re.compile(r"(-lssd|lssd$|^z3-|^a2-ultragpu|^a3-|^a4-)")
HYPERDISK_FREE_IOPS: Final = 3000
HYPERDISK_FREE_THROUGHPUT: Final = 140
FREE_RULES: Final = 5
NAT_VMS: Final = 32
TIB: Final = Decimal(1024)
EGRESS: Final = (
    (TIB, Meter("network", "internet-out-tier1", "GB")),
    (9 * TIB, Meter("network", "internet-out-tier2", "GB")),
    (None, Meter("network", "internet-out-tier3", "GB")),
)
USED_ADDRESS: Final = Meter("network", "static-ip-in-use")
UNUSED_ADDRESS: Final = Meter("network", "static-ip-unused")
FIRST_RULES: Final = Meter("network", "lb-forwarding-rule-minimum")
REDIS_SIZES: Final = ((4, "m1"), (10, "m2"), (35, "m3"), (100, "m4"))
DISK_TYPES: Final = ("google_compute_disk", "google_compute_region_disk")
MULTI_REGIONS: Final = frozenset({"us", "eu", "asia"})


def located(scope: Scope, *fallback: Resource) -> Scope:
    """Return the scope in the region that the resource, or one that it belongs to, names as zone or region."""
    return at(scope, place_of(scope.resource, *fallback))


def place_of(*resources: Resource) -> str:
    """Return the region of the first resource that names a zone or region, empty when none does."""
    named = (resource.values.get(key) for resource in resources for key in ("zone", "location", "region"))
    return next((region_of(str(place)) for place in named if place), "")


def region_of(place: str) -> str:
    """Return the region of a zone or region, also of a link to one."""
    return re.sub(r"-[a-z]$", "", place.rsplit("/", 1)[-1].lower())


def is_zone(place: str) -> bool:
    """Say whether a place is a zone."""
    return region_of(place) != place.lower()


# Kubernetes


def cluster(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the management fee, the default pool and the pools within the cluster's own configuration."""
    scope = located(scope)
    yield per_hour(scope, "Cluster management", 1, Meter("gke", "cluster-management-fee"))
    if scope.value("enable_autopilot"):
        yield usage_hours(scope, "Pods' cores", "autopilot_vcpu_count", Meter("gke", "autopilot-vcpu", "vCPU-hour"))
        yield usage_hours(scope, "Pods' memory", "autopilot_memory_gb", Meter("gke", "autopilot-memory", "GB-hour"))
        return
    costless(scope, "autopilot_vcpu_count", "autopilot_memory_gb")
    if scope.value("remove_default_node_pool"):
        costless(scope, "nodes")
        return
    zones = cluster_zones(scope.resource)
    inline = own_pools(scope)
    if not blocks(scope, "node_pool"):
        yield from sure(pool(scope, "", zones))
    for number in inline:
        yield from sure(pool(scope, f"node_pool.{number}.", zones))


def own_pools(scope: Scope) -> list[int]:
    """Return which pools within a cluster's values are its own: the state has there those of other resources too."""
    others = {peer.values.get("name") for peer in referring(scope, "cluster", "google_container_node_pool")}
    return [number for number, one in enumerate(blocks(scope, "node_pool")) if one.get("name") not in others - {None}]


def node_pool(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a pool's nodes, in the zones of the pool or else of its cluster."""
    owner = next(referred(scope, "cluster", "google_container_cluster"), None)
    scope = located(scope, *([owner] if owner else []))
    own = scope.value("node_locations")
    yield from pool(scope, "", length(own) or cluster_zones(owner or scope.resource))


def cluster_zones(owner: Resource) -> int:
    """Return in how many zones a cluster has nodes; GKE takes three of a region where nothing is said."""
    place, more = str(owner.values.get("location") or ""), owner.values.get("node_locations") or []
    if is_zone(place):
        return len({place, *more})
    return len(more) or ZONES_OF_REGION


def pool(scope: Scope, prefix: str, zones: int) -> Iterator[Part]:
    """Yield machines, boot disks, accelerators and local disks of a pool whose values begin with a prefix."""
    count = told(scope, pool_count(scope, prefix, zones), f"{prefix}nodes")
    disks = kept(scope, count)
    config = f"{prefix}node_config.0."
    kind = scope.text(f"{config}machine_type", NODE_TYPE)
    spot = bool(scope.value(f"{config}spot") or scope.value(f"{config}preemptible"))
    label = f"{scope.text(f'{prefix}name', 'default pool')}: " if prefix else ""
    yield machine(scope, f"{label}Nodes", kind, count, spot=spot)
    size, disk = scope.number(f"{config}disk_size_gb", NODE_DISK_GB), scope.text(f"{config}disk_type", NODE_DISK_TYPE)
    yield counted(scope, f"{label}Boot disks ({disk})", disks.times(size), Meter("compute-disk", disk, "GB-month"))
    yield from sure(accelerators(scope, config, kind, count, spot=spot))
    local = sum(
        (
            scope.number(f"{config}{path}", 0)
            for path in (
                "local_ssd_count",
                "ephemeral_storage_local_ssd_config.0.local_ssd_count",
                "local_nvme_ssd_block_config.0.local_ssd_count",
            )
        ),
        Decimal(0),
    )
    yield from local_disks(scope, kind, disks.times(local), spot=spot)


def pool_count(scope: Scope, prefix: str, zones: int) -> Count:
    """Return how many nodes a pool has over all its zones."""
    wanted = next(
        (scope.number(f"{prefix}{key}") for key in ("node_count", "initial_node_count") if is_set(scope, prefix + key)),
        None,
    )
    total = None if wanted is None else wanted * zones
    limits = f"{prefix}autoscaling.0."
    if is_set(scope, f"{limits}total_max_node_count") and scope.number(f"{limits}total_max_node_count") > 0:
        least = scope.number(f"{limits}total_min_node_count", 0)
        return between(least, total, scope.number(f"{limits}total_max_node_count"))
    if is_set(scope, f"{limits}max_node_count"):
        least, most = scope.number(f"{limits}min_node_count", 0), scope.number(f"{limits}max_node_count")
        return between(least * zones, total, most * zones)
    if total is None:
        raise CostError(scope.missing(f"{prefix}node_count"))
    return fixed(total)


def is_set(scope: Scope, path: str) -> bool:
    """Say whether the plan knows a value."""
    return scope.value(path) is not None


# Machines


def machine(scope: Scope, name: str, kind: str, count: Count, *, spot: bool) -> Part:
    """Return the hours of machines of one type."""
    label = f"{name} ({kind}, spot)" if spot else f"{name} ({kind})"
    return machine_hours(scope, label, count, Meter("compute", kind), "compute-spot" if spot else "")


def accelerators(scope: Scope, prefix: str, kind: str, count: Count, *, spot: bool) -> Iterator[Part]:
    """Yield attached accelerators, except where the machine's price has them."""
    if WITH_GPU.match(kind):
        return
    service = "compute-gpu"
    for number in range(len(blocks(scope, f"{prefix}guest_accelerator"))):
        model = scope.text(f"{prefix}guest_accelerator.{number}.type").rsplit("/", 1)[-1]
        each = scope.number(f"{prefix}guest_accelerator.{number}.count", 0)
        name = f"Accelerators ({model})"
        yield machine_hours(scope, name, count.times(each), Meter(service, model), f"{service}-spot" if spot else "")


def local_disks(scope: Scope, kind: str, count: Count, *, spot: bool) -> Iterator[Part]:
    """Yield local disks of 375 GiB each, except where the machine's price has them."""
    if count.high and not WITH_LOCAL_DISK.search(kind):
        sku = "local-ssd-spot" if spot else "local-ssd"
        yield counted(scope, "Local disks", count.times(LOCAL_SSD_GB), Meter("compute-disk", sku, "GB-month"))


def instance(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield one machine; a stopped one costs its disks only."""
    stopped = scope.value("desired_status") in ("TERMINATED", "SUSPENDED")
    yield from whole_machine(located(scope), fixed(0 if stopped else 1), fixed(1))


def whole_machine(scope: Scope, running: Count, existing: Count) -> Iterator[Part]:
    """Yield machines with their disks, accelerators and external addresses."""
    kind = scope.text("machine_type").rsplit("/", 1)[-1]
    spot = scope.value("scheduling.0.provisioning_model") == "SPOT" or bool(scope.value("scheduling.0.preemptible"))
    if running.high:
        yield machine(scope, "Machine", kind, running, spot=spot)
        yield from sure(accelerators(scope, "", kind, running, spot=spot))
    yield from sure(boot_disk(scope, existing))
    yield from sure(template_disks(scope, kind, existing, spot=spot))
    scratch = len(blocks(scope, "scratch_disk"))
    yield from local_disks(scope, kind, existing.times(scratch), spot=spot)
    addresses = sum(1 for one in blocks(scope, "network_interface") if one.get("access_config"))
    if addresses:
        run = running.times(hours(scope) * addresses)
        yield counted(scope, "External addresses in use", run, USED_ADDRESS)


def boot_disk(scope: Scope, count: Count) -> Iterator[Part]:
    """Yield a machine's boot disk, unless it is a resource of its own; the state names a source for every disk."""
    own = blocks(scope, "boot_disk.0.initialize_params") or not scope.value("boot_disk.0.source")
    if not blocks(scope, "boot_disk") or not own or any(referred(scope, "boot_disk", *DISK_TYPES)):
        return
    kind = scope.text("boot_disk.0.initialize_params.0.type", "pd-standard")
    size = scope.number("boot_disk.0.initialize_params.0.size")
    yield counted(scope, f"Boot disk ({kind})", count.times(size), Meter("compute-disk", kind, "GB-month"))


def template_disks(scope: Scope, machine_type: str, count: Count, *, spot: bool) -> Iterator[Part]:
    """Yield the disks of a template."""
    for number, disk in enumerate(blocks(scope, "disk")):
        if disk.get("source"):
            continue
        if disk.get("type") == "SCRATCH":
            yield from local_disks(scope, machine_type, count, spot=spot)
            continue
        kind = scope.text(f"disk.{number}.disk_type", "pd-standard")
        size = scope.number(f"disk.{number}.disk_size_gb")
        yield counted(scope, f"Disk {number} ({kind})", count.times(size), Meter("compute-disk", kind, "GB-month"))


def instance_group(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the machines of a managed group by its template and, where it is autoscaled, within its limits."""
    templates = list(
        referred(scope, "version", "google_compute_instance_template", "google_compute_region_instance_template")
    )
    if len(templates) != 1:
        raise CostError(f"{resource.address}: its version names {len(templates)} templates of the plan, one is needed.")
    place = region_of(str(resource.values.get("zone") or resource.values.get("region") or resource.region))
    scaler = next(referring(scope, "target", "google_compute_autoscaler", "google_compute_region_autoscaler"), None)
    count = told(scope, group_count(scope, scaler), "instances")
    template = replace(scope, resource=templates[0])
    yield from whole_machine(at(template, place), count, kept(scope, count))


def group_count(scope: Scope, scaler: Resource | None) -> Count:
    """Return how many machines a managed group has."""
    size = scope.number("target_size", 0) if scaler else scope.number("target_size")
    if scaler is None:
        return fixed(size)
    limits = replace(scope, resource=scaler)
    least = limits.number("autoscaling_policy.0.min_replicas")
    return between(least, size or None, limits.number("autoscaling_policy.0.max_replicas"))


# Disks and files


def disk(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a disk's storage and what it is given above its free speed."""
    scope = located(scope)
    kind = scope.text("type", "pd-standard").rsplit("/", 1)[-1]
    sku = f"regional-{kind}" if resource.type == "google_compute_region_disk" else kind
    yield scope.part(f"Storage ({sku})", scope.number("size"), "compute-disk", sku, "GB-month")
    if kind == "hyperdisk-balanced":
        free = ((HYPERDISK_FREE_IOPS, "iops", "IOPS-month"), (HYPERDISK_FREE_THROUGHPUT, "throughput", "MiBps-month"))
        for least, noun, unit in free:
            extra = scope.number(f"provisioned_{noun}", least) - least
            if extra > 0:
                yield scope.part(f"Provisioned {noun}", extra, "compute-disk", f"{sku}-{noun}", unit)
    elif kind in {"pd-extreme", "hyperdisk-extreme", "hyperdisk-throughput", "hyperdisk-ml"}:
        for noun, unit in (("iops", "IOPS-month"), ("throughput", "MiBps-month")):
            if is_set(scope, f"provisioned_{noun}"):
                given = scope.number(f"provisioned_{noun}")
                yield scope.part(f"Provisioned {noun}", given, "compute-disk", f"{sku}-{noun}", unit)


def snapshot(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a snapshot by the amount that it keeps."""
    yield located(scope).metered("Snapshot storage", "storage_gb", "compute-disk", "snapshot", "GB-month")


def filestore(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a file share's provisioned capacity."""
    tier = {"STANDARD": "BASIC_HDD", "PREMIUM": "BASIC_SSD"}.get(scope.text("tier"), scope.text("tier"))
    sku = tier.lower().replace("_", "-")
    size = scope.number("file_shares.0.capacity_gb")
    yield located(scope).part(f"Capacity ({sku})", size, "filestore", sku, "GB-month")


def bucket(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a bucket's storage, operations and transfer by usage."""
    scope = located(scope)
    kind = scope.text("storage_class", "STANDARD").lower().replace("_", "-")
    multi = "-multi-region" if scope.resource.region in MULTI_REGIONS else ""
    yield scope.metered(f"Storage ({kind})", "storage_gb", "storage", f"{kind}{multi}", "GB-month")
    for name, key, sku in (
        ("Class A operations", "monthly_class_a_operations", f"class-a-operations-{kind}"),
        ("Class B operations", "monthly_class_b_operations", f"class-b-operations-{kind}"),
    ):
        yield scope.metered(name, key, "storage", sku, "1000 operations", scale=Decimal(1000))
    if kind != "standard":
        yield scope.metered("Retrieval", "monthly_data_retrieval_gb", "storage", f"retrieval-{kind}", "GB")
    else:
        costless(scope, "monthly_data_retrieval_gb")
    yield from metered_tiers(scope, "Data to the internet", "monthly_egress_data_transfer_gb.worldwide", EGRESS)


# Databases


def sql(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a Cloud SQL instance's cores and memory, storage and backups."""
    scope = located(scope)
    service = f"cloud-sql-{scope.text('database_version', 'POSTGRES').partition('_')[0].lower()}"
    zonal = "regional" if scope.value("settings.0.availability_type") == "REGIONAL" else "zonal"
    if scope.value("settings.0.activation_policy") != "NEVER":
        yield from sure(sql_machine(scope, service, zonal))
    kind = scope.text("settings.0.disk_type", "PD_SSD").removeprefix("PD_").lower()
    size = scope.number("settings.0.disk_size", SQL_DISK_GB)
    yield scope.part(f"Storage ({kind}, {zonal})", size, service, f"storage-{kind}-{zonal}", "GB-month")
    if scope.value("settings.0.backup_configuration.0.enabled"):
        yield scope.metered("Backups", "backup_storage_gb", service, "backup", "GB-month")
    else:
        costless(scope, "backup_storage_gb")


def sql_machine(scope: Scope, service: str, zonal: str) -> Iterator[Part]:
    """Yield the cores and memory of a tier, or its shared core."""
    tier, edition = scope.text("settings.0.tier"), scope.text("settings.0.edition", "ENTERPRISE")
    plus = "" if edition == "ENTERPRISE" else f"-{edition.lower().replace('_', '-')}"
    if tier in {"db-f1-micro", "db-g1-small"}:
        yield machine_hours(scope, f"Instance ({tier}, {zonal})", fixed(1), Meter(service, f"{tier}-{zonal}"))
        return
    cores, memory = sql_size(tier)
    run = hours(scope)
    yield scope.part(f"Cores ({zonal})", cores * run, service, f"vcpu{plus}-{zonal}", "vCPU-hour")
    yield scope.part(f"Memory ({zonal})", memory * run, service, f"memory{plus}-{zonal}", "GB-hour")


def sql_size(tier: str) -> tuple[Decimal, Decimal]:
    """Return the cores and GiB of a tier such as db-custom-4-15360 or db-n1-standard-4.

    Raises:
        CostError: The tier tells no size.

    """
    if match := re.fullmatch(r"db-custom-(\d+)-(\d+)", tier):
        return Decimal(match[1]), Decimal(match[2]) / 1024
    if match := re.fullmatch(r"db-n1-(standard|highmem)-(\d+)", tier):
        each = Decimal("3.75") if match[1] == "standard" else Decimal("6.5")
        return Decimal(match[2]), Decimal(match[2]) * each
    if match := re.fullmatch(r"db-perf-optimized-N-(\d+)", tier):
        return Decimal(match[1]), Decimal(match[1]) * 8
    raise CostError(f"settings.tier is {tier!r}, which tells no cores and memory; use such as db-custom-4-15360.")


def redis(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a Memorystore instance by its memory, whose price falls with its size."""
    scope = located(scope)
    size = scope.number("memory_size_gb")
    step = next((name for most, name in REDIS_SIZES if size <= most), "m5")
    tier = "standard" if scope.text("tier", "BASIC") == "STANDARD_HA" else "basic"
    if scope.value("read_replicas_mode") == "READ_REPLICAS_ENABLED":
        nodes = scope.number("replica_count", 2) + 1
        sku = f"{tier}-node-{step}"
        yield scope.part("Nodes", size * nodes * HOURS_PER_MONTH, "memorystore-redis", sku, "GB-hour")
        return
    sku = f"{tier}-{step}"
    yield scope.part(f"Memory ({sku})", size * HOURS_PER_MONTH, "memorystore-redis", sku, "GB-hour")


def memcache(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the cores and memory of a Memcached instance."""
    scope = located(scope)
    nodes = scope.number("node_count") * HOURS_PER_MONTH
    cores = scope.number("node_config.0.cpu_count")
    memory = scope.number("node_config.0.memory_size_mb") / 1024
    yield scope.part("Cores", nodes * cores, "memorystore-memcached", "vcpu", "vCPU-hour")
    yield scope.part("Memory", nodes * memory, "memorystore-memcached", "memory", "GB-hour")


# Network


def address(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a reserved external address; one that something uses is charged there."""
    scope = located(scope)
    if scope.text("address_type", "EXTERNAL") == "INTERNAL":
        yield Free("internal addresses cost nothing")
    elif scope.value("users") or any(users(scope)):
        yield Free("an address in use is charged with what uses it")
    else:
        yield per_hour(scope, "Address reserved and not attached", 1, UNUSED_ADDRESS)


def users(scope: Scope) -> Iterator[Resource]:
    """Yield the resources that use this address."""
    for attribute, type_ in (
        ("network_interface", "google_compute_instance"),
        ("ip_address", "google_compute_forwarding_rule"),
        ("ip_address", "google_compute_global_forwarding_rule"),
        ("nat_ips", "google_compute_router_nat"),
    ):
        yield from referring(scope, attribute, type_)


def nat(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a NAT gateway, charged per machine up to 32 of them, its data and its addresses."""
    scope = located(scope)
    if scope.usage.get("assigned_vms", Decimal(0)) > NAT_VMS:
        yield per_hour(scope, "Gateway with more than 32 machines", 1, Meter("network", "cloud-nat-gateway-max"))
    else:
        yield usage_hours(
            scope, "Machines behind the gateway", "assigned_vms", Meter("network", "cloud-nat-vm", "VM-hour")
        )
    yield scope.metered("Data processed", "monthly_data_processed_gb", "network", "cloud-nat-data", "GB")
    if given := length(scope.value("nat_ips")):
        costless(scope, "assigned_addresses")
        yield per_hour(scope, "Addresses in use", given, USED_ADDRESS)
    else:
        yield usage_hours(scope, "Addresses in use", "assigned_addresses", USED_ADDRESS)


def forwarding_rule(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a rule: the first of a region pays for five together, a sixth and more have a price of their own."""
    scope = located(scope)
    place = scope.resource.region
    rules = sorted(
        rule.address
        for type_ in ("google_compute_forwarding_rule", "google_compute_global_forwarding_rule")
        for rule in scope.peers.get(type_, [])
        if (place_of(rule) or rule.region) == place
    )
    number = rules.index(resource.address) if resource.address in rules else 0
    if number == 0:
        yield per_hour(scope, "First five forwarding rules", 1, FIRST_RULES)
    elif number < FREE_RULES:
        yield Free(f"among the first five rules of its region, which {rules[0]} pays for")
    else:
        yield per_hour(scope, "Additional forwarding rule", 1, Meter("network", "lb-forwarding-rule-additional"))
    yield scope.metered("Data processed", "monthly_ingress_data_gb", "network", "lb-data-processed", "GB")


def vpn_tunnel(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a VPN tunnel."""
    yield per_hour(located(scope), "Tunnel", 1, Meter("network", "vpn-tunnel"))


# Others


def zone(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a managed zone and its queries."""
    yield scope.part("Zone", Decimal(1), "dns", "managed-zone", "zone-month")
    yield scope.metered("Queries", "monthly_queries", "dns", "queries", "1M queries", scale=Decimal(10**6))


def crypto_key(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield one active version of a software key."""
    if scope.text("version_template.0.protection_level", "SOFTWARE") != "SOFTWARE":
        yield Gap("Keys outside software have no price in the book; add a row to gcp/kms.csv.")
        return
    yield scope.part("Active version", Decimal(1), "kms", "software-key-version", "version-month")


def secret_version(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield one active version of a secret."""
    yield scope.part("Active version", Decimal(1), "secret-manager", "version", "version-month")


def repository(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a repository's storage by usage."""
    yield scope.metered("Storage", "storage_gb", "artifact-registry", "storage", "GB-month")


PRICERS: Final[Mapping[str, Pricer]] = {
    "google_artifact_registry_repository": repository,
    "google_compute_address": address,
    "google_compute_disk": disk,
    "google_compute_forwarding_rule": forwarding_rule,
    "google_compute_global_address": address,
    "google_compute_global_forwarding_rule": forwarding_rule,
    "google_compute_instance": instance,
    "google_compute_instance_group_manager": instance_group,
    "google_compute_region_disk": disk,
    "google_compute_region_instance_group_manager": instance_group,
    "google_compute_router_nat": nat,
    "google_compute_snapshot": snapshot,
    "google_compute_vpn_tunnel": vpn_tunnel,
    "google_container_cluster": cluster,
    "google_container_node_pool": node_pool,
    "google_dns_managed_zone": zone,
    "google_filestore_instance": filestore,
    "google_kms_crypto_key": crypto_key,
    "google_memcache_instance": memcache,
    "google_redis_instance": redis,
    "google_secret_manager_secret_version": secret_version,
    "google_sql_database_instance": sql,
    "google_storage_bucket": bucket,
}

NOT_CHARGED: Final = "Google does not charge for it"
ELSEWHERE: Final = "charged with the resource that uses it"
FREE: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "google_artifact_registry_repository_iam_member",
            "google_compute_backend_service",
            "google_compute_firewall",
            "google_compute_global_network_endpoint_group",
            "google_compute_health_check",
            "google_compute_managed_ssl_certificate",
            "google_compute_network",
            "google_compute_network_endpoint_group",
            "google_compute_network_peering",
            "google_compute_region_backend_service",
            "google_compute_region_health_check",
            "google_compute_route",
            "google_compute_router",
            "google_compute_router_interface",
            "google_compute_router_peer",
            "google_compute_subnetwork",
            "google_compute_target_http_proxy",
            "google_compute_target_https_proxy",
            "google_compute_url_map",
            "google_dns_record_set",
            "google_kms_key_ring",
            "google_project_iam_binding",
            "google_project_iam_member",
            "google_project_service",
            "google_secret_manager_secret_iam_member",
            "google_service_account",
            "google_service_account_iam_binding",
            "google_service_account_iam_member",
            "google_service_networking_connection",
            "google_sql_database",
            "google_sql_user",
            "google_storage_bucket_iam_binding",
            "google_storage_bucket_iam_member",
        ),
        NOT_CHARGED,
    ),
    **dict.fromkeys(
        (
            "google_compute_attached_disk",
            "google_compute_autoscaler",
            "google_compute_instance_template",
            "google_compute_region_autoscaler",
            "google_compute_region_instance_template",
            "google_secret_manager_secret",
            "google_storage_bucket_object",
        ),
        ELSEWHERE,
    ),
}
