#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: list the revisions of a Helm release."""

from __future__ import annotations

DOCUMENTATION = r"""
module: helm_history_info
short_description: List the revisions that Helm keeps of a release
version_added: 0.1.0
description:
  - Reads all of Helm's secrets of one release with one request, the superseded ones too.
  - M(applied_ai.platform.helm_releases_info) is cheaper where the newest revision is enough.
author:
  - Applied AI Platform (@applied-ai)
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
attributes:
  check_mode:
    description: Only reads, so it does the same in check mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
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
"""

EXAMPLES = r"""
- name: List the revisions of a service
  applied_ai.platform.helm_history_info:
    kubeconfig: /srv/platform/kubeconfig
    name: example-api
    namespace: services
  register: history

- name: Show what was deployed
  ansible.builtin.debug:
    msg: "{{ history.revisions | map(attribute='revision') }}"
"""

RETURN = r"""
revisions:
  description: The revisions, the newest first, as M(applied_ai.platform.helm_releases_info) returns releases.
  returned: success
  type: list
  elements: dict
  contains:
    revision:
      description: Its number.
      type: int
      sample: 3
    status:
      description: Helm's status of it.
      type: str
      sample: superseded
    chart:
      description: Name of the chart.
      type: str
      sample: ai-service
    version:
      description: Version of the chart.
      type: str
      sample: 0.2.0+3f2a9c417be0
    values:
      description: The values that were given to Helm.
      type: dict
      sample: {replicaCount: 2}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.history import revisions
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import connect

ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    try:
        reader = connect(params["kubeconfig"], params["context"], params["api_timeout"])
        found = revisions(reader, params["namespace"], [params["name"]])[params["name"]]
        module.exit_json(changed=False, revisions=[one.as_dict() for one in found])
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
