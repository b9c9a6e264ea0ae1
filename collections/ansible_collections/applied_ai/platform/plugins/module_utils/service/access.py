# SPDX-License-Identifier: Apache-2.0
"""How modules of services and objectives reach Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ansible.module_utils.urls import open_url
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import connect
from ansible_collections.applied_ai.platform.plugins.module_utils.service import prometheus
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import Ask

# The options of the documentation fragment prometheus_access.
ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "url": {"type": "str", "default": ""},
    "service_namespace": {"type": "str", "default": "monitoring"},
    "service_name": {"type": "str", "default": "kube-prometheus-stack-prometheus"},
    "service_port": {"type": "int", "default": 9090},
    "kubeconfig": {"type": "path", "default": ""},
    "context": {"type": "str", "default": ""},
    "api_timeout": {"type": "int", "default": 30},
}


def asker(params: Mapping[str, Any]) -> Ask:
    """Return the way to Prometheus: at its address, or through the API server.

    Raises:
        ServiceError: Neither is set.

    """
    if params["url"]:
        return prometheus.at(params["url"], lambda address: open_url(address, timeout=params["api_timeout"]))
    if not params["kubeconfig"]:
        raise ServiceError("Neither url nor kubeconfig is set: set one of them, so that Prometheus can be asked.")
    reader = connect(params["kubeconfig"], params["context"], params["api_timeout"])
    return prometheus.through(reader, params["service_namespace"], params["service_name"], params["service_port"])
