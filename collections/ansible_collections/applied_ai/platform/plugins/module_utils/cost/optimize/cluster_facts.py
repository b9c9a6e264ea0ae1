# SPDX-License-Identifier: Apache-2.0
"""What a cluster tells: its Prometheus about use, its vertical pod autoscalers about requests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils import quantity
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import Facts, Unknown, Workload
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, MissingKindError, Reader

Json = dict[str, Any]
# A query in PromQL → Prometheus's document
Ask = Callable[[str], Json]
Labels = tuple[str, ...]
GIB: Final = Decimal(1024**3)
STEP: Final = Decimal("0.001")
TYPE: Final = "label_node_kubernetes_io_instance_type"
BY_TYPE: Final = f"avg by ({TYPE}) (({{}}) * on (node) group_left ({TYPE}) max by (node, {TYPE}) (kube_node_labels))"
BY_WORKLOAD: Final = (
    "{} by (namespace, workload) (({}) * on (namespace, pod) group_left (workload)"
    " max by (namespace, pod, workload) (namespace_workload_pod:kube_pod_owner:relabel))"
)
POD: Final = "sum by (namespace, pod)"
USE: Final = {
    "cpu_used": BY_TYPE.format(
        'sum by (node) (rate(container_cpu_usage_seconds_total{id="/"}[7d])) / sum by (node) (machine_cpu_cores)'
    ),
    "memory_used": BY_TYPE.format(
        'sum by (node) (avg_over_time(container_memory_working_set_bytes{id="/"}[7d]))'
        " / sum by (node) (machine_memory_bytes)"
    ),
    "gpu_used": BY_TYPE.format(
        'avg by (node) (label_replace(avg_over_time(DCGM_FI_DEV_GPU_UTIL[7d]), "node", "$1", "Hostname", "(.+)")) / 100'
    ),
}
# The requests that 95 % of a week's five minutes stayed below; memory is not squeezed, so its peak counts.
WORKLOADS: Final = {
    "replicas": BY_WORKLOAD.format("count", f"{POD} (kube_pod_container_resource_requests{{resource='cpu'}})"),
    "cpu": BY_WORKLOAD.format("max", f"{POD} (kube_pod_container_resource_requests{{resource='cpu'}})"),
    "memory_gib": BY_WORKLOAD.format("max", f"{POD} (kube_pod_container_resource_requests{{resource='memory'}})"),
    "cpu_recommended": BY_WORKLOAD.format(
        "max",
        f"quantile_over_time(0.95, {POD} (rate(container_cpu_usage_seconds_total{{container!=''}}[5m]))[7d:5m])",
    ),
    # Each container's own peak: between the steps of a subquery a short one would be missed.
    "memory_recommended": BY_WORKLOAD.format(
        "max", f"{POD} (max_over_time(container_memory_working_set_bytes{{container!=''}}[7d]))"
    ),
}
NODE_TYPE: Final = (
    f"count by (namespace, workload, {TYPE}) (max by (namespace, pod, node) (kube_pod_info)"
    f" * on (node) group_left ({TYPE}) max by (node, {TYPE}) (kube_node_labels)"
    " * on (namespace, pod) group_left (workload)"
    " max by (namespace, pod, workload) (namespace_workload_pod:kube_pod_owner:relabel))"
)
TEAM: Final = "max by (namespace, label_team) (kube_namespace_labels)"


def vector(document: Mapping[str, Any], labels: Labels) -> dict[Labels, Decimal]:
    """Return an instant vector by its labels.

    Raises:
        CostError: Prometheus refused the question, or answered with no vector.

    """
    data = document.get("data") or {}
    if document.get("status") != "success" or data.get("resultType") != "vector":
        raise CostError(f"Prometheus refuses: {document.get('error') or 'its answer is no vector'}.")
    found = {}
    for one in data["result"]:
        try:
            number = Decimal(one["value"][1])
        except InvalidOperation as error:
            raise CostError(f"Prometheus answers with {one['value'][1]!r}, which is no number.") from error
        if number.is_finite():
            found[tuple(one["metric"].get(label, "") for label in labels)] = number
    return found


def with_use(facts: Facts, ask: Ask) -> Facts:
    """Return facts whose node groups know how much of them is used, by instance type."""
    shares = {field: vector(ask(query), (TYPE,)) for field, query in USE.items()}

    def share(field: str, kind: str) -> Decimal | None:
        found = shares[field].get((kind,))
        return None if found is None else min(max(found, Decimal(0)), Decimal(1))

    groups = tuple(
        dataclasses.replace(
            group,
            cpu_used=share("cpu_used", group.instance_type),
            memory_used=share("memory_used", group.instance_type),
            gpu_used=share("gpu_used", group.instance_type),
        )
        for group in facts.node_groups
    )
    return dataclasses.replace(facts, node_groups=groups)


def workloads(ask: Ask) -> tuple[Workload, ...]:
    """Return what pods ask for and what they used in a week."""
    by = ("namespace", "workload")
    found = {field: vector(ask(query), by) for field, query in WORKLOADS.items()}
    kinds: dict[Labels, tuple[Decimal, str]] = {}
    for (namespace, workload, kind), count in vector(ask(NODE_TYPE), (*by, TYPE)).items():
        kinds[namespace, workload] = max(kinds.get((namespace, workload), (Decimal(0), "")), (count, kind))
    teams = {labels[0]: labels[1] for labels in vector(ask(TEAM), ("namespace", "label_team"))}
    return tuple(
        Workload(
            namespace=key[0],
            name=key[1],
            replicas=int(found["replicas"][key]),
            cpu=found["cpu"][key],
            memory_gib=found["memory_gib"].get(key, Decimal(0)) / GIB,
            cpu_recommended=rounded_up(found["cpu_recommended"].get(key)),
            memory_recommended=rounded_up(found["memory_recommended"].get(key), GIB),
            node_type=kinds.get(key, (Decimal(0), ""))[1],
            source="a week in Prometheus",
            team=teams.get(key[0], ""),
        )
        for key in sorted(found["cpu"])
        if key in found["replicas"]
    )


def rounded_up(amount: Decimal | None, unit: Decimal = Decimal(1)) -> Decimal | None:
    """Return an amount in a unit with three places, which is what a request is written with; never less."""
    # What is a hair above by a float's arithmetic alone is none.
    return None if amount is None else (round(amount / unit, 9)).quantize(STEP, rounding=ROUND_CEILING)


def recommendations(reader: Reader) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """Return the target of each vertical pod autoscaler, (cores, GiB) of a pod, by (namespace, workload)."""
    found = {}
    for one in reader.items("/apis/autoscaling.k8s.io/v1/verticalpodautoscalers"):
        containers = ((one.get("status") or {}).get("recommendation") or {}).get("containerRecommendations") or []
        target = ((one.get("spec") or {}).get("targetRef") or {}).get("name")
        if containers and target:
            cpu, memory = (
                sum((quantity.parse(each["target"].get(kind, "0")) or Decimal(0) for each in containers), Decimal(0))
                for kind in ("cpu", "memory")
            )
            found[one["metadata"]["namespace"], str(target)] = (
                cpu,
                (memory / GIB).quantize(STEP, rounding=ROUND_CEILING),
            )
    return found


def with_recommendations(
    found: Iterable[Workload], targets: Mapping[tuple[str, str], tuple[Decimal, Decimal]]
) -> tuple[Workload, ...]:
    """Return workloads with the autoscaler's word where it has one."""
    return tuple(
        dataclasses.replace(one, cpu_recommended=target[0], memory_recommended=target[1], source="VPA")
        if (target := targets.get((one.namespace, one.name)))
        else one
        for one in found
    )


def collect(facts: Facts, ask: Ask | None, reader: Reader | None, errors: type[Exception]) -> Facts:
    """Add what a cluster tells; what cannot be asked is unknown."""
    unknown = list(facts.unknown)
    found: tuple[Workload, ...] = facts.workloads
    if ask is None:
        unknown.append(Unknown("prometheus", "No Prometheus was named, so that use and requests are not known."))
    else:
        try:
            facts, found = with_use(facts, ask), workloads(ask)
        except (CostError, errors) as error:
            unknown.append(Unknown("prometheus", f"{str(error).rstrip('.')}."))
    if reader is not None:
        try:
            found = with_recommendations(found, recommendations(reader))
        except MissingKindError:
            unknown.append(Unknown("vpa", "The cluster has no vertical pod autoscaler."))
        except KubeError as error:
            unknown.append(Unknown("vpa", str(error)))
    return dataclasses.replace(facts, workloads=found, unknown=tuple(unknown))
