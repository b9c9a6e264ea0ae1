#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cost_prices_info
short_description: Tell what a price book has, how old it is and what it lacks
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Counts the prices of each service in each region, tells their oldest and newest dates, and says which are stale.
  - Says which of the prices that something needs are in no file of the book. A price of one region never stands in for
    another's.
  - No network is used.
  - This is an action plugin, which runs on the controller.
attributes:
  check_mode:
    description: It only reads, so that it does the same with and without check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
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
  providers:
    description:
      - The clouds to report on.
    type: list
    elements: str
    choices:
      - aws
      - azure
      - gcp
    default:
      - aws
      - azure
      - gcp
  needed:
    description:
      - Prices that must be there, each with C(provider), C(service), C(region), C(sku) and C(unit), which is V(hour)
        where it is left out.
      - Nothing is looked for when it is empty.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Know the age of the prices
  applied_ai.platform.cost_prices_info:
    providers: [aws]
    needed:
      - {provider: aws, service: ec2, region: us-east-1, sku: g5.xlarge}
  register: prices

- name: Stop where a price is missing
  ansible.builtin.assert:
    that: prices["missing"] | length == 0
"""

RETURN = r"""
version:
  description: Version of the book, empty where its C(book.json) tells none.
  returned: success
  type: str
  sample: "2026.11"
released:
  description: Day of the version, empty where C(book.json) tells none.
  returned: success
  type: str
  sample: "2026-11-28"
stale_after_days:
  description: After how many days a price is stale.
  returned: success
  type: int
  sample: 400
rows:
  description: How many prices there are in all.
  returned: success
  type: int
  sample: 99719
coverage:
  description:
    - One entry per service and region, with C(provider), C(service), C(region), C(rows), C(oldest), C(newest),
      C(age_days) of the oldest, and C(stale).
  returned: success
  type: list
  elements: dict
  sample:
    - provider: aws
      service: ec2
      region: us-east-1
      rows: 1000
      oldest: "2026-07-20"
      newest: "2026-07-20"
      age_days: 131
      stale: false
stale:
  description: The entries of C(coverage) whose oldest price is stale.
  returned: success
  type: list
  elements: dict
  sample: []
missing:
  description: The entries of O(needed) that the book lacks.
  returned: success
  type: list
  elements: dict
  sample: []
"""
