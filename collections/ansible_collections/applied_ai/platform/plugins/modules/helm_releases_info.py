#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: list Helm releases."""

from __future__ import annotations

DOCUMENTATION = r"""
module: helm_releases_info
short_description: List Helm releases with chart and values
version_added: 0.1.0
description:
  - Reads Helm's release secrets with one paged list call and decodes them.
  - It replaces C(helm list) and one C(helm get values) per release, so that comparing twenty releases costs one
    request.
  - Only the newest revision of each release is returned. Superseded revisions are not even transferred.
author:
  - Platform Engineering (@applied-ai)
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
attributes:
  check_mode:
    description: Only reads, so it does the same in check mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
options:
  namespace:
    description:
      - Return releases of this namespace only.
      - Empty means all namespaces, which needs the right to list secrets everywhere.
    type: str
    default: ""
  name:
    description:
      - Return releases of this name only.
      - Empty means all names.
    type: str
    default: ""
  with_namespaces:
    description:
      - Also return the namespaces with their labels.
      - It saves a second process to those who prepare namespaces for releases.
    type: bool
    default: false
  with_crds:
    description: Also return the names of the custom resource definitions, for the same reason.
    type: bool
    default: false
  allow_unreachable:
    description:
      - Return an empty list and RV(reachable=false) instead of failing when the cluster cannot be reached.
      - Meant for check mode on a platform that is still to be built.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: List all releases of a cluster
  applied_ai.platform.helm_releases_info:
    kubeconfig: /home/me/.kube/config
  register: releases

- name: Require that metrics-server is deployed
  ansible.builtin.assert:
    that: "'deployed' in releases.releases | selectattr('name', 'eq', 'metrics-server') | map(attribute='status')"

- name: Read one release of a platform that may not exist yet
  applied_ai.platform.helm_releases_info:
    kubeconfig: /home/me/.kube/config
    namespace: kube-system
    name: metrics-server
    allow_unreachable: true

- name: Read all that add-ons are made of
  applied_ai.platform.helm_releases_info:
    kubeconfig: /home/me/.kube/config
    with_namespaces: true
    with_crds: true
"""

RETURN = r"""
reachable:
  description: Whether the cluster answered.
  returned: success
  type: bool
  sample: true
namespaces:
  description: Labels of each namespace by its name, empty unless O(with_namespaces).
  returned: success
  type: dict
  sample: {kube-system: {kubernetes.io/metadata.name: kube-system}}
crds:
  description: Names of the custom resource definitions, sorted, empty unless O(with_crds).
  returned: success
  type: list
  elements: str
  sample: [certificates.cert-manager.io]
releases:
  description: The newest revision of each release, sorted by namespace and name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the release.
      type: str
      sample: metrics-server
    namespace:
      description: Namespace of the release.
      type: str
      sample: kube-system
    revision:
      description: Number of the newest revision.
      type: int
      sample: 3
    status:
      description: Helm's status of that revision.
      type: str
      sample: deployed
    chart:
      description: Name of the chart.
      type: str
      sample: metrics-server
    version:
      description: Version of the chart.
      type: str
      sample: 1.2.3
    app_version:
      description: Version of the application, as the chart says.
      type: str
      sample: 0.8.1
    updated:
      description: When the revision was made.
      type: str
      sample: "2026-11-23T12:00:00.123456789Z"
    secret:
      description: Name of the secret that holds the revision.
      type: str
      sample: sh.helm.release.v1.metrics-server.v3
    values:
      description: The values that were given to Helm. The chart's defaults are not among them.
      type: dict
      sample: {replicas: 2}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.releases import (
    list_path,
    list_query,
    newest_releases,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, Reader, connect

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    "namespace": {"type": "str", "default": ""},
    "name": {"type": "str", "default": ""},
    "with_namespaces": {"type": "bool", "default": False},
    "with_crds": {"type": "bool", "default": False},
    "allow_unreachable": {"type": "bool", "default": False},
}


def releases_of(reader: Reader, namespace: str, name: str) -> list[dict[str, Any]]:
    """Return the newest revision of each release as plain data."""
    secrets = reader.items(list_path(namespace), keep=None, **list_query(name))
    return [release.as_dict() for release in newest_releases(secrets)]


def namespaces_of(reader: Reader) -> dict[str, dict[str, str]]:
    """Return the labels of each namespace."""
    found = {one["metadata"]["name"]: one["metadata"].get("labels") or {} for one in reader.items("/api/v1/namespaces")}
    return dict(sorted(found.items()))


def crds_of(reader: Reader) -> list[str]:
    """Return the names of the custom resource definitions; their schemas stay in the cluster."""
    return sorted(one["metadata"]["name"] for one in reader.metadata(CRDS))


def run(params: dict[str, Any]) -> dict[str, Any]:
    """Return the module's result."""
    try:
        reader = connect(params["kubeconfig"], params["context"], params["api_timeout"])
        return {
            "reachable": True,
            "releases": releases_of(reader, params["namespace"], params["name"]),
            "namespaces": namespaces_of(reader) if params["with_namespaces"] else {},
            "crds": crds_of(reader) if params["with_crds"] else [],
        }
    except KubeError:
        if not params["allow_unreachable"]:
            raise
        return {"reachable": False, "releases": [], "namespaces": {}, "crds": []}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(changed=False, **run(module.params))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
