# SPDX-License-Identifier: Apache-2.0
"""Filter: the monthly report of objectives as a page of HTML."""

from __future__ import annotations

DOCUMENTATION = r"""
name: slo_review
short_description: Return the monthly report of objectives as one page of HTML
version_added: 0.1.0
author: Applied AI Platform (@applied-ai)
description:
  - Makes a page of what M(applied_ai.platform.slo_report_info) returns. It needs no network, script or font, and prints
    on A4.
options:
  _input:
    description: What M(applied_ai.platform.slo_report_info) returns.
    type: dict
    required: true
  title:
    description: What the report is of.
    type: str
    default: Platform
  made:
    description: When it was made, as it shall be read. Empty is not told.
    type: str
    default: ""
positional: title, made
"""

EXAMPLES = r"""
- name: Write the report
  ansible.builtin.copy:
    content: "{{ month | applied_ai.platform.slo_review('demo', now(fmt='%Y-%m-%d')) }}"
    dest: objectives.html
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The page.
  type: str
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import plain
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.page import page


def slo_review(report: Mapping[str, Any], title: str = "Platform", made: str = "") -> str:
    """Return the page."""
    try:
        return page(plain(report), str(title), str(made))
    except SloError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The collection's filter of reports of objectives."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"slo_review": slo_review}
