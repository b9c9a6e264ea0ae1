#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin terraform_wait."""

from __future__ import annotations

DOCUMENTATION = r"""
module: terraform_wait
short_description: Follow an asynchronous terraform_apply
version_added: "0.1.0"
description:
  - Shows one line every few seconds, such as C([aws_us_east_1_dev] Terraform 14/63 · aws_eks_cluster.this 0:41),
    and returns when what O(until) names is there.
  - Fails at once, with Terraform's own error in one sentence, when the apply ended without it.
  - Runs on the controller and reads the files of the apply; the host needs C(ansible_connection=local).
author:
  - Applied AI (@applied-ai)
attributes:
  check_mode:
    support: full
    description: Does not wait, since nothing is applied.
  diff_mode:
    support: none
    description: Changes nothing.
options:
  directory:
    description: Working directory that M(applied_ai.platform.terraform_plan) laid out.
    type: path
    required: true
  until:
    description:
      - V(cluster) returns when the resource O(address) is created or changed; Terraform goes on with the rest.
      - V(finished) returns when the whole plan is applied.
      - V(idle) returns when no apply runs any more, whatever its result, and at once where there is none.
    type: str
    choices: [cluster, finished, idle]
    default: finished
  address:
    description: Address of the resource that tells that the cluster is ready. Only used with O(until=cluster).
    type: str
    default: aws_ssm_parameter.cluster
  job_id:
    description: The C(ansible_job_id) of the asynchronous apply. Empty means that only its files are looked at.
    type: str
    default: ""
  plan_digest:
    description: Wait for the apply of this plan. Empty means the last one.
    type: str
    default: ""
  timeout:
    description: Seconds to wait at most. Terraform itself goes on after them.
    type: int
    default: 3600
  interval:
    description: Seconds between two lines.
    type: int
    default: 5
"""

EXAMPLES = r"""
- name: Wait for an apply that an earlier run left behind
  applied_ai.platform.terraform_wait:
    directory: /srv/platforms/aws_us_east_1_dev/terraform
    until: idle

- name: Wait until the cluster accepts pods
  applied_ai.platform.terraform_wait:
    directory: /srv/platforms/aws_us_east_1_dev/terraform
    job_id: "{{ apply.ansible_job_id }}"
    plan_digest: "{{ plan.plan_digest }}"
    until: cluster
  register: waited

- name: Show what is there
  ansible.builtin.debug:
    var: waited.completed
"""

RETURN = r"""
changes:
  description: Number of resources that were added, changed, imported and removed; empty while Terraform goes on.
  returned: success
  type: dict
  sample: {add: 63, change: 0, import: 0, remove: 0}
completed:
  description: Addresses of the resources that are created or changed so far, sorted.
  returned: success
  type: list
  elements: str
  sample: [aws_ssm_parameter.cluster]
"""
