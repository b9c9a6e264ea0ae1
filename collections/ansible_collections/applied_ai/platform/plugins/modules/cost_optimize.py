#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cost_optimize
short_description: Act on approved findings that are safe, and record it
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Of the findings of C(cost_optimize_info), acts on those that are safe and that O(approvals_file) names.
  - Makes gp2 volumes gp3; keeps a snapshot in place of a volume that nothing has; gives a bucket without lifecycle
    rules such that end broken uploads and tier what is cold. Nothing else is done by a machine.
  - What Terraform owns is never changed; each resource is looked at once more before it is.
  - All approved findings are tried before the module fails.
  - This is an action plugin, which runs on the controller.
attributes:
  check_mode:
    description: It looks at the resources and tells what would be done and saved.
    support: full
  diff_mode:
    description: It shows what is done.
    support: full
options:
  findings:
    description:
      - The findings of C(cost_optimize_info), all of them.
    type: list
    elements: dict
    required: true
  approvals_file:
    description:
      - A list in YAML of approvals, each with C(id), C(approved_by), C(reason), and C(until), a day, where it ends.
      - A file that is not there approves of nothing.
    type: path
    required: true
  record_file:
    description:
      - Where each change is recorded as a line of JSON, with who approved it, what it saves and how to take it back.
    type: path
    required: true
extends_documentation_fragment:
  - applied_ai.platform.aws
"""

EXAMPLES = r"""
- name: Find what could cost less
  applied_ai.platform.cost_optimize_info:
    region: us-east-1
  register: optimize

- name: Do what was approved
  applied_ai.platform.cost_optimize:
    findings: "{{ optimize.findings }}"
    approvals_file: "{{ inventory_dir }}/cost_actions.yml"
    record_file: /srv/platform/cost_actions.jsonl
    region: us-east-1
  register: done

- name: Show what that saves
  ansible.builtin.debug:
    msg: "{{ done.monthly_saving }} {{ done.currency }} a month"
"""

RETURN = r"""
results:
  description: What was done or would be done, those with most money first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The finding.
      returned: success
      type: str
      sample: volume_gp3:vol-0a1b
    changed:
      description: Whether it was not so already.
      returned: success
      type: bool
      sample: true
    did:
      description: What was done.
      returned: success
      type: str
      sample: "vol-0a1b: gp2 to gp3 with 3000 IOPS and 250 MiB/s"
    undo:
      description: How to take it back.
      returned: success
      type: str
      sample: aws ec2 modify-volume --volume-id vol-0a1b --volume-type gp2
    monthly_saving:
      description: Dollars a month.
      returned: success
      type: str
      sample: "15.00"
    owner:
      description: The team whose it is.
      returned: success
      type: str
      sample: search
    failed:
      description: Whether it could not be done; always false where the module succeeds.
      returned: success
      type: bool
      sample: false
refused:
  description: What was approved and is not done, with C(id) and C(reason).
  returned: success
  type: list
  elements: dict
  sample: [{id: "snapshot_old:snap-1", reason: "It is not done by a machine: Ask its owner."}]
settled:
  description: Approved ids that are found no more, since they are done or gone.
  returned: success
  type: list
  elements: str
  sample: ["volume_gp3:vol-0c2d"]
monthly_saving:
  description: What the changes save together.
  returned: success
  type: str
  sample: "15.00"
currency:
  description: Currency of all amounts.
  returned: success
  type: str
  sample: USD
"""
