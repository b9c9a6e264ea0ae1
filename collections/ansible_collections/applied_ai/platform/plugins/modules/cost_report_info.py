#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cost_report_info
short_description: Report what a cloud's bill says
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Reads exports of costs, CUR 2.0 of AWS and FOCUS 1.0 to 1.2 of any cloud, as Parquet or CSV, and adds them up by
    service, environment, team, account, region and day, as billed and amortised.
  - Tells the budget's burn, a forecast of the month with an interval, anomalies, coverage and utilisation of
    commitments, what spot instances saved, what is untagged, and GPU hours with the cost of idle ones.
  - A bill whose total would be wrong is refused with one sentence. What cannot be told is in RV(warnings).
  - This is an action plugin, which runs on the controller. It needs the Python library C(duckdb), and C(boto3) for S3.
attributes:
  check_mode:
    description: It only reads, so that it does the same with and without check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  sources:
    description:
      - Files, folders, glob patterns or C(s3://bucket/prefix). Files end in C(.parquet), C(.csv) or C(.csv.gz).
      - Credentials for S3 come from the environment of the process.
    type: list
    elements: str
    required: true
  month:
    description: The month to report on, such as V(2026-11). Empty means the bill's latest; earlier ones are its past.
    type: str
    default: ""
  currency:
    description: The currency to report in. Empty means the bill's only one; a bill with several is refused then.
    type: str
    default: ""
  tags:
    description:
      - Names under which costs are told apart, each with the keys of the tag, of which the first that is set counts.
    type: dict
    default:
      environment: [Environment, environment]
      team: [Team, team]
      service: [Service, service]
  budget:
    description: Money per month. Empty means that there is none to compare with.
    type: str
    default: ""
  confidence:
    description: The share of outcomes that shall lie within the forecast's interval, from 0.5 to 0.99.
    type: str
    default: "0.9"
  settling_days:
    description: The last days of an unfinished month, to which the cloud still adds lines. They are not forecast from.
    type: int
    default: 1
  least_anomaly:
    description: The smallest difference, in money per day, that is worth a look.
    type: str
    default: "10"
  duplicates:
    description:
      - What to do with exports that overlap. V(fail) refuses lines that are there twice.
      - V(newest) first keeps the newest version of each billing period, by the folders that Data Exports makes with
        C(CREATE_NEW_REPORT). Lines that are still there twice are refused.
    type: str
    default: fail
    choices: [fail, newest]
  gpu_utilisation:
    description:
      - Shares of time in which GPUs were busy. Each entry has C(utilisation), from 0 to 1, and one of C(resource),
        C(instance_type) and C(model), of which the first that fits a GPU counts.
    type: list
    elements: dict
    default: []
  prometheus_url:
    description:
      - A Prometheus to ask for the utilisation that the DCGM exporter measured in the last 30 days. Empty asks none.
    type: str
    default: ""
  price_book:
    description: The folder of the price book, for the GPUs of instance types. Empty means the collection's own.
    type: path
    default: ""
  cache_dir:
    description: The folder for what is downloaded from S3.
    type: path
    default: .cache/bills
  memory_limit:
    description: How much memory DuckDB may take; what does not fit goes to a temporary folder.
    type: str
    default: 512MB
  threads:
    description: How many threads DuckDB may use.
    type: int
    default: 2
"""

EXAMPLES = r"""
- name: Read this month's bill
  applied_ai.platform.cost_report_info:
    sources: ["s3://demo-costs-0123456789ab/costs/demo/data/"]
    budget: "20000"
  register: bill

- name: Say how the month will end
  ansible.builtin.debug:
    msg: "{{ bill.budget.forecast.total }} {{ bill.currency }} at the month's end: {{ bill.budget.verdict }}"

- name: Read two months, with the utilisation of GPUs
  applied_ai.platform.cost_report_info:
    sources: [exports/2026-10.parquet, exports/2026-11.csv.gz]
    gpu_utilisation:
      - {model: A100, utilisation: "0.62"}
"""

RETURN = r"""
currency:
  description: The currency of every amount. Amounts are decimal texts in full precision.
  returned: success
  type: str
  sample: USD
month:
  description: The month that the figures are of.
  returned: success
  type: str
  sample: 2026-11
formats:
  description: The formats that were read.
  returned: success
  type: list
  elements: str
  sample: [FOCUS]
files:
  description: How many files were read.
  returned: success
  type: int
  sample: 2
months:
  description: Billed and effective cost, and lines, of each month in the bill.
  returned: success
  type: list
  elements: dict
  sample: [{month: 2026-11, billed: "17250.12", effective: "16930.4", lines: 90211}]
period:
  description: The month's first day, the last one that is complete, and whether the month is.
  returned: success
  type: dict
  sample: {first: "2026-11-01", through: "2026-11-26", complete: false}
totals:
  description:
    - As billed, amortised (effective), at list prices, the effective cost of lines with a list price, and lines.
  returned: success
  type: dict
  sample: {billed: "17250.12", effective: "16930.4", list: "22410", list_known: "16800.4", lines: 90211}
by_service:
  description: Costs by the cloud's service, the dearest first. Every breakdown adds up to the totals.
  returned: success
  type: list
  elements: dict
  sample: [{name: AmazonEC2, billed: "9200.1", effective: "8801.5"}]
by_account:
  description: Costs by account.
  returned: success
  type: list
  elements: dict
by_region:
  description: Costs by region, empty where the bill tells none.
  returned: success
  type: list
  elements: dict
by_charge:
  description: Costs by kind of charge, so that taxes, credits, refunds and discounts stand by themselves.
  returned: success
  type: list
  elements: dict
by_pricing:
  description: Costs by pricing, V(Standard), V(Dynamic) for spot, V(Committed) or V(Other).
  returned: success
  type: list
  elements: dict
by_tag:
  description: Costs by the values of each tag in O(tags); an empty name is what has none.
  returned: success
  type: dict
  sample: {team: [{name: ml, billed: "4100", effective: "3980"}]}
by_day:
  description: Costs by day, the oldest first.
  returned: success
  type: list
  elements: dict
untagged:
  description: For each tag, the effective cost of usage without it, its share, and the five dearest services of it.
  returned: success
  type: dict
budget:
  description: What was spent of the limit, the forecast of the month with its interval, and a verdict.
  returned: success
  type: dict
  sample: {limit: "20000", spent: "17250.12", spent_share: "0.8625", elapsed_share: "0.8667", verdict: at_risk}
trend:
  description: Effective cost by service, of each month up to this one.
  returned: success
  type: list
  elements: dict
movers:
  description: Each service's usage against as many days of the month before, the largest change first.
  returned: success
  type: list
  elements: dict
anomalies:
  description: Days on which a service cost what it does not usually cost, those with the most money first.
  returned: success
  type: list
  elements: dict
commitments:
  description: Coverage and utilisation of commitments, of all and of each, and whether the target is reached.
  returned: success
  type: dict
savings:
  description: What spot instances and commitments cost, what list prices would have been, and the difference.
  returned: success
  type: dict
gpu:
  description: GPU hours, their cost, the cost of idle GPUs, and the cost whose utilisation is unknown, by model.
  returned: success
  type: dict
warnings:
  description: What cannot be told, and what one should know before trusting a figure. Shown as warnings of the task.
  returned: success
  type: list
  elements: str
"""
