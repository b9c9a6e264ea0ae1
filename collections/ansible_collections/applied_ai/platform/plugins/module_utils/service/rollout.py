# SPDX-License-Identifier: Apache-2.0
"""Whether services run with the replicas they want, and whether their autoscalers see metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, Reader

Json = dict[str, Any]

DEPLOYMENTS: Final = "/apis/apps/v1/deployments"
AUTOSCALERS: Final = "/apis/autoscaling/v2/horizontalpodautoscalers"
# The chart's label: no other Deployment of the cluster is even transferred.
SELECTOR: Final = "app.kubernetes.io/managed-by=Helm,service"


@dataclass(frozen=True)
class Wanted:
    """What a deployed service has to reach."""

    name: str
    namespace: str
    replicas: int
    autoscaling: bool


@dataclass(frozen=True)
class Outcome:
    """What was seen at the end of a wait."""

    services: list[Json]
    findings: list[str]
    seconds: float


def _number(data: Json, key: str) -> int:
    return int(data.get(key) or 0)


def rollout_finding(deployment: Json | None, wanted: Wanted) -> str:
    """Say what a Deployment lacks, empty when nothing."""
    if deployment is None:
        return "its Deployment does not exist"
    status, desired = deployment.get("status") or {}, _number(deployment["spec"], "replicas")
    if _number(status, "observedGeneration") < _number(deployment["metadata"], "generation"):
        return "its Deployment has not been seen by its controller yet"
    if desired < wanted.replicas:
        return f"it is at {desired} replicas, {wanted.replicas} are wanted"
    updated, available = _number(status, "updatedReplicas"), _number(status, "availableReplicas")
    if updated < desired or available < desired:
        return f"{available} of {desired} replicas are available, {updated} of the current version"
    if _number(status, "replicas") > updated:
        return "pods of an older version are still there"
    return ""


def autoscaler_finding(autoscaler: Json | None) -> str:
    """Say what keeps an autoscaler from scaling, empty when it sees a value for each of its metrics."""
    if autoscaler is None:
        return "its HorizontalPodAutoscaler does not exist"
    status = autoscaler.get("status") or {}
    conditions = {one.get("type"): one for one in status.get("conditions") or []}
    active = conditions.get("ScalingActive") or {}
    if active.get("status") != "True":
        reason = " ".join(str(active.get("message") or "nothing reported yet").split())
        return f"its HorizontalPodAutoscaler sees no metrics ({reason})"
    seen = {name for name, value in utilisation(autoscaler).items() if value is not None}
    missing = [name for name in _metric_names(autoscaler["spec"].get("metrics")) if name not in seen]
    return f"its HorizontalPodAutoscaler sees no {' and no '.join(missing)}" if missing else ""


def utilisation(autoscaler: Json) -> dict[str, int | None]:
    """Return the current per cent of the request by resource."""
    return {
        str(one["resource"]["name"]): (one["resource"].get("current") or {}).get("averageUtilization")
        for one in (autoscaler.get("status") or {}).get("currentMetrics") or []
        if one.get("type") == "Resource" and one.get("resource")
    }


def _metric_names(metrics: Iterable[Json] | None) -> list[str]:
    return [str(one["resource"]["name"]) for one in metrics or [] if one.get("type") == "Resource"]


def look(reader: Reader, wanted: Iterable[Wanted]) -> tuple[list[Json], list[str]]:
    """Return what each service is at, and what any of them lacks: two list calls, however many services."""
    deployments = {_key(item): item for item in reader.items(DEPLOYMENTS, labelSelector=SELECTOR)}
    autoscalers = {
        (item["metadata"]["namespace"], item["spec"]["scaleTargetRef"]["name"]): item
        for item in reader.items(AUTOSCALERS, labelSelector=SELECTOR)
    }
    services, findings = [], []
    for one in sorted(wanted, key=lambda one: (one.namespace, one.name)):
        key = (one.namespace, one.name)
        deployment, autoscaler = deployments.get(key), autoscalers.get(key)
        lacks = [rollout_finding(deployment, one), autoscaler_finding(autoscaler) if one.autoscaling else ""]
        findings += [f"service {one.name} in namespace {one.namespace}: {lack}" for lack in lacks if lack]
        services.append(
            {
                "name": one.name,
                "namespace": one.namespace,
                "available": _number((deployment or {}).get("status") or {}, "availableReplicas"),
                "utilisation": utilisation(autoscaler) if autoscaler else {},
            }
        )
    return services, findings


def _key(item: Json) -> tuple[str, str]:
    return str(item["metadata"]["namespace"]), str(item["metadata"]["name"])


def wait(
    reader: Reader,
    wanted: list[Wanted],
    timeout: float,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    interval: float = 1.0,
) -> Outcome:
    """Look once per interval until no service lacks anything, or the time is over.

    A round in which the API does not answer counts as a round, not as the end.
    """
    start = clock()
    while True:
        trouble: KubeError | None = None
        try:
            services, findings = look(reader, wanted)
            outcome = Outcome(services, findings, clock() - start)
            if not findings:
                return outcome
        except KubeError as error:
            trouble = error
        if clock() - start + interval > timeout:
            if trouble:
                raise trouble
            return outcome
        sleep(interval)
