#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: say how a run ended for each service."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_outcome_info
short_description: Say how a run ended for each service
version_added: 0.1.0
description:
  - Puts together what a run did to services and saw of them, for the record and for the message at its end.
  - It reads no cluster and changes nothing.
author:
  - Applied AI Platform (@applied-ai)
attributes:
  check_mode:
    description: Only computes, so it does the same in check mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
options:
  services:
    description: The services, as M(applied_ai.platform.service_strategy_info) returns them.
    type: list
    elements: dict
    required: true
  releases:
    description: The releases at the end, as M(applied_ai.platform.helm_releases_info) returns them.
    type: list
    elements: dict
    required: true
  changed:
    description: Names of the services that the run changed.
    type: list
    elements: str
    default: []
  failures:
    description: Why services failed, by name.
    type: dict
    default: {}
  back:
    description: >-
      Services that were rolled back, by name, each with RV(ignore:before) and RV(ignore:revision) of
      M(applied_ai.platform.helm_rollback), and C(reason) where it does not come up either.
    type: dict
    default: {}
  verdicts:
    description: What M(applied_ai.platform.service_verdict_info) said, by name.
    type: dict
    default: {}
  chart:
    description: Version of the chart.
    type: str
    default: ""
  rollback:
    description: Whether services that failed were to be rolled back.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Say how it ended
  applied_ai.platform.service_outcome_info:
    services: "{{ strategy.services }}"
    releases: "{{ releases.releases }}"
    changed: [example-api]
    failures: {example-api: the image cannot be pulled}
  register: outcome

- name: Record it
  applied_ai.platform.service_record:
    kubeconfig: /srv/platform/kubeconfig
    entries: "{{ outcome.entries }}"
"""

RETURN = r"""
entries:
  description: What to record, for M(applied_ai.platform.service_record).
  returned: success
  type: list
  elements: dict
  sample: [{service: example-api, namespace: services, outcome: good, revision: 4, strategy: rolling}]
findings:
  description: Why services failed and what became of them, one text each.
  returned: success
  type: list
  elements: str
  sample: ["service example-api in namespace services: it crashes. It was rolled back to revision 3 and runs that."]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.service.outcome import Facts, entries, findings

ARGUMENTS: dict[str, dict[str, Any]] = {
    "services": {"type": "list", "elements": "dict", "required": True},
    "releases": {"type": "list", "elements": "dict", "required": True},
    "changed": {"type": "list", "elements": "str", "default": []},
    "failures": {"type": "dict", "default": {}},
    "back": {"type": "dict", "default": {}},
    "verdicts": {"type": "dict", "default": {}},
    "chart": {"type": "str", "default": ""},
    "rollback": {"type": "bool", "default": True},
}


def run(params: dict[str, Any]) -> dict[str, Any]:
    """Return the module's result."""
    places = {(one["namespace"], one["name"]) for one in params["services"]}
    facts = Facts(
        changed=frozenset(params["changed"]),
        failures=params["failures"],
        back=params["back"],
        verdicts=params["verdicts"],
        revisions={
            one["name"]: one["revision"] for one in params["releases"] if (one["namespace"], one["name"]) in places
        },
        chart=params["chart"],
    )
    return {
        "entries": entries(params["services"], facts),
        "findings": findings(params["services"], facts, rollback=params["rollback"]),
    }


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.exit_json(changed=False, **run(module.params))


if __name__ == "__main__":
    main()
