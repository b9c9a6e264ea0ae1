#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Read the outputs of a Terraform root that are no secret."""

from __future__ import annotations

DOCUMENTATION = r"""
module: terraform_output_info
short_description: Read the outputs of a Terraform root that are no secret
version_added: "0.1.0"
description:
  - Returns the outputs that are not marked as sensitive, with their values, and only the names of the others.
author:
  - Applied AI (@applied-ai)
attributes:
  check_mode:
    support: full
    description: Reads only.
  diff_mode:
    support: none
    description: Changes nothing.
options:
  directory:
    description: Working directory that M(applied_ai.platform.terraform_plan) laid out.
    type: path
    required: true
  executable:
    description: Name or full path of Terraform.
    type: str
    default: terraform
requirements:
  - Terraform 1.11 or newer
"""

EXAMPLES = r"""
- name: Read the outputs
  applied_ai.platform.terraform_output_info:
    directory: /srv/platforms/aws_us_east_1_dev/terraform
  register: read

- name: Show the endpoint of the cluster
  ansible.builtin.debug:
    var: read.outputs.platform.cluster.endpoint
"""

RETURN = r"""
outputs:
  description: Values of the outputs that are not sensitive.
  returned: success
  type: dict
  sample: {platform: {name: applied-ai-development, region: us-east-1}}
sensitive:
  description: Names of the outputs that are sensitive, sorted; their values are not returned.
  returned: success
  type: list
  elements: str
  sample: []
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import commands, stack, workdir
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import TerraformError


def read_platform(params: dict[str, Any]) -> dict[str, Any]:
    """Return the module's result for its parameters."""
    layout = workdir.load_layout(Path(params["directory"]))
    this = stack.Stack(layout, params["executable"], commands.run_process, clock=lambda: datetime.now(UTC))
    outputs, sensitive = stack.read_outputs(this)
    return {"changed": False, "outputs": outputs, "sensitive": sensitive}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "directory": {"type": "path", "required": True},
            "executable": {"type": "str", "default": "terraform"},
        },
        supports_check_mode=True,
    )
    try:
        result = read_platform(module.params)
    except TerraformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
