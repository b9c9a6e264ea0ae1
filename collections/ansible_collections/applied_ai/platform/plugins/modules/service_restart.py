#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: replace the pods of services whose Secrets have changed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_restart
short_description: Replace the pods of services whose Secrets have changed
version_added: 0.1.0
description:
  - Environment variables keep what a Secret held when the pod started. This module remembers on each workload the state
    of the Secrets that its pods read, and starts a rolling replacement where that state is another one now.
  - It never asks for the contents of a Secret. The state is what External Secrets says of them in its annotation, and
    of other Secrets their version.
  - What is seen for the first time is remembered and not replaced.
author:
  - Applied AI Platform (@applied-ai)
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
attributes:
  check_mode:
    description: Tells which services would be restarted and writes nothing.
    support: full
  diff_mode:
    description: There is nothing to show but the names.
    support: none
options:
  services:
    description: The services and the Secrets that their pods read.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the workload.
        type: str
        required: true
      namespace:
        description: Its namespace.
        type: str
        required: true
      kind:
        description: Its kind.
        type: str
        choices: [Deployment, StatefulSet]
        default: Deployment
      secrets:
        description: Names of the Secrets.
        type: list
        elements: str
        required: true
"""

EXAMPLES = r"""
- name: Replace pods with former secrets
  applied_ai.platform.service_restart:
    kubeconfig: /srv/platform/kubeconfig
    services:
      - {name: example-api, namespace: services, secrets: [database-secret]}
  register: restart

- name: Say which they are
  ansible.builtin.debug:
    msg: "{{ restart.restarted }}"
"""

RETURN = r"""
restarted:
  description: The services whose pods are being replaced, or would be in check mode, as namespace and name.
  returned: success
  type: list
  elements: dict
  sample: [{name: example-api, namespace: services}]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import api_apply, api_client, connect
from ansible_collections.applied_ai.platform.plugins.module_utils.service import rotation

ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    "services": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "namespace": {"type": "str", "required": True},
            "kind": {"type": "str", "choices": ["Deployment", "StatefulSet"], "default": "Deployment"},
            # Names, which may be shown.
            "secrets": {"type": "list", "elements": "str", "required": True, "no_log": False},
        },
    },
}


def restart(params: dict[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """Return the module's result."""
    reader = connect(params["kubeconfig"], params["context"], params["api_timeout"])
    services = [rotation.Reading(**{**one, "secrets": tuple(one["secrets"])}) for one in params["services"]]
    todo = rotation.steps(reader, services)
    if not check_mode:
        api = api_client(params["kubeconfig"], params["context"])
        rotation.carry_out(todo, api_apply(api, dry_run=False, timeout=params["api_timeout"]))
    restarted = [{"name": one.name, "namespace": one.namespace} for one, step in todo if step.restart]
    return {"changed": bool(restarted), "restarted": restarted}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(**restart(module.params, check_mode=module.check_mode))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
