# SPDX-License-Identifier: Apache-2.0
"""The usage file: what is read, what counts for which resource, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import usage
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

TEXT = """
version: 0.1
resource_type_default_usage:
  aws_nat_gateway: {monthly_data_processed_gb: 1}
resource_usage:
  aws_nat_gateway.n[*]: {monthly_data_processed_gb: 2}
  aws_nat_gateway.n["a.b"]: {monthly_data_processed_gb: 3.10}
  aws_s3_bucket.b:
    standard: {storage_gb: 10, monthly_tier_1_requests: 1000}
  aws_instance.i: {operating_system: windows}
"""


@pytest.mark.parametrize(
    ("address", "amount"),
    [("aws_nat_gateway.m", "1"), ("aws_nat_gateway.n[0]", "2"), ('aws_nat_gateway.n["a.b"]', "3.10")],
)
def test_the_closest_usage_counts_and_stays_exact(address, amount):
    assert usage.load(TEXT, "u").of(address, "aws_nat_gateway") == {"monthly_data_processed_gb": Decimal(amount)}


def test_keys_in_keys_are_told_with_a_dot_and_words_stay_words():
    found = usage.load(TEXT, "u")
    bucket = found.of("aws_s3_bucket.b", "aws_s3_bucket")
    assert bucket == {"standard.storage_gb": Decimal(10), "standard.monthly_tier_1_requests": Decimal(1000)}
    assert found.of("aws_instance.i", "aws_instance") == {"operating_system": "windows"}


@pytest.mark.parametrize("key", ['"a]b"', "0", '"x"'])
def test_a_wildcard_takes_any_key(key):
    assert usage.pattern("module.m[*].t.r[*]").fullmatch(f"module.m[{key}].t.r[{key}]")


def test_a_wildcard_takes_one_key_only():
    assert not usage.pattern("t.r[*]").fullmatch('t.r["a"].x["b"]')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 0.1\nresource_usage: {a.b: {gb: -1}}", "gb is -1; usage is not negative"),
        ("version: 0.1\nresource_usage: {a.b: {gb: many}}", "gb is 'many'"),
        ("version: 0.1\nresource_usage: {a.b: {gb: .nan}}", "gb is '.nan'"),
        ("version: 0.1\nresource_usage: {a.b: 3}", "must be a mapping"),
        ("version: 0.1\nresource_usage: [a]", "must be a mapping"),
        ("version: 0.2\nresource_usage: {}", "version '0.2'; only 0.1"),
        ("resource_usage: {}", "version None"),
        ("version: 0.1\nresources: {}", "the key resources, which is unknown"),
        ("version: 0.1\n  : [", "is no YAML"),
        ("[]", "is no usage file"),
    ],
)
def test_what_is_wrong_is_told(text, told):
    with pytest.raises(CostError, match=told):
        usage.load(text, "usage.yml")


@pytest.mark.parametrize("address", ["aws_nat_gateway.gone", "aws_eip.n[*]"])
def test_usage_of_what_the_plan_has_not_is_refused(address):
    found = usage.Usage("usage.yml", {address: {"gb": Decimal(1)}})
    with pytest.raises(CostError, match="which the plan has not"):
        usage.check_addresses(found, {"aws_nat_gateway.n[0]": None})
