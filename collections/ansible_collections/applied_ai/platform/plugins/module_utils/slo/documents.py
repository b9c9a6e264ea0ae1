# SPDX-License-Identifier: Apache-2.0
"""OpenSLO documents of what an inventory promises of its services, and of the platform itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import NOT_USERS
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError

Json = dict[str, Any]

WINDOW_DAYS: Final = 30
P95: Final = 95.0
# Watches end when they end, and their requests last as long as they watch.
API_REQUESTS: Final = 'apiserver_request_total{verb!~"WATCH|CONNECT"'
NODE_READY: Final = 'kube_node_status_condition{condition="Ready",status="true"}'


def of_services(services: Iterable[Mapping[str, Any]], days: int = WINDOW_DAYS) -> list[Json]:
    """Return the documents of services: one for availability, one for latency where it is promised.

    Args:
        services: Each with name and namespace, and perhaps slo (availability in per cent, latency_p95_ms) and team.
        days: The rolling window.

    Raises:
        SloError: A service has no name or namespace.

    """
    return [one for service in services for one in of_service(service, days)]


def named(services: object, namespace: str, team_namespaces: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Return services with name and namespace: those of a list, or an inventory's definitions by name.

    Raises:
        SloError: They are neither.

    """
    if isinstance(services, list) and all(isinstance(one, Mapping) for one in services):
        return services
    if not isinstance(services, Mapping) or not all(isinstance(one, Mapping) for one in services.values()):
        raise SloError("Services must be a list, each with name and namespace, or a dictionary of definitions by name.")
    return [
        {
            **definition,
            "name": str(name).replace("_", "-"),
            "namespace": definition.get("namespace") or team_namespaces.get(str(definition.get("team"))) or namespace,
        }
        for name, definition in services.items()
        if (definition.get("state") or "present") == "present"
    ]


def of_service(service: Mapping[str, Any], days: int) -> list[Json]:
    """Return the documents of one service."""
    slo = service.get("slo") or {}
    try:
        name, namespace = str(service["name"]), str(service["namespace"])
    except KeyError as error:
        raise SloError(f"An entry of services lacks {error}; it must have name and namespace.") from error
    # Planned services have the chart's values, definitions what they lay over them.
    app = next((str(over["serviceName"]) for over in overs(service) if over.get("serviceName")), name)
    users = f'namespace="{namespace}",app="{app}",{NOT_USERS}'
    labels = {"team": str(service["team"])} if service.get("team") else {}
    found = []
    if slo.get("availability"):
        indicator = counters("bad", f'http_requests_total{{{users},status=~"5.."}}', f"http_requests_total{{{users}}}")
        title = f"{name}: requests without an error"
        found.append(
            document(
                f"{name}-availability",
                name,
                title,
                percent=slo["availability"],
                indicator=indicator,
                labels=labels,
                days=days,
            )
        )
    if limit := slo.get("latency_p95_ms"):
        bucket = f'http_request_duration_seconds_bucket{{{users},le=~"{edge(limit)}"}}'
        indicator = counters("good", bucket, f"http_request_duration_seconds_count{{{users}}}")
        title = f"{name}: requests within {limit} ms"
        found.append(
            document(f"{name}-latency", name, title, percent=P95, indicator=indicator, labels=labels, days=days)
        )
    return found


def overs(service: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what a service says to its chart."""
    return [over for key in ("values", "extra_values") if isinstance(over := service.get(key), Mapping)]


def edge(milliseconds: object) -> str:
    """Return a histogram's bound as a pattern: Go writes 1, Python 1.0."""
    try:
        text = f"{float(str(milliseconds)) / 1000:.10g}"
    except ValueError as error:
        raise SloError(f"slo.latency_p95_ms is {milliseconds!r}; it must be a number of milliseconds.") from error
    return text.replace(".", "[.]") if "." in text else f"{text}([.]0)?"


def of_platform(days: int = WINDOW_DAYS) -> list[Json]:
    """Return the documents of the platform itself: its API server, nodes and Deployments."""
    deployments = "kube_deployment_spec_replicas"
    ready = f"kube_deployment_status_replicas_available >= bool on (namespace, deployment) {deployments}"
    return [
        document(
            "platform-api",
            "platform",
            "API server: requests without an error of its own",
            percent=99.9,
            indicator=counters("bad", API_REQUESTS + ',code=~"5.."}', API_REQUESTS + "}"),
            labels={},
            days=days,
        ),
        document(
            "platform-nodes",
            "platform",
            "Nodes: time in which they are ready",
            percent=99.5,
            indicator=gauges(NODE_READY, f"{NODE_READY} >= bool 0"),
            labels={},
            days=days,
        ),
        document(
            "platform-deployments",
            "platform",
            "Deployments: time in which all their pods are available",
            percent=99.5,
            indicator=gauges(ready, f"{deployments} >= bool 0"),
            labels={},
            days=days,
        ),
    ]


def with_platform(given: Sequence[Mapping[str, Any]], *, platform: bool) -> list[Mapping[str, Any]]:
    """Return documents with those of the platform; one that is given takes the place of its own of that name."""
    names = {(one.get("metadata") or {}).get("name") for one in given if isinstance(one, Mapping)}
    own = of_platform() if platform else []
    return [*given, *(one for one in own if one["metadata"]["name"] not in names)]


def document(
    name: str, service: str, title: str, *, percent: object, indicator: Json, labels: Mapping[str, str], days: int
) -> Json:
    """Return an SLO of OpenSLO v1."""
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": name, "displayName": title, **({"labels": dict(labels)} if labels else {})},
        "spec": {
            "service": service,
            "indicator": {"metadata": {"name": name}, "spec": {"ratioMetric": indicator}},
            "timeWindow": [{"duration": f"{days}d", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"targetPercent": percent}],
        },
    }


def counters(side: str, part: str, total: str) -> Json:
    """Return a ratioMetric of two counters."""
    return {"counter": True, side: metric(part), "total": metric(total)}


def gauges(good: str, total: str) -> Json:
    """Return a ratioMetric of two gauges."""
    return {"counter": False, "good": metric(good), "total": metric(total)}


def metric(query: str) -> Json:
    """Return a metric of Prometheus."""
    return {"metricSource": {"type": "Prometheus", "spec": {"query": query}}}
