# SPDX-License-Identifier: Apache-2.0
"""Options of modules that ask Prometheus."""

from __future__ import annotations


class ModuleDocFragment:
    """The options, as module_utils/health/metrics.py takes them."""

    DOCUMENTATION = r"""
options:
  prometheus_url:
    description:
      - Address of Prometheus.
      - Empty means the Service O(prometheus_service), which is reached through the API server.
    type: str
    default: ""
  prometheus_namespace:
    description: Namespace of Prometheus' Service.
    type: str
    default: monitoring
  prometheus_service:
    description: Name of Prometheus' Service.
    type: str
    default: kube-prometheus-stack-prometheus
  prometheus_port:
    description: Its port.
    type: int
    default: 9090
"""
