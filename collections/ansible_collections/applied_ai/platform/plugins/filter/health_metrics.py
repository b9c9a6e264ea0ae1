# SPDX-License-Identifier: Apache-2.0
"""Filter: a health report in Prometheus' text format."""

from __future__ import annotations

DOCUMENTATION = r"""
name: health_metrics
short_description: Return a health report in Prometheus' text format
version_added: 0.1.0
author: Applied AI Platform (@applied-ai)
description:
  - Makes gauges of the verdict, of the checks by how they ended, and of each finding, for the text file collector of
    the node exporter or for a push gateway.
options:
  _input:
    description: What a health module of this collection or P(applied_ai.platform.health_report#filter) returns.
    type: dict
    required: true
  when:
    description: When the report was made, in seconds since 1970. Zero means now.
    type: float
    default: 0
  labels:
    description: Labels of all series.
    type: dict
    default: {}
positional: when, labels
"""

EXAMPLES = r"""
- name: Write the report for the node exporter
  ansible.builtin.copy:
    content: "{{ report | applied_ai.platform.health_metrics(labels={'environment': 'demo'}) }}"
    dest: health.prom
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The text.
  type: str
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.formats import prometheus
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import plain


def health_metrics(report: Mapping[str, Any], when: float = 0, labels: Mapping[str, Any] | None = None) -> str:
    """Return a health report in Prometheus' text format."""
    try:
        return prometheus(plain(report), float(when) or time.time(), plain(labels or {}))
    except (HealthError, KeyError, ValueError) as error:
        raise AnsibleFilterError(f"health_metrics: {error}") from error


class FilterModule:
    """The collection's filter health_metrics."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by name."""
        return {"health_metrics": health_metrics}
