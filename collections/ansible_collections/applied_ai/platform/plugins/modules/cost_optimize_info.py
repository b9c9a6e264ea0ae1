#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cost_optimize_info
short_description: Find what could cost less, with money, risk and owner
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Compares facts of an account and its clusters with rules, and prices what it finds with the price book.
  - Facts are read from AWS, from Prometheus and from vertical pod autoscalers, or from a file without any network.
  - What could not be asked or priced is listed under RV(unknown), never taken for nothing.
  - Of findings that would save the same money only the greatest counts in RV(monthly_saving); the others name it.
  - Needs the rights to describe and list; it changes nothing.
  - This is an action plugin, which runs on the controller.
attributes:
  check_mode:
    description: It only reads, so that it does the same with and without check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  facts_file:
    description:
      - A JSON file with facts, as docs/cost_optimization.md lists them.
      - Alone it is all that is looked at. With O(region) its lists stand in for those that AWS tells, for what no API
        knows, such as usage by the hour.
    type: path
    default: ""
  region:
    description:
      - The AWS region to ask.
      - Empty means that AWS is not asked.
      - Credentials come from the environment of the task or the process, never from an option.
    type: str
    default: ""
  endpoint_url:
    description:
      - Address of the API when it is not the one of the region.
    type: str
    default: ""
  prometheus_url:
    description:
      - Address of Prometheus, for what nodes, GPUs and pods use.
    type: str
    default: ""
  kubeconfig:
    description:
      - A kubeconfig of the cluster, for what its vertical pod autoscalers recommend.
      - Empty means that no cluster is asked.
    type: path
    default: ""
  context:
    description:
      - The context of O(kubeconfig) to use. Empty means its current one.
    type: str
    default: ""
  api_timeout:
    description:
      - Seconds that one request to the cluster or to Prometheus may take.
    type: int
    default: 30
  bill_sources:
    description:
      - Files, folders, glob patterns or C(s3://bucket/prefix) of a bill by the hour, CUR 2.0 or FOCUS with SkuMeter,
        for which commitments would pay.
    type: list
    elements: str
    default: []
  bill_cache_dir:
    description:
      - The folder for what is downloaded of them.
    type: path
    default: .cache/bills
  terraform_state:
    description:
      - What C(terraform show -json) printed of the state. What is in it is not changed by C(optimize_costs.yml).
      - Empty means that the tag C(ManagedBy) alone tells.
    type: path
    default: ""
  environment_name:
    description:
      - The environment's name, for a schedule of its nights. Empty means that none is proposed.
    type: str
    default: ""
  environment_stoppable_monthly:
    description:
      - Dollars a month of it that could be stopped, nodes and databases, as C(cost_estimate_info) tells them.
    type: str
    default: ""
  environment_plan_file:
    description:
      - The environment's Terraform plan as JSON, from which O(environment_stoppable_monthly) is reckoned where that is
        empty. Storage of databases is not in it, since it costs on.
    type: path
    default: ""
  environment_scheduled:
    description:
      - Whether it has a schedule already.
    type: bool
    default: false
  limits:
    description:
      - From where on something is a finding, such as C(snapshot_days), C(log_days), C(node_idle), C(gpu_idle),
        C(commitment_used), C(commitment_term), C(minimum_saving), C(compare_regions). Shares from 0 to 1 as text.
    type: dict
    default: {}
  price_book:
    description:
      - The folder of the price book. Empty means the collection's own.
    type: path
    default: ""
  price_book_overrides:
    description:
      - Folders in the same layout whose prices stand in for those of the book.
    type: list
    elements: path
    default: []
"""

EXAMPLES = r"""
- name: Find what could cost less
  applied_ai.platform.cost_optimize_info:
    region: us-east-1
    prometheus_url: http://127.0.0.1:9090
    kubeconfig: /srv/platform/kubeconfig
  register: optimize

- name: Look at facts that were collected elsewhere
  applied_ai.platform.cost_optimize_info:
    facts_file: facts.json
    limits: {snapshot_days: 90, minimum_saving: "10"}

- name: Show the sum, and what nobody knows
  ansible.builtin.debug:
    msg: "{{ optimize.monthly_saving }} a month; unknown: {{ optimize.unknown | map(attribute='source') | join(', ') }}"
"""

RETURN = r"""
findings:
  description: What could cost less, those with most money first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Name that stays the same from run to run, for approvals.
      returned: success
      type: str
      sample: volume_gp3:vol-0a1b
    rule:
      description: The rule that found it.
      returned: success
      type: str
      sample: volume_gp3
    subject:
      description: What it is about.
      returned: success
      type: str
      sample: vol-0a1b
    owner:
      description: The team of its tag Team.
      returned: success
      type: str
      sample: search
    monthly_saving:
      description: Dollars a month at list prices.
      returned: success
      type: str
      sample: "15.00"
    seen:
      description: What was seen.
      returned: success
      type: str
      sample: 1000 GB of gp2 for $100.00
    proposed:
      description: What would be instead.
      returned: success
      type: str
      sample: gp3 with 3000 IOPS and 250 MiB/s for $85.00
    risk:
      description: What may go wrong, C(low), C(medium) or C(high).
      returned: success
      type: str
      sample: low
    safe:
      description: Whether C(optimize_costs.yml) may do it once it is approved.
      returned: success
      type: bool
      sample: true
    why:
      description: Why, and what the figure leaves out.
      returned: success
      type: str
      sample: gp3 costs less for the same; the change runs while the volume is in use.
    how:
      description: How one gets it.
      returned: success
      type: str
      sample: optimize_costs.yml, once it is approved.
    action:
      description: What C(optimize_costs.yml) would do; empty unless it is safe.
      returned: success
      type: dict
      sample: {kind: volume_gp3, id: vol-0a1b, iops: 3000, throughput: 250}
    excluded_by:
      description: The greater finding that saves the same money; empty where it counts.
      returned: success
      type: str
      sample: ""
monthly_saving:
  description: What all findings save together, none counted twice.
  returned: success
  type: str
  sample: "1204.10"
currency:
  description: Currency of all amounts.
  returned: success
  type: str
  sample: USD
summary:
  description: The findings as lines for people.
  returned: success
  type: list
  elements: str
  sample: ["15.00 volume_gp3:vol-0a1b (search, risk low, safe): 1000 GB of gp2 for $100.00; gp3 for $85.00"]
unknown:
  description: What could not be asked or priced, with C(source) and C(reason).
  returned: success
  type: list
  elements: dict
  sample: [{source: prometheus, reason: Prometheus at http://127.0.0.1:9090 does not answer.}]
gpu_prices:
  description: What a GPU-hour costs of each kind in use, here, in other regions and in other clouds; the least first.
  returned: success
  type: list
  elements: dict
  sample: [{gpu: T4, place: g4dn.xlarge of aws in us-west-2, gpu_hour: "0.5260"}]
prices_as_of:
  description: The date of the oldest price that was used; a warning tells when the book calls it stale.
  returned: success
  type: str
  sample: "2026-11-28"
as_of:
  description: The day of the facts.
  returned: success
  type: str
  sample: "2026-11-28"
"""
