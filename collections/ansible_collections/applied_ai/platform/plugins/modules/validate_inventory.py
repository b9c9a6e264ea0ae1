#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: validate_inventory
short_description: Check an inventory entry and this machine before anything is changed
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Fails with one sentence per mistake, all at once, each telling what is wrong, where it is set and what would be
    right.
  - Keys that no role declares are mistakes, since Ansible itself ignores a misspelt one. Keys that begin with
    C(ansible_) or an underscore are free.
  - Keys inside Terraform variables that Terraform would drop without a word are mistakes too.
  - Values are compared with the types and choices in the argument specifications of all roles, regions and instance
    types with botocore's own data, and address ranges with each other. No network is used.
  - This is an action plugin, which runs on the controller.
attributes:
  check_mode:
    description: It only reads, so that it does the same with and without check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  roles_path:
    description:
      - The folder of the roles whose argument specifications declare the keys.
    type: path
    required: true
  region:
    description:
      - The platform's region. Without one, regions and zones are not checked.
    type: str
    default: ""
  kubeconfig:
    description:
      - The kubeconfig that the platform was given, which must exist.
      - Empty means that it gets one from the cluster, for which the C(aws) program must be there.
    type: str
    default: ""
  process_environment:
    description:
      - Environment of the processes that the platform starts. Programs are looked for on its E(PATH).
    type: dict
    default: {}
  terraform_root:
    description:
      - The Terraform root that declares O(terraform_variables). Without one, their names and keys are not checked.
    type: path
    default: ""
  terraform_variables:
    description:
      - The Terraform variables that the inventory sets, in which address ranges, zones and instance types are checked.
    type: dict
    default: {}
  terraform_variables_name:
    description:
      - The name that the inventory gives to O(terraform_variables), for the sentences.
    type: str
    default: terraform_stack_variables
  required_roles:
    description:
      - The roles whose required options must be set already.
    type: list
    elements: str
    default:
      - platform
"""

EXAMPLES = r"""
- name: Check the inventory and the tools before anything is changed
  applied_ai.platform.validate_inventory:
    roles_path: "{{ playbook_dir }}/../roles"
    region: "{{ platform_region }}"
    kubeconfig: "{{ platform_kubeconfig }}"
    process_environment: "{{ platform_process_environment }}"
"""

RETURN = r"""
msg:
  description: How many mistakes there are, and one line for each.
  returned: when there is one
  type: str
  sample: |-
    aws_us_east_1_dev has 1 mistake; nothing was changed.
    inventories/dev/group_vars/all/platform.yml:3 sets platform_regoin, which no role declares; did you mean
    platform_region.
"""
