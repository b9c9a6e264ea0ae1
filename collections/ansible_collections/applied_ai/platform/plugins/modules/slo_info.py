#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: where objectives stand, and what their error budgets allow."""

from __future__ import annotations

DOCUMENTATION = r"""
module: slo_info
short_description: Tell what is left of error budgets, how fast they burn, and what may be deployed
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Asks Prometheus what the rules of P(applied_ai.platform.slo_rules#filter) recorded, a fixed number of questions
    however many objectives there are, and rolls it up to one verdict.
  - An objective of which nothing is recorded is C(unknown), never healthy.
  - It changes nothing, and does not fail because of a verdict or of RV(deploys).
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
      - A document in O(objectives) of the same name takes the place of one.
    type: bool
    default: true
  approvals:
    description:
      - Who lets services be deployed without a budget, each with C(service), C(approved_by), C(reason) and C(until), a
        day two weeks from now at most.
    type: list
    elements: dict
    default: []
  approvals_name:
    description:
      - Where approvals are written, for RV(deploys[].refusal).
    type: str
    default: slo_approvals
  require_known:
    description:
      - Whether a service is refused as well when nothing is known of one of its objectives. A first deployment never
        has anything.
    type: bool
    default: false
  summary_lines:
    description:
      - How many lines RV(summary) may have.
    type: int
    default: 10
"""

EXAMPLES = r"""
- name: See where the platform and its services stand
  applied_ai.platform.slo_info:
    url: http://prometheus.example.com:9090
    objectives: "{{ services | applied_ai.platform.slo_documents }}"
  register: slo

- name: Refuse to deploy a service without a budget
  ansible.builtin.assert:
    that: slo.deploys | selectattr('service', 'eq', 'example-api') | map(attribute='allowed') is all
    fail_msg: "{{ slo.deploys | map(attribute='refusal') | join('\n') }}"
"""

RETURN = r"""
verdict:
  description:
    - One word over all checks. C(unhealthy) when a budget burns so fast that somebody is woken, else C(unknown) when an
      objective cannot be judged, else C(degraded) when any check failed, else C(healthy).
  returned: success
  type: str
  sample: degraded
checks:
  description: What is thought of each objective, worst first, as M(applied_ai.platform.health_cluster_info) returns it.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: One of C(slo_metric), C(slo_budget), C(slo_burn).
      type: str
    status:
      description: One of C(failed), C(unknown), C(ok).
      type: str
    severity:
      description: One of C(critical), C(major), C(minor).
      type: str
    subject:
      description: The objective.
      type: str
    seen:
      description: What is.
      type: str
    expected:
      description: What should be.
      type: str
    since:
      description: Always empty; Prometheus is not asked since when.
      type: str
    advice:
      description: What to do first.
      type: str
    runbook:
      description: The page that tells the whole way out.
      type: str
objectives:
  description: Where each objective stands, sorted by name. What is not known is null.
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
      description: Whose it is. C(platform) is the platform itself.
      type: str
    team:
      description: The team, or empty.
      type: str
    target:
      description: The promised share of good events.
      type: float
      sample: 0.999
    window_days:
      description: The rolling window.
      type: int
    unknown:
      description: Why nothing can be said now, or empty.
      type: str
    sli:
      description: The share of good events in the window.
      type: float
    events:
      description: How many events there were in the window, by their recorded rate.
      type: float
    failures:
      description: How many of them were bad.
      type: float
    coverage:
      description: The share of the window's hours in which anything was recorded.
      type: float
    budget_left:
      description: The share of the error budget that is left, below 0 where more is gone than there was.
      type: float
    burn_rates:
      description: How many times faster than evenly it burned, by window from C(5m) to C(3d).
      type: dict
    hours_left:
      description: Hours until the budget is gone at the earliest. Null where it lasts.
      type: float
alerts:
  description:
    - All alerts of Prometheus that fire or are pending now, for M(applied_ai.platform.health_history), each with
      C(labels), C(state) and C(activeAt).
    - Null where nobody knows.
  returned: success
  type: list
  elements: dict
  sample:
    - labels: {alertname: SloBudgetBurns, severity: warning, slo: vibe-coder-availability}
      state: firing
      activeAt: "2026-11-28T11:00:00+00:00"
deploys:
  description: What the error budgets allow, an entry for each service with an objective, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    service:
      description: Its name.
      type: str
    allowed:
      description: Whether it has a budget left, or an approval lets it pass.
      type: bool
    reasons:
      description: What speaks against it, also where an approval lets it pass.
      type: list
    unknown:
      description: What could not be told.
      type: list
    approved_by:
      description: Who let it pass, or empty.
      type: str
    refusal:
      description: What a refused deployment is told, or empty.
      type: str
summary:
  description: The verdict for people, worst finding first. What does not fit is counted.
  returned: success
  type: list
  elements: str
duration_s:
  description: How long it took, in seconds.
  returned: success
  type: float
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.slo_checks import judge
from ansible_collections.applied_ai.platform.plugins.module_utils.health.verdict import roll_up, summarise
from ansible_collections.applied_ai.platform.plugins.module_utils.service import access
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import Ask
from ansible_collections.applied_ai.platform.plugins.module_utils.slo import alerts, documents, openslo, policy
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.standing import Standing, stand

ARGUMENTS: dict[str, dict[str, Any]] = {
    "objectives": {"type": "list", "elements": "dict", "default": []},
    "platform": {"type": "bool", "default": True},
    "approvals": {"type": "list", "elements": "dict", "default": []},
    "approvals_name": {"type": "str", "default": "slo_approvals"},
    "require_known": {"type": "bool", "default": False},
    "summary_lines": {"type": "int", "default": 10},
    **access.ARGUMENTS,
}


def look(params: Mapping[str, Any], ask: Ask, today: date, clock: Callable[[], float]) -> dict[str, Any]:
    """Return the module's result."""
    begin = clock()
    slos = openslo.read(documents.with_platform(params["objectives"], platform=params["platform"]))
    given = policy.approvals(params["approvals"], params["approvals_name"], today)
    standings = stand(slos, ask)
    checks = judge(standings)
    verdict = roll_up(checks)
    return {
        "verdict": verdict.value,
        "checks": [check.to_json() for check in checks],
        "objectives": [one.to_json() for one in standings],
        "alerts": alerts.active(ask),
        "deploys": deploys(params, standings, given, today),
        "summary": summarise(verdict, checks, params["summary_lines"]),
        "duration_s": round(clock() - begin, 3),
    }


def deploys(
    params: Mapping[str, Any], standings: Sequence[Standing], given: Sequence[policy.Approval], today: date
) -> list[dict[str, Any]]:
    """Return what the budgets of each service allow."""
    return [
        policy.decide(service, standings, given, today, require_known=params["require_known"]).to_json(
            params["approvals_name"]
        )
        for service in sorted({one.slo.service for one in standings})
    ]


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    try:
        result = look(params, access.asker(params), datetime.now(UTC).date(), time.monotonic)
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
