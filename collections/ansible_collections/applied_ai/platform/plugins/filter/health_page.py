# SPDX-License-Identifier: Apache-2.0
"""Filter: a health report as one page of HTML."""

from __future__ import annotations

DOCUMENTATION = r"""
name: health_page
short_description: Return a health report as one page of HTML
version_added: 0.1.0
author: Applied AI Platform (@applied-ai)
description:
  - Makes a page that needs no network, script or font, reads on a telephone and prints on A4.
options:
  _input:
    description: What a health module of this collection or P(applied_ai.platform.health_report#filter) returns.
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
  runbooks:
    description: Address that is put before the path of each run book. Empty shows the path without a link.
    type: str
    default: ""
positional: title, made, runbooks
"""

EXAMPLES = r"""
- name: Write the page
  ansible.builtin.copy:
    content: "{{ report | applied_ai.platform.health_page(title='demo', made=now(fmt='%Y-%m-%d %H:%M')) }}"
    dest: health.html
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
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.page import page
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import plain


def health_page(report: Mapping[str, Any], title: str = "Platform", made: str = "", runbooks: str = "") -> str:
    """Return a health report as one page of HTML."""
    try:
        return page(plain(report), str(title), str(made), str(runbooks))
    except (HealthError, KeyError, ValueError) as error:
        raise AnsibleFilterError(f"health_page: {error}") from error


class FilterModule:
    """The collection's filter health_page."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by name."""
        return {"health_page": health_page}
