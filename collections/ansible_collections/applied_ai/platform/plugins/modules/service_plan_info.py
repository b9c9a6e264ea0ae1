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
    description: Namespace of services that name none.
    type: str
    required: true
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
from ansible_collections.applied_ai.platform.plugins.module_utils.service import chart, definitions, secrets
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError

ARGUMENTS: dict[str, dict[str, Any]] = {
    "definitions": {"type": "dict", "required": True},
    "spec": {"type": "dict", "required": True},
    "chart": {"type": "path", "required": True},
    "namespace": {"type": "str", "required": True},
    "environment": {"type": "str", "default": ""},
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
    defaults = chart.load(folder, "values.yaml")
    services = [
        definitions.read_service(key, entry, params["namespace"], params["environment"], defaults)
        for key, entry in entries.items()
    ]
    services.sort(key=lambda service: (service.namespace, service.name))
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
