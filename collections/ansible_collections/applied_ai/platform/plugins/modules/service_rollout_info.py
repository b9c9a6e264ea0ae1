#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: wait until services run and their autoscalers see metrics."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_rollout_info
short_description: Wait until services have the replicas they want and autoscalers see metrics
version_added: 0.1.0
description:
  - Looks at all services together, two list calls a round, until each runs with the wanted replicas of its current
    version and each autoscaler sees a value for all of its metrics, or until O(timeout).
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
  services:
    description: The services to look at, as M(applied_ai.platform.service_plan_info) returns them.
    type: list
    elements: dict
    required: true
  timeout:
    description: Seconds to wait at most, V(0) to look once.
    type: int
    default: 180
"""

EXAMPLES = r"""
- name: Wait for one service
  applied_ai.platform.service_rollout_info:
    kubeconfig: /srv/platform/kubeconfig
    services:
      - name: example-api
        namespace: services
        replicas: 2
        autoscaling: true
    timeout: 120
  register: rollout

- name: Require two pods
  ansible.builtin.assert:
    that: rollout.services[0].available >= 2
"""

RETURN = r"""
services:
  description: What each service is at, sorted by namespace and name.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
      sample: example-api
    namespace:
      description: Its namespace.
      type: str
      sample: services
    available:
      description: Number of available pods.
      type: int
      sample: 2
    utilisation:
      description: Current use in per cent of the request, by resource, as its autoscaler sees it.
      type: dict
      sample: {cpu: 41, memory: 57}
findings:
  description: What services lack, one sentence each.
  returned: failure
  type: list
  elements: str
  sample: ["service example-api in namespace services: it is at 1 replicas, 2 are wanted"]
waited_s:
  description: How long the wait took, in seconds.
  returned: always
  type: float
  sample: 3.2
"""

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import connect
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError
from ansible_collections.applied_ai.platform.plugins.module_utils.service.rollout import Outcome, Wanted, wait

ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    "services": {"type": "list", "elements": "dict", "required": True},
    "timeout": {"type": "int", "default": 180},
}


def wanted(service: dict[str, Any]) -> Wanted:
    """Return what a service has to reach."""
    try:
        return Wanted(service["name"], service["namespace"], int(service["replicas"]), bool(service["autoscaling"]))
    except KeyError as error:
        msg = f"An entry of services lacks {error}. It must have name, namespace, replicas and autoscaling."
        raise ServiceError(msg) from error


def result(outcome: Outcome) -> dict[str, Any]:
    """Return the module's result, or raise with every finding."""
    details = {"services": outcome.services, "waited_s": round(outcome.seconds, 1)}
    if outcome.findings:
        sentences = " ".join(f"{finding[0].upper()}{finding[1:].rstrip('.')}." for finding in outcome.findings)
        msg = f"Not every service runs after {details['waited_s']} s. {sentences}"
        raise ServiceError(msg, findings=outcome.findings, **details)
    return details


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    try:
        targets = [wanted(service) for service in params["services"]]
        reader = connect(params["kubeconfig"], params["context"], params["api_timeout"])
        outcome = wait(reader, targets, params["timeout"], clock=time.monotonic, sleep=time.sleep)
        module.exit_json(changed=False, **result(outcome))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
