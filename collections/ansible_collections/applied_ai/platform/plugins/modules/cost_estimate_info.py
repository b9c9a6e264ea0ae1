#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cost_estimate_info
short_description: Tell what a Terraform plan costs
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Reads a plan as JSON and tells what its resources cost a month and an hour, before and after, from a book of list
    prices. No network and no account is used.
  - A month has 730 hours. Amounts are decimal texts, rounded half-up to cents; totals are sums of exact amounts,
    rounded once.
  - What cannot be priced is listed in RV(unpriced), and what depends on usage that nobody told in RV(usage_missing).
    Neither is in the total.
  - Taxes, private discounts and the free tier of an account are left out.
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
      - What C(terraform show -json) prints for a plan, of format version 1.
    type: path
    required: true
  usage_file:
    description:
      - Usage of resources that cost by it, in Infracost's format and with its keys. Without one, such parts are listed
        in RV(usage_missing).
    type: path
    default: ""
  price_book:
    description:
      - The folder of list prices, with one CSV file for each provider and service. Empty takes the collection's own.
    type: path
    default: ""
  price_book_overrides:
    description:
      - Folders of newer prices in the same layout, such as what the playbook update_prices.yml writes. A row of a later
        folder replaces the same row of an earlier one.
    type: list
    elements: path
    default: []
  region:
    description:
      - Where resources are whose values and whose provider's configuration do not tell it.
    type: str
    default: ""
  hours:
    description:
      - How many of the 730 hours of a month instances and nodes run, for environments that are stopped by a schedule.
    type: str
    default: "730"
  commitment_coverage:
    description:
      - The share, from 0 to 1, of on-demand instance hours that O(commitment) covers.
    type: str
    default: "0"
  commitment:
    description:
      - The commitment whose discount the price book has, such as V(1yr-standard-no-upfront).
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Tell what the plan costs
  applied_ai.platform.cost_estimate_info:
    plan_file: plan.json
    usage_file: usage.yml
  register: cost

- name: Tell what the plan costs if nodes run on weekdays only
  applied_ai.platform.cost_estimate_info:
    plan_file: plan.json
    region: us-east-1
    hours: "260"
  register: on_weekdays

- name: Show it
  ansible.builtin.debug:
    msg: "{{ cost.monthly }} {{ cost.currency }} a month, {{ cost.unpriced | length }} resources without a price"
"""

RETURN = r"""
currency:
  description: The currency of all amounts.
  returned: always
  type: str
  sample: USD
as_of:
  description: The oldest date among the prices used, as exact as its source; empty when none was used.
  returned: always
  type: str
  sample: "2025-04-24"
monthly:
  description: What a month costs as expected.
  returned: always
  type: str
  sample: "248.64"
hourly:
  description: A month's amount divided by 730.
  returned: always
  type: str
  sample: "0.340603"
low:
  description: What a month costs with the least nodes.
  returned: always
  type: str
  sample: "221.52"
high:
  description: What a month costs with the most nodes, all spot nodes at the on-demand price.
  returned: always
  type: str
  sample: "1348.75"
exact:
  description: What a month costs as expected, not rounded. Exact amounts of components add up to it.
  returned: always
  type: str
  sample: "248.6376"
before:
  description: What a month costs by the state before the plan.
  returned: always
  type: str
  sample: "0.00"
rise:
  description: How much more a month costs afterwards.
  returned: always
  type: str
  sample: "248.64"
resources:
  description: What each priced resource costs, sorted by address.
  returned: always
  type: list
  elements: dict
  contains:
    address:
      description: The resource's address.
      type: str
    type:
      description: The resource's type.
      type: str
    module:
      description: The address of its module, empty for the root.
      type: str
    region:
      description: Where it is.
      type: str
    service:
      description: The service by its tags, empty without.
      type: str
    team:
      description: The team by its tags, empty without.
      type: str
    environment:
      description: The environment by its tags, empty without.
      type: str
    monthly:
      description: What a month costs as expected.
      type: str
    hourly:
      description: A month's amount divided by 730.
      type: str
    low:
      description: The least of a month.
      type: str
    high:
      description: The most of a month.
      type: str
    exact:
      description: What a month costs as expected, not rounded.
      type: str
    components:
      description: Its parts with name, quantity a month, unit, price for one unit, the amounts as above, the usage
        key that told the quantity, and the price's date and source.
      type: list
      elements: dict
unpriced:
  description: The address of each resource or part of one that has no price, and the reason.
  returned: always
  type: list
  elements: dict
  sample:
    - address: aws_s3_bucket.models
      reason: it costs by usage alone, and none is told (standard.storage_gb)
usage_missing:
  description: The parts of priced resources that depend on usage that nobody told, with the price for one unit.
  returned: always
  type: list
  elements: dict
  sample:
    - address: aws_nat_gateway.this
      component: Data
      usage_key: monthly_data_processed_gb
      unit: GB
      price: "0.045"
free:
  description: The address of each resource that costs nothing, and why.
  returned: always
  type: list
  elements: dict
by_module:
  description: Monthly amounts by module; by_service, by_team, by_environment, by_type and by_region are alike.
  returned: always
  type: dict
  sample:
    module.databases: "81.91"
changes:
  description: What each resource costs before and after where that differs, the dearest rise first.
  returned: always
  type: list
  elements: dict
  sample:
    - address: aws_nat_gateway.this
      type: aws_nat_gateway
      before: "0.00"
      after: "32.85"
      rise: "32.85"
warnings:
  description: Sentences on prices that are stale and on plans that are not whole.
  returned: always
  type: list
  elements: str
"""
