# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: helm_rollback
short_description: Bring a Helm release back to one of its revisions
version_added: 0.1.0
description:
  - Runs C(helm rollback) where the release is not at that revision. M(kubernetes.core.helm) cannot do that.
  - Helm makes a further revision of it. A release that was brought back so is not at the revision that it was brought
    back to, so the next call changes it again unless it is given the new number.
  - It does not wait for pods. M(applied_ai.platform.service_rollout_info) does.
author:
  - Applied AI Platform (@applied-ai)
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
attributes:
  check_mode:
    description: Reads the revisions and says what would change.
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
    description: Namespace of the release.
    type: str
    required: true
  revision:
    description: The revision to go back to.
    type: int
    required: true
  timeout:
    description: How long hooks may take, as a Go duration.
    type: str
    default: 5m
  history_max:
    description: Number of revisions that Helm keeps.
    type: int
    default: 10
"""

EXAMPLES = r"""
- name: Go back
  applied_ai.platform.helm_rollback:
    kubeconfig: /srv/platform/kubeconfig
    name: example-api
    namespace: services
    revision: 3
  register: back

- name: Show what Helm made
  ansible.builtin.debug:
    msg: "revision {{ back.revision }}"
"""

RETURN = r"""
before:
  description: The newest revision before.
  returned: success
  type: int
  sample: 4
revision:
  description: The newest revision now.
  returned: success
  type: int
  sample: 5
image:
  description: What the values of the revision that was gone back to call C(image), empty when nothing.
  returned: success
  type: dict
  sample: {repository: registry.example.com/example-api, tag: 1.4.1}
image_name:
  description: The same as one name.
  returned: success
  type: str
  sample: registry.example.com/example-api:1.4.1
chart:
  description: Version of the chart of that revision.
  returned: success
  type: str
  sample: 0.2.0+3f2a9c417be0
"""
