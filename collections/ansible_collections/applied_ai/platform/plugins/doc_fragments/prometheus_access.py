# SPDX-License-Identifier: Apache-2.0
"""Documentation of the options in module_utils/service/access.py."""

from __future__ import annotations


class ModuleDocFragment:
    """How a module that needs no cluster of its own reaches Prometheus."""

    DOCUMENTATION = r"""
options:
  url:
    description:
      - Address of Prometheus.
      - Empty means the Service O(service_name), which is reached through the API server.
    type: str
    default: ""
  service_namespace:
    description: Namespace of Prometheus' Service.
    type: str
    default: monitoring
  service_name:
    description: Name of Prometheus' Service.
    type: str
    default: kube-prometheus-stack-prometheus
  service_port:
    description: Its port.
    type: int
    default: 9090
  kubeconfig:
    description: Path of the kubeconfig file of the cluster. It is required where O(url) is empty.
    type: path
    default: ""
  context:
    description:
      - The context of O(kubeconfig) to use.
      - Empty means the file's current context.
    type: str
    default: ""
  api_timeout:
    description: Seconds that one question may take.
    type: int
    default: 30
"""
