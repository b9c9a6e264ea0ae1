# SPDX-License-Identifier: Apache-2.0
"""From a number of pods to the values of a release: what is wanted now, beside what the inventory says."""

from __future__ import annotations

from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.service.definitions import merged, value_at
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError
from ansible_collections.applied_ai.platform.plugins.module_utils.service.strategy import has_canary

Json = dict[str, Any]


def scaled(name: str, given: Json, defaults: Json, replicas: int, *, autoscaling: bool, allow_zero: bool) -> Json:
    """Return a release's values with another number of pods, or refuse in one sentence.

    Where an autoscaler decides, the number is the least that it may choose: load still brings more. Nothing at all is
    possible only without it.
    """
    effective = merged(defaults, given)
    if has_canary(effective):
        msg = f"Service {name} was not scaled: a new version of it is on its way. Deploy it to the end first."
        raise ServiceError(msg)
    if replicas < 0 or (replicas == 0 and not allow_zero):
        msg = (
            f"Service {name} was not scaled: service_replicas is {replicas}, and nobody would answer its callers. "
            "Set service_allow_zero to true if that is what you want."
        )
        raise ServiceError(msg)
    greatest = int(value_at(effective, "autoscaling.maxReplicas") or 0)
    if autoscaling and replicas > greatest:
        msg = (
            f"Service {name} was not scaled: service_replicas is {replicas}, and its autoscaling.max_replicas is "
            f"{greatest}. Raise that in service_definitions and deploy it."
        )
        raise ServiceError(msg)
    if not autoscaling:
        return merged(given, {"replicaCount": replicas})
    if replicas == 0:
        return merged(given, {"replicaCount": 0, "autoscaling": {"enabled": False}})
    return merged(given, {"autoscaling": {"enabled": True, "minReplicas": replicas}})
