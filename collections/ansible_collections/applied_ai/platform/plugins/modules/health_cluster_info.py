#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: look at a cluster and say one verdict."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health_cluster_info
short_description: Compare a cluster with what was promised and say one verdict
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Reads nodes and their leases, workloads, pods, jobs, autoscalers, API services, admission webhooks, certificates of
    cert-manager, claims, volumes, quotas and Helm releases, one paged list per kind, and the API server's metrics, and
    rolls what it sees up to one verdict with the findings worst first.
  - It changes nothing, and never reads a Secret's contents, only the labels of Helm's.
  - A busy API server is asked up to three times, with pauses; where nobody answers, that is told at once. What could
    not be read is C(unknown) with the reason, whatever else was seen.
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
  - applied_ai.platform.health
attributes:
  check_mode:
    description: This module only reads, so that it does the same with and without check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  limit_s:
    description:
      - Seconds that the whole look may take. What is not read by then is C(unknown).
      - What a cluster of five thousand nodes takes is in docs/health_scale.md; one that is busy takes longer.
    type: int
    default: 300
  expected:
    description:
      - What should be there, on top of what a cluster itself says should be.
      - Left out, only the cluster's own wishes count.
    type: dict
    default: {}
    suboptions:
      node_groups:
        description:
          - The promised node groups by name, each a dictionary with C(count), the number of nodes that must be ready,
            C(gpus_per_node), the number of GPUs each of them must be able to give to pods, and C(zones), in how many
            zones they must stand.
        type: dict
        default: {}
      workloads:
        description:
          - Workloads that must exist and be ready. One of them without any available pod makes the cluster unhealthy;
            any other makes it degraded.
        type: list
        elements: dict
        default: []
        suboptions:
          kind:
            description: Kind of the workload.
            type: str
            required: true
            choices: [Deployment, DaemonSet, StatefulSet]
          namespace:
            description: Namespace of the workload.
            type: str
            required: true
          name:
            description: Name of the workload.
            type: str
            required: true
      node_group_label:
        description:
          - The node label that holds the name of the node group.
        type: str
        default: eks.amazonaws.com/nodegroup
      grace:
        description:
          - Seconds for which a pod, a claim or an autoscaler may wait, a node may join, or a workload may lack what its
            new pods bring, before that is a finding.
          - A namespace may take ten times as long to end, and a node claim of Karpenter fifteen times as long to come.
        type: int
        default: 60
"""

EXAMPLES = r"""
- name: Look at the cluster
  applied_ai.platform.health_cluster_info:
    kubeconfig: /srv/platform/kubeconfig
  register: health

- name: Compare the cluster with what Terraform promised
  applied_ai.platform.health_cluster_info:
    kubeconfig: /srv/platform/kubeconfig
    expected:
      node_groups:
        general:
          count: 3
        gpu:
          count: 1
          gpus_per_node: 1
      workloads:
        - kind: Deployment
          namespace: kube-system
          name: metrics-server
  register: health

- name: Fail unless it is healthy
  ansible.builtin.assert:
    that: health.verdict == "healthy"
"""

RETURN = r"""
verdict:
  description:
    - One word over all checks. C(unhealthy) when a critical check failed, else C(unknown) when something could not be
      seen, else C(degraded) when any check failed, else C(healthy).
  returned: always
  type: str
  sample: degraded
checks:
  description: One entry per finding, and one per rule without findings, worst first.
  returned: always
  type: list
  elements: dict
  sample:
    - id: pods_settled
      status: failed
      severity: major
      subject: Deployment services/vibe-coder
      seen: "2 pods CrashLoopBackOff: container app ended with Error, exit code 1"
      expected: running
      since: "2026-11-23T14:00:00Z"
      advice: "Read the container's last words: kubectl logs --previous."
      runbook: docs/runbooks/pods_settled.md
  contains:
    id:
      description: The rule.
      type: str
      returned: always
    status:
      description: One of C(failed), C(unknown), C(excepted), C(ok).
      type: str
      returned: always
    severity:
      description: What a failure means, one of C(critical), C(major), C(minor).
      type: str
      returned: always
    subject:
      description: What it is about.
      type: str
      returned: always
    seen:
      description: What is.
      type: str
      returned: always
    expected:
      description: What should be.
      type: str
      returned: always
    since:
      description: Since when, as the cluster says, or empty.
      type: str
      returned: always
    advice:
      description: What to do first.
      type: str
      returned: always
    runbook:
      description: The page that tells the whole way out.
      type: str
      returned: always
summary:
  description: The verdict for people, worst finding first. What does not fit is counted.
  returned: always
  type: list
  elements: str
  sample:
    - "degraded: 1 finding"
    - >-
      major: Node a: NodeStatusUnknown (expected Ready, since 2026-11-23T14:00:00Z); docs/runbooks/nodes_ready.md
exit_code:
  description: For pipelines, 0 for healthy, 1 for degraded, 2 for unhealthy, 3 for unknown.
  returned: always
  type: int
  sample: 1
duration_s:
  description: How long the look took, in seconds.
  returned: always
  type: float
  sample: 0.4
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils import args
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health import report
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Expected, Json
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import LIMIT, Text, observe
from ansible_collections.applied_ai.platform.plugins.module_utils.health.verdict import judge
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import (
    Patience,
    Reader,
    api_client,
    api_read,
    connect,
    patient,
)

WORKLOAD = {
    "kind": {"type": "str", "required": True, "choices": ["Deployment", "DaemonSet", "StatefulSet"]},
    "namespace": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
}
EXPECTED = {
    "node_groups": {"type": "dict", "default": {}},
    "workloads": {"type": "list", "elements": "dict", "default": [], "options": WORKLOAD},
    "node_group_label": {"type": "str", "default": "eks.amazonaws.com/nodegroup"},
    "grace": {"type": "int", "default": 60},
}


def look(reader: Reader, text: Text, params: dict[str, Any], *, now: datetime, clock: Callable[[], float]) -> Json:
    """Return the module's result."""
    begin = clock()
    checks = judge(observe(reader, text, params["limit_s"]), Expected.from_json(params["expected"]), now)
    return report.of_look(checks, params, now, clock() - begin)


def patience(params: dict[str, Any]) -> Patience:
    """Return how long a busy API server is waited for: not beyond the look's limit."""
    return Patience.within(params["limit_s"])


def timeout(params: dict[str, Any]) -> int:
    """Return the seconds that one request may take."""
    return min(int(params["api_timeout"]), int(params["limit_s"]))


def reads_text(params: dict[str, Any]) -> Text:
    """Return what reads the API server's metrics, which are no JSON."""
    raw = api_read(api_client(params["kubeconfig"], params["context"]), params["kubeconfig"], timeout(params))
    read = patient(raw, patience(params))
    return lambda path: read(path, "text/plain").decode(errors="replace")


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **args.KUBERNETES,
            "limit_s": {"type": "int", "default": int(LIMIT)},
            **report.ARGUMENTS,
            "expected": {"type": "dict", "default": {}, "options": EXPECTED},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        reader = connect(params["kubeconfig"], params["context"], timeout(params), patience(params))
        told = look(reader, reads_text(params), params, now=datetime.now(UTC), clock=time.monotonic)
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(changed=False, **told)


if __name__ == "__main__":
    main()
