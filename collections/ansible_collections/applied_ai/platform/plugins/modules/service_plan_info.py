#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: check the definitions of services and turn them into releases."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_plan_info
short_description: Check the definitions of services and turn them into Helm releases
version_added: 0.1.0
description:
  - Checks all definitions against the role's argument specification, lets the chart judge the values that follow from
    them, and looks whether every Secret that a service refers to exists. It fails with all findings at once, one
    sentence each.
  - It changes nothing, and never asks the cluster for a Secret's contents, only for its name.
  - Needs C(helm) on the PATH.
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
  definitions:
    description: The services by name, as the inventory defines them.
    type: dict
    required: true
  spec:
    description: The options of one definition, as an argument specification.
    type: dict
    required: true
  chart:
    description: Folder of the chart that all services share.
    type: path
    required: true
  namespace:
    description: Namespace of services that name none and whose team has none.
    type: str
    required: true
  team_namespaces:
    description: Namespace of the services of a team, by team.
    type: dict
    default: {}
  values:
    description: Values for the chart that hold for all services. Those of the definitions go over them.
    type: dict
    default: {}
  releases:
    description:
      - Images that were promoted to this environment, by service, each with C(digest), C(tag) and C(promoted_from).
      - They are the images of the definitions that name no digest.
    type: dict
    default: {}
  promoted_from:
    description:
      - Environment from which each image must have been promoted.
      - Empty means that it may come from anywhere.
    type: str
    default: ""
  require_digest:
    description: Whether each image must be named by its digest.
    type: bool
    default: false
  node_groups:
    description:
      - The platform's node groups by name, each with C(instance_types).
      - With O(gpu_families), a service that asks for a GPU that neither they nor O(node_pools) have is refused.
    type: dict
    default: {}
  node_pools:
    description: Karpenter's node pools by name, each with C(requirements).
    type: dict
    default: {}
  gpu_families:
    description:
      - Model of the GPU by family of instances.
      - Empty means that GPUs are not looked at.
    type: dict
    default: {}
  environment:
    description:
      - Environment for the cost label of the same name.
      - Empty means no such label.
    type: str
    default: ""
  kubeconfig:
    description:
      - Path of the kubeconfig file of the cluster whose Secrets are looked at.
      - Empty means that there is no cluster yet, so that no Secret is looked for.
    type: path
    default: ""
  context:
    description:
      - The context of O(kubeconfig) to use.
      - Empty means the file's current context.
    type: str
    default: ""
  api_timeout:
    description: Seconds that one request to the cluster may take.
    type: int
    default: 30
"""

EXAMPLES = r"""
- name: Check the services
  applied_ai.platform.service_plan_info:
    definitions:
      example-api:
        image: {repository: registry.example.com/example-api, tag: 1.4.2}
        team: research
    spec:
      image: {type: dict, required: true}
      team: {type: str, required: true}
    chart: charts/ai_service
    namespace: services
    kubeconfig: /srv/platform/kubeconfig
  register: plan

- name: Show the values for the chart
  ansible.builtin.debug:
    msg: "{{ plan.services | map(attribute='values') }}"
"""

RETURN = r"""
chart:
  description: The chart as it is to be packaged.
  returned: success
  type: dict
  contains:
    chart:
      description: Its name.
      type: str
      sample: ai-service
    version:
      description: Its version, with the digest of its files, so that any change of it is a change of the release.
      type: str
      sample: 0.1.0+3f2a9c417be0
services:
  description: What each definition means, sorted by namespace and name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the release, the Deployment and the Service.
      type: str
      sample: example-api
    namespace:
      description: Namespace of the release.
      type: str
      sample: services
    state:
      description: Whether it shall exist, V(present) or V(absent).
      type: str
      sample: present
    values:
      description: Values for the chart, without its defaults.
      type: dict
      sample: {team: research, replicaCount: 2}
    secrets:
      description: Names of the Secrets that it reads.
      type: list
      elements: str
      sample: [database-secret]
    read_by_pods:
      description: Names of the Secrets whose contents its pods get, those of External Secrets included.
      type: list
      elements: str
      sample: [database-secret, example-api-external]
    kind:
      description: Kind of its workload, V(Deployment) or V(StatefulSet).
      type: str
      sample: Deployment
    image:
      description: What runs, with C(repository), C(tag) and C(digest).
      type: dict
      sample: {repository: registry.example.com/example-api, tag: 1.4.2, digest: ""}
    strategy:
      description: How a new image comes, V(rolling), V(canary) or V(blue_green).
      type: str
      sample: rolling
    canary:
      description: >-
        How a new image proves itself: C(steps), C(interval), C(replicas), C(minimum_requests), C(allow_unknown).
      type: dict
      sample: {steps: [10, 50], interval: 60, replicas: 1, minimum_requests: 50, allow_unknown: false}
    slo:
      description: What is promised, with C(availability) and C(latency_p95_ms), 0 where nothing is.
      type: dict
      sample: {availability: 99.9, latency_p95_ms: 200}
    smoke_test:
      description: Whether the release has a test.
      type: bool
      sample: true
    migration:
      description: Whether a new image changes the database first.
      type: bool
      sample: false
    autoscaling:
      description: Whether an autoscaler decides on the number of pods.
      type: bool
      sample: true
    replicas:
      description: The least number of pods.
      type: int
      sample: 2
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import Reader, connect
from ansible_collections.applied_ai.platform.plugins.module_utils.service import (
    chart,
    definitions,
    graph,
    resources,
    secrets,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError

ARGUMENTS: dict[str, dict[str, Any]] = {
    "definitions": {"type": "dict", "required": True},
    "spec": {"type": "dict", "required": True},
    "chart": {"type": "path", "required": True},
    "namespace": {"type": "str", "required": True},
    "team_namespaces": {"type": "dict", "default": {}},
    "environment": {"type": "str", "default": ""},
    "values": {"type": "dict", "default": {}},
    "releases": {"type": "dict", "default": {}},
    "promoted_from": {"type": "str", "default": ""},
    "require_digest": {"type": "bool", "default": False},
    "node_groups": {"type": "dict", "default": {}},
    "node_pools": {"type": "dict", "default": {}},
    "gpu_families": {"type": "dict", "default": {}},
    "kubeconfig": {"type": "path", "default": ""},
    "context": {"type": "str", "default": ""},
    "api_timeout": {"type": "int", "default": 30},
}


def plan(params: dict[str, Any], run: chart.Run, reader: Reader | None) -> dict[str, Any]:
    """Return the module's result, or raise with every finding.

    The chart judges only what the specification let pass, and the cluster is asked only about what the chart accepts.
    """
    entries, folder = params["definitions"], Path(params["chart"])
    refuse(
        definitions.name_findings(entries)
        + [
            finding
            for key, entry in entries.items()
            for finding in definitions.definition_findings(key, entry, params["spec"])
        ]
    )
    releases = {definitions.release_name(key): release for key, release in params["releases"].items()}
    entries = {
        key: definitions.with_released_image(entry, releases.get(definitions.release_name(key), {}))
        for key, entry in entries.items()
    }
    platform = definitions.Platform(
        namespace=params["namespace"],
        environment=params["environment"],
        values=params["values"],
        team_namespaces=params["team_namespaces"],
    )
    defaults = chart.load(folder, "values.yaml")
    services = [definitions.read_service(key, entry, platform, defaults) for key, entry in entries.items()]
    services.sort(key=lambda service: (service.namespace, service.name))
    refuse(
        [
            finding
            for key, entry in entries.items()
            for finding in definitions.image_findings(
                key,
                entry,
                releases.get(definitions.release_name(key), {}),
                params["promoted_from"],
                params["require_digest"],
            )
        ]
        + graph.findings(services, entries)
        + resources.amount_findings(services)
        + resources.gpu_findings(services, params["node_groups"], params["node_pools"], params["gpu_families"])
    )
    services = graph.connected(services, entries)
    refuse(chart.findings(run, services, folder))
    refuse(secrets.findings(reader, services) if reader else [])
    return {
        "chart": chart.identity(folder),
        "services": [service.as_dict() for service in services],
    }


def refuse(findings: list[str]) -> None:
    """Raise when there is any finding, with all of them."""
    if findings:
        msg = "Nothing was changed. " + " ".join(
            f"{finding[0].upper()}{finding[1:].rstrip('.')}." for finding in findings
        )
        raise ServiceError(msg, findings=findings)


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params

    def run(argv: list[str], stdin: str) -> tuple[int, str, str]:
        code, out, err = module.run_command([module.get_bin_path(argv[0], required=True), *argv[1:]], data=stdin)
        return code, out, err

    try:
        reader = (
            connect(params["kubeconfig"], params["context"], params["api_timeout"]) if params["kubeconfig"] else None
        )
        module.exit_json(changed=False, **plan(params, run, reader))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
