#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: say how new versions of services come."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_strategy_info
short_description: Say how new versions of services come, and what they would be taken back to
version_added: 0.1.0
description:
  - Reads what Helm and the records of rollouts know of each service, and returns the revision to go back to and the
    steps by which a new image comes beside the present one, as its strategy wants it.
  - There are steps only where the release exists and its image differs from the wanted one.
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
    description: The services, as M(applied_ai.platform.service_plan_info) returns them.
    type: list
    elements: dict
    required: true
  mesh:
    description: Whether a mesh gives a canary its share of the requests. If not, the number of pods does.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Say how services come
  applied_ai.platform.service_strategy_info:
    kubeconfig: /srv/platform/kubeconfig
    services: "{{ plan.services }}"
  register: strategy

- name: Show the steps
  ansible.builtin.debug:
    msg: "{{ strategy.services | map(attribute='rollout') | map(attribute='steps') }}"
"""

RETURN = r"""
services:
  description: The given services, each with how it comes.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
      sample: example-api
    rollout:
      description: How it comes.
      type: dict
      contains:
        revision:
          description: Helm's newest revision of it, V(0) when there is none.
          type: int
          sample: 4
        image:
          description: The image that it runs.
          type: str
          sample: registry.example.com/example-api:1.4.1
        base:
          description: The revision to go back to, V(0) when there is none.
          type: int
          sample: 4
        base_image:
          description: The image of that revision, as C(repository), C(tag) and C(digest).
          type: dict
          sample: {repository: registry.example.com/example-api, tag: 1.4.1}
        earlier:
          description: >-
            The newest good revision that differs from the present one in more than the number of pods, V(0) when there
            is none.
          type: int
          sample: 3
        same:
          description: Revisions that do not differ from the present one in more than that.
          type: list
          elements: int
          sample: [4]
        back:
          description: Whether the wanted image is one that did well before the present one came.
          type: bool
          sample: false
        unfinished:
          description: Whether the newest revision is not recorded as good, as after an interrupted run.
          type: bool
          sample: false
        steps:
          description: The steps before the new image takes the old one's place, each with values for the chart.
          type: list
          elements: dict
          sample: [{title: 10 % of the requests, weight: 10, replicas: 1, smoke: false, watched: true, values: {}}]
        notes:
          description: What the operator should know of it.
          type: list
          elements: str
          sample: []
"""

from collections.abc import Iterable
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.history import revisions
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import Reader, connect
from ansible_collections.applied_ai.platform.plugins.module_utils.service import record
from ansible_collections.applied_ai.platform.plugins.module_utils.service.rollout import SELECTOR
from ansible_collections.applied_ai.platform.plugins.module_utils.service.strategy import plan

ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    "services": {"type": "list", "elements": "dict", "required": True},
    "mesh": {"type": "bool", "default": True},
}
WORKLOADS = ("deployments", "statefulsets")


def of_namespace(
    reader: Reader, namespace: str, services: Iterable[dict[str, Any]], *, mesh: bool
) -> list[dict[str, Any]]:
    """Return the services of one namespace with how each comes."""
    services = list(services)
    history = revisions(reader, namespace, [one["name"] for one in services])
    maps = {
        item["metadata"]["name"]: item
        for item in reader.items(
            f"/api/v1/namespaces/{namespace}/configmaps",
            labelSelector="app.kubernetes.io/managed-by=applied-ai-platform",
        )
    }
    replicas = replicas_of(reader, namespace) if any(one["strategy"] != "rolling" for one in services) else {}
    return [
        {
            **one,
            "rollout": plan(
                one,
                history[one["name"]],
                record.read(maps.get(record.name_of(one["name"]))),
                replicas.get(one["name"], one["replicas"]),
                mesh=mesh,
            ).as_dict(),
        }
        for one in services
    ]


def replicas_of(reader: Reader, namespace: str) -> dict[str, int]:
    """Return the number of pods that each workload has now, whoever decided on it."""
    return {
        item["metadata"]["name"]: int(item["spec"].get("replicas") or 0)
        for kind in WORKLOADS
        for item in reader.items(f"/apis/apps/v1/namespaces/{namespace}/{kind}", labelSelector=SELECTOR)
    }


def run(reader: Reader, services: list[dict[str, Any]], *, mesh: bool) -> dict[str, Any]:
    """Return the module's result: a few list calls a namespace, however many services."""
    return {
        "services": [
            found
            for namespace in sorted({one["namespace"] for one in services})
            for found in of_namespace(
                reader, namespace, (one for one in services if one["namespace"] == namespace), mesh=mesh
            )
        ]
    }


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    try:
        reader = connect(params["kubeconfig"], params["context"], params["api_timeout"])
        module.exit_json(changed=False, **run(reader, params["services"], mesh=params["mesh"]))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
