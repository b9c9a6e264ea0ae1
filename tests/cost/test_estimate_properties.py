# SPDX-License-Identifier: Apache-2.0
"""What holds for every plan: parts add up, order does not matter, two plans cost what both together cost."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.cost import plan
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.estimate import estimate, groups
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Estimate, Options
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.summary import LABELS, as_json
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.usage import Usage
from hypothesis import given, settings
from hypothesis import strategies as st

BOOK = PriceBook(FOLDER)
OPTIONS = Options(today=date(2026, 11, 28))
USAGE = Usage(by_type={"aws_nat_gateway": {"monthly_data_processed_gb": Decimal("12.5")}})
TYPES = ("m5.large", "g5.xlarge", "t3.medium", "x0.unknown")
SIZES = st.integers(min_value=0, max_value=40)
TAGS = st.fixed_dictionaries({}, optional={"Team": st.sampled_from(["ml", "web"]), "Service": st.just("mvra")})
KINDS = {
    "aws_nat_gateway": st.fixed_dictionaries({"tags": TAGS}),
    "aws_ebs_volume": st.fixed_dictionaries(
        {
            "type": st.sampled_from(["gp2", "gp3", "io2", "st1", "unknown"]),
            "size": st.integers(min_value=1, max_value=16384),
            "iops": st.integers(min_value=100, max_value=80000),
            "throughput": st.integers(min_value=125, max_value=1000),
            "tags": TAGS,
        }
    ),
    "aws_instance": st.fixed_dictionaries({"instance_type": st.sampled_from(TYPES), "tags": TAGS}),
    "aws_eks_node_group": st.builds(
        lambda sizes, kind, capacity: {
            "instance_types": [kind],
            "capacity_type": capacity,
            "scaling_config": [dict(zip(("min_size", "desired_size", "max_size"), sorted(sizes), strict=True))],
        },
        st.lists(SIZES, min_size=3, max_size=3),
        st.sampled_from(TYPES),
        st.sampled_from(["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"]),
    ),
    "aws_s3_bucket": st.just({}),
    "aws_iam_role": st.just({}),
    "aws_no_such_thing": st.just({}),
}
RESOURCE = st.sampled_from(sorted(KINDS)).flatmap(lambda kind: st.tuples(st.just(kind), KINDS[kind]))
RESOURCES = st.lists(RESOURCE, max_size=12).map(
    lambda found: [
        {"address": f"{kind}.r{number}", "type": kind, "values": values} for number, (kind, values) in enumerate(found)
    ]
)


def costs(after: list[dict[str, Any]], before: list[dict[str, Any]] | None = None) -> Estimate:
    """Return the estimate of a plan in us-east-1."""
    region = {"constant_value": "us-east-1"}
    document = {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": after}},
        "prior_state": {"values": {"root_module": {"resources": before or []}}},
        "configuration": {"provider_config": {"aws": {"name": "aws", "expressions": {"region": region}}}},
    }
    return estimate(plan.read(document, "plan.json"), BOOK, USAGE, OPTIONS)


@settings(deadline=None, max_examples=60)
@given(RESOURCES)
def test_parts_add_up_to_the_whole(resources):
    found = costs(resources)
    parts = [part for one in found.resources for part in one.components]
    assert sum((part.quantity * part.price for part in parts), Decimal(0)) == found.monthly
    for label in LABELS.values():
        assert sum(groups(found, label).values(), Decimal(0)) == found.monthly
    shown = as_json(found)
    exact = [Decimal(part["exact"]) for one in shown["resources"] for part in one["components"]]
    assert sum(exact, Decimal(0)) == Decimal(shown["exact"])
    assert found.low <= found.monthly <= found.high


@settings(deadline=None, max_examples=60)
@given(RESOURCES)
def test_every_resource_is_priced_or_listed(resources):
    found = costs(resources)
    told = {one.address for one in found.resources} | {one.address for one in found.unpriced}
    told |= {address for address, _reason in found.free}
    assert told == {one["address"] for one in resources}


@settings(deadline=None, max_examples=40)
@given(RESOURCES.flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_order_does_not_matter(both):
    first, second = both
    assert as_json(costs(first)) == as_json(costs(list(second)))


@settings(deadline=None, max_examples=40)
@given(RESOURCES, st.integers(min_value=0, max_value=12))
def test_two_plans_cost_what_both_together_cost(resources, cut):
    whole, left, right = costs(resources), costs(resources[:cut]), costs(resources[cut:])
    assert left.monthly + right.monthly == whole.monthly
    assert (left.low + right.low, left.high + right.high) == (whole.low, whole.high)
    assert Counter(left.unpriced) + Counter(right.unpriced) == Counter(whole.unpriced)


@settings(deadline=None, max_examples=40)
@given(RESOURCES, RESOURCES)
def test_the_rise_is_the_sum_of_all_changes_and_turns_with_the_plan(before, after):
    there, back = costs(after, before), costs(before, after)
    assert sum((one.rise for one in there.changes), Decimal(0)) == there.monthly - there.before
    assert there.monthly - there.before == -(back.monthly - back.before)
    assert [one.rise for one in there.changes] == sorted((one.rise for one in there.changes), reverse=True)
