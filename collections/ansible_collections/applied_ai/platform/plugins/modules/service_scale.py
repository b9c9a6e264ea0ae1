#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: change the number of a service's pods, and nothing else of it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_scale
short_description: Change the number of a service's pods, and nothing else of it
version_added: 0.1.0
description:
  - Upgrades the release of a service with the chart and the values that it has, save for the number of pods. A newer
    chart or image in the inventory stays out of it.
  - Where an autoscaler decides, the number is the least that it may choose, up to its greatest.
  - It holds until the service is deployed from the inventory again, which sees that the release differs.
  - It runs no hooks and does not wait for pods.
  - Needs C(helm) on the PATH.
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
author:
  - Applied AI Platform (@applied-ai)
attributes:
  check_mode:
    description: Says what would change, and refuses what would be refused.
    support: full
  diff_mode:
    description: Shows the values before and after.
    support: full
options:
  name:
    description: Name of the service.
    type: str
    required: true
  namespace:
    description: Its namespace.
    type: str
    required: true
  replicas:
    description: Number of pods.
    type: int
    required: true
  autoscaling:
    description: Whether the inventory wants an autoscaler for it.
    type: bool
    required: true
  allow_zero:
    description: Whether there may be none at all.
    type: bool
    default: false
  history_max:
    description: Number of revisions that Helm keeps.
    type: int
    default: 10
"""

EXAMPLES = r"""
- name: Have five pods until the next deployment
  applied_ai.platform.service_scale:
    kubeconfig: /srv/platform/kubeconfig
    name: example-api
    namespace: services
    replicas: 5
    autoscaling: true
  register: scale

- name: Show what Helm made
  ansible.builtin.debug:
    msg: "revision {{ scale.revision }}"
"""

RETURN = r"""
before:
  description: The newest revision before.
  returned: success
  type: int
  sample: 4
revision:
  description: The newest revision now.
  returned: success
  type: int
  sample: 5
image:
  description: The image that it runs, with C(repository), C(tag) and C(digest).
  returned: success
  type: dict
  sample: {repository: registry.example.com/example-api, tag: 1.4.2}
chart:
  description: Version of the chart that it runs.
  returned: success
  type: str
  sample: 0.2.0+3f2a9c417be0
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.history import (
    chart_files,
    default_values,
    payload,
    revisions,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import Reader, connect
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError
from ansible_collections.applied_ai.platform.plugins.module_utils.service.scale import scaled

ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "replicas": {"type": "int", "required": True},
    "autoscaling": {"type": "bool", "required": True},
    "allow_zero": {"type": "bool", "default": False},
    "history_max": {"type": "int", "default": 10},
}
# (argv, standard input) → (exit code, standard output, standard error)
Run = Callable[[list[str], str], tuple[int, str, str]]


def helm_command(params: dict[str, Any], folder: Path) -> list[str]:
    """Return the command that upgrades the release with a chart's folder; values come on standard input."""
    context = ["--kube-context", params["context"]] if params["context"] else []
    return [
        *("helm", "upgrade", params["name"], str(folder), "--namespace", params["namespace"]),
        *("--kubeconfig", params["kubeconfig"], *context, "--reset-values", "--values", "-"),
        *("--history-max", str(params["history_max"]), "--no-hooks"),
        *("--description", f"scaled to {params['replicas']}"),
    ]


def run(params: dict[str, Any], reader: Reader, helm: Run, *, check_mode: bool) -> dict[str, Any]:
    """Bring the release to its number of pods."""
    name, namespace = params["name"], params["namespace"]
    history = revisions(reader, namespace, [name])[name]
    if not history or history[0].status != "deployed":
        status = f"its newest revision is {history[0].status}" if history else "it is not deployed"
        msg = f"Service {name} in namespace {namespace} was not scaled: {status}. Deploy it first."
        raise ServiceError(msg)
    kept = payload(reader, history[0])
    before = history[0].values
    after = scaled(
        name,
        before,
        default_values(kept),
        params["replicas"],
        autoscaling=params["autoscaling"],
        allow_zero=params["allow_zero"],
    )
    revision = history[0].revision
    result = {
        "changed": after != before,
        "before": revision,
        "revision": revision,
        "image": before.get("image") or {},
        "chart": history[0].version,
        "diff": {"before": before, "after": after} if after != before else {},
    }
    if not result["changed"] or check_mode:
        return result
    with tempfile.TemporaryDirectory() as folder:
        for path, data in chart_files(kept).items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        code, _, stderr = helm(helm_command(params, Path(folder)), json.dumps(after))
    if code != 0:
        last = next((line for line in reversed(stderr.splitlines()) if line.strip()), "no reason given")
        msg = f"Failed to scale service {name} in namespace {namespace}: {last.removeprefix('Error: ').rstrip('.')}."
        raise ServiceError(msg)
    return {**result, "revision": revisions(reader, namespace, [name])[name][0].revision}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params

    def helm(argv: list[str], stdin: str) -> tuple[int, str, str]:
        code, out, err = module.run_command([module.get_bin_path(argv[0], required=True), *argv[1:]], data=stdin)
        return code, out, err

    try:
        reader = connect(params["kubeconfig"], params["context"], params["api_timeout"])
        module.exit_json(**run(params, reader, helm, check_mode=module.check_mode))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
