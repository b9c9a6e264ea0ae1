# SPDX-License-Identifier: Apache-2.0
"""Rules for what computes: nodes, pods, databases, environments."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import Price, first_day
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH, plain
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import (
    Database,
    Environment,
    NodeGroup,
    Unknown,
    Workload,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.findings import (
    HIGH,
    LOW,
    MEDIUM,
    Context,
    Finding,
    Rule,
    dollars,
    owner,
    percent,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.schedule import is_production

WEEK_HOURS: Final = 168
GPU_HOUR: Final = Decimal("0.0001")
# Sizes of one family, each twice the one before.
SIZES: Final = ("micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge")
SPOT: Final = ("ec2-spot-recent", "ec2-spot")
RATE: Final = "interruption "
FREQUENT: Final = frozenset({"15-20%", ">20%"})
# GPUs by family on AWS, and where else the same ones are: (cloud, type, GPUs).
# https://aws.amazon.com/ec2/instance-types/ https://cloud.google.com/compute/docs/gpus
# https://learn.microsoft.com/azure/virtual-machines/sizes/overview
MODELS: Final = {
    "g4dn": "T4",
    "g6": "L4",
    "p3": "V100 16 GB",
    "p4d": "A100 40 GB",
    "p4de": "A100 80 GB",
    "p5": "H100 80 GB",
}
ELSEWHERE: Final = {
    "T4": (("azure", "Standard_NC4as_T4_v3", 1),),
    "L4": (("gcp", "g2-standard-4", 1),),
    "V100 16 GB": (("azure", "Standard_NC6s_v3", 1),),
    "A100 40 GB": (("gcp", "a2-highgpu-1g", 1),),
    "A100 80 GB": (("gcp", "a2-ultragpu-1g", 1), ("azure", "Standard_NC24ads_A100_v4", 1)),
    "H100 80 GB": (("gcp", "a3-highgpu-8g", 8), ("azure", "Standard_ND96isr_H100_v5", 8)),
}
SERVICES: Final = {"gcp": "compute", "azure": "virtual-machines"}
REGIONS: Final = {
    "aws": ("us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1"),
    "gcp": ("us-central1", "us-east4", "us-west1", "europe-west4", "asia-east1"),
    "azure": ("eastus", "eastus2", "westus3", "westeurope", "northeurope", "swedencentral"),
}


def node_price(group: NodeGroup, context: Context) -> Decimal:
    """Return what a node of a group costs in a month; spot nodes at the book's typical price."""
    if group.capacity == "SPOT":
        return spot_price(group.instance_type, context).amount * HOURS_PER_MONTH
    return context.hour(group.instance_type)


def spot_price(kind: str, context: Context) -> Price:
    """Return the youngest typical price of an hour on spot.

    Raises:
        NoPrice: The book has none.

    """
    found = [price for service in SPOT if (price := in_book(service, kind, "hour", context))]
    # Where there is none, asking says where it is to be added.
    price = max(found, key=lambda one: first_day(one.as_of)) if found else _listed("ec2-spot", kind, "hour", context)
    context.used.add(price.as_of)
    return price


def interruption(kind: str, context: Context) -> tuple[str, str]:
    """Return how many instances of a type are interrupted in a month, and of when that is; empty where not known."""
    asked = [("ec2-spot-discount", "percent"), *((service, "hour") for service in SPOT)]
    told = [price for service, unit in asked if (price := in_book(service, kind, unit, context)) and RATE in price.note]
    if not told:
        return "", ""
    youngest = max(told, key=lambda one: first_day(one.as_of))
    return youngest.note.partition(RATE)[2], youngest.as_of


def in_book(service: str, sku: str, unit: str, context: Context) -> Price | None:
    """Return a price in the facts' region, None where the book has none."""
    there = context.book.has(context.facts.provider, service, context.facts.region, sku, unit)
    return _listed(service, sku, unit, context) if there else None


def _listed(service: str, sku: str, unit: str, context: Context) -> Price:
    return context.book.price(context.facts.provider, service, context.facts.region, sku, unit)


def idle_nodes(group: NodeGroup, context: Context) -> Finding | Unknown | None:
    """Find a node group of which little is used: of its GPUs where it has some, else of CPU and memory."""
    shape = context.book.shape(group.instance_type)
    if not group.desired:
        return None
    gpus = bool(shape and shape.gpu_count)
    used = group.gpu_used if gpus else group.cpu_used
    if used is None:
        what = "GPUs are used (DCGM exporter)" if gpus else "CPUs are used (node exporter)"
        return Unknown(f"nodes_idle:{group.name}", f"How much of its {what} in Prometheus is not known.")
    if used >= (context.limits.gpu_idle if gpus else context.limits.node_idle):
        return None
    most = max(used, group.memory_used or Decimal(0))
    kept = int((group.desired * most / context.limits.node_target).to_integral_value(ROUND_CEILING))
    going = group.desired - max(kept, 0)
    return Finding(
        rule="gpu_idle" if gpus else "nodes_idle",
        resource=f"node_group/{group.name}",
        subject=group.name,
        owner=owner(group.tags),
        saving=node_price(group, context) * going,
        seen=f"{group.desired} x {group.instance_type}, {percent(used)} of {'GPU' if gpus else 'CPU'} used",
        proposed=f"{kept} {'node' if kept == 1 else 'nodes'}",
        risk=MEDIUM,
        why="Work that is queued by Kueue or scaled by an autoscaler gets its nodes when it comes.",
        how=f"terraform_stack_variables.node_groups.{group.name}.scaling_config.min_size: {min(kept, group.minimum)};"
        " the autoscaler then takes idle nodes away.",
    )


def spot(group: NodeGroup, context: Context) -> Finding | Unknown | None:
    """Find on-demand nodes whose work may be interrupted."""
    if group.capacity != "ON_DEMAND" or not group.desired or group.interruptible is False:
        return None
    if group.interruptible is None:
        return Unknown(
            f"spot:{group.name}", "Whether its work may be interrupted is not known; tag the group Interruptible."
        )
    rate, of = interruption(group.instance_type, context)
    price = spot_price(group.instance_type, context)
    normal = context.hour(group.instance_type)
    typical = price.amount * HOURS_PER_MONTH
    often = f"Interrupted in a month: {rate} of the instances ({of})." if rate else "How often is not known."
    return Finding(
        rule="spot",
        resource=f"node_group/{group.name}",
        subject=group.name,
        owner=owner(group.tags),
        saving=(normal - typical) * group.desired,
        seen=f"{group.desired} x {group.instance_type} on demand for {dollars(normal)} each",
        proposed=f"Spot for typically {dollars(typical)} each",
        risk=HIGH if rate in FREQUENT or not rate else MEDIUM,
        why=f"{often} Prices move; this one is typical, of {price.as_of}.",
        how=f"terraform_stack_variables.node_groups.{group.name}.capacity_type: SPOT, with several instance types.",
    )


def workload_requests(workload: Workload, context: Context) -> Finding | Unknown | None:
    """Find pods that ask for much more than was recommended, by the share of a node that they hold."""
    name = f"{workload.namespace}/{workload.name}"
    if workload.cpu_recommended is None or workload.memory_recommended is None:
        return Unknown(f"workload_requests:{name}", "There is no recommendation yet (VPA, or a week in Prometheus).")
    shape = context.book.shape(workload.node_type)
    if shape is None:
        return Unknown(
            f"workload_requests:{name}", f"The price book has no shape of its nodes ({workload.node_type!r})."
        )
    cpu = workload.cpu_recommended * context.limits.request_margin
    memory = workload.memory_recommended * context.limits.request_margin
    # Half of a node's price is its CPU's and half its memory's: no cloud tells them apart.
    freed = (
        max(workload.cpu - cpu, Decimal(0)) / shape.vcpu
        + max(workload.memory_gib - memory, Decimal(0)) / shape.memory_gib
    )
    return Finding(
        rule="workload_requests",
        resource=f"workload/{name}",
        subject=name,
        owner=workload.team or "nobody (no team)",
        saving=freed / 2 * workload.replicas * context.hour(workload.node_type),
        seen=f"{workload.replicas} pods ask for {workload.cpu} CPU and {workload.memory_gib} GiB each",
        proposed=f"{min(cpu, workload.cpu).normalize():f} CPU and {min(memory, workload.memory_gib).normalize():f} GiB",
        risk=MEDIUM,
        why=f"Recommended by {workload.source or 'the facts'}, and 15 % more. Money comes back when nodes go.",
        how=f"resources.requests of {workload.name} in service_definitions.",
        conflicts=frozenset(f"node_group/{group.name}" for group in context.facts.node_groups),
    )


def large_database(database: Database, context: Context) -> Finding | Unknown | None:
    """Find a database whose busiest hour needs no more than half of it."""
    if database.cpu_peak is None or database.memory_peak is None:
        return Unknown(f"database_large:{database.name}", "CloudWatch tells neither its CPU nor its free memory.")
    smaller = smaller_class(database.instance_class)
    if (
        database.cpu_peak >= context.limits.database_cpu
        or database.memory_peak >= context.limits.database_memory
        or not smaller
    ):
        return None
    service = f"rds-{database.engine}{'-multi-az' if database.multi_az else ''}"
    now, then = context.hour(database.instance_class, service), context.hour(smaller, service)
    return Finding(
        rule="database_large",
        resource=f"database/{database.name}",
        subject=database.name,
        owner=owner(database.tags),
        saving=now - then,
        seen=f"{database.instance_class}, at most {percent(database.cpu_peak)} of CPU"
        f" and {percent(database.memory_peak)} of memory",
        proposed=f"{smaller} for {dollars(then)} in place of {dollars(now)}",
        risk=MEDIUM,
        why="Half the size still has room above its busiest hour; the change interrupts it for minutes.",
        how=f"terraform_stack_variables.db_instance_class: {smaller}",
    )


def smaller_class(name: str) -> str:
    """Return the class of half the size, empty where there is none."""
    family, _, size = name.rpartition(".")
    if size not in SIZES[1:]:
        return ""
    return f"{family}.{SIZES[SIZES.index(size) - 1]}"


def development_hours(environment: Environment, context: Context) -> Finding | Unknown | None:
    """Find an environment that is not production and runs at night."""
    if environment.scheduled or is_production(environment.name):
        return None
    if environment.stoppable_monthly is None:
        return Unknown(
            f"dev_schedule:{environment.name}", "What of it could be stopped is not known; estimate it first."
        )
    hours = context.limits.office_hours
    return Finding(
        rule="dev_schedule",
        resource=f"environment/{environment.name}",
        subject=environment.name,
        owner=owner(environment.tags),
        saving=environment.stoppable_monthly * (1 - hours / WEEK_HOURS),
        seen=f"Nodes and databases for {dollars(environment.stoppable_monthly)} run {WEEK_HOURS} hours a week",
        proposed=f"{hours} hours a week",
        risk=LOW,
        why="Nobody is there at night; a start takes minutes.",
        how="environment_schedule_windows in the inventory, and playbooks/schedule_environment.yml by cron or AWX.",
        conflicts=frozenset(
            [f"node_group/{group.name}" for group in context.facts.node_groups]
            + [f"database/{one.name}" for one in context.facts.databases]
        ),
    )


def gpus_elsewhere(group: NodeGroup, context: Context) -> Finding | Unknown | None:
    """Find the same GPU in other regions and clouds, per GPU and hour."""
    shape = context.book.shape(group.instance_type)
    if not group.desired or shape is None or not shape.gpu_count or group.capacity != "ON_DEMAND":
        return None
    here = context.price("ec2", group.instance_type, "hour") / shape.gpu_count
    offers = gpu_offers(group.instance_type, shape.gpu_count, context)
    if not offers:
        return Unknown(
            f"gpu_elsewhere:{group.name}", f"The book has no other price of the GPUs of {group.instance_type}."
        )
    best, place = min(offers)
    if best >= here * (1 - context.limits.arbitrage):
        return None
    monthly = (here - best) * shape.gpu_count * group.desired * HOURS_PER_MONTH
    moved, told = egress(group, context)
    return Finding(
        rule="gpu_elsewhere",
        resource=f"node_group/{group.name}",
        subject=group.name,
        owner=owner(group.tags),
        saving=monthly - moved,
        seen=f"{group.desired} x {group.instance_type}: {dollars(here)} a GPU-hour in {context.facts.region}",
        proposed=f"{place}: {dollars(best)} a GPU-hour",
        risk=HIGH,
        why=f"List prices, the same GPU, but not the same CPU, memory and network around it. {told}",
        how="A platform there is a further host of the inventory; quota, latency and where data may be come first.",
    )


def gpu_offers(instance_type: str, gpus: int, context: Context) -> list[tuple[Decimal, str]]:
    """Return (dollars a GPU-hour, where) for all places that the book knows, but the facts' region."""
    wanted = [("aws", "ec2", instance_type, gpus)]
    model = MODELS.get(instance_type.partition(".")[0], "")
    wanted += [(cloud, SERVICES[cloud], kind, count) for cloud, kind, count in ELSEWHERE.get(model, ())]
    offers = []
    for cloud, service, kind, count in wanted:
        for region in context.limits.compare_regions or REGIONS[cloud]:
            if (cloud, region) != (context.facts.provider, context.facts.region) and context.book.has(
                cloud, service, region, kind, "hour"
            ):
                price = context.book.price(cloud, service, region, kind, "hour")
                if price.currency == "USD":
                    context.used.add(price.as_of)
                    offers.append((price.amount / count, f"{kind} of {cloud} in {region}"))
    return offers


def gpu_prices(context: Context) -> list[dict[str, str]]:
    """Return what a GPU of each kind in use costs an hour, here and elsewhere, those with the least price first."""
    kinds = sorted({group.instance_type for group in context.facts.node_groups if group.desired})
    found = []
    for kind in kinds:
        shape = context.book.shape(kind)
        if (
            shape
            and shape.gpu_count
            and context.book.has(context.facts.provider, "ec2", context.facts.region, kind, "hour")
        ):
            here = context.price("ec2", kind, "hour") / shape.gpu_count
            offers = gpu_offers(kind, shape.gpu_count, context)
            offers.append((here, f"{kind} of {context.facts.provider} in {context.facts.region}"))
            found += [
                {"gpu": shape.gpu_model, "place": place, "gpu_hour": plain(price, GPU_HOUR)}
                for price, place in sorted(offers)
            ]
    return found


def egress(group: NodeGroup, context: Context) -> tuple[Decimal, str]:
    """Return what the data that leaves costs in a month, and a sentence about it."""
    price = context.price("data-transfer", "internet-out-tier1", "GB")
    if group.egress_gb is None:
        return Decimal(0), f"Data that has to go there is not in the saving: {dollars(price)} a GB out of here."
    return price * group.egress_gb, f"{group.egress_gb} GB a month out of here at {dollars(price)} are taken off."


RULES: Final = (
    Rule("nodes_idle", lambda facts: facts.node_groups, idle_nodes),
    Rule("spot", lambda facts: facts.node_groups, spot),
    Rule("gpu_elsewhere", lambda facts: facts.node_groups, gpus_elsewhere),
    Rule("workload_requests", lambda facts: facts.workloads, workload_requests),
    Rule("database_large", lambda facts: facts.databases, large_database),
    Rule("dev_schedule", lambda facts: facts.environments, development_hours),
)
