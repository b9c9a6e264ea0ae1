#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cost_prices
short_description: Refresh prices from a cloud's price API into an override folder
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Asks the AWS Price List (bulk files), the Cloud Billing Catalog of Google or the Azure Retail Prices API for the
    prices that the book has of some services and regions, and for those in O(needed), and writes them with today's
    date into an override folder.
  - Where the API cannot be reached, nothing changes and RV(msg) says so in one sentence.
  - A price that moves by more than O(confirm_above_percent) stops the refresh before anything is written, unless
    O(confirm) is true. A price of which the API tells several is not taken.
  - Each file is written whole or not at all.
  - This is an action plugin, which runs on the controller.
attributes:
  check_mode:
    description: It asks the API and tells what would change, and writes nothing.
    support: full
  diff_mode:
    description: It shows the prices that change.
    support: full
options:
  provider:
    description:
      - The cloud.
    type: str
    choices:
      - aws
      - azure
      - gcp
    required: true
  regions:
    description:
      - The regions whose prices to refresh.
    type: list
    elements: str
    required: true
  services:
    description:
      - The services of the book to refresh.
      - Empty means all that can be refreshed from the provider's API.
    type: list
    elements: str
    default: []
  needed:
    description:
      - Further prices to ask for that the book lacks, each with C(provider), C(service), C(region), C(sku) and C(unit),
        which is V(hour) where it is left out. Those of other clouds are passed over.
    type: list
    elements: dict
    default: []
  price_book:
    description:
      - The folder of the price book.
      - Empty means the collection's own.
    type: path
    default: ""
  override_folder:
    description:
      - Where the fresh prices are written, in the book's layout. Rows that are there already and are not refreshed
        stay.
    type: path
    required: true
  base_url:
    description:
      - The address of the API.
      - Empty means V(https://pricing.us-east-1.amazonaws.com), V(https://cloudbilling.googleapis.com) or
        V(https://prices.azure.com).
    type: str
    default: ""
  api_key:
    description:
      - The API key that the Cloud Billing Catalog needs. The other APIs need none.
    type: str
    default: ""
  api_timeout:
    description:
      - How many seconds the API may be silent.
    type: int
    default: 60
  confirm_above_percent:
    description:
      - By how many percent a price may move without a confirmation, as a decimal number.
    type: str
    default: "25"
  confirm:
    description:
      - Whether prices that move further are taken too.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Refresh the prices of virtual machines in the Netherlands
  applied_ai.platform.cost_prices:
    provider: azure
    regions: [westeurope]
    services: [virtual-machines, virtual-machines-spot]
    override_folder: "{{ playbook_dir }}/../.platform/prices"
  register: refreshed

- name: Tell what moved
  ansible.builtin.debug:
    msg: "{{ refreshed['msg'] }}"
"""

RETURN = r"""
reachable:
  description: Whether the API answered.
  returned: success
  type: bool
  sample: true
msg:
  description: What happened, in a sentence.
  returned: success
  type: str
  sample: "https://prices.azure.com told 1500 prices: 12 moved, 0 are new."
count:
  description: How many prices were taken.
  returned: success
  type: int
  sample: 1500
moved:
  description: How many of them differ from the book's.
  returned: when the API answered
  type: int
  sample: 12
new:
  description: How many of them the book lacked.
  returned: when the API answered
  type: int
  sample: 0
largest:
  description: The ten prices that move most, with C(old), C(new), C(currency) and C(percent).
  returned: when the API answered
  type: list
  elements: dict
  sample: []
needs_confirmation:
  description: The prices that move by more than O(confirm_above_percent), unless O(confirm) is true.
  returned: when the API answered
  type: list
  elements: dict
  sample: []
ambiguous:
  description: Prices of which the API tells several, none of which was taken.
  returned: when the API answered
  type: list
  elements: dict
  sample: []
absent:
  description: Prices that were asked for and that the API does not tell. The old ones stay.
  returned: when the API answered
  type: list
  elements: dict
  sample: []
files:
  description: The files that are written, or would be in check mode.
  returned: when the API answered
  type: list
  elements: str
  sample: []
"""
