#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Read what a Terraform root publishes while it is still being applied."""

from __future__ import annotations

DOCUMENTATION = r"""
module: terraform_published_info
short_description: Read what a Terraform root publishes while it is still being applied
version_added: "0.1.0"
description:
  - Outputs can be read only when an apply is finished. What others need earlier, the root publishes as an SSM
    parameter with JSON in it.
  - A parameter that does not exist is no failure; see RV(exists).
author:
  - Applied AI (@applied-ai)
extends_documentation_fragment:
  - applied_ai.platform.aws
attributes:
  check_mode:
    support: full
    description: Reads only.
  diff_mode:
    support: none
    description: Changes nothing.
options:
  name:
    description: Full name of the SSM parameter.
    type: str
    required: true
requirements:
  - boto3
"""

EXAMPLES = r"""
- name: Read how to reach the cluster
  applied_ai.platform.terraform_published_info:
    name: /applied-ai/development/us-east-1/cluster
    region: us-east-1
  register: published

- name: Show the endpoint
  ansible.builtin.debug:
    msg: "{{ published.value.endpoint if published.exists else 'no cluster yet' }}"
"""

RETURN = r"""
exists:
  description: Whether the parameter exists.
  returned: success
  type: bool
  sample: true
value:
  description: The JSON that the parameter holds; empty when it does not exist.
  returned: success
  type: dict
  sample: {name: applied-ai-development, endpoint: https://example.eks.amazonaws.com}
"""

import json
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.applied_ai.platform.plugins.module_utils.args import AWS
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import Json, TerraformError

try:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    boto3 = None  # type: ignore[assignment]


def read_parameter(client: Json, name: str) -> dict[str, Any]:
    """Return the module's result for a client of SSM."""
    try:
        text = client.get_parameter(Name=name)["Parameter"]["Value"]
    except client.exceptions.ParameterNotFound:
        return {"changed": False, "exists": False, "value": {}}
    try:
        value = json.loads(text)
    except ValueError as error:
        raise TerraformError(
            f"The SSM parameter {name} holds no JSON; the Terraform root must publish it with jsonencode()."
        ) from error
    return {"changed": False, "exists": True, "value": value}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec={**AWS, "name": {"type": "str", "required": True}}, supports_check_mode=True)
    if boto3 is None:
        module.fail_json(msg=missing_required_lib("boto3"))
    region, name = module.params["region"], module.params["name"]
    try:
        client = boto3.client("ssm", region_name=region, endpoint_url=module.params["endpoint_url"] or None)
        result = read_parameter(client, name)
    except (BotoCoreError, ClientError) as error:
        module.fail_json(msg=f"The SSM parameter {name} could not be read in {region}: {error}")
    except TerraformError as error:
        module.fail_json(msg=error.message)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
