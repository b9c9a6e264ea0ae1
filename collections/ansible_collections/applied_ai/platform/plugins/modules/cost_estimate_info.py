#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cost_estimate_info
short_description: Tell what a Terraform plan costs a month
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Prices every resource that a plan leads to, and those that are there before it, from list prices in files.
  - What has no price is listed in RV(unpriced); what is paid by use that nobody told is listed in RV(usage_missing).
    Neither is in the total, and nothing is zero in silence.
  - A month has 730 hours. A total is the sum of exact amounts, rounded half-up once, so that the rounded amounts of
    many parts may differ from it by half a cent each.
  - No network is used. A price of one region never stands in for another's.
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
      - The output of C(terraform show -json PLAN), or C(run/plan.json) of M(applied_ai.platform.terraform_plan).
      - Format versions 1.x are read.
    type: path
    required: true
  usage_file:
    description:
      - Usage in Infracost's format, with C(resource_usage) and C(resource_type_default_usage).
      - A negative number, an unknown key or an address that the plan has not is an error.
    type: path
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
    type: list
    elements: path
    default: []
  region:
    description:
      - Where resources are whose region neither their values nor their provider's configuration tells.
    type: str
    default: ""
  hours_per_month:
    description:
      - How many hours a month instances run, at most V(730); for environments with a schedule.
      - Everything that is paid whether it is used or not stays at 730 hours.
    type: str
    default: "730"
  commitment_coverage:
    description:
      - The share, from V(0) to V(1), of on-demand instance hours under Reserved Instances or Savings Plans.
    type: str
    default: "0"
  commitment:
    description:
      - Name of the commitment whose discount the price book has, such as V(1yr-standard-no-upfront).
      - Required when O(commitment_coverage) is above 0.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Know what the plan costs
  applied_ai.platform.cost_estimate_info:
    plan_file: plan.json
    usage_file: usage.yml
  register: price

- name: Tell it
  ansible.builtin.debug:
    msg: "{{ price['monthly'] }} {{ price['currency'] }} a month, {{ price['rise'] }} more than before"
"""

RETURN = r"""
currency:
  description: Currency of all amounts. A plan whose prices are in two currencies is an error.
  returned: success
  type: str
  sample: USD
as_of:
  description: Oldest date among the prices used, empty when none was used. Stale ones are told in RV(warnings).
  returned: success
  type: str
  sample: "2026-07-20"
monthly:
  description: What a month costs as expected, once the plan is applied.
  returned: success
  type: str
  sample: "1234.56"
hourly:
  description: A month's amount by the hour, to a millionth.
  returned: success
  type: str
  sample: "1.691178"
low:
  description: What a month costs at least, with the fewest nodes that groups may have.
  returned: success
  type: str
  sample: "900.00"
high:
  description: What a month costs at most, with the most nodes, and spot instances at the on-demand price.
  returned: success
  type: str
  sample: "3000.00"
before:
  description: What a month costs before the plan, by the state that it begins with.
  returned: success
  type: str
  sample: "1200.00"
rise:
  description: How much more a month costs afterwards; negative where it costs less.
  returned: success
  type: str
  sample: "34.56"
rise_percent:
  description: The rise in percent of RV(before), empty where that is nothing.
  returned: success
  type: str
  sample: "2.88"
resources:
  description:
    - One entry per resource with a price. C(service), C(team) and C(environment) come from its tags.
    - Each of C(components) has C(name), C(quantity), C(unit), C(price), the same amounts, C(as_of) and C(source) of its
      price, and C(usage), the key of the usage file that its quantity comes from.
  returned: success
  type: list
  elements: dict
  sample:
    - address: aws_nat_gateway.this
      type: aws_nat_gateway
      module: ""
      region: us-east-1
      service: ""
      team: ml
      environment: dev
      monthly: "32.85"
      hourly: "0.045000"
      low: "32.85"
      high: "32.85"
      components:
        - name: Gateway hours
          quantity: "730"
          unit: hour
          price: "0.045"
          monthly: "32.85"
          hourly: "0.045000"
          low: "32.85"
          high: "32.85"
          as_of: "2026-07-20"
          source: go-infracost
          usage: ""
unpriced:
  description: What has no price, with C(address) and C(reason). A resource may be here for one of its parts.
  returned: success
  type: list
  elements: dict
  sample:
    - address: aws_ec2_host.this
      reason: the price book has no prices of dedicated hosts
usage_missing:
  description:
    - Parts of priced resources that depend on use that nobody told, with C(address), C(component), C(key) of the usage
      file, C(unit) and C(price), which is empty where there is none.
  returned: success
  type: list
  elements: dict
  sample:
    - address: aws_nat_gateway.this
      component: Data
      key: monthly_data_processed_gb
      unit: GB
      price: "0.045"
free:
  description: Resources that cost nothing, with C(address) and C(reason).
  returned: success
  type: list
  elements: dict
  sample:
    - address: aws_vpc.this
      reason: networks, routes and firewall rules cost nothing; gateways, addresses and data do
changes:
  description:
    - Resources that cost something else afterwards, the dearest rise first, with C(address), C(type), C(before),
      C(after) and C(rise).
  returned: success
  type: list
  elements: dict
  sample:
    - address: aws_nat_gateway.this
      type: aws_nat_gateway
      before: "0.00"
      after: "32.85"
      rise: "32.85"
by_module:
  description: Monthly amounts by address of the module's instance; the root is the empty text.
  returned: success
  type: dict
  sample:
    module.network: "65.70"
by_service:
  description: Monthly amounts by the tag service, application or app; empty without it.
  returned: success
  type: dict
  sample:
    chat: "65.70"
by_team:
  description: Monthly amounts by the tag team or owner; empty without it.
  returned: success
  type: dict
  sample:
    ml: "65.70"
by_environment:
  description: Monthly amounts by the tag environment or env; empty without it.
  returned: success
  type: dict
  sample:
    dev: "65.70"
by_type:
  description: Monthly amounts by type of resource.
  returned: success
  type: dict
  sample:
    aws_nat_gateway: "65.70"
warnings:
  description: What makes the estimate less sure, such as stale prices or an incomplete plan.
  returned: success
  type: list
  elements: str
  sample: []
"""
