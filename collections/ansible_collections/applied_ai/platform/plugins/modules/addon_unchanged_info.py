# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: addon_unchanged_info
short_description: Find the add-ons that are as they shall be
version_added: 0.1.0
description:
  - Computes what the roles of add-ons would give to the role C(addon), from their defaults, vars and the one task that
    calls it, and compares that with the current releases. A converged run then costs milliseconds for an add-on, where
    running its role costs half a second.
  - An add-on about which there is doubt is not named, so that its role runs. Such are roles with more than that task.
author:
  - Platform Engineering (@applied-ai)
attributes:
  check_mode:
    description: Only computes, so it does the same in check mode.
    support: full
  diff_mode:
    description: Changes nothing.
    support: none
options:
  roles_path:
    description: Folder of the roles.
    type: path
    required: true
  addons:
    description: Names of the add-ons' roles.
    type: list
    elements: str
    required: true
  releases:
    description: The current releases, RV(applied_ai.platform.helm_releases_info#module:releases).
    type: list
    elements: dict
    required: true
  with_desired:
    description: Whether to return what is wanted of each add-on. Values of charts are long.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Find the add-ons that need nothing
  applied_ai.platform.addon_unchanged_info:
    roles_path: "{{ playbook_dir }}/../roles"
    addons: [cert_manager, metrics_server]
    releases: "{{ current.releases }}"
  register: addons
"""

RETURN = r"""
unchanged:
  description: Names of the add-ons that need nothing, in the given order.
  returned: success
  type: list
  elements: str
  sample: [metrics_server]
managed:
  description: Their releases that shall be there, for M(applied_ai.platform.workloads_wait).
  returned: success
  type: list
  elements: dict
  sample: [{name: metrics-server, namespace: kube-system}]
missing_namespaces:
  description: Namespaces, as objects, that the others need and that are not there or lack a label, sorted by name.
  returned: success
  type: list
  elements: dict
  sample: [{apiVersion: v1, kind: Namespace, metadata: {name: monitoring}}]
desired:
  description:
    - Release, namespace, state, chart, repository, version, values, objects, whether those wait, and addresses of CRDs
      of each add-on.
    - Add-ons that only their role can tell are not in it.
  returned: O(with_desired=true)
  type: dict
  sample: {metrics_server: {release: metrics-server, namespace: kube-system, state: present, chart: metrics-server}}
"""
