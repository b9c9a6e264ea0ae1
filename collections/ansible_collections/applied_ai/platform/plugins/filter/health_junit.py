# SPDX-License-Identifier: Apache-2.0
"""Filter: a health report as JUnit XML."""

from __future__ import annotations

DOCUMENTATION = r"""
name: health_junit
short_description: Return a health report as JUnit XML
version_added: 0.1.0
author: Applied AI Platform (@applied-ai)
description:
  - Makes a case of each check. What failed is a failure, what could not be seen an error, what is excepted skipped.
options:
  _input:
    description: What a health module of this collection or P(applied_ai.platform.health_report#filter) returns.
    type: dict
    required: true
  name:
    description: Name of the suite.
    type: str
    default: health
positional: name
"""

EXAMPLES = r"""
- name: Write the report for the pipeline
  ansible.builtin.copy:
    content: "{{ report | applied_ai.platform.health_junit('demo') }}"
    dest: health.xml
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The document.
  type: str
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.formats import junit
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import plain


def health_junit(report: Mapping[str, Any], name: str = "health") -> str:
    """Return a health report as JUnit XML."""
    try:
        return junit(plain(report), str(name))
    except (HealthError, KeyError, ValueError) as error:
        raise AnsibleFilterError(f"health_junit: {error}") from error


class FilterModule:
    """The collection's filter health_junit."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by name."""
        return {"health_junit": health_junit}
