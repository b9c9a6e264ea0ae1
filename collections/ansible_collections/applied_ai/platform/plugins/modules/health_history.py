#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: record verdicts and alerts, and tell what came of the recorded ones."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health_history
short_description: Record verdicts and alerts, and tell repairs, failures and availability
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Adds verdicts and alerts to a file of JSON lines, which stays bounded, and returns what all recorded ones say of the
    time to repair (MTTR), between failures (MTBF) and of availability.
  - It records on the machine that it runs on, usually the controller. Two runs may record at once.
  - An alert is recorded when it begins and when it is over. O(alerts) are all that fire now; one that fired before and
    is not among them is over.
attributes:
  check_mode:
    description: Says what it would record, and records nothing.
    support: full
  diff_mode:
    description: Shows the lines that are added.
    support: full
options:
  path:
    description: The file. It is made where it is missing.
    type: path
    required: true
  verdicts:
    description:
      - What was seen, each with C(subject), C(verdict), and perhaps C(checks) as C(health_*_info) modules return them,
        whose failed ones become the reasons.
    type: list
    elements: dict
    default: []
  alerts:
    description:
      - The alerts that fire now, as the API of Prometheus or Alertmanager returns them, each with C(labels).
      - Left out, alerts are not looked at. An empty list says that none fires.
    type: list
    elements: dict
  days:
    description: The days up to now that are told of.
    type: int
    default: 30
  most_bytes:
    description: How large the file may become before its oldest lines go.
    type: int
    default: 16777216
"""

EXAMPLES = r"""
- name: Record the cluster's verdict
  applied_ai.platform.health_history:
    path: /srv/platform/health.jsonl
    verdicts:
      - subject: cluster
        verdict: "{{ health.verdict }}"
        checks: "{{ health.checks }}"
  delegate_to: localhost
  register: history

- name: Require repairs within a quarter of an hour
  ansible.builtin.assert:
    that: (history.repairs.verdict.mttr_minutes or 0) < 15
"""

RETURN = r"""
recorded:
  description: How many lines were added, or would be.
  returned: success
  type: int
skipped:
  description: How many lines of the file could not be read.
  returned: success
  type: int
given_up_bytes:
  description: How many bytes of the oldest lines went.
  returned: success
  type: int
health:
  description: What was seen of each subject, as M(applied_ai.platform.slo_report_info) returns it.
  returned: success
  type: list
  elements: dict
repairs:
  description: Over all subjects of C(verdict) and of C(alert), C(incidents), C(open) and C(mttr_minutes).
  returned: success
  type: dict
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health import history, history_stats
from ansible_collections.applied_ai.platform.plugins.module_utils.health.history_events import of_alerts, of_verdicts

ARGUMENTS: dict[str, dict[str, Any]] = {
    "path": {"type": "path", "required": True},
    "verdicts": {"type": "list", "elements": "dict", "default": []},
    "alerts": {"type": "list", "elements": "dict"},
    "days": {"type": "int", "default": 30},
    "most_bytes": {"type": "int", "default": history.MOST_BYTES},
}


def recorded(params: Mapping[str, Any], now: datetime, *, check: bool) -> dict[str, Any]:
    """Record what is new, unless it is only checked, and return the module's result."""
    path = Path(params["path"])
    before = history.read(path)
    new = [*of_verdicts(params["verdicts"], now), *of_alerts(params["alerts"], before.records, now)]
    gone = 0 if check else history.append(path, new, params["most_bytes"])
    begin = now - timedelta(days=params["days"])
    seen = history_stats.periods(sorted([*before.records, *new], key=lambda one: one.at), begin, now)
    return {
        "changed": bool(new),
        "recorded": len(new),
        "skipped": before.skipped,
        "given_up_bytes": gone,
        "health": [one.to_json(now) for one in seen],
        "repairs": history_stats.overall(seen),
        "diff": {"before": "", "after": "".join(one.line().decode() for one in new)},
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = recorded(module.params, datetime.now(UTC), check=module.check_mode)
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
