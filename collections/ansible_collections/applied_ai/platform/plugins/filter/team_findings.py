# SPDX-License-Identifier: Apache-2.0
"""Filter: what in the definitions of teams cannot work."""

from __future__ import annotations

DOCUMENTATION = r"""
name: team_findings
short_description: Say what in the definitions of teams cannot work
version_added: 0.1.0
author: Applied AI Platform (@applied-ai)
description:
  - Compares the definitions of teams with each other and with the services that run in their namespaces.
  - It is arithmetic on the inventory; no cluster is asked.
options:
  _input:
    description: The teams by name, as C(team_definitions) has them.
    type: dict
    required: true
  platform:
    description:
      - What they are measured by, C(spec), C(defaults), C(services), C(service_spec), C(chart), C(service_namespace)
        and C(priorities), and where they matter C(roles), C(flavors), C(mesh) and C(waypoints).
    type: dict
    required: true
positional: platform
"""

EXAMPLES = r"""
- name: Require teams that can work
  ansible.builtin.assert:
    that: team_definitions | applied_ai.platform.team_findings(platform) | length == 0
"""

RETURN = r"""
_value:
  description: One sentence per mistake.
  type: list
  elements: str
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import plain
from ansible_collections.applied_ai.platform.plugins.module_utils.team.findings import Platform, findings


def team_findings(teams: Mapping[str, Any], platform: Mapping[str, Any]) -> list[str]:
    """Return one sentence per mistake."""
    return findings(plain(teams), Platform(**plain(platform)))


class FilterModule:
    """The collection's filters of teams."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"team_findings": team_findings}
