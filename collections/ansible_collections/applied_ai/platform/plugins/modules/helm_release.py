# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: helm_release
short_description: Carry out the plan of one Helm release
version_added: 0.1.0
description:
  - Installs, upgrades or removes a release as M(applied_ai.platform.helm_release_plan_info) planned it, with one
    call of Helm. M(kubernetes.core.helm) takes twice as long, because it looks at the release before and after.
  - It does not wait for what it installs. M(applied_ai.platform.workloads_wait) does that once for all releases.
    Removing is waited for.
  - The difference of chart, version and values is shown without the helm-diff plugin.
  - Values are never part of the result.
author:
  - Platform Engineering (@applied-ai)
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
attributes:
  check_mode:
    description: Reports what the plan says and touches nothing, not even the cluster.
    support: full
  diff_mode:
    description: Shows chart, version, status and values before and after.
    support: full
options:
  name:
    description: Name of the release.
    type: str
    required: true
  namespace:
    description: Namespace of the release. It must exist.
    type: str
    required: true
  plan:
    description: The result of M(applied_ai.platform.helm_release_plan_info) for this release.
    type: dict
    required: true
  values:
    description: The values to give to Helm, the same as the plan was made with.
    type: dict
    default: {}
  skip_crds:
    description: Whether to leave the CRDs of the chart's C(crds) folder alone, because they are installed already.
    type: bool
    default: false
  take_ownership:
    description: Whether objects that are there already become the release's, instead of a failure.
    type: bool
    default: false
  timeout:
    description: How long the hooks of an installation or upgrade may take, as a Go duration.
    type: str
    default: 5m
  history_max:
    description: Number of revisions that Helm keeps.
    type: int
    default: 5
"""

EXAMPLES = r"""
- name: Install or upgrade metrics-server as planned
  applied_ai.platform.helm_release:
    kubeconfig: /home/me/.kube/config
    name: metrics-server
    namespace: kube-system
    plan: "{{ plan }}"
    values:
      replicas: 2
  register: release

- name: Show what was done and why
  ansible.builtin.debug:
    msg: "{{ release.action }}: {{ release.reasons | join('; ') }}"
"""

RETURN = r"""
action:
  description: What was done, or would be done in check mode, V(none), V(install), V(upgrade) or V(uninstall).
  returned: success
  type: str
  sample: upgrade
reasons:
  description: Why, one phrase each.
  returned: success
  type: list
  elements: str
  sample: ["values differ: replicas"]
revision:
  description: The revision that Helm made.
  returned: when something was installed or upgraded
  type: int
  sample: 4
"""
