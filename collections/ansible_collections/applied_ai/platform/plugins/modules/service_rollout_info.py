#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: wait until services run and their autoscalers see metrics."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_rollout_info
short_description: Wait until services run with the replicas they want, and say why one does not
version_added: 0.1.0
description:
  - Looks at all services together until each runs with the wanted replicas of its current version and each autoscaler
    sees a value for all of its metrics, or until O(timeout).
  - A service that cannot come up is given up early, such as one that crashes again and again, whose image cannot be
    pulled, that no node takes, or whose pods are refused. Each cause is told apart and comes as one sentence with
    what would help.
  - While it waits, it says every O(progress) seconds what is not ready.
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
    description: Seconds after which pods that are not ready count as failed, V(0) to look once.
    type: int
    default: 600
  metrics_timeout:
    description:
      - Seconds that autoscalers may take after that to reach the least number of pods and to see metrics.
    type: int
    default: 180
  nodes_grow:
    description: Whether somebody adds nodes for pods that fit on none. If not, such pods are given up early.
    type: bool
    default: false
  allow_failures:
    description: Whether to return normally when a service failed.
    type: bool
    default: false
  progress:
    description: Seconds between two lines of progress.
    type: int
    default: 15
  before:
    description:
      - Where an earlier wait stopped, RV(services) of it. The wait goes on from there.
    type: list
    elements: dict
    default: []
  waited:
    description: Seconds that the earlier wait took.
    type: float
    default: 0
  at_most:
    description: Seconds after which it returns although services are waiting still, V(0) for no such limit.
    type: float
    default: 0
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
    state:
      description: V(ready), V(failed), or V(waiting) where O(at_most) ended the wait.
      type: str
      sample: ready
    available:
      description: Number of available pods.
      type: int
      sample: 2
    utilisation:
      description: Current use in per cent of the request, by resource, as its autoscaler sees it.
      type: dict
      sample: {cpu: 41, memory: 57}
    kind:
      description: >-
        What keeps it from being ready, V(crash_loop), V(image_pull), V(config), V(refused), V(unschedulable_gpu),
        V(unschedulable), V(volume), V(not_ready), V(failed), V(no_metrics) or V(starting). Empty when nothing does.
      type: str
      sample: crash_loop
    reason:
      description: The same in words.
      type: str
      sample: container example-api crashes again and again (exit code 1, 3 restarts)
    since:
      description: Seconds that this has been so.
      type: float
      sample: 12.5
findings:
  description: What services lack, one sentence each.
  returned: always
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
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import (
    KubeError,
    PagedReader,
    api_client,
    api_fetch,
    api_read,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.service.diagnosis import FOR_EVER
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError
from ansible_collections.applied_ai.platform.plugins.module_utils.service.rollout import (
    LOG_PATH,
    Limits,
    State,
    Wanted,
    wait,
    with_last_words,
)

ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    "services": {"type": "list", "elements": "dict", "required": True},
    "timeout": {"type": "int", "default": 600},
    "metrics_timeout": {"type": "int", "default": 180},
    "nodes_grow": {"type": "bool", "default": False},
    "allow_failures": {"type": "bool", "default": False},
    "progress": {"type": "int", "default": 15},
    "before": {"type": "list", "elements": "dict", "default": []},
    "waited": {"type": "float", "default": 0},
    "at_most": {"type": "float", "default": 0},
}


def wanted(service: dict[str, Any]) -> Wanted:
    """Return what a service has to reach."""
    try:
        return Wanted(service["name"], service["namespace"], int(service["replicas"]), bool(service["autoscaling"]))
    except KeyError as error:
        msg = f"An entry of services lacks {error}. It must have name, namespace, replicas and autoscaling."
        raise ServiceError(msg) from error


def result(states: list[State], waited: float) -> dict[str, Any]:
    """Return the module's result."""
    services = [state.as_dict() for state in states]
    findings = [
        f"service {one['name']} in namespace {one['namespace']}: {one['reason']}"
        for one in services
        if one["state"] == "failed"
    ]
    return {"services": services, "findings": findings, "waited_s": round(waited, 1)}


def run(params: dict[str, Any]) -> dict[str, Any]:
    """Wait, and return how each service stands."""
    targets = [wanted(service) for service in params["services"]]
    api = api_client(params["kubeconfig"], params["context"])
    fetch = api_fetch(api, params["kubeconfig"], params["api_timeout"])
    read = api_read(api, params["kubeconfig"], params["api_timeout"])

    def log(namespace: str, pod: str, container: str) -> str:
        try:
            # A log is a courtesy: the container may be gone, or nobody keeps its words.
            text = read(f"{LOG_PATH.format(namespace=namespace, pod=pod, container=container)}&previous=true", "*/*")
        except KubeError:
            return ""
        return text.decode(errors="replace")

    start = time.monotonic()
    states = wait(
        PagedReader(fetch),
        targets,
        Limits(params["timeout"], params["metrics_timeout"]),
        clock=time.monotonic,
        sleep=time.sleep,
        at_most=params["at_most"] or FOR_EVER,
        before={(one["namespace"], one["name"]): (one["kind"], float(one["since"])) for one in params["before"]},
        waited=params["waited"],
        nodes_grow=params["nodes_grow"],
    )
    return result(with_last_words(states, log), params["waited"] + time.monotonic() - start)


def main() -> None:
    """Run as an Ansible module; its action plugin calls it slice by slice and judges the result."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(changed=False, **run(module.params))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
