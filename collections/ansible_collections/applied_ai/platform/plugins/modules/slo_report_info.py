#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: the month of the objectives."""

from __future__ import annotations

DOCUMENTATION = r"""
module: slo_report_info
short_description: Report on a month of objectives, repairs and failures
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Asks Prometheus what the rules of P(applied_ai.platform.slo_rules#filter) recorded of each day of a month, three
    questions however many objectives there are, and reads what M(applied_ai.platform.health_history) recorded.
  - P(applied_ai.platform.slo_review#filter) makes a page of it.
  - It changes nothing. What is not known is told as such, never as kept.
extends_documentation_fragment:
  - applied_ai.platform.prometheus_access
attributes:
  check_mode:
    description: This module only reads, so that it does the same with and without check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  objectives:
    description:
      - Documents of OpenSLO v1 of kind C(SLO) and C(SLI), such as P(applied_ai.platform.slo_documents#filter) makes of
        services.
    type: list
    elements: dict
    default: []
  platform:
    description:
      - Whether the platform's own objectives count as well, those of its API server, nodes and Deployments.
    type: bool
    default: true
  month:
    description:
      - The month in UTC, such as V(2026-11). One that is not over is reported up to now.
      - Empty means the last one that is over.
    type: str
    default: ""
  history_file:
    description:
      - History of verdicts and alerts, on the machine that the module runs on. It need not be there.
      - Empty means none.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Report on the last month
  applied_ai.platform.slo_report_info:
    url: http://prometheus.example.com:9090
    objectives: "{{ services | applied_ai.platform.slo_documents }}"
    history_file: /srv/platform/health.jsonl
  register: month

- name: Say what was not kept
  ansible.builtin.debug:
    msg: "{{ month.objectives | selectattr('verdict', 'eq', 'broken') | map(attribute='title') }}"
"""

RETURN = r"""
month:
  description: The month.
  returned: success
  type: str
  sample: 2026-11
complete:
  description: Whether it is over.
  returned: success
  type: bool
through:
  description: The last day that is in it.
  returned: success
  type: str
kept:
  description: How many objectives were kept.
  returned: success
  type: int
broken:
  description: How many were not.
  returned: success
  type: int
unknown:
  description: Of how many nobody knows.
  returned: success
  type: int
objectives:
  description: Each objective, sorted by name. What is not known is null.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
    title:
      description: How people call it.
      type: str
    service:
      description: Whose it is.
      type: str
    team:
      description: The team, or empty.
      type: str
    target:
      description: The promised share of good events.
      type: float
    verdict:
      description: One of C(kept), C(broken), C(unknown).
      type: str
    reason:
      description: Why nothing is known, or empty.
      type: str
    sli:
      description: The share of good events in the month.
      type: float
    events:
      description: How many events there were, by their recorded rate.
      type: float
    failures:
      description: How many of them were bad.
      type: float
    allowed:
      description: How many of them might have been.
      type: float
    budget_spent:
      description: The share of the error budget that was used, above 1 where it was broken.
      type: float
    recorded:
      description: The share of the month's hours in which anything was recorded.
      type: float
    worst_day:
      description: The day with the most bad events, or empty.
      type: str
    days:
      description: Each day with C(day), C(events), C(failures), C(sli) and C(recorded).
      type: list
health:
  description:
    - Each subject of the history with C(kind), C(subject), C(availability), C(incidents), C(open), C(mttr_minutes),
      C(mtbf_hours), C(up_hours), C(down_hours), C(unknown_hours), and its incidents in C(list).
  returned: success
  type: list
  elements: dict
repairs:
  description: Over all subjects of C(verdict) and of C(alert), C(incidents), C(open) and C(mttr_minutes).
  returned: success
  type: dict
warnings:
  description: What a reader must know of the figures.
  returned: success
  type: list
  elements: str
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health import history
from ansible_collections.applied_ai.platform.plugins.module_utils.service import access
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import Ask
from ansible_collections.applied_ai.platform.plugins.module_utils.slo import documents, openslo
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.report import month_of, report

ARGUMENTS: dict[str, dict[str, Any]] = {
    "objectives": {"type": "list", "elements": "dict", "default": []},
    "platform": {"type": "bool", "default": True},
    "month": {"type": "str", "default": ""},
    "history_file": {"type": "str", "default": ""},
    **access.ARGUMENTS,
}


def look(params: Mapping[str, Any], ask: Ask, now: datetime) -> dict[str, Any]:
    """Return the module's result."""
    slos = openslo.read(documents.with_platform(params["objectives"], platform=params["platform"]))
    where = params["history_file"]
    past = history.read(Path(where)) if where else history.History((), 0)
    return report(slos, month_of(params["month"], now), ask, past, now)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    try:
        result = look(params, access.asker(params), datetime.now(UTC))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
