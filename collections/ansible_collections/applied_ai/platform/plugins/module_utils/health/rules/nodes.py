# SPDX-License-Identifier: Apache-2.0
"""Rules about nodes: are they there, ready, alike, and free to work."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
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
    created,
    labels_of,
    name_of,
    owner_of,
    shorten,
    span,
)

PRESSURES: Final = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")
VERSION: Final = re.compile(r"v?(\d+)\.(\d+)")
# A kubelet may be three minor versions behind; at three the API server must not be upgraded any more.
# https://kubernetes.io/releases/version-skew-policy/
OLDEST: Final = 3
# Seconds after which a cordon is no longer part of a drain.
CORDON: Final = 3600
# Seconds: the node controller gives a node up after 40 to 50.
LEASE: Final = 60
# Seconds by which two clocks may differ before none of the leases is believed.
CLOCKS: Final = 300
ZONE: Final = "topology.kubernetes.io/zone"
WRITTEN: Final = "cluster-autoscaler.kubernetes.io/last-updated"
TIMESTAMP: Final = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)")
# Seconds without a status after which Cluster Autoscaler counts as dead; it writes one each 10 s.
SILENT: Final = 600
# How many times as long as a pod a node may take to come; with the grace of 60 s those 15 minutes after which Karpenter
# itself gives up.
CLAIM: Final = 15
# Seconds for which an event is news.
RECENT: Final = 1800


def node_ready(node: Json) -> bool:
    """Say whether the kubelet reports the node ready."""
    return bool(condition(node, "Ready").get("status") == "True")


def joining(node: Json, now: datetime, grace: int) -> bool:
    """Say whether a node is so new that its kubelet, its network and its plugins may still start."""
    return bool(created(node)) and age(created(node), now) <= grace


def nodes_ready(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Every node is ready, but for those that just join; none ready at all is worse than one lost."""
    nodes = snapshot["nodes"]
    ready = [node for node in nodes if node_ready(node)]
    findings = tuple(
        Finding(
            f"Node {name_of(node)}",
            condition(node, "Ready").get("reason") or "no Ready condition",
            "Ready",
            condition(node, "Ready").get("lastTransitionTime") or "",
            severity=Severity.MAJOR if ready else Severity.CRITICAL,
        )
        for node in nodes
        if not node_ready(node) and not joining(node, now, expected.grace)
    )
    if not nodes:
        findings = (Finding("cluster", "no nodes", "at least one", severity=Severity.CRITICAL),)
    return Outcome(f"{len(ready)} of {len(nodes)} nodes Ready", "all Ready", findings)


def node_groups_complete(snapshot: Snapshot, expected: Expected, _now: datetime) -> Outcome:
    """Each node group has as many ready nodes as Terraform promised."""
    ready: dict[str, int] = defaultdict(int)
    for node in snapshot["nodes"]:
        label = ((node.get("metadata") or {}).get("labels") or {}).get(expected.node_group_label, "")
        ready[label] += node_ready(node)
    findings = tuple(
        Finding(
            f"node group {name}",
            counted(ready[name], "ready node"),
            f"at least {group.count}",
            severity=Severity.MAJOR if ready[name] else Severity.CRITICAL,
        )
        for name, group in sorted(expected.node_groups.items())
        if ready[name] < group.count
    )
    promised = sum(group.count for group in expected.node_groups.values())
    return Outcome(f"{len(expected.node_groups)} node groups with {promised} promised nodes", "all there", findings)


def nodes_without_pressure(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """No node is short of memory, disk, process ids or network: the kubelet evicts pods from one that is."""
    nodes = snapshot["nodes"]
    findings = tuple(
        Finding(
            f"Node {name_of(node)}",
            f"{kind}: {shorten(found.get('message') or found.get('reason') or 'no message')}",
            f"no {kind}",
            found.get("lastTransitionTime") or "",
        )
        for node in nodes
        for kind in PRESSURES
        if (found := condition(node, kind)).get("status") == "True"
    )
    return Outcome(f"{counted(len(nodes), 'node')} without pressure", "no pressure", findings)


def minor_of(version: str) -> tuple[int, int]:
    """Return major and minor of a version such as v1.36.3-eks-1a2b."""
    found = VERSION.match(version)
    if not found:
        msg = f"{version!r} is no version of Kubernetes"
        raise HealthError(msg)
    return int(found[1]), int(found[2])


def nodes_same_version(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """No kubelet is newer than the API server, and none so old that the next upgrade is not allowed."""
    server = minor_of(str(snapshot.version))
    by_version: dict[str, list[str]] = defaultdict(list)
    for node in snapshot["nodes"]:
        # A node that is just made says no version yet.
        if version := ((node.get("status") or {}).get("nodeInfo") or {}).get("kubeletVersion"):
            by_version[version].append(name_of(node))
    findings = tuple(
        Finding(
            f"Node {names[0]}" if len(names) == 1 else f"{len(names)} nodes, {min(names)} among them",
            f"kubelet {version}",
            f"not newer than {snapshot.version}, at most {OLDEST - 1} minor versions older",
            severity=Severity.MINOR if skew == OLDEST else Severity.MAJOR,
        )
        for version, names in sorted(by_version.items())
        if (skew := skew_of(server, minor_of(version))) < 0 or skew >= OLDEST
    )
    return Outcome(f"{counted(len(by_version), 'version')} of kubelets", "versions that go together", findings)


def skew_of(server: tuple[int, int], node: tuple[int, int]) -> int:
    """Return how many minor versions a node is behind; another major version is as far as can be."""
    return server[1] - node[1] if server[0] == node[0] else OLDEST + 1


def nodes_schedulable(snapshot: Snapshot, _expected: Expected, now: datetime) -> Outcome:
    """No node is cordoned and forgotten; a drain that runs is not a finding."""
    nodes = snapshot["nodes"]
    cordoned = [node for node in nodes if (node.get("spec") or {}).get("unschedulable")]
    severity = Severity.MAJOR if 2 * len(cordoned) > len(nodes) else Severity.MINOR
    findings = tuple(
        Finding(f"Node {name_of(node)}", "cordoned", "open to new pods", since, severity=severity)
        for node in cordoned
        if age(since := cordoned_since(node), now) > CORDON or severity is Severity.MAJOR
    )
    return Outcome(f"{len(nodes) - len(cordoned)} of {counted(len(nodes), 'node')} open", "all open", findings)


def cordoned_since(node: Json) -> str:
    """Return when a node was cordoned, empty where nobody wrote it down."""
    taints: Iterable[Json] = (node.get("spec") or {}).get("taints") or []
    return next(
        (str(one.get("timeAdded") or "") for one in taints if one.get("key") == "node.kubernetes.io/unschedulable"), ""
    )


def node_leases_fresh(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Each ready node renews its lease: one that does not is dead, and the controller that would say so is too."""
    renewed = {
        name_of(one).rpartition("/")[2]: str((one.get("spec") or {}).get("renewTime") or "")
        for one in snapshot["leases"]
    }
    ready = [one for one in snapshot["nodes"] if node_ready(one) and not joining(one, now, expected.grace)]
    want = f"renewed every 10 s, at most {span(LEASE)} ago"
    # Nodes are held against each other: the clock of whoever looks may be wrong by more than a lease lives.
    newest = max((time for time in renewed.values() if time), default="")
    reference = now if age(newest, now) > CLOCKS else datetime.fromisoformat(newest) if newest else now
    findings = tuple(
        Finding(f"Node {name_of(node)}", f"lease not renewed for {span(late)}" if since else "no lease", want, since)
        for node in ready
        if renewed and (late := age(since := renewed.get(name_of(node), ""), reference)) > LEASE
    )
    return Outcome(f"{counted(len(renewed), 'lease')} renewed", want, findings)


def zones_balanced(snapshot: Snapshot, expected: Expected, _now: datetime) -> Outcome:
    """Spread: a group stands in the zones it was promised in, and no expected workload in one zone alone."""
    zone_of = {name_of(node): labels_of(node).get(ZONE, "") for node in snapshot["nodes"] if node_ready(node)}
    zones: dict[str, set[str]] = defaultdict(set)
    for node in snapshot["nodes"]:
        if zone := zone_of.get(name_of(node)):
            zones[labels_of(node).get(expected.node_group_label, "")].add(zone)
    findings = [
        Finding(
            f"node group {name}",
            f"{counted(len(zones[name]), 'zone')}: {', '.join(sorted(zones[name]))}".rstrip(": "),
            f"{group.zones} zones",
        )
        for name, group in sorted(expected.node_groups.items())
        if len(zones[name]) < min(group.zones, group.count)
    ]
    everywhere = set(zone_of.values()) - {""}
    if len(everywhere) > 1:
        findings += lonely(
            snapshot["pods"], {f"{one.kind} {one.namespace}/{one.name}" for one in expected.workloads}, zone_of
        )
    return Outcome(f"{counted(len(everywhere), 'zone')} with ready nodes", "spread as promised", tuple(findings))


def lonely(pods: list[Json], wanted: set[str], zone_of: dict[str, str]) -> list[Finding]:
    """Return a finding for each workload whose pods all stand in one zone."""
    places: dict[str, list[str]] = defaultdict(list)
    for pod in pods:
        owner, status = owner_of(pod), pod.get("status") or {}
        zone = zone_of.get((pod.get("spec") or {}).get("nodeName") or "", "")
        if owner in wanted and zone and status.get("phase") == "Running":
            places[owner].append(zone)
    return [
        Finding(owner, f"all {len(places[owner])} pods in zone {places[owner][0]}", "several zones")
        for owner in sorted(places)
        if len(places[owner]) > 1 and len(set(places[owner])) == 1
    ]


def autoscaler_moves(snapshot: Snapshot, expected: Expected, now: datetime) -> Outcome:
    """Whoever adds nodes works: Cluster Autoscaler by the status it writes, Karpenter by its node claims and pools."""
    found = [
        *(finding for config in snapshot["autoscaler"] for finding in of_autoscaler(config, now)),
        *(finding for claim in snapshot["nodeclaims"] for finding in of_claim(claim, expected.grace, now)),
        *(finding for pool in snapshot["nodepools"] for finding in of_pool(pool)),
        *(finding for event in snapshot["scale_events"] for finding in of_event(event, now)),
    ]
    kinds = [
        name
        for name, kind in (("Cluster Autoscaler", "autoscaler"), ("Karpenter", "nodepools"))
        if snapshot.kinds[kind]
    ]
    return Outcome(
        f"node scaling: {' and '.join(kinds) or 'none installed'}", "nodes come when they are needed", tuple(found)
    )


def of_autoscaler(config: Json, now: datetime) -> Iterable[Finding]:
    """Return what the status of Cluster Autoscaler, a ConfigMap with YAML since its version 1.30, says is stuck."""
    import yaml  # noqa: PLC0415  the kubernetes library brings it; without one, kube.py says so in a sentence

    written = ((config.get("metadata") or {}).get("annotations") or {}).get(WRITTEN, "")
    match = TIMESTAMP.match(written)
    since = f"{match[1]}T{match[2]}Z" if match else ""
    if since and age(since, now) > SILENT:
        yield Finding(
            "Cluster Autoscaler", f"wrote no status for {span(age(since, now))}", "a status every 10 s", since
        )
        return
    try:
        status = yaml.safe_load((config.get("data") or {}).get("status") or "")
    except yaml.YAMLError:
        status = None
    if not isinstance(status, dict) or "clusterWide" not in status:
        msg = (
            "the ConfigMap cluster-autoscaler-status holds no known status; Cluster Autoscaler 1.30 or later writes one"
        )
        raise HealthError(msg)
    health = status["clusterWide"].get("health") or {}
    if health.get("status") != "Healthy":
        yield Finding(
            "Cluster Autoscaler",
            f"{health.get('status')}: it adds no nodes",
            "Healthy",
            str(health.get("lastTransitionTime") or ""),
        )
    for group in status.get("nodeGroups") or ():
        scale = group.get("scaleUp") or {}
        if scale.get("status") == "Backoff":
            why = scale.get("backoffInfo") or {}
            text = (
                f"scale-up in backoff: {shorten(why.get('errorMessage') or why.get('errorCode') or 'no reason given')}"
            )
            yield Finding(
                f"node group {group.get('name')}", text, "nodes come", str(scale.get("lastTransitionTime") or "")
            )


def of_claim(claim: Json, grace: int, now: datetime) -> Iterable[Finding]:
    """Return a finding where a node that Karpenter asked for does not come."""
    limit = CLAIM * grace
    for kind in ("Launched", "Registered", "Initialized"):
        if condition(claim, kind).get("status") != "True":
            if age(created(claim), now) > limit:
                why = condition(claim, kind)
                text = f"not {kind}: {shorten(why.get('message') or why.get('reason') or 'no message')}"
                yield Finding(f"NodeClaim {name_of(claim)}", text, f"a node within {span(limit)}", created(claim))
            return


def of_pool(pool: Json) -> Iterable[Finding]:
    """Return a finding where Karpenter cannot use a pool."""
    ready = condition(pool, "Ready")
    if ready.get("status") == "False":
        text = f"not ready: {shorten(ready.get('message') or ready.get('reason') or 'no message')}"
        yield Finding(f"NodePool {name_of(pool)}", text, "Ready", ready.get("lastTransitionTime") or "")


def of_event(event: Json, now: datetime) -> Iterable[Finding]:
    """Return a finding for a scale-up that failed lately."""
    since = event.get("lastTimestamp") or event.get("eventTime") or created(event)
    if age(since, now) <= RECENT:
        about = event.get("involvedObject") or {}
        yield Finding(
            f"{about.get('kind', 'object')} {name_of({'metadata': about})}",
            f"scale-up failed: {shorten(event.get('message') or 'no message')}",
            "nodes come",
            since,
        )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "nodes_ready",
        Severity.MAJOR,
        ("nodes",),
        nodes_ready,
        "Look at the node's conditions; replace it when it does not come back.",
    ),
    Rule(
        "node_groups_complete",
        Severity.MAJOR,
        ("nodes",),
        node_groups_complete,
        "Look at the group's health issues in EKS: capacity, quota or IAM.",
    ),
    Rule(
        "nodes_without_pressure",
        Severity.MAJOR,
        ("nodes",),
        nodes_without_pressure,
        "See what fills the node (kubectl describe node); pods without requests are the usual cause.",
    ),
    Rule(
        "nodes_same_version",
        Severity.MAJOR,
        ("nodes",),
        nodes_same_version,
        "Upgrade the node groups to the control plane's version before its next upgrade.",
    ),
    Rule(
        "nodes_schedulable",
        Severity.MINOR,
        ("nodes",),
        nodes_schedulable,
        "Find out who cordoned it and why, then kubectl uncordon it or replace it.",
    ),
    Rule(
        "node_leases_fresh",
        Severity.MAJOR,
        ("nodes", "leases"),
        node_leases_fresh,
        "Look at the node's kubelet; where many are late, at the API server's load.",
    ),
    Rule(
        "zones_balanced",
        Severity.MINOR,
        ("nodes", "pods"),
        zones_balanced,
        "Look at the group's subnets and capacity in the missing zone, and at the workload's topology spread.",
    ),
    Rule(
        "autoscaler_moves",
        Severity.MAJOR,
        ("autoscaler", "nodeclaims", "nodepools", "scale_events"),
        autoscaler_moves,
        "Read the autoscaler's log; capacity, quota and instance types without offer are the usual causes.",
    ),
)
