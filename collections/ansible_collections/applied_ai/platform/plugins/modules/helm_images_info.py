#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: list the images that charts need."""

from __future__ import annotations

DOCUMENTATION = r"""
module: helm_images_info
short_description: List the container images that charts need
version_added: 0.1.0
description:
  - Renders charts with their values by C(helm template), without a cluster, and collects the images of the objects.
  - Images that an operator has in its program and not in its chart cannot be seen.
author:
  - Platform Engineering (@applied-ai)
attributes:
  check_mode:
    description: Only reads, so it does the same in check mode.
    support: full
  diff_mode:
    description: Changes nothing.
    support: none
options:
  charts:
    description: The charts.
    type: list
    elements: dict
    required: true
    suboptions:
      release:
        description: Name of the release.
        type: str
        required: true
      namespace:
        description: Namespace of the release.
        type: str
        required: true
      chart:
        description: Name of the chart.
        type: str
        required: true
      version:
        description: Exact version of the chart.
        type: str
        required: true
      repository:
        description: Address of the chart's own repository.
        type: str
        default: ""
      values:
        description: The values to give to Helm.
        type: dict
        default: {}
      objects:
        description: Objects beside the chart.
        type: list
        elements: dict
        default: []
  source:
    description: Where all charts come from, as in M(applied_ai.platform.helm_release_plan_info).
    type: str
    default: ""
  kube_version:
    description: Version of Kubernetes that charts are to be rendered for.
    type: str
    default: "1.36.0"
"""

EXAMPLES = r"""
- name: List the images of cert-manager
  applied_ai.platform.helm_images_info:
    charts:
      - release: cert-manager
        namespace: cert-manager
        chart: cert-manager
        version: v1.2.3
        repository: oci://quay.io/jetstack/charts
  register: needed
"""

RETURN = r"""
images:
  description: All images, sorted.
  returned: success
  type: list
  elements: str
  sample: [quay.io/jetstack/cert-manager-controller:v1.2.3]
by_release:
  description: The images of each release.
  returned: success
  type: dict
  sample: {cert-manager: [quay.io/jetstack/cert-manager-controller:v1.2.3]}
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm import charts, images
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.crds import Loader
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError

Json = dict[str, Any]
Run = Callable[[list[str]], tuple[int, str, str]]
CHART: dict[str, Json] = {
    "release": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "chart": {"type": "str", "required": True},
    "version": {"type": "str", "required": True},
    "repository": {"type": "str", "default": ""},
    "values": {"type": "dict", "default": {}},
    "objects": {"type": "list", "elements": "dict", "default": []},
}
ARGUMENTS: dict[str, Json] = {
    "charts": {"type": "list", "elements": "dict", "required": True, "options": CHART},
    "source": {"type": "str", "default": ""},
    "kube_version": {"type": "str", "default": "1.36.0"},
}


def template_command(chart: Json, source: str, kube_version: str, values: Path) -> list[str]:
    """Return the command that renders a chart without a cluster."""
    where = charts.locate(chart["chart"], chart["version"], chart["repository"], source)
    place = ["--repo", where.repo_url] if where.repo_url else []
    version = ["--version", where.version] if where.version else []
    return [
        *("helm", "template", chart["release"], where.ref, *place, *version),
        *("--namespace", chart["namespace"], "--kube-version", kube_version, "--values", str(values)),
    ]


def of_chart(chart: Json, params: Json, run: Run) -> list[str]:
    """Return the images of one chart and of the objects beside it."""
    rendered: list[Any] = []
    if chart["chart"]:
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as values:
            json.dump(chart["values"], values)
            values.flush()
            status, out, err = run(template_command(chart, params["source"], params["kube_version"], Path(values.name)))
        if status != 0:
            said = (err or out).strip().splitlines()
            why = said[-1] if said else "no reason given"
            msg = f"Failed to render chart {chart['chart']} {chart['version']}: {why}."
            raise HelmError(msg)
        rendered = list(yaml.load_all(out, Loader))
    return images.of_objects([rendered, chart["objects"]])


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        found = {one["release"]: of_chart(one, module.params, module.run_command) for one in module.params["charts"]}
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(changed=False, images=sorted({i for some in found.values() for i in some}), by_release=found)


if __name__ == "__main__":
    main()
