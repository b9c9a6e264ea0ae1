# SPDX-License-Identifier: Apache-2.0
"""Filter: what Terraform promised of node groups, as the health modules take it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: health_promised
short_description: Say what health modules have to expect of the node groups that Terraform made
version_added: 0.1.0
author: Applied AI Platform (@applied-ai)
description:
  - How many GPUs an instance type has is read from the price book. Of several types the one with the fewest counts.
options:
  _input:
    description: The node groups by name, each with C(instance_types), C(desired_size), C(min_size) and C(taints).
    type: dict
    required: true
  details:
    description:
      - What Terraform does not tell, by the group's name. C(count), C(gpus_per_node) and C(zones) go to
        M(applied_ai.platform.health_cluster_info); these and C(model), C(resource), C(replicas), C(mig_config),
        C(driver), C(cuda) and C(tainted) to M(applied_ai.platform.health_gpu_info).
    type: dict
    default: {}
  gpus:
    description: GPUs of instance types that the price book does not know, or counts other than its own.
    type: dict
    default: {}
  autoscaled:
    description: Whether nodes of the groups are taken away when nobody needs them. Then C(min_size) is what counts.
    type: bool
    default: false
positional: details, gpus
"""

EXAMPLES = r"""
- name: Look at the cluster that Terraform made
  applied_ai.platform.health_cluster_info:
    kubeconfig: /srv/platform/kubeconfig
    expected:
      node_groups: "{{ (terraform_stack_cluster.node_groups | applied_ai.platform.health_promised).node_groups }}"
"""

RETURN = r"""
_value:
  description: C(node_groups), a dictionary by name, and C(gpu_groups), a list of the groups with GPUs.
  type: dict
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.promised import promised
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import plain


def health_promised(
    groups: Mapping[str, Any],
    details: Mapping[str, Any] | None = None,
    gpus: Mapping[str, int] | None = None,
    *,
    autoscaled: bool = False,
) -> dict[str, Any]:
    """Return what is promised of node groups."""
    book, own = PriceBook(FOLDER), plain(gpus or {})

    def count(kind: str) -> int | None:
        if kind in own:
            return int(own[kind])
        shape = book.shape(kind)
        return shape.gpu_count if shape else None

    try:
        return promised(plain(groups), plain(details or {}), count, autoscaled=autoscaled)
    except (CostError, HealthError, AttributeError, TypeError, ValueError) as error:
        raise AnsibleFilterError(f"health_promised: {error}") from error


class FilterModule:
    """The collection's filter health_promised."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by name."""
        return {"health_promised": health_promised}
