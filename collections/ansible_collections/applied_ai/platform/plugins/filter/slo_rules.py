# SPDX-License-Identifier: Apache-2.0
"""Filter: the rules and the dashboard of objectives as objects of Kubernetes."""

from __future__ import annotations

DOCUMENTATION = r"""
name: slo_rules
short_description: Return the rules and the dashboard of objectives as objects of Kubernetes
version_added: 0.1.0
author: Applied AI Platform (@applied-ai)
description:
  - Makes of documents of OpenSLO v1 a PrometheusRule for each service that records its objectives and watches them by
    burn rates over two windows each, and a ConfigMap with Grafana's dashboard of all of them.
  - All of them bear the label C(applied-ai.dev/objectives) with their name, so that those of services that promise
    nothing any more can be found.
  - Where there are no objectives there are no objects.
options:
  _input:
    description: Documents of kind C(SLO) and C(SLI).
    type: list
    elements: dict
    required: true
  namespace:
    description: Where the objects shall be.
    type: str
    default: monitoring
  platform:
    description: Whether the platform's own objectives are watched as well.
    type: bool
    default: true
  name:
    description: What the objects are called; that of a service ends with its name.
    type: str
    default: objectives
positional: namespace, platform, name
"""

EXAMPLES = r"""
- name: Watch the objectives
  kubernetes.core.k8s:
    kubeconfig: /srv/platform/kubeconfig
    definition: "{{ service_definitions | applied_ai.platform.slo_documents | applied_ai.platform.slo_rules }}"
"""

RETURN = r"""
_value:
  description: The objects.
  type: list
  elements: dict
"""

import json
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import plain
from ansible_collections.applied_ai.platform.plugins.module_utils.slo import documents, openslo
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.dashboard import dashboard
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.rules import prometheus_rules

PART_OF = {"app.kubernetes.io/part-of": "applied-ai-platform"}
OBJECTIVES = "applied-ai.dev/objectives"


def slo_rules(
    objectives: object, namespace: str = "monitoring", platform: object = True, name: str = "objectives"
) -> list[dict[str, Any]]:
    """Return the objects."""
    given = plain({"objectives": objectives})["objectives"]
    try:
        slos = openslo.read(documents.with_platform(given, platform=bool(platform)))
    except SloError as error:
        raise AnsibleFilterError(str(error)) from error
    if not slos:
        return []
    labels = {**PART_OF, OBJECTIVES: str(name)}
    return [*prometheus_rules(slos, str(name), str(namespace), labels), board(str(name), str(namespace), labels)]


def board(name: str, namespace: str, labels: dict[str, str]) -> dict[str, Any]:
    """Return the dashboard as the ConfigMap that Grafana's sidecar looks for."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": f"{name}-dashboards",
            "namespace": namespace,
            "labels": {**labels, "grafana_dashboard": "1"},
        },
        "data": {"objectives.json": json.dumps(dashboard(), indent=2)},
    }


class FilterModule:
    """The collection's filter of rules of objectives."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"slo_rules": slo_rules}
