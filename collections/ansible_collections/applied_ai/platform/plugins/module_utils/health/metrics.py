# SPDX-License-Identifier: Apache-2.0
"""Prometheus' answers as kinds of a snapshot, so that a rule sees a series as it sees an object."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from ansible.module_utils.urls import open_url
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Json, Unreadable
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import Reader
from ansible_collections.applied_ai.platform.plugins.module_utils.service import prometheus

# The options of the documentation fragment prometheus.
PROMETHEUS: Final[dict[str, dict[str, Any]]] = {
    "prometheus_url": {"type": "str", "default": ""},
    "prometheus_namespace": {"type": "str", "default": "monitoring"},
    "prometheus_service": {"type": "str", "default": "kube-prometheus-stack-prometheus"},
    "prometheus_port": {"type": "int", "default": 9090},
}
# A query in PromQL → Prometheus' document; raises a PlatformError
Ask = Callable[[str], Json]


def asker(params: Mapping[str, Any], reader: Reader) -> Ask:
    """Return what asks Prometheus: at its address, or through the API server."""
    if address := params["prometheus_url"]:
        return prometheus.at(address, functools.partial(open_url, timeout=params["api_timeout"]))
    names = (params["prometheus_namespace"], params["prometheus_service"], params["prometheus_port"])
    return prometheus.through(reader, *names)


def vector(answer: Mapping[str, Any]) -> list[Json] | Unreadable:
    """Return an instant vector as objects of ``metric`` and ``value``; what is no finite number is left out."""
    if answer.get("status") != "success":
        return Unreadable(f"Prometheus refuses the question: {answer.get('error') or 'no reason given'}")
    try:
        found: list[Json] = [
            {"metric": dict(one["metric"]), "value": float(one["value"][1])} for one in answer["data"]["result"]
        ]
    except (KeyError, TypeError, IndexError, ValueError):
        return Unreadable("Prometheus' answer is not a vector")
    return [one for one in found if math.isfinite(one["value"])]


def asked(ask: Ask | None, queries: Mapping[str, str]) -> dict[str, list[Json] | Unreadable]:
    """Ask all queries. The first that gets no answer stands for the rest, which would only wait as long."""
    if ask is None:
        return dict.fromkeys(queries, Unreadable("No Prometheus was named"))
    found: dict[str, list[Json] | Unreadable] = {}
    for name, query in queries.items():
        try:
            found[name] = vector(ask(query))
        except PlatformError as error:
            return {**dict.fromkeys(queries, Unreadable(error.message)), **found}
    return found
