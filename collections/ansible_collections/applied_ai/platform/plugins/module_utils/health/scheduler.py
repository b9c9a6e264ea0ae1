# SPDX-License-Identifier: Apache-2.0
"""The scheduler's message, read: which of the causes it counts is the one to act on."""

from __future__ import annotations

import re
from typing import Final

# Most telling first: a node whose resources were counted had passed taints, affinity and selectors before.
# Messages: pkg/scheduler/framework/plugins of Kubernetes.
CAUSES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (
        re.compile(r'persistentvolumeclaim "[^"]+" not found'),
        "Create the claim that the pod names, or correct its name.",
    ),
    (re.compile(r"unbound immediate PersistentVolumeClaims"), "Its claim has no volume: see claims_bound."),
    (
        re.compile(r"volume node affinity conflict|didn't match PersistentVolume's node affinity"),
        "Its volume lies in a zone without a node that fits: add one there, or restore the volume in another zone.",
    ),
    (re.compile(r"exceed max volume count"), "The nodes hold all the volumes they can: add a node."),
    (
        re.compile(r"Insufficient nvidia\.com/\S+"),
        "No node that fits has this many GPUs free: see gpus_advertised, then add nodes to the GPU group.",
    ),
    (re.compile(r"Insufficient \S+"), "Add nodes or lower the requests; the message says what is short."),
    (re.compile(r"Too many pods"), "The nodes hold all the pods they can: add one, or raise the pods per node."),
    (re.compile(r"didn't have free ports"), "Another pod holds the host port on each node that fits."),
    (
        re.compile(r"didn't match pod topology spread constraints"),
        "The spread cannot be kept: add a node in the zone that lacks one, or let it be preferred.",
    ),
    (re.compile(r"didn't match pod anti-affinity rules"), "Each node that fits has such a pod: add a node."),
    (re.compile(r"didn't match pod affinity rules"), "The pod that it wants to be near to is on no node that fits."),
    (re.compile(r"were unschedulable"), "The nodes that fit are cordoned: see nodes_schedulable."),
    (
        re.compile(r"untolerated taint \{node\.kubernetes\.io/[^}]*\}"),
        "The nodes that fit are not well: see nodes_ready and nodes_without_pressure.",
    ),
    # Kubernetes 1.36 does not say which.
    (
        re.compile(r"untolerated taint\(s\)"),
        "See nodes_ready: a node that is not well has a taint. "
        "Else give the pod a toleration of the taint, or add nodes without it.",
    ),
    (re.compile(r"untolerated taint"), "Give the pod a toleration of the taint, or add nodes without it."),
    (
        re.compile(r"didn't match Pod's node affinity/selector|didn't satisfy plugin"),
        "No node has the labels that the pod selects: correct the selector, or look at the node group.",
    ),
    (re.compile(r"no nodes available"), "There are no nodes: see nodes_ready."),
)
# What plugins say that tried to make room: of preemption, and in Kubernetes 1.36 of device claims before it.
AFTERTHOUGHT: Final = re.compile(r" (?:no new claims to deallocate|still not schedulable), | preemption: ")


def brief(message: str) -> str:
    """Return a message without what it says about preemption, which repeats it, and about claims of devices."""
    return AFTERTHOUGHT.split(message, maxsplit=1)[0].strip()


# Between two of the reasons that the scheduler counts; a reason may hold a comma itself.
COMMA: Final = re.compile(r", (?=\d+ |pod has )")


def rank(reason: str) -> int:
    """Return how telling a reason is, the most telling first."""
    return next((place for place, (pattern, _what) in enumerate(CAUSES) if pattern.search(reason)), len(CAUSES))


def telling(message: str) -> str:
    """Return a message with its most telling reason first: of a long one only the begin is shown."""
    head, separator, tail = brief(message).partition("available: ")
    if not separator:
        return head
    reasons = sorted(COMMA.split(tail.rstrip(".")), key=rank)
    return f"{head}{separator}{', '.join(reasons)}."


def advice(message: str) -> str:
    """Return what to do about a message of the scheduler, empty where none of it is known."""
    return next((what for pattern, what in CAUSES if pattern.search(brief(message))), "")
