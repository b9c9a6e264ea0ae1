# SPDX-License-Identifier: Apache-2.0
"""Filter: the monthly review of costs as a page of HTML."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cost_review
short_description: Return the monthly review of costs as one page of HTML
version_added: 0.1.0
author: Applied AI Platform (@applied-ai)
description:
  - Makes a page of what M(applied_ai.platform.cost_report_info) returns. It needs no network, script or font, and
    prints on A4.
  - It needs the Python library C(pygal).
options:
  _input:
    description: What M(applied_ai.platform.cost_report_info) returns.
    type: dict
    required: true
  findings:
    description: What M(applied_ai.platform.cost_optimize_info) found, for the actions.
    type: list
    elements: dict
    default: []
  title:
    description: What the review is of.
    type: str
    default: Platform
  made:
    description: When it was made, as it shall be read. Empty is not told.
    type: str
    default: ""
positional: findings, title, made
"""

EXAMPLES = r"""
- name: Write the review
  ansible.builtin.copy:
    content: "{{ bill | applied_ai.platform.cost_review(title='demo', made=now(fmt='%Y-%m-%d')) }}"
    dest: review.html
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The page.
  type: str
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.review.page import page
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import plain


def cost_review(
    report: Mapping[str, Any], findings: Sequence[Mapping[str, Any]] = (), title: str = "Platform", made: str = ""
) -> str:
    """Return the page."""
    try:
        return page(plain(report), [plain(one) for one in findings], str(title), str(made))
    except (CostError, ImportError) as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The collection's filters of costs."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"cost_review": cost_review}
