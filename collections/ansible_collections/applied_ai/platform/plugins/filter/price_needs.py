# SPDX-License-Identifier: Apache-2.0
"""Filter: the prices of machines that platforms of AWS need."""

from __future__ import annotations

DOCUMENTATION = r"""
name: price_needs
short_description: Tell the prices of machines that platforms of AWS need
version_added: 0.1.0
author: Applied AI Platform (@applied-ai)
description:
  - Lists the machine types of the node groups of platforms, each in its platform's region, once.
  - The result is what O(applied_ai.platform.cost_prices#module:needed) takes.
options:
  _input:
    description:
      - The variables of the platforms, of which C(platform_region) and the C(node_groups) of
        C(terraform_stack_variables) are read. A platform without node groups needs nothing.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Know which machines have no price
  applied_ai.platform.cost_prices_info:
    needed: "{{ groups['aws'] | map('extract', hostvars) | applied_ai.platform.price_needs }}"
"""

RETURN = r"""
_value:
  description: Sorted mappings with C(provider), C(service), C(region), C(sku) and C(unit).
  type: list
  elements: dict
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.coverage import machine_needs
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import plain


def price_needs(platforms: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the prices that platforms need; no other variable of theirs is looked at, since each may be a template."""
    needs = {
        need
        for platform in platforms
        if "platform_region" in platform and "terraform_stack_variables" in platform
        for need in machine_needs(
            str(platform["platform_region"]), plain(platform["terraform_stack_variables"]).get("node_groups")
        )
    }
    return [asdict(need) for need in sorted(needs)]


class FilterModule:
    """The collection's filters of prices."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"price_needs": price_needs}
