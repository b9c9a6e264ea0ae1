#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cost_gate_info
short_description: Tell whether a plan may be applied for what it costs
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Prices a Terraform plan and compares it with a budget, and with what a month costs before the plan.
  - A plan that passes a limit is allowed by an approval that names it by its digest.
  - It fails only when it cannot tell. What becomes of RV(allowed) is the caller's decision.
  - This is an action plugin, which runs on the controller.
attributes:
  check_mode:
    description: It only reads, so that it does the same with and without check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  plan_file:
    description:
      - The plan as C(terraform show -json) prints it, or as M(applied_ai.platform.terraform_plan) leaves it.
    type: path
    required: true
  monthly_budget:
    description:
      - What a month may cost, as a decimal number. Empty sets no limit.
    type: str
    default: ""
  currency:
    description:
      - Currency of O(monthly_budget).
    type: str
    default: USD
  basis:
    description:
      - The figure that is compared with O(monthly_budget).
    type: str
    choices: [expected, high]
    default: expected
  increase_percent:
    description:
      - By how many percent of what it costs now a month may become dearer. Empty sets no limit.
    type: str
    default: ""
  increase_minimum:
    description:
      - A rise up to this amount is none.
    type: str
    default: "0"
  require_prices:
    description:
      - Whether a plan with parts that have no price passes a limit.
    type: bool
    default: false
  approvals_file:
    description:
      - YAML file with a list of approvals, each with C(digest), C(approved_by), C(reason) and perhaps C(until), a day.
        It need not be there.
    type: str
    default: ""
  usage_file:
    description:
      - File with usage, as M(applied_ai.platform.cost_estimate_info) reads it.
    type: str
    default: ""
  price_book:
    description:
      - Folder of another price book.
    type: str
    default: ""
  price_book_overrides:
    description:
      - Folders in the layout of a price book whose prices supersede it, as those of M(applied_ai.platform.cost_prices).
    type: list
    elements: path
    default: []
  region:
    description:
      - Where resources are that do not tell their region.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Price the plan
  applied_ai.platform.cost_gate_info:
    plan_file: plan.json
    monthly_budget: "20000"
    increase_percent: "20"
    approvals_file: inventories/prod/cost_approvals.yml
  register: gate

- name: Refuse what is too dear
  ansible.builtin.assert:
    that: gate.allowed
    fail_msg: "{{ gate.refusal }}"
"""

RETURN = r"""
allowed:
  description: Whether the plan passes no limit, or an approval lets it pass.
  returned: success
  type: bool
  sample: false
reasons:
  description: Which limits it passes, a phrase each; also where an approval lets it pass.
  returned: success
  type: list
  elements: str
refusal:
  description: What to tell when the plan is refused. Empty when it is allowed.
  returned: success
  type: str
summary:
  description: The price in a few lines.
  returned: success
  type: list
  elements: str
  sample:
    - "A month costs 812.40 USD (620.11 to 1504.92), 0.00 USD before this plan; prices of 2025-04-24 and later."
digest:
  description: SHA-256 of what the plan does, by which an approval names it.
  returned: success
  type: str
approved_by:
  description: Who let the plan pass. Empty when nobody had to.
  returned: success
  type: str
monthly:
  description: What a month costs after the plan.
  returned: success
  type: str
  sample: "812.40"
low:
  description: The least that a month costs.
  returned: success
  type: str
  sample: "620.11"
high:
  description: The most that a month costs.
  returned: success
  type: str
  sample: "1504.92"
before:
  description: What a month costs now.
  returned: success
  type: str
  sample: "0.00"
currency:
  description: Currency of all amounts.
  returned: success
  type: str
  sample: USD
dearest:
  description: The changes that cost most, three at most.
  returned: success
  type: list
  elements: dict
  contains:
    address:
      description: Address of the resource.
      type: str
    before:
      description: What a month of it costs now.
      type: str
    after:
      description: What a month of it costs after the plan.
      type: str
unpriced:
  description: How many parts have no price.
  returned: success
  type: int
  sample: 0
"""
