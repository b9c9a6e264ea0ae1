#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Apply exactly one saved Terraform plan."""

from __future__ import annotations

DOCUMENTATION = r"""
module: terraform_apply
short_description: Apply exactly one saved Terraform plan
version_added: "0.1.0"
description:
  - Applies the plan that M(applied_ai.platform.terraform_plan) saved, and nothing else. A file whose digest differs
    is refused.
  - Writes Terraform's events, one JSON object a line, to C(run/events.jsonl) of the working directory, and who runs
    it to C(run/job.json).
    M(applied_ai.platform.terraform_wait) follows both; run this module with C(async) and C(poll=0) for that.
  - Terraform runs in a session of its own. Where Ansible is killed, it goes on, and the next run waits for it.
author:
  - Applied AI (@applied-ai)
attributes:
  check_mode:
    support: full
    description: Checks the digest and applies nothing. Ansible itself refuses check mode together with C(async).
  diff_mode:
    support: none
    description: The plan shows the difference.
options:
  directory:
    description: Working directory that M(applied_ai.platform.terraform_plan) laid out.
    type: path
    required: true
  plan_digest:
    description: RV(applied_ai.platform.terraform_plan#module:plan_digest) of the plan that was shown and approved.
    type: str
    required: true
  timeout:
    description: Seconds after which Terraform is asked to stop. It then saves its state; it is never killed.
    type: int
    default: 3600
  executable:
    description: Name or full path of Terraform.
    type: str
    default: terraform
  lock_timeout:
    description: Seconds to wait for a state lock that somebody else holds. V(0) fails at once.
    type: int
    default: 0
requirements:
  - Terraform 1.11 or newer
"""

EXAMPLES = r"""
- name: Apply the plan
  applied_ai.platform.terraform_apply:
    directory: /srv/platforms/aws_us_east_1_dev/terraform
    plan_digest: "{{ plan.plan_digest }}"
  async: 3900
  poll: 0
  register: apply

- name: Wait until it is finished
  applied_ai.platform.terraform_wait:
    directory: /srv/platforms/aws_us_east_1_dev/terraform
    job_id: "{{ apply.ansible_job_id }}"
    plan_digest: "{{ plan.plan_digest }}"
    until: finished
  register: finished

- name: Show what changed
  ansible.builtin.debug:
    var: finished.changes
"""

RETURN = r"""
changes:
  description: Number of resources that were added, changed, imported and removed.
  returned: success
  type: dict
  sample: {add: 63, change: 0, import: 0, remove: 0}
addresses:
  description: Addresses of the resources that were created or changed, sorted.
  returned: success
  type: list
  elements: str
  sample: [aws_vpc.this]
failed_addresses:
  description: Addresses of the resources that failed, sorted.
  returned: failure
  type: list
  elements: str
  sample: [aws_eks_node_group.this]
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import commands, stack, workdir
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import TerraformError


def apply_platform(params: dict[str, Any], *, check: bool) -> dict[str, Any]:
    """Return the module's result for its parameters."""
    layout = workdir.load_layout(Path(params["directory"]))
    if check:
        stack.verify_plan(layout, params["plan_digest"])
        return {"changed": True, "changes": {}, "addresses": []}
    this = stack.Stack(
        layout,
        params["executable"],
        commands.run_process,
        clock=lambda: datetime.now(UTC),
        lock_timeout=params["lock_timeout"],
    )
    done = stack.apply_plan(this, params["plan_digest"], params["timeout"])
    return {"changed": True, "changes": done.changes, "addresses": done.addresses}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "directory": {"type": "path", "required": True},
            "plan_digest": {"type": "str", "required": True},
            "timeout": {"type": "int", "default": 3600},
            "executable": {"type": "str", "default": "terraform"},
            "lock_timeout": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    try:
        result = apply_platform(module.params, check=module.check_mode)
    except TerraformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
