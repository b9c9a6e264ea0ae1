# SPDX-License-Identifier: Apache-2.0
"""Every type of resource that the Terraform root can create is priced, or costs nothing for a reason."""

from __future__ import annotations

import re

from ansible_collections.applied_ai.platform.plugins.module_utils.cost import azure, gcp
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.aws import tables
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.aws.usage_keys import USAGE_KEYS
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.estimate import FREE, PRICERS
from terraform.interface import TERRAFORM

DECLARED = re.compile(r'^resource "([a-z0-9_]+)"', re.MULTILINE)
ENOUGH = 100


def declared() -> set[str]:
    """Return the types of resources in all files of the root and its modules."""
    files = [path for path in TERRAFORM.rglob("*.tf") if ".terraform" not in path.parts]
    return {kind for path in files for kind in DECLARED.findall(path.read_text(encoding="utf-8"))}


def test_every_type_of_the_root_is_priced_or_free_for_a_reason():
    found = declared()
    assert len(found) > ENOUGH
    assert sorted(found - PRICERS.keys() - FREE.keys()) == []
    assert all(FREE[kind].strip() for kind in found & FREE.keys())


def test_no_type_is_both_priced_and_free_nor_of_two_clouds():
    assert sorted(PRICERS.keys() & FREE.keys()) == []
    kinds = [kind for table in (tables, gcp, azure) for kind in (*table.PRICERS, *table.FREE)]
    assert len(kinds) == len(set(kinds))


def test_usage_keys_are_of_types_that_are_priced():
    assert sorted(USAGE_KEYS.keys() - PRICERS.keys()) == []
