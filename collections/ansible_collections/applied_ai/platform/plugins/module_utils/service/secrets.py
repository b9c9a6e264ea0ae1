# SPDX-License-Identifier: Apache-2.0
"""Whether the Secrets that services refer to exist. Their contents are never asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.kube import Reader
from ansible_collections.applied_ai.platform.plugins.module_utils.service.definitions import Service

# Helm's own records are many, and no service refers to one.
NOT_HELM: Final = "type!=helm.sh/release.v1"


def findings(reader: Reader, services: Iterable[Service]) -> list[str]:
    """Say which Secret of which service is missing from which namespace: one list call per namespace."""
    needing = [service for service in services if service.state == "present" and service.secrets]
    there = {
        namespace: {
            str(item["metadata"]["name"])
            for item in reader.metadata(f"/api/v1/namespaces/{namespace}/secrets", fieldSelector=NOT_HELM)
        }
        for namespace in sorted({service.namespace for service in needing})
    }
    return [
        f"service {service.name}: the secret {reference.name} (for {reference.variable}) does not exist in namespace "
        f"{service.namespace}, create it there or name another one in service_definitions"
        for service in needing
        for reference in service.secrets
        if reference.name not in there[service.namespace]
    ]
