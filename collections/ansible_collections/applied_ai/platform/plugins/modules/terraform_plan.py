#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Save a Terraform plan and tell truthfully what it would change."""

from __future__ import annotations

DOCUMENTATION = r"""
module: terraform_plan
short_description: Save a Terraform plan and tell what it would change
version_added: "0.1.0"
description:
  - Lays a Terraform root, its modules and overlays out as links in a working directory, initialises it when
    something changed, and saves a plan.
  - The plan is applied by M(applied_ai.platform.terraform_apply), which takes the RV(plan_digest) and refuses any
    other file.
  - RV(ignore:changed) is V(true) when the plan holds a change, also of an output.
  - Continues after an interrupted apply. A lock is removed only when a process of this working directory took it
    and is dead;
    resources that the interrupted apply created but could not write into the state are adopted.
author:
  - Applied AI (@applied-ai)
attributes:
  check_mode:
    support: full
    description:
      - Takes no lock and leaves no plan behind; only the working directory is written.
      - Where the bucket of the state does not exist yet, plans against an empty state, so that the answer is what a
        first run would do.
  diff_mode:
    support: full
    description: Shows the attributes that change; sensitive values are replaced by a word.
options:
  directory:
    description: Working directory of this platform; made with mode 0700 when it is missing.
    type: path
    required: true
  root:
    description: Directory of the Terraform root. Modules are expected beside it, in a directory named C(modules).
    type: path
    required: true
  overlays:
    description: Directories that mirror the tree around O(root) and are laid over it, the last one winning. None by
      default.
    type: list
    elements: path
    default: []
  backend:
    description:
      - Settings of the root's backend, as C(terraform init -backend-config) takes them.
      - Empty means that the configuration's own settings count. Must not hold credentials.
    type: dict
    default: {}
  variables_file:
    description:
      - JSON file with the values of the root's variables; a file, so that no value appears among a module's logged
        arguments.
      - A variable that the root does not declare is refused. Without it only defaults count.
    type: path
  destroy:
    description: Plan the removal of everything instead.
    type: bool
    default: false
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
- name: Plan the platform
  applied_ai.platform.terraform_plan:
    directory: /srv/platforms/aws_us_east_1_dev/terraform
    root: "{{ playbook_dir }}/../terraform/aws"
    backend:
      bucket: applied-ai-development-state
      key: us-east-1/terraform.tfstate
      region: us-east-1
      use_lockfile: true
      encrypt: true
    variables_file: /srv/platforms/aws_us_east_1_dev/terraform.tfvars.json
  register: plan

- name: Plan the removal of everything
  applied_ai.platform.terraform_plan:
    directory: /srv/platforms/aws_us_east_1_dev/terraform
    root: "{{ playbook_dir }}/../terraform/aws"
    destroy: true
  register: plan

- name: Refuse a plan that replaces a database
  ansible.builtin.assert:
    that: "'aws_db_instance' not in replaced"
    fail_msg: The plan would replace a database.
  vars:
    replaced: "{{ plan.summary | selectattr('action', 'eq', 'replace') | map(attribute='type') }}"
"""

RETURN = r"""
summary:
  description: What happens to which resource, sorted by address.
  returned: success
  type: list
  elements: dict
  sample:
    - {address: aws_vpc.this, action: create, type: aws_vpc}
  contains:
    address:
      description: Address of the resource.
      type: str
    action:
      description: One of C(create), C(update), C(replace), C(delete), C(forget) and C(import).
      type: str
    type:
      description: Type of the resource.
      type: str
counts:
  description: Number of resources that each action meets.
  returned: success
  type: dict
  sample: {create: 63, update: 0, replace: 0, delete: 0, forget: 0, import: 0}
changed_outputs:
  description: Names of the outputs that change.
  returned: success
  type: list
  elements: str
  sample: [platform]
plan_digest:
  description: SHA-256 of the saved plan; empty in check mode, where no plan is left behind.
  returned: success
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
plan_file:
  description: The saved plan.
  returned: success
  type: str
  sample: /srv/platforms/aws_us_east_1_dev/terraform/run/platform.tfplan
plan_json_file:
  description:
    - JSON of the last plan that held a change, in the form of C(terraform show -json), of a check run too.
    - It holds no value that is marked as sensitive, no constants of the configuration and no variables but the region.
  returned: success
  type: str
  sample: /srv/platforms/aws_us_east_1_dev/terraform/run/plan.json
exists:
  description: V(false) when there is not even a bucket for the state.
  returned: success
  type: bool
  sample: true
protected:
  description: Addresses that the plan would remove although they have deletion protection, so that its apply would fail
    on the way.
  returned: success
  type: list
  elements: str
  sample: ["aws_db_instance.postgres[0]"]
recovered:
  description: Addresses that this plan adopts after an interrupted apply.
  returned: success
  type: list
  elements: str
  sample: [aws_vpc.this]
not_recovered:
  description: Addresses that the interrupted apply created and that cannot be adopted, because their import id is
    not known.
  returned: success
  type: list
  elements: str
  sample: []
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import commands, plan, stack, workdir
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import TerraformError


def plan_platform(params: dict[str, Any], *, check: bool) -> dict[str, Any]:
    """Return the module's result for its parameters."""
    root = Path(params["root"])
    variables_file = Path(params["variables_file"]) if params["variables_file"] else None
    layout = workdir.prepare(Path(params["directory"]), root, [Path(item) for item in params["overlays"]])
    if variables_file is not None:
        names = workdir.read_json(variables_file)
        workdir.check_variables(names, workdir.declared_variables(layout.root), root)
    this = stack.Stack(
        layout,
        params["executable"],
        commands.run_process,
        clock=lambda: datetime.now(UTC),
        lock_timeout=params["lock_timeout"],
    )
    found = stack.make_plan(
        this,
        stack.PlanRequest(params["backend"], variables_file, destroy=params["destroy"], check=check),
    )
    warnings = [
        *this.warnings,
        *(
            f"{address} was created by the interrupted apply and must be imported by hand."
            for address in found.not_recovered
        ),
    ]
    return {
        "changed": found.changed,
        "summary": found.summary,
        "counts": plan.count(found.summary),
        "changed_outputs": found.outputs,
        "plan_digest": found.digest,
        "plan_file": str(layout.plan),
        "plan_json_file": str(layout.plan_json),
        "exists": found.exists,
        "protected": found.protected,
        "recovered": found.recovered,
        "not_recovered": found.not_recovered,
        "diff": found.difference,
        "warnings": warnings,
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "directory": {"type": "path", "required": True},
            "root": {"type": "path", "required": True},
            "overlays": {"type": "list", "elements": "path", "default": []},
            "backend": {"type": "dict", "default": {}},
            "variables_file": {"type": "path"},
            "destroy": {"type": "bool", "default": False},
            "executable": {"type": "str", "default": "terraform"},
            "lock_timeout": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    try:
        result = plan_platform(module.params, check=module.check_mode)
    except TerraformError as error:
        module.fail_json(msg=error.message, **error.details)
    for warning in result.pop("warnings"):
        module.warn(warning)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
