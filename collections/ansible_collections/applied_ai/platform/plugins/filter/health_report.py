# SPDX-License-Identifier: Apache-2.0
"""Filter: one report of what several health modules found."""

from __future__ import annotations

DOCUMENTATION = r"""
name: health_report
short_description: Put what several health modules found into one report
version_added: 0.1.0
author: Applied AI Platform (@applied-ai)
description:
  - Applies exceptions, rolls all checks up to one verdict, and says it in a few lines with the worst first.
  - A result without checks, as of a module that failed or was not asked, is unknown and not left out.
options:
  _input:
    description: The results of modules of this collection whose names begin with C(health_), as registered.
    type: list
    elements: dict
    required: true
  exceptions:
    description:
      - Findings that do not count, each with C(check), C(subject), which may have C(*) and C(?), C(owner), C(reason)
        and C(until), its last day.
      - One that is over is a finding of its own. What could not be seen is never excepted.
    type: list
    elements: dict
    default: []
  today:
    description: The day that exceptions are held against, as YYYY-MM-DD. Empty means today in UTC.
    type: str
    default: ""
  lines:
    description: How many lines the summary may have.
    type: int
    default: 10
positional: exceptions, today, lines
"""

EXAMPLES = r"""
- name: Say one verdict over cluster and databases
  ansible.builtin.debug:
    msg: "{{ ([cluster, databases] | applied_ai.platform.health_report(exceptions=exceptions)).summary }}"
"""

RETURN = r"""
_value:
  description:
    - The report, with C(verdict), C(exit_code), C(summary), C(checks) and C(duration_s). The exit code is 0 for
      healthy, 1 for degraded, 2 for unhealthy and 3 for unknown.
  type: dict
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.report import merged
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import plain


def health_report(
    looks: Sequence[Any], exceptions: Sequence[Any] = (), today: str = "", lines: int = 10
) -> dict[str, Any]:
    """Return one report of what several health modules found."""
    try:
        day = date.fromisoformat(today) if today else datetime.now(UTC).date()
        given = [plain(one) for one in exceptions]
        return merged([plain(look) for look in looks], given=given, today=day, lines=int(lines))
    except (HealthError, KeyError, ValueError) as error:
        raise AnsibleFilterError(f"health_report: {error}") from error


class FilterModule:
    """The collection's filter health_report."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by name."""
        return {"health_report": health_report}
