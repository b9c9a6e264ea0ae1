#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: say why a pod that runs once for a service failed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_once_info
short_description: Say why the migration or the smoke test of a service failed
version_added: 0.1.0
description:
  - Looks at the newest pod that ran for a service, and returns in one sentence what it ended with and its last words,
    or what kept it from running.
  - It changes nothing.
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
author:
  - Applied AI Platform (@applied-ai)
attributes:
  check_mode:
    description: Only reads, so it does the same in check mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
options:
  name:
    description: Name of the service.
    type: str
    required: true
  namespace:
    description: Its namespace.
    type: str
    required: true
  component:
    description: What ran.
    type: str
    choices: [migration, smoke-test, model-cache]
    required: true
"""

EXAMPLES = r"""
- name: Look why a migration failed
  applied_ai.platform.service_once_info:
    kubeconfig: /srv/platform/kubeconfig
    name: example-api
    namespace: services
    component: migration
  register: migration

- name: Show it
  ansible.builtin.debug:
    msg: "{{ migration.reason }}"
"""

RETURN = r"""
reason:
  description: Why it failed, empty when it did not or nothing is left of it.
  returned: success
  type: str
  sample: "container migration ended with exit code 1; its last line is: column name does not exist"
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import (
    KubeError,
    PagedReader,
    Reader,
    api_client,
    api_fetch,
    api_read,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.service.once import explain
from ansible_collections.applied_ai.platform.plugins.module_utils.service.rollout import LOG_PATH, Log, last_words

ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "component": {"type": "str", "required": True, "choices": ["migration", "smoke-test", "model-cache"]},
}


def run(reader: Reader, log: Log, *, name: str, namespace: str, component: str) -> str:
    """Return why it failed, with its last words."""
    base = f"/api/v1/namespaces/{namespace}"
    selector = f"app.kubernetes.io/instance={name},app.kubernetes.io/component={component}"
    pods = reader.items(f"{base}/pods", labelSelector=selector)
    found = explain(pods, reader.items(f"{base}/events", fieldSelector="type=Warning"))
    if found is None:
        return ""
    return found.sentence + last_words(log(namespace, found.pod, found.container) if found.container else "")


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    try:
        api = api_client(params["kubeconfig"], params["context"])
        reader = PagedReader(api_fetch(api, params["kubeconfig"], params["api_timeout"]))
        read = api_read(api, params["kubeconfig"], params["api_timeout"])

        def log(namespace: str, pod: str, container: str) -> str:
            try:
                return read(LOG_PATH.format(namespace=namespace, pod=pod, container=container), "*/*").decode(
                    errors="replace"
                )
            except KubeError:
                return ""

        asked = {key: params[key] for key in ("name", "namespace", "component")}
        module.exit_json(changed=False, reason=run(reader, log, **asked))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
