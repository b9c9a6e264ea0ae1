# SPDX-License-Identifier: Apache-2.0
"""What is done in each case. An act returns one sentence about what it did, or raises one about what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import (
    age,
    condition,
    counted,
    name_of,
    owner_of,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.workloads import pod_trouble
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.module_utils.kube_write import GONE
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy import instance
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.decide import Decision
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.drain import SHOWN, cordon, drain
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.tools import Tools

Json = dict[str, Any]
# (tools, decision, how long it must have been so) → what was done.
Act = Callable[[Tools, Decision, timedelta], str]
RESTARTED_AT: Final = "kubectl.kubernetes.io/restartedAt"
TERMINATING: Final = "Terminating"
# Seconds between two looks at what is left of deleted pods.
PAUSE: Final = 1.0


def renew(tools: Tools, decision: Decision, _least: timedelta) -> str:
    """Ask cert-manager to issue a certificate again, as ``cmctl renew`` does: by the condition Issuing."""
    target = decision.target
    path = f"/apis/cert-manager.io/v1/namespaces/{target['namespace']}/certificates/{target['name']}"
    certificate = tools.reader.get(path)
    issuing = condition(certificate, "Issuing")
    if issuing.get("status") == "True":
        since = issuing.get("lastTransitionTime") or "an unknown time"
        msg = (
            f"cert-manager has been issuing it since {since} and does not end. See docs/runbooks/certificates_valid.md."
        )
        raise RemedyError(msg)
    status = certificate.setdefault("status", {})
    status["conditions"] = [
        *(one for one in status.get("conditions") or [] if one.get("type") != "Issuing"),
        {
            "type": "Issuing",
            "status": "True",
            "reason": "ManuallyTriggered",
            "message": "Certificate re-issuance manually triggered",
            "lastTransitionTime": stamp(tools.now()),
            "observedGeneration": certificate["metadata"]["generation"],
        },
    ]
    # The whole object with its version: what somebody changed meanwhile is not written over.
    tools.send("PUT", f"{path}/status", certificate)
    return "cert-manager was asked to issue it again"


def delete(tools: Tools, decision: Decision, least: timedelta) -> str:
    """Delete the pods of an owner that do not end or are dead; those that only began to end are left alone."""
    pods = stuck(tools, decision, least)
    if not pods:
        return "no such pod is there any more"
    force = decision.target["reason"] == TERMINATING
    for pod in pods:
        remove(tools, pod, force=force)
    if left := remaining(tools, pods):
        raise RemedyError(held(left))
    return f"deleted {counted(len(pods), 'pod')}{' by force' if force else ''}: {listed(pods)}"


def stuck(tools: Tools, decision: Decision, least: timedelta) -> list[Json]:
    """Return the pods that a decision is about, as they are now."""
    owner, reason = decision.target["owner"], decision.target["reason"]
    namespace = owner.partition(" ")[2].partition("/")[0]
    now = tools.now()
    found = []
    for pod in tools.reader.items(f"/api/v1/namespaces/{namespace}/pods"):
        trouble = pod_trouble(pod, now, 0)
        if owner_of(pod) != owner or not trouble or trouble.reason != reason:
            continue
        if age(trouble.since, now) >= least.total_seconds():
            found.append(pod)
    return found


def remove(tools: Tools, pod: Json, *, force: bool) -> None:
    """Delete one very pod: a new one of the same name has another uid."""
    meta = pod["metadata"]
    body: Json = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": meta["uid"]}}
    if force:
        body["gracePeriodSeconds"] = 0
    try:
        tools.send("DELETE", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}", body)
    except KubeError as error:
        if error.details.get("status") not in GONE:
            raise


def remaining(tools: Tools, pods: list[Json]) -> list[Json]:
    """Wait until deleted pods are gone, and return those that are not when the time is over."""
    end = tools.tick() + tools.end_seconds
    uids = {pod["metadata"]["uid"] for pod in pods}
    path = f"/api/v1/namespaces/{pods[0]['metadata']['namespace']}/pods"
    while left := [pod for pod in tools.reader.items(path) if pod["metadata"]["uid"] in uids]:
        if tools.tick() >= end:
            return left
        tools.sleep(PAUSE)
    return []


def held(left: list[Json]) -> str:
    """Return what is told about pods that stay."""
    finalizers = sorted({one for pod in left for one in pod["metadata"].get("finalizers") or []})
    why = f"held by the finalizer {', '.join(finalizers)}; find its owner" if finalizers else "the node does not end it"
    return f"Failed to delete {listed(left)}: {why}. See docs/runbooks/pods_settled.md."


def restart(tools: Tools, decision: Decision, _least: timedelta) -> str:
    """Restart a rollout, as ``kubectl rollout restart`` does: by an annotation of its pods."""
    target = decision.target
    path = f"/apis/apps/v1/namespaces/{target['namespace']}/{target['kind'].lower()}s/{target['name']}"
    workload = tools.reader.get(path)
    if (workload.get("spec") or {}).get("paused"):
        msg = f"Failed to restart {decision.subject}: its rollout is paused. Resume it: kubectl rollout resume."
        raise RemedyError(msg)
    annotations = {RESTARTED_AT: stamp(tools.now())}
    body = {
        "metadata": {"uid": workload["metadata"]["uid"]},
        "spec": {"template": {"metadata": {"annotations": annotations}}},
    }
    tools.send("PATCH", path, body)
    return "its rollout was restarted"


def cordon_and_replace(tools: Tools, decision: Decision, _least: timedelta) -> str:
    """Cordon a node, drain it, and end its instance; never the instance of a node that still has pods.

    The node stays cordoned whatever happens: its GPU is broken.
    """
    name = decision.target["name"]
    node = tools.reader.get(f"/api/v1/nodes/{name}")
    cordon(tools, node)
    machine = instance.found(tools, node)
    told = drain(tools, name)
    if machine is None:
        where = instance.provider_id(node) or "without a provider"
        return f"cordoned, {told}; its machine is {where} and stays: replace it by hand"
    return f"cordoned, {told}, {instance.end(tools.clients, machine)}"


ACTS: Final[Mapping[str, Act]] = {
    "renew": renew,
    "delete": delete,
    "restart": restart,
    "cordon_and_replace": cordon_and_replace,
}


def stamp(at: datetime) -> str:
    """Return a time as Kubernetes writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(pods: list[Json]) -> str:
    """Return the names of pods, the first few."""
    names = sorted(name_of(pod) for pod in pods)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
