# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: helm_release_plan_info
short_description: Say whether a Helm release would change, and how
version_added: 0.1.0
description:
  - Compares a desired release with the current ones, as M(applied_ai.platform.helm_releases_info) listed them, and
    finds its chart.
  - It is pure arithmetic on its input. No cluster, no registry and no process is used, so it takes milliseconds and
    works in check mode on a platform that does not exist yet.
  - M(applied_ai.platform.helm_release) carries the plan out.
author:
  - Platform Engineering (@applied-ai)
attributes:
  check_mode:
    description: Only computes, so it does the same in check mode.
    support: full
  diff_mode:
    description: The difference is in the result, for M(applied_ai.platform.helm_release) to show.
    support: none
options:
  name:
    description: Name of the release.
    type: str
    required: true
  namespace:
    description: Namespace of the release.
    type: str
    required: true
  state:
    description: Whether the release shall exist.
    type: str
    choices: [present, absent]
    default: present
  chart:
    description: Name of the chart, without repository and version.
    type: str
    required: true
  version:
    description: Exact version of the chart. A leading C(v) does not matter for the comparison.
    type: str
    required: true
  repository:
    description:
      - Address of the chart's own repository, V(https://) or V(oci://).
      - For V(oci://) the chart's name is appended.
    type: str
    default: ""
  source:
    description:
      - Where all charts come from instead of O(repository), V(https://), V(oci://), or a directory of archives named
        C(chart-version.tgz) or of unpacked charts.
      - Empty means O(repository).
    type: str
    default: ""
  values:
    description: The values to give to Helm. They are all of them, earlier values are not kept.
    type: dict
    default: {}
  releases:
    description: The current releases, RV(applied_ai.platform.helm_releases_info#module:releases).
    type: list
    elements: dict
    required: true
  pending_grace:
    description: Seconds after which an operation that is still pending counts as interrupted.
    type: int
    default: 30
"""

EXAMPLES = r"""
- name: List the releases
  applied_ai.platform.helm_releases_info:
    kubeconfig: /home/me/.kube/config
  register: current

- name: Say what would change
  applied_ai.platform.helm_release_plan_info:
    name: metrics-server
    namespace: kube-system
    chart: metrics-server
    version: 1.2.3
    repository: https://kubernetes-sigs.github.io/metrics-server/
    values:
      replicas: 2
    releases: "{{ current.releases }}"
  register: plan

- name: Show why
  ansible.builtin.debug:
    msg: "{{ plan.reasons }}"
"""

RETURN = r"""
action:
  description: What has to happen, V(none), V(install), V(upgrade) or V(uninstall).
  returned: success
  type: str
  sample: upgrade
differs:
  description: Whether anything has to happen.
  returned: success
  type: bool
  sample: true
reasons:
  description: Why, one phrase each.
  returned: success
  type: list
  elements: str
  sample: ["the chart version is 1.2.2, not 1.2.3", "values differ: replicas"]
before:
  description: Chart, version, status and values of the current release as YAML, empty when there is none.
  returned: success
  type: str
  sample: "chart: metrics-server\nversion: 1.2.2\n"
after:
  description: The same of the desired release.
  returned: success
  type: str
  sample: "chart: metrics-server\nversion: 1.2.3\n"
stuck:
  description: The status that an interrupted operation left and that has to be cleared first, else empty.
  returned: success
  type: str
  sample: pending-install
stuck_seconds:
  description: Seconds that a stuck operation may still be alive in another process.
  returned: success
  type: int
  sample: 12
secret:
  description: Name of the secret that holds the current revision, empty when there is none.
  returned: success
  type: str
  sample: sh.helm.release.v1.metrics-server.v1
source:
  description: What Helm has to be told to find the chart. Empty when nothing has to be installed.
  returned: success
  type: dict
  contains:
    ref:
      description: Chart name, address or archive.
      type: str
      sample: metrics-server
    repo_url:
      description: Repository, empty for an address or an archive.
      type: str
      sample: https://kubernetes-sigs.github.io/metrics-server/
    version:
      description: Version, empty for an archive.
      type: str
      sample: 1.2.3
"""
