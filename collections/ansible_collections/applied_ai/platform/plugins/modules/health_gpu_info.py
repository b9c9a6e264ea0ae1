#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health_gpu_info
short_description: Say whether the GPUs that were bought can be used, and how they fare
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Compares the GPUs of node groups with what their nodes advertise, can give and have free, with how they are to be
    shared, and with the drivers that are needed.
  - Asks Prometheus for what DCGM tells of errors, heat and use, and prices idle GPUs with the price book.
  - Whether a free GPU can be used is reckoned from requests, taints and what else the node has left; no pod is started.
  - Without Prometheus, errors, heat and use are unknown, and the verdict is never healthy. Where no node has a GPU and
    none is expected, Prometheus is not asked.
  - This is an action plugin, which runs on the controller. It changes nothing.
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
  - applied_ai.platform.prometheus
  - applied_ai.platform.health
attributes:
  check_mode:
    description: It only reads, so that it does the same with and without check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  metrics:
    description:
      - Whether errors, heat and use are judged, which DCGM tells through Prometheus.
      - V(false) makes no such check. It is for clusters whose GPUs nobody watches, and says nothing good of them.
    type: bool
    default: true
  provider:
    description: The cloud whose prices are looked up. The book has machines by their Kubernetes names for V(aws) only.
    type: str
    default: aws
  region:
    description:
      - The region whose prices idle GPUs are priced with.
      - Empty means that idle GPUs are counted and not priced.
    type: str
    default: ""
  price_book:
    description:
      - The folder of the price book.
      - Empty means the collection's own.
    type: path
    default: ""
  price_book_overrides:
    description:
      - Folders in the same layout whose prices stand in for those of the book, later ones over earlier ones.
      - Empty means none.
    type: list
    elements: path
    default: []
  expected:
    description:
      - What was bought.
      - Left out, only what nodes themselves say counts.
    type: dict
    default: {}
    suboptions:
      groups:
        description: The node groups with GPUs.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Name of the node group, as its nodes' label says.
            type: str
            required: true
          count:
            description: Number of its nodes.
            type: int
            required: true
          gpus_per_node:
            description: Number of GPUs that each node has.
            type: int
            required: true
          model:
            description:
              - The model, as gpu-feature-discovery labels it.
              - Empty means any.
            type: str
            default: ""
          resource:
            description: Under which name pods ask for them, such as V(nvidia.com/mig-1g.5gb).
            type: str
            default: nvidia.com/gpu
          replicas:
            description: How many of O(expected.groups[].resource) each GPU is, as time slices or slices of MIG.
            type: int
            default: 1
          mig_config:
            description:
              - The layout that the MIG manager is to make, as the label C(nvidia.com/mig.config) says.
              - Empty means that MIG is not judged.
            type: str
            default: ""
          driver:
            description:
              - The least version of the driver.
              - Empty means any.
            type: str
            default: ""
          cuda:
            description:
              - The least version of CUDA that the driver must run.
              - Empty means any.
            type: str
            default: ""
          tainted:
            description: Whether nodes carry the taint C(nvidia.com/gpu), which keeps other pods away.
            type: bool
            default: false
      node_group_label:
        description:
          - The node label that holds the name of the node group.
        type: str
        default: eks.amazonaws.com/nodegroup
      tolerated_taints:
        description: Keys of the taints that pods with GPUs tolerate. A GPU behind any other taint cannot be used.
        type: list
        elements: str
        default: [nvidia.com/gpu]
      idle_limit:
        description: Percent of all GPUs that may be idle for two hours before that is a finding.
        type: int
        default: 100
"""

EXAMPLES = r"""
- name: Look at the GPUs
  applied_ai.platform.health_gpu_info:
    kubeconfig: /srv/platform/kubeconfig
    region: eu-central-1
    expected:
      groups:
        - name: gpu
          count: 2
          gpus_per_node: 4
          model: NVIDIA-A10G
          driver: "570"
          tainted: true
      idle_limit: 50
  register: gpus

- name: Show what is wrong first
  ansible.builtin.debug:
    msg: "{{ gpus.summary }}"

- name: Look at GPUs that are sliced by MIG
  applied_ai.platform.health_gpu_info:
    kubeconfig: /srv/platform/kubeconfig
    prometheus_url: https://prometheus.example.com
    expected:
      groups:
        - name: slices
          count: 1
          gpus_per_node: 8
          resource: nvidia.com/mig-1g.10gb
          replicas: 7
          mig_config: all-1g.10gb
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
    - id: gpus_schedulable
      status: failed
      severity: major
      subject: Node ip-10-0-1-7.ec2.internal
      seen: "3 GPUs free that no pod can use: 0 CPU left beside them"
      expected: usable
      since: ""
      advice: "Uncordon the node or remove the taint; move pods without GPUs away from it."
      runbook: docs/runbooks/gpus_schedulable.md
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
      major: GPU 0 of node a: XID 79, GPU has fallen off the bus (expected no XID);
      docs/runbooks/gpus_without_errors.md
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
