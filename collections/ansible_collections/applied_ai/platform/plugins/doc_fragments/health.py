# SPDX-License-Identifier: Apache-2.0
"""Documentation of the options in module_utils/health/report.py, ARGUMENTS."""

from __future__ import annotations


class ModuleDocFragment:
    """How a look's findings are told."""

    DOCUMENTATION = r"""
options:
  summary_lines:
    description:
      - How many lines RV(summary) may have.
    type: int
    default: 10
  exceptions:
    description:
      - Findings that somebody answers for. They are shown as C(excepted), and do not count.
      - One that is over is a finding of its own. What could not be seen is never excepted.
      - Empty means that all findings count.
    type: list
    elements: dict
    default: []
    suboptions:
      check:
        description: Name of the check, as RV(checks[].id).
        type: str
        required: true
      subject:
        description: What it is about, as RV(checks[].subject), with C(*) and C(?) for any text and any letter.
        type: str
        required: true
      owner:
        description: Who answers for it.
        type: str
        required: true
      reason:
        description: Why it may be so.
        type: str
        required: true
      until:
        description: Its last day, as YYYY-MM-DD.
        type: str
        required: true
"""
