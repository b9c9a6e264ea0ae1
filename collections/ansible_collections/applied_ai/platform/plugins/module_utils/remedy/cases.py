# SPDX-License-Identifier: Apache-2.0
"""The known cases: which finding means which remedy. One row a case; each recognises with a pure function."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

Json = dict[str, Any]

# XIDs after which the GPU is of no use until its host is replaced or power-cycled. Others come from programs, or are
# mended by the driver.
FATAL_XIDS: Final = frozenset({48, 62, 64, 74, 79, 95, 119, 120})
# Pods in these states hold nothing any more; deleting them frees a name or a place.
DEAD_REASONS: Final = frozenset(
    {"ContainerStatusUnknown", "Evicted", "NodeLost", "NodeShutdown", "Terminated", "UnexpectedAdmissionError"}
)
# What a restart does not cure: the new pods would stand before the same wall.
INCURABLE: Final = frozenset(
    {
        "CreateContainerConfigError",
        "CreateContainerError",
        "ErrImageNeverPull",
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "OOMKilled",
        "Unschedulable",
    }
)

GPU: Final = re.compile(r"^GPU (?P<gpu>\S+) of node (?P<node>\S+)$")
XID: Final = re.compile(r"^XID (?P<code>\d+)\b")
PODS: Final = re.compile(r"^\d+ pods? (?P<reason>\w+)")
ROLLOUT: Final = re.compile(r"^(?P<available>\d+) of (?P<desired>\d+) pods available: .*timed out progressing")
WORKLOAD: Final = re.compile(r"^(?P<kind>Deployment|DaemonSet|StatefulSet) (?P<namespace>[^/ ]+)/(?P<name>[^/ ]+)$")
CERTIFICATE: Final = re.compile(r"^Certificate (?P<namespace>[^/ ]+)/(?P<name>[^/ ]+)$")


@dataclass(frozen=True)
class Proposal:
    """What could be done about findings; ``against`` says why it would not help or would harm, if so."""

    case: str
    subject: str
    target: Mapping[str, str]
    reasons: tuple[str, ...]
    severity: str
    # Since when, as the finding tells it, or empty.
    since: str = ""
    against: str = ""


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    id: str
    # The check whose failures it is about.
    check: str
    action: str
    # Which failed check is one of these, given all failed checks of the same verdict.
    recognise: Callable[[Json, Iterable[Json]], Proposal | None]
    # It takes a node away, so that zones and the size of node groups matter.
    zonal: bool = False
    # How long it must have been so: what heals by itself needs no remedy.
    least: timedelta = timedelta(0)
    # How often in an hour, unless the policy says otherwise.
    per_hour: int = 1
    tells: str = field(default="", compare=False)


def proposal(case: str, check: Json, target: Mapping[str, str], subject: str = "", against: str = "") -> Proposal:
    """Return the proposal that a check leads to."""
    return Proposal(
        case=case,
        subject=subject or str(check["subject"]),
        target=dict(target),
        reasons=(f"{check['subject']}: {check['seen']}",),
        severity=str(check.get("severity") or ""),
        since=str(check.get("since") or ""),
        against=against,
    )


def broken_gpu(check: Json, _others: Iterable[Json]) -> Proposal | None:
    """Recognise a GPU with an XID that only a new host ends."""
    place, code = GPU.match(str(check["subject"])), XID.match(str(check["seen"]))
    if not place or not code or int(code["code"]) not in FATAL_XIDS:
        return None
    node = place["node"]
    return proposal("xid_node", check, {"kind": "Node", "name": node}, f"Node {node}")


def stuck_pod(check: Json, _others: Iterable[Json]) -> Proposal | None:
    """Recognise pods that do not end, or are dead and still there."""
    found = PODS.match(str(check["seen"]))
    if not found or found["reason"] not in {"Terminating", *DEAD_REASONS}:
        return None
    subject = str(check["subject"])
    against = ""
    if found["reason"] == "Terminating" and subject.startswith("StatefulSet "):
        against = "its pod may still run on a node that is cut off, and a second of the same name would write too"
    return proposal("stuck_pod", check, {"kind": "Pods", "owner": subject, "reason": found["reason"]}, against=against)


def failed_rollout(check: Json, others: Iterable[Json]) -> Proposal | None:
    """Recognise a rollout that has run out of time, where new pods may fare better."""
    found, workload = ROLLOUT.match(str(check["seen"])), WORKLOAD.match(str(check["subject"]))
    if not found or not workload:
        return None
    reasons = {
        pods["reason"]
        for one in others
        if one["id"] == "pods_settled" and one["subject"] == check["subject"] and (pods := PODS.match(str(one["seen"])))
    }
    incurable = sorted(reasons & INCURABLE)
    against = f"its pods are {', '.join(incurable)}, which a restart does not cure" if incurable else ""
    return proposal("failed_rollout", check, workload.groupdict(), against=against)


def expired_certificate(check: Json, _others: Iterable[Json]) -> Proposal | None:
    """Recognise a certificate that has expired, or whose renewal is overdue."""
    found = CERTIFICATE.match(str(check["subject"]))
    if not found or not str(check["seen"]).startswith(("expired ", "not renewed")):
        return None
    return proposal("expired_certificate", check, {"kind": "Certificate", **found.groupdict()})


# What harms least comes first.
CASES: Final[tuple[Case, ...]] = (
    Case(
        "expired_certificate",
        "certificates_valid",
        "renew",
        expired_certificate,
        per_hour=5,
        tells="ask cert-manager to issue it again",
    ),
    Case(
        "stuck_pod",
        "pods_settled",
        "delete",
        stuck_pod,
        least=timedelta(minutes=15),
        per_hour=5,
        tells="delete the pods, by force where they do not end",
    ),
    Case(
        "failed_rollout",
        "workloads_ready",
        "restart",
        failed_rollout,
        least=timedelta(minutes=10),
        per_hour=3,
        tells="restart the rollout",
    ),
    Case(
        "xid_node",
        "gpus_without_errors",
        "cordon_and_replace",
        broken_gpu,
        zonal=True,
        tells="cordon the node, drain it, and end its instance",
    ),
)
BY_ID: Final[Mapping[str, Case]] = {case.id: case for case in CASES}


def proposals(checks: Iterable[Json], cases: Iterable[Case] = CASES) -> list[Proposal]:
    """Return what could be done about a verdict's failed checks, once for each subject of a case.

    What is unknown is not a failure: nothing is done about it.
    """
    failed = [one for one in checks if one.get("status") == "failed"]
    found: dict[tuple[str, str], Proposal] = {}
    for case in cases:
        for check in failed:
            if check["id"] != case.check or not (one := case.recognise(check, failed)):
                continue
            key = (case.id, one.subject)
            found[key] = joined(found[key], one) if key in found else one
    return list(found.values())


def joined(first: Proposal, second: Proposal) -> Proposal:
    """Return one proposal for two findings about one subject: the worse severity, the earlier time, any objection."""
    return Proposal(
        first.case,
        first.subject,
        first.target,
        (*first.reasons, *second.reasons),
        min(first.severity, second.severity, key=rank),
        min((one for one in (first.since, second.since) if one), default=""),
        first.against or second.against,
    )


def rank(severity: str) -> int:
    """Return how bad it is, the worst 0."""
    order = ("critical", "major", "minor")
    return order.index(severity) if severity in order else len(order)
