#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: apply the CRDs of a chart."""

from __future__ import annotations

DOCUMENTATION = r"""
module: helm_crds
short_description: Apply the CRDs of a Helm chart on the server
version_added: 0.1.0
description:
  - Applies the CRDs of a chart's C(crds) folder, and those in files, by server-side apply, and waits until their kinds
    are served. Helm installs such CRDs once and never upgrades them.
  - Their text is passed on as it is. Large sets take seconds, where M(kubernetes.core.k8s) needs most of a minute.
  - Fields that somebody else owns are taken over.
author:
  - Platform Engineering (@applied-ai)
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
attributes:
  check_mode:
    description: Asks the API server for a dry run.
    support: full
  diff_mode:
    description: Names what changes. The texts are too long to be read.
    support: none
options:
  source:
    description:
      - Where the chart is, as RV(applied_ai.platform.helm_release_plan_info#module:source) says.
      - Empty means no chart, only O(files).
    type: dict
    default: {}
  files:
    description: Files with more CRDs, or their C(http(s)) addresses.
    type: list
    elements: path
    default: []
  timeout:
    description: Seconds until the API server must serve the kinds.
    type: int
    default: 60
"""

EXAMPLES = r"""
- name: Apply the CRDs of a chart archive
  applied_ai.platform.helm_crds:
    kubeconfig: /home/me/.kube/config
    source:
      ref: /charts/kube-prometheus-stack-1.2.3.tgz

- name: Apply CRDs from a file, and show which were changed
  applied_ai.platform.helm_crds:
    kubeconfig: /home/me/.kube/config
    files:
      - files/gateway-api.yaml
  register: crds

- name: Show them
  ansible.builtin.debug:
    msg: "{{ crds.changed_names }}"
"""

RETURN = r"""
names:
  description: The CRDs of the chart and the files, sorted.
  returned: success
  type: list
  elements: str
  sample: [alertmanagers.monitoring.coreos.com, prometheuses.monitoring.coreos.com]
changed_names:
  description: Those that were changed, or would be in check mode, sorted.
  returned: success
  type: list
  elements: str
  sample: [prometheuses.monitoring.coreos.com]
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import ConnectionError as UrlError
from ansible.module_utils.urls import SSLValidationError, open_url
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.crds import (
    Crd,
    apply_all,
    await_established,
    parse,
    show_command,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import api_apply, api_client, connect

TIMEOUT = 30
Run = Callable[[list[str]], tuple[int, str, str]]
Open = Callable[[str], AbstractContextManager[Any]]
ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    "source": {"type": "dict", "default": {}},
    "files": {"type": "list", "elements": "path", "default": []},
    "timeout": {"type": "int", "default": 60},
}


def read(params: dict[str, Any], run: Run) -> list[Crd]:
    """Return the CRDs of chart and files."""
    crds: list[Crd] = []
    if params["source"]:
        status, out, err = run(show_command(params["source"]))
        if status != 0:
            msg = f"Failed to read the CRDs of chart {params['source']['ref']}: {(err or out).strip()}"
            raise HelmError(msg)
        crds += parse(out, f"chart {params['source']['ref']}")
    for name in params["files"]:
        crds += parse(text_of(name), f"file {name}")
    return crds


def open_address(address: str) -> AbstractContextManager[Any]:
    """Open what is at an address, through the proxies of the environment."""
    answer: AbstractContextManager[Any] = open_url(address, timeout=TIMEOUT)
    return answer


def text_of(name: str, opened: Open = open_address) -> str:
    """Return the text of a file or of an address."""
    try:
        if name.startswith(("http://", "https://")):
            with opened(name) as answer:
                return str(answer.read().decode("utf-8"))
        return Path(name).read_text(encoding="utf-8")
    # A text that is not UTF-8 is a ValueError; an answer that breaks off is an HTTPException.
    except (OSError, ValueError, HTTPException, UrlError, SSLValidationError) as error:
        why = getattr(error, "strerror", None) or getattr(error, "reason", None) or error
        status = f"{error.code} " if isinstance(error, HTTPError) else ""
        msg = f"Failed to read the CRDs of {name}: {status}{why}. Set addon_crd_files to files or addresses that exist."
        raise HelmError(msg) from error


def apply(params: dict[str, Any], run: Run, *, check_mode: bool) -> dict[str, Any]:
    """Return the module's result."""
    crds = read(params, run)
    names = sorted(crd.name for crd in crds)
    if not crds:
        return {"changed": False, "names": [], "changed_names": []}
    fetch = connect(params["kubeconfig"], params["context"], params["api_timeout"]).get
    api = api_client(params["kubeconfig"], params["context"])
    changed = apply_all(crds, fetch, api_apply(api, dry_run=check_mode, timeout=params["api_timeout"]))
    if not check_mode:
        await_established(names, fetch, params["timeout"], time.monotonic, time.sleep)
    return {"changed": bool(changed), "names": names, "changed_names": changed}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(**apply(module.params, module.run_command, check_mode=module.check_mode))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
