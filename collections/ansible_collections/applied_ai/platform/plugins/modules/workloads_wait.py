#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: wait until the workloads of Helm releases are ready."""

from __future__ import annotations

DOCUMENTATION = r"""
module: workloads_wait
short_description: Wait until the workloads of Helm releases are ready
version_added: 0.1.0
description:
  - Waits for the Deployments, DaemonSets, StatefulSets, Jobs and APIServices of any number of releases at once, so
    that releases that were installed without waiting come up in parallel.
  - Looks once per second, with one list call per kind. Objects belong to a release by the annotations that Helm
    gives them.
  - While it waits, it says every O(progress) seconds what is not ready.
  - When the time is over it names what is not ready, with the last condition, what its pods are at, and their last
    warning event.
  - Stops early when all that is not ready has failed for good, such as a Job without retries left.
author:
  - Platform Engineering (@applied-ai)
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
attributes:
  check_mode:
    description: Does nothing in check mode, because nothing was installed that could become ready.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
options:
  releases:
    description: The releases to wait for.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the release.
        type: str
        required: true
      namespace:
        description: Namespace of the release.
        type: str
        required: true
  timeout:
    description: Seconds after which waiting ends with an error.
    type: int
    default: 600
  progress:
    description: Seconds between two lines of progress.
    type: int
    default: 15
"""

EXAMPLES = r"""
- name: Wait for one release
  applied_ai.platform.workloads_wait:
    kubeconfig: /home/me/.kube/config
    releases:
      - name: metrics-server
        namespace: kube-system

- name: Wait for everything that this run installed
  applied_ai.platform.workloads_wait:
    kubeconfig: /home/me/.kube/config
    releases: "{{ installed }}"
    timeout: 900
  register: wait

- name: Show how long it took
  ansible.builtin.debug:
    msg: "{{ wait.total }} workloads ready after {{ wait.seconds }} s"
"""

RETURN = r"""
total:
  description: Number of workloads that belong to the releases.
  returned: always
  type: int
  sample: 14
pending:
  description: Workloads that are not ready, sorted by release, kind, namespace and name.
  returned: always
  type: list
  elements: dict
  contains:
    release:
      description: Name of the release.
      type: str
      sample: metrics-server
    kind:
      description: Kind of the workload.
      type: str
      sample: Deployment
    name:
      description: Name of the workload.
      type: str
      sample: metrics-server
    namespace:
      description: Namespace of the workload.
      type: str
      sample: kube-system
    reason:
      description: What it lacks.
      type: str
      sample: 0 of 2 replicas are available
    failed:
      description: Whether waiting longer is useless.
      type: bool
      sample: false
seconds:
  description: How long it waited.
  returned: always
  type: float
  sample: 7.2
"""

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.wait import wait, with_causes
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import Reader, connect

ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    "releases": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {"name": {"type": "str", "required": True}, "namespace": {"type": "str", "required": True}},
    },
    "timeout": {"type": "int", "default": 600},
    "progress": {"type": "int", "default": 15},
}


def run(params: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """Wait for ``timeout`` and return what is ready and what is not, with causes."""
    releases = [(one["namespace"], one["name"]) for one in params["releases"]]
    outcome = wait(reader, releases, params["timeout"], clock=time.monotonic, sleep=time.sleep)
    return {
        "total": outcome.total,
        "pending": [one.as_dict() for one in outcome.pending],
        "causes": with_causes(reader, outcome.pending),
        "hopeless": outcome.hopeless,
        "seconds": round(outcome.seconds, 1),
    }


def main() -> None:
    """Run as an Ansible module; its action plugin calls it slice by slice and judges the result."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        reader = connect(module.params["kubeconfig"], module.params["context"], module.params["api_timeout"])
        module.exit_json(changed=False, **run(module.params, reader))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
