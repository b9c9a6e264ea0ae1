#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cost_spot
short_description: Tell the spot prices of EC2 as they are now, and keep them for estimates
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Asks EC2 for the spot prices of Linux over the last 24 hours. A type's price is the median over its zones, each with
    its mean weighted by how long each price held.
  - What EC2 does not tell comes from the price book, whose spot prices are typical and not current, and RV(notes) says
    so. This is no failure.
  - With O(override_folder), the live prices are written there as the book's C(ec2-spot), so that estimates take them.
  - This is an action plugin, which runs on the controller.
extends_documentation_fragment:
  - applied_ai.platform.aws
attributes:
  check_mode:
    description: It asks EC2 and tells what would be written, and writes nothing but O(cache_file).
    support: full
  diff_mode:
    description: The prices are in RV(prices).
    support: none
options:
  instance_types:
    description:
      - The instance types.
      - Empty means all whose spot price the book has in the region.
    type: list
    elements: str
    default: []
  price_book:
    description:
      - The folder of the price book.
      - Empty means the collection's own.
    type: path
    default: ""
  override_folder:
    description:
      - Where live prices are written, in the book's layout.
      - Empty means nowhere.
    type: path
    default: ""
  cache_file:
    description:
      - A file that keeps live prices for an hour, so that EC2 is not asked again.
      - Empty keeps none.
    type: path
    default: ""
requirements:
  - boto3
"""

EXAMPLES = r"""
- name: Tell what GPUs cost on spot
  applied_ai.platform.cost_spot:
    region: us-east-1
    instance_types: [g5.xlarge, g6.xlarge]
    cache_file: "{{ playbook_dir }}/../.platform/spot.json"
  register: spot

- name: Show them
  ansible.builtin.debug:
    msg: "{{ spot['prices'] }}"
"""

RETURN = r"""
currency:
  description: The currency of the prices.
  returned: success
  type: str
  sample: USD
prices:
  description:
    - One entry per type with C(instance_type), C(price) per hour as a text, C(origin), which is V(live) or V(typical),
      C(as_of), and the book's C(note).
  returned: success
  type: list
  elements: dict
  sample:
    - {instance_type: g5.xlarge, price: "0.4012", origin: live, as_of: "2026-11-28", note: ""}
unknown:
  description: Types that have neither a live nor a typical price.
  returned: success
  type: list
  elements: str
  sample: []
notes:
  description: Sentences about prices that are not live.
  returned: success
  type: list
  elements: str
  sample: []
files:
  description: The files below O(override_folder) that are written, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: []
"""
