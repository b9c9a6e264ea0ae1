# SPDX-License-Identifier: Apache-2.0
"""Rules of the look at services: rolled out, reachable, steady, with room, and answering."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils import quantity
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    ExpectedService,
    Finding,
    Json,
    Outcome,
    Rule,
    Severity,
    Snapshot,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import (
    age,
    condition,
    counted,
    name_of,
    owner_of,
    shorten,
    span,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.policy import NEAR, ready_services
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.workloads import (
    WORKLOAD_KINDS,
    moving,
    observed,
    obstacle,
    overdue,
    replicas,
    settling,
)

# Seconds for which a restart is news, and how many of a container's restarts are no accident.
RECENT: Final = 3600
OFTEN: Final = 3
# Seconds for which running out of memory is news: it comes with the load, and that comes by the day.
DAY: Final = 86400
# Shares of what was asked for and of the limit.
CPU_FULL: Final = Decimal("1.0")
MEMORY_FULL: Final = Decimal("0.9")
PERCENT: Final = 100
GOOD: Final = range(200, 400)
# What the blackbox exporter sees from inside, through the mesh. One good answer in two minutes is one.
QUERIES: Final = {
    "probe_success": 'max by (target, instance) (max_over_time(probe_success{job="blackbox"}[2m]))',
    "probe_ends": 'min by (target, instance) (probe_ssl_earliest_cert_expiry{job="blackbox"}) - time()',
}


def found_of(snapshot: Snapshot, service: ExpectedService) -> Json | None:
    """Return a service's workload."""
    objects = snapshot[WORKLOAD_KINDS[service.kind]]
    return next((one for one in objects if name_of(one) == service.key), None)


def services_rolled_out(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Each service has the pods it wants, all of the version that it was last given, or is about to."""
    coming = moving(snapshot, now, expected.grace)
    findings = tuple(
        Finding(f"{one.kind} {one.key}", seen, "all pods of the last version", since, severity=severity)
        for one in expected.services
        for workload in (found_of(snapshot, one),)
        if workload is None or not settling(one.kind, workload, coming[f"{one.kind} {one.key}"], now, expected.grace)
        for seen, since, severity in rollout(one, workload)
    )
    return Outcome(f"{counted(len(expected.services), 'service')} rolled out", "all pods, the last version", findings)


def rollout(service: ExpectedService, workload: Json | None) -> Iterator[tuple[str, str, Severity]]:
    """Return what is wrong with a rollout, since when, and how bad it is."""
    if workload is None:
        yield "missing", "", Severity.CRITICAL
        return
    available, desired = replicas(service.kind, workload)
    status = workload.get("status") or {}
    updated = status.get("updatedNumberScheduled" if service.kind == "DaemonSet" else "updatedReplicas") or 0
    since = condition(workload, "Available").get("lastTransitionTime") or ""
    if not observed(workload):
        yield "change not yet taken up", since, Severity.MAJOR
    elif available < desired:
        severity = Severity.MAJOR if available else Severity.CRITICAL
        yield f"{available} of {desired} pods available{obstacle(workload)}", since, severity
    elif updated < desired or overdue(workload):
        yield f"{updated} of {desired} pods are of the last version{obstacle(workload)}", since, Severity.MAJOR


def services_have_endpoints(snapshot: Snapshot, expected: Expected, _now: datetime) -> Outcome:
    """Each service has a pod that takes its requests."""
    alive = ready_services(snapshot["endpoints"])
    findings = tuple(
        Finding(f"Service {one.namespace}/{one.service or one.name}", "no ready endpoint", "at least one")
        for one in expected.services
        if f"{one.namespace}/{one.service or one.name}" not in alive
    )
    return Outcome(f"{counted(len(expected.services), 'service')} with endpoints", "a ready endpoint each", findings)


def services_steady(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """No container of a service runs out of memory, or starts again and again."""
    wanted = {f"{one.kind} {one.key}" for one in expected.services}
    pods = [one for one in snapshot["pods"] if owner_of(one) in wanted]
    findings = tuple(
        Finding(owner_of(pod), f"container {name} of pod {name_of(pod)} {seen}", "runs on", since)
        for pod in sorted(pods, key=name_of)
        for name, seen, since in unsteady(pod, now)
    )
    return Outcome(f"{counted(len(pods), 'pod')} of services run on", "no restarts", findings)


def unsteady(pod: Json, now: datetime) -> Iterator[tuple[str, str, str]]:
    """Return (container, what happened, since) for each container that does not run on."""
    for container in (pod.get("status") or {}).get("containerStatuses") or ():
        last = (container.get("lastState") or {}).get("terminated") or {}
        since, restarts = last.get("finishedAt") or "", container.get("restartCount") or 0
        if not since:
            continue
        if last.get("reason") == "OOMKilled" and age(since, now) <= DAY:
            yield container.get("name", ""), f"ran out of memory {span(age(since, now))} ago", since
        elif restarts >= OFTEN and age(since, now) <= RECENT:
            why = f"{last.get('reason') or 'Error'}, exit code {last.get('exitCode', '?')}"
            yield container.get("name", ""), f"restarted {restarts} times, last after {why}", since


def services_have_room(snapshot: Snapshot, expected: Expected, _now: datetime) -> Outcome:
    """Compare what a service's pods use with what they asked for: CPU on average, memory each with its limit."""
    usage = {name_of(one): one for one in snapshot["usage"]}
    findings: list[Finding] = []
    measured = 0
    for service in expected.services:
        owner = f"{service.kind} {service.key}"
        pods = [one for one in snapshot["pods"] if owner_of(one) == owner and name_of(one) in usage]
        measured += len(pods)
        findings += full(owner, [(pod, usage[name_of(pod)]) for pod in pods])
    return Outcome(f"{counted(measured, 'pod')} of services with room", "less used than asked for", tuple(findings))


def full(owner: str, pods: list[tuple[Json, Json]]) -> Iterator[Finding]:
    """Return a finding where CPU or memory of a workload is used up."""
    asked = sum((total(pod, "requests", "cpu") for pod, _use in pods), Decimal(0))
    used = sum((measured_of(use, "cpu") for _pod, use in pods), Decimal(0))
    if asked and used / asked >= CPU_FULL:
        text = f"uses {share(used / asked)} of the CPU it asks for, over {counted(len(pods), 'pod')}"
        yield Finding(owner, text, f"below {share(CPU_FULL)}", severity=Severity.MINOR)
    worst = max(
        (
            (measured_of(use, "memory") / limit, name_of(pod))
            for pod, use in pods
            if (limit := total(pod, "limits", "memory"))
        ),
        default=(Decimal(0), ""),
    )
    if worst[0] >= MEMORY_FULL:
        yield Finding(
            owner, f"pod {worst[1]} uses {share(worst[0])} of its memory limit", f"below {share(MEMORY_FULL)}"
        )


def share(part: Decimal) -> str:
    """Return a share in percent."""
    return f"{part * PERCENT:.0f} %"


def total(pod: Json, field: str, resource: str) -> Decimal:
    """Return what a pod's containers ask for together; nothing where one of them has no limit."""
    containers = (pod.get("spec") or {}).get("containers") or ()
    texts = [((one.get("resources") or {}).get(field) or {}).get(resource) for one in containers]
    if field == "limits" and None in texts:
        return Decimal(0)
    return sum((quantity.parse(text) or Decimal(0) for text in texts if text is not None), Decimal(0))


def measured_of(use: Json, resource: str) -> Decimal:
    """Return what metrics-server measured of a pod."""
    amounts = ((one.get("usage") or {}).get(resource) or "0" for one in use.get("containers") or ())
    return sum((quantity.parse(text) or Decimal(0) for text in amounts), Decimal(0))


def services_answer(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Each address of a service answers well and in time, with a certificate that goes on."""
    probes = snapshot["probes"]
    findings = tuple(
        Finding(f"{one['service']} at {one['url']}", seen, want, severity=severity)
        for one in probes
        for seen, want, severity in wrong(one, expected.slowest, now)
    )
    return Outcome(f"{counted(len(probes), 'probe')} answered", "200 to 399", findings)


def wrong(probe: Json, slowest: float, now: datetime) -> Iterator[tuple[str, str, Severity]]:
    """Return (seen, expected, how bad) of an answer."""
    if probe["error"] or probe["status"] not in GOOD:
        seen = f"no answer: {shorten(probe['error'])}" if probe["error"] else f"answers {probe['status']}"
        yield seen, "200 to 399", Severity.CRITICAL
        return
    if probe["seconds"] > slowest:
        yield f"answers after {probe['seconds']:.1f} s", f"within {slowest:g} s", Severity.MAJOR
    if (until := probe["not_after"]) and -age(until, now) < NEAR:
        yield f"certificate ends in {span(-age(until, now))}", f"more than {span(NEAR)} left", Severity.MAJOR


def probes_succeed(snapshot: Snapshot, expected: Expected, _now: datetime) -> Outcome:
    """Each target of the blackbox exporter answered lately, and its certificate goes on; each expected one is there."""
    answered = {probed(one): one["value"] for one in snapshot["probe_success"]}
    findings = [
        *(Finding(f"probe {name}", "not probed", "probed") for name in sorted(set(expected.probes) - set(answered))),
        *(
            Finding(f"probe {name}", "no good answer for 2 minutes", "an answer")
            for name, value in sorted(answered.items())
            if not value
        ),
        *(
            Finding(f"probe {probed(one)}", f"certificate ends in {span(one['value'])}", f"more than {span(NEAR)} left")
            for one in snapshot["probe_ends"]
            if one["value"] < NEAR
        ),
    ]
    return Outcome(f"{counted(len(answered), 'probe')} from inside answered", "all answer", tuple(findings))


def probed(series: Json) -> str:
    """Return the name of a probe's target, or its address where it has none."""
    return str(series["metric"].get("target") or series["metric"].get("instance") or "without a name")


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "services_rolled_out",
        Severity.MAJOR,
        (*WORKLOAD_KINDS.values(), "pods"),
        services_rolled_out,
        "Look at the new pods; playbooks/deploy_services.yml rolls back what does not come up.",
    ),
    Rule(
        "services_have_endpoints",
        Severity.CRITICAL,
        ("endpoints",),
        services_have_endpoints,
        "See whether pods are ready, and whether the Service selects their labels.",
    ),
    Rule(
        "services_steady",
        Severity.MAJOR,
        ("pods",),
        services_steady,
        "Read the container's last words: kubectl logs --previous; raise the memory limit where it ran out.",
    ),
    Rule(
        "services_have_room",
        Severity.MAJOR,
        ("pods", "usage"),
        services_have_room,
        "Raise requests or limits, or let the autoscaler add pods earlier.",
    ),
    Rule(
        "services_answer",
        Severity.CRITICAL,
        ("probes",),
        services_answer,
        "Ask the same address by hand; then follow the request: DNS, gateway, Service, pod.",
    ),
    Rule(
        "probes_succeed",
        Severity.MAJOR,
        tuple(QUERIES),
        probes_succeed,
        "Ask the same address from a pod beside the exporter; then look at the service, its policies and its mesh.",
    ),
)
