# SPDX-License-Identifier: Apache-2.0
"""What AWS charges for instances, their groups and volumes, and for EKS clusters.

Rules: https://aws.amazon.com/ec2/pricing/on-demand/, https://aws.amazon.com/ebs/pricing/,
https://aws.amazon.com/eks/pricing/. Images count as Linux, since a plan does not tell what is in an image.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import NoPrice, Price
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.machines import (
    Count,
    Meter,
    between,
    blocks,
    counted,
    fixed,
    per_hour,
    sure,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    ZERO,
    Component,
    Gap,
    Part,
    Resource,
    UsageMissing,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH, decimal_of
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.plan import config_address
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Scope, look

# What a gp3 volume has without a charge.
GP3_IOPS: Final = 3000
GP3_THROUGHPUT: Final = 125
# The ends of the tiers of io2's IOPS; the last tier has none.
IO2_TIERS: Final = ((Decimal(32000), "io2-iops-tier1"), (Decimal(64000), "io2-iops-tier2"), (None, "io2-iops-tier3"))
# What EKS takes where a node group says nothing.
NODE_TYPE: Final = "t3.medium"
NODE_DISK_GIB: Final = 20
NODE_DISK_TYPE: Final = "gp2"
DEFAULT_VOLUME: Final = "gp2"
PUBLIC_IP: Final = Meter("vpc", "public-ipv4")
STANDARD: Final = Meter("eks", "cluster-standard-support")
EXTENDED: Final = Meter("eks", "cluster-extended-support")
# When standard support ends, from the release calendar of
# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html as https://endoflife.date/amazon-eks had it
# in February 2026. Later versions are in standard support, earlier ones are not.
END_OF_STANDARD_SUPPORT: Final = {
    (1, 29): date(2025, 3, 23),
    (1, 30): date(2025, 7, 23),
    (1, 31): date(2025, 11, 26),
    (1, 32): date(2026, 3, 23),
    (1, 33): date(2026, 7, 29),
    (1, 34): date(2026, 12, 2),
    (1, 35): date(2027, 3, 27),
}
VERSION: Final = re.compile(r"(\d+)\.(\d+)")


# Hours


def hours(scope: Scope) -> Decimal:
    """Return how many hours a month an instance runs."""
    return scope.usage.get("monthly_hrs", scope.options.hours)


def machines(scope: Scope, kind: str, count: Count, *, spot: bool = False) -> Iterator[Part]:
    """Yield the hours of instances of one type, on demand (or in part under a commitment) or on spot."""
    system = scope.words.get("operating_system", "linux")
    if system != "linux":
        yield Gap(f"Instance hours: the price book has no prices of {kind} with {system}")
        return
    yield from spot_hours(scope, kind, count) if spot else on_demand_hours(scope, kind, count)
    if scope.usage.get("monthly_cpu_credit_hrs"):
        yield Gap("CPU credits: the price book has no price of them")


def spot_hours(scope: Scope, kind: str, count: Count) -> Iterator[Part]:
    """Yield hours at the typical spot price, and at most at the on-demand price."""
    part = counted(scope, f"Spot instance hours ({kind})", count.times(hours(scope)), Meter("ec2-spot", kind))
    if isinstance(part, Gap):
        recent = counted(
            scope, f"Spot instance hours ({kind})", count.times(hours(scope)), Meter("ec2-spot-recent", kind)
        )
        part = part if isinstance(recent, Gap) else recent
    if isinstance(part, Component):
        on_demand = price_of(scope, Meter("ec2", kind))
        dearest = max(part.price, on_demand.amount) if on_demand else part.price
        part = replace(part, high=count.high * hours(scope) * dearest)
    yield part


def on_demand_hours(scope: Scope, kind: str, count: Count) -> Iterator[Part]:
    """Yield on-demand hours; those under a commitment at its discount."""
    whole, share = count.times(hours(scope)), scope.options.coverage
    name = f"Instance hours ({kind})"
    meter = Meter("ec2", kind)
    discount = price_of(scope, Meter("ec2-reserved-discount", f"{family(kind)}:{scope.options.commitment}", "percent"))
    if not share or discount is None:
        yield counted(scope, name, whole, meter)
        if share:
            yield Gap(
                f"Commitment: the price book has no discount of {scope.options.commitment} for {family(kind)}"
                f" in {scope.resource.region}, so its hours are reckoned on demand"
            )
        return
    yield counted(scope, name, whole.times(1 - share), meter)
    part = counted(scope, f"{name}, {scope.options.commitment}", whole.times(share), meter)
    factor = (100 - discount.amount) / 100
    if isinstance(part, Component):
        part = replace(part, price=part.price * factor, low=part.low * factor, high=part.high * factor)
        yield replace(part, as_of=min(part.as_of, discount.as_of), source=f"{part.source}, {discount.source}")


def price_of(scope: Scope, meter: Meter) -> Price | None:
    """Return a price, None where the book has none."""
    try:
        return scope.price(*meter)
    except NoPrice:
        return None


def family(kind: str) -> str:
    """Return the family of an instance type: m5 of m5.large."""
    return kind.partition(".")[0]


# Volumes


def volume_parts(scope: Scope, name: str, values: Mapping[str, object], count: Count, default: str) -> Iterator[Part]:
    """Yield storage, IOPS and throughput of volumes of one kind.

    Args:
        scope: What is known of the resource that they belong to.
        name: What they are called in the names of components.
        values: volume_type (or type), volume_size (or size) in GiB, iops and throughput in MiB/s.
        count: How many there are.
        default: The type where none is set.

    """
    address = scope.resource.address
    kind = str(values.get("volume_type") or values.get("type") or default)
    size = values.get("volume_size") or values.get("size") or scope.usage.get("volume_size")
    if size is None:
        yield unknown_size(scope, name, kind)
        return
    gib = decimal_of(size, f"{address}: the size of its {name}")
    yield counted(scope, f"{name} ({kind})", count.times(gib), Meter("ebs", f"{kind}-storage", "GB-month"))
    iops, throughput = (values.get(key) for key in ("iops", "throughput"))
    if kind == "gp3":
        if iops and (more := decimal_of(iops, f"{address}: iops") - GP3_IOPS) > 0:
            yield counted(
                scope, f"{name} IOPS above {GP3_IOPS}", count.times(more), Meter("ebs", "gp3-iops", "IOPS-month")
            )
        if throughput and (more := decimal_of(throughput, f"{address}: throughput") - GP3_THROUGHPUT) > 0:
            meter = Meter("ebs", "gp3-throughput", "MiBps-month")
            yield counted(scope, f"{name} throughput above {GP3_THROUGHPUT} MiB/s", count.times(more), meter)
    if kind in ("io1", "io2"):
        if iops is None:
            yield Gap(f"{name}: iops of a volume of type {kind} are not told by the plan")
            return
        yield from provisioned(scope, name, kind, decimal_of(iops, f"{address}: iops"), count)


def provisioned(scope: Scope, name: str, kind: str, iops: Decimal, count: Count) -> Iterator[Part]:
    """Yield provisioned IOPS; those of io2 get cheaper by the tier."""
    if kind == "io1":
        yield counted(scope, f"{name} IOPS", count.times(iops), Meter("ebs", "io1-iops", "IOPS-month"))
        return
    start = ZERO
    for end, sku in IO2_TIERS:
        within = (iops if end is None else min(iops, end)) - start
        if within > 0:
            yield counted(scope, f"{name} IOPS ({sku})", count.times(within), Meter("ebs", sku, "IOPS-month"))
        start = end or start


def unknown_size(scope: Scope, name: str, kind: str) -> UsageMissing:
    """Return the storage of a volume whose size its image tells, not the plan."""
    price = price_of(scope, Meter("ebs", f"{kind}-storage", "GB-month"))
    return UsageMissing(
        f"{name} ({kind}), whose size is the image's", "volume_size", "GB-month", price.amount if price else None
    )


def volume(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a volume's storage, IOPS and throughput."""
    if scope.value("size") is None and scope.value("snapshot_id"):
        yield Gap("its size is that of its snapshot, which the plan does not tell")
        return
    yield from volume_parts(
        scope, "Volume", {**resource.values, "size": scope.number("size")}, fixed(1), DEFAULT_VOLUME
    )
    if scope.value("type") == "standard":
        yield scope.metered(
            "I/O", "monthly_standard_io_requests", "ebs", "standard-io", "1M requests", scale=Decimal(10**6)
        )


def snapshot(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a snapshot's storage: at most the size of its volume, which is taken."""
    size = scope.value("volume_size") or next(
        (one.values.get("size") for one in linked(scope, "volume_id", "aws_ebs_volume")), None
    )
    sku = "snapshot-archive" if scope.value("storage_tier") == "archive" else "snapshot"
    if size is None:
        yield scope.metered("Snapshot", "storage_gb", "ebs", sku, "GB-month")
        return
    gib = decimal_of(size, f"{scope.resource.address}: volume_size")
    yield scope.part("Snapshot, as large as its volume", gib, "ebs", sku, "GB-month", low=ZERO)


def linked(scope: Scope, attribute: str, kind: str, value: object = None) -> Iterator[Resource]:
    """Yield the resource of a kind that an attribute leads to, the likeliest first.

    By references of the configuration, by a known id, name or ARN, else the only one, or the one with the same key, in
    the same module.
    """
    mine = scope.resource
    peers = [one for one in scope.peers.get(kind, []) if one.address != mine.address]
    wanted = {one for one in (value, scope.value(attribute)) if isinstance(one, str) and one}
    names = ("id", "name", "arn", "identifier", "cluster_identifier")
    by_value = [one for one in peers if wanted & {str(one.values.get(key)) for key in names if one.values.get(key)}]
    refs = set(mine.refs.get(attribute, ()))
    by_reference = [one for one in peers if config_address(one.address) in refs]
    near = [one for one in peers if one.module == mine.module]
    for found in (by_value, by_reference, near):
        same = [one for one in found if one.index == mine.index] if mine.index is not None else []
        if same or len(found) == 1:
            yield (same or found)[0]


# Instances


def instance(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield an instance's hours, volumes and public address."""
    template = next(template_of(scope, resource.values), None)
    kind = scope.value("instance_type") or (template and template.values.get("instance_type"))
    if not kind:
        yield Gap("its instance_type is not told by the plan")
        return
    yield from tenancy(scope, str(kind), fixed(1), spot=is_spot(resource) or bool(template and is_spot(template)))
    root = blocks(scope, "root_block_device")
    mapped = template_volumes(template) if template and not root else []
    for one in root or mapped or [{}]:
        yield from sure(volume_parts(scope, "Root volume", one, fixed(1), DEFAULT_VOLUME))
    for one in blocks(scope, "ebs_block_device"):
        yield from sure(volume_parts(scope, "Volume", one, fixed(1), DEFAULT_VOLUME))
    if scope.value("associate_public_ip_address") is True:
        yield per_hour(scope, "Public IPv4 address", 1, PUBLIC_IP)


def tenancy(scope: Scope, kind: str, count: Count, *, spot: bool) -> Iterator[Part]:
    """Yield an instance's hours on shared hardware, or on hardware of its own."""
    where = scope.value("tenancy") or "default"
    if where == "default":
        yield from machines(scope, kind, count, spot=spot)
    elif where == "dedicated":
        yield counted(
            scope,
            f"Dedicated instance hours ({kind})",
            count.times(hours(scope)),
            Meter("ec2-dedicated", f"{kind}#dedicated"),
        )
        yield Gap("Dedicated instances: the fee by region and hour is in no row of the price book")
    else:
        yield Gap(f"Instance hours: an instance of tenancy {where} is paid with its host, which no price rule knows")


def is_spot(resource: Resource) -> bool:
    """Say whether an instance or launch template asks for spot capacity."""
    market = look(resource.values, "instance_market_options.0.market_type")
    return market == "spot" or resource.type == "aws_spot_instance_request"


def template_of(scope: Scope, values: Mapping[str, object]) -> Iterator[Resource]:
    """Yield the launch template that a resource's block names; the block is empty while its id is not known."""
    mixed = "mixed_instances_policy.0.launch_template.0.launch_template_specification.0"
    for attribute, path in (("launch_template", "launch_template.0"), ("mixed_instances_policy", mixed)):
        block = look(values, path)
        if isinstance(block, Mapping):
            keys = ("id", "launch_template_id", "name", "launch_template_name")
            named = next((block[key] for key in keys if block.get(key)), None)
            yield from linked(scope, attribute, "aws_launch_template", named)


def template_volumes(template: Resource) -> list[Mapping[str, object]]:
    """Return the volumes that a launch template gives each instance."""
    mappings = template.values.get("block_device_mappings")
    found = [look(one, "ebs.0") for one in mappings] if isinstance(mappings, list) else []
    return [one for one in found if isinstance(one, Mapping)]


# Groups


def node_group(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the hours and volumes of a node group's least, wanted and most nodes."""
    template = next(template_of(scope, resource.values), None)
    types = scope.value("instance_types")
    kind = types[0] if isinstance(types, list) and types else template and template.values.get("instance_type")
    count = between(*(scope.number(f"scaling_config.0.{key}") for key in ("min_size", "desired_size", "max_size")))
    count = told(scope, count)
    capacity = scope.text("capacity_type", "ON_DEMAND")
    if not kind and template is None and look(resource.values, "launch_template.0") is not None:
        yield Gap("Instance hours: the instance type is that of a launch template that the plan has not")
    elif capacity == "CAPACITY_BLOCK":
        yield Gap("Instance hours: a capacity block is paid in advance at the price of its offer, which no book has")
    else:
        yield from machines(scope, str(kind or NODE_TYPE), count, spot=capacity == "SPOT")
    disk = {"volume_size": scope.number("disk_size", NODE_DISK_GIB) or NODE_DISK_GIB, "volume_type": NODE_DISK_TYPE}
    # A template that has no volumes, or that the plan has not, leaves their size to the image.
    named = template is not None or look(resource.values, "launch_template.0") is not None
    for one in (template_volumes(template) if template else []) or [{} if named else disk]:
        yield from sure(volume_parts(scope, "Node volumes", one, kept(scope, count), DEFAULT_VOLUME))


def told(scope: Scope, count: Count) -> Count:
    """Return the instances of a group as usage tells them; without, as the group itself does."""
    if "instances" not in scope.usage:
        return count
    number = scope.usage["instances"]
    return Count(min(count.low, number), number, max(count.high, number))


def kept(scope: Scope, count: Count) -> Count:
    """Return how many instances of a group have volumes over a whole month: a group scaled to nothing has none."""
    return count.times(hours(scope) / HOURS_PER_MONTH)


def scaling_group(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield the hours and volumes of an Auto Scaling group's instances, on demand and on spot."""
    template = next(template_of(scope, resource.values), None)
    configuration = (
        next(linked(scope, "launch_configuration", "aws_launch_configuration"), None) if not template else None
    )
    source = template or configuration
    override = look(resource.values, "mixed_instances_policy.0.launch_template.0.override.0.instance_type")
    kind = override or (source and source.values.get("instance_type"))
    if not kind:
        yield Gap("the instance type of its launch template is not told by the plan")
        return
    wanted = scope.value("desired_capacity")
    count = between(
        scope.number("min_size"),
        None if wanted is None else scope.number("desired_capacity"),
        scope.number("max_size"),
    )
    count = told(scope, count)
    spot = bool(source and (is_spot(source) or source.values.get("spot_price")))
    demand = fixed(0) if spot else on_demand_share(resource, count)
    on_spot = Count(count.low - demand.low, count.expected - demand.expected, count.high - demand.high)
    if not spot:
        yield from machines(scope, str(kind), demand)
    if on_spot.high > 0:
        yield from machines(scope, str(kind), on_spot, spot=True)
    yield from group_volumes(scope, source, kept(scope, count))


def group_volumes(scope: Scope, source: Resource | None, count: Count) -> Iterator[Part]:
    """Yield the volumes that a launch template or launch configuration gives the instances of a group."""
    found = template_volumes(source) if source else []
    if source and source.type == "aws_launch_configuration":
        lists = (source.values.get("root_block_device"), source.values.get("ebs_block_device"))
        found = [one for given in lists if isinstance(given, list) for one in given]
    for one in found or [{}]:
        yield from sure(volume_parts(scope, "Volumes", one, count, DEFAULT_VOLUME))


def on_demand_share(resource: Resource, count: Count) -> Count:
    """Return how many instances of a group are on demand by its policy of mixed instances; all without one."""
    policy = look(resource.values, "mixed_instances_policy.0.instances_distribution.0")
    if not isinstance(policy, Mapping):
        return count
    base = decimal_of(policy.get("on_demand_base_capacity") or 0, f"{resource.address}: on_demand_base_capacity")
    percent = policy.get("on_demand_percentage_above_base_capacity")
    above = decimal_of(
        100 if percent is None else percent, f"{resource.address}: on_demand_percentage_above_base_capacity"
    )

    def share(number: Decimal) -> Decimal:
        first = min(number, base)
        return first + ((number - first) * above / 100).to_integral_value(ROUND_CEILING)

    return Count(share(count.low), share(count.expected), share(count.high))


def reservation(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield reserved hours that no instance of the plan uses: used ones are paid with the instance."""
    kind = scope.text("instance_type")
    wanted = scope.number("instance_count")
    free = sum(running(scope, kind), ZERO)
    for other in scope.peers.get(resource.type, []):
        if other.address < resource.address and other.values.get("instance_type") == kind:
            free -= decimal_of(other.values.get("instance_count") or 0, f"{other.address}: instance_count")
    idle = max(wanted - max(free, ZERO), ZERO)
    part = scope.part(f"Reserved hours without an instance ({kind})", idle * HOURS_PER_MONTH, "ec2", kind, "hour")
    yield replace(part, low=ZERO, high=wanted * HOURS_PER_MONTH * part.price) if isinstance(part, Component) else part


def running(scope: Scope, kind: str) -> Iterator[Decimal]:
    """Yield how many on-demand instances of a type the plan's resources run, as wanted."""
    for one in scope.peers.get("aws_instance", []):
        if one.values.get("instance_type") == kind and not is_spot(one):
            yield Decimal(1)
    for one in scope.peers.get("aws_eks_node_group", []):
        if look(one.values, "instance_types.0") == kind and one.values.get("capacity_type") in (None, "", "ON_DEMAND"):
            yield decimal_of(look(one.values, "scaling_config.0.desired_size") or 0, f"{one.address}: desired_size")


def capacity_block(_resource: Resource, _scope: Scope) -> Iterator[Part]:
    """Yield a gap: the price is that of an offer."""
    yield Gap("a capacity block is paid in advance at the price of its offer, which no book has")


# EKS


def cluster(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a cluster's hours: more in extended support, which a cluster may refuse."""
    extended = in_extended_support(scope.text("version", ""), scope.options.today)
    refused = look(scope.resource.values, "upgrade_policy.0.support_type") == "STANDARD"
    name, meter = ("extended", EXTENDED) if extended and not refused else ("standard", STANDARD)
    yield per_hour(scope, f"Cluster in {name} support", 1, meter)
    if look(scope.resource.values, "compute_config.0.enabled") is True:
        yield UsageMissing("Nodes and fee of EKS Auto Mode", "auto_mode_hours", "hour", None)
    tier = look(scope.resource.values, "control_plane_scaling_config.0.tier")
    if tier not in (None, "", "standard"):
        yield Gap(f"the control plane's tier {tier} has no price in the book")


def in_extended_support(version: str, today: date) -> bool:
    """Say whether EKS keeps a Kubernetes version in extended support on a day; without a version it is the newest."""
    found = VERSION.match(version)
    if not found:
        return False
    number = (int(found[1]), int(found[2]))
    end = END_OF_STANDARD_SUPPORT.get(number)
    return today > end if end else number < min(END_OF_STANDARD_SUPPORT)


def host(_resource: Resource, _scope: Scope) -> Iterator[Part]:
    """Yield a gap: the book has no prices of whole hosts."""
    yield Gap("the price book has no prices of dedicated hosts")
