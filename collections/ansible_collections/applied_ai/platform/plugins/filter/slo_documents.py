# SPDX-License-Identifier: Apache-2.0
"""Filter: what is promised of services as documents of OpenSLO."""

from __future__ import annotations

DOCUMENTATION = r"""
name: slo_documents
short_description: Return what is promised of services as documents of OpenSLO
version_added: 0.1.0
author: Applied AI Platform (@applied-ai)
description:
  - Makes an SLO of OpenSLO v1 of each promise in C(slo), C(availability) of requests without an error and
    C(latency_p95_ms) within which 95 of 100 requests are answered.
options:
  _input:
    description:
      - Services as M(applied_ai.platform.service_plan_info) returns them, or their definitions by name as
        C(service_definitions) has them.
    type: raw
    required: true
  namespace:
    description: Namespace of definitions that name none.
    type: str
    default: services
  team_namespaces:
    description: The namespace of each team, for definitions that name a team and no namespace.
    type: dict
    default: {}
  days:
    description: Days of the rolling window.
    type: int
    default: 30
positional: namespace, team_namespaces, days
"""

EXAMPLES = r"""
- name: See where services stand
  applied_ai.platform.slo_info:
    url: http://prometheus.example.com:9090
    objectives: "{{ service_definitions | applied_ai.platform.slo_documents('services') }}"
"""

RETURN = r"""
_value:
  description: The documents, for C(objectives) of M(applied_ai.platform.slo_info) and others.
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import plain
from ansible_collections.applied_ai.platform.plugins.module_utils.slo import documents
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError


def slo_documents(
    services: object,
    namespace: str = "services",
    team_namespaces: Mapping[str, str] | None = None,
    days: int = documents.WINDOW_DAYS,
) -> list[dict[str, Any]]:
    """Return the documents."""
    given = plain({"services": services})["services"]
    try:
        return documents.of_services(documents.named(given, namespace, dict(team_namespaces or {})), days)
    except SloError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The collection's filter of documents of objectives."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"slo_documents": slo_documents}
