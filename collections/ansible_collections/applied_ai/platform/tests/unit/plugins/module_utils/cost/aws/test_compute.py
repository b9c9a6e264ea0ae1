# SPDX-License-Identifier: Apache-2.0
"""Instances, groups, volumes and clusters: what is counted, and what is said when it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.aws import compute

SIZES = {"min_size": 0, "desired_size": 1, "max_size": 2}


def test_dedicated_instance_has_its_own_price_and_a_fee_that_no_row_tells(parts: Any, make: Any, book: Any) -> None:
    # The book has dedicated prices of metal only.
    (sku, _price), *_rest = book.rows("aws", "ec2-dedicated", "us-east-1")
    kind = sku.partition("#")[0]
    found = parts(make("aws_instance.a", {"instance_type": kind, "tenancy": "dedicated"}))
    assert found.quantities[f"Dedicated instance hours ({kind})"] == 730
    assert any("fee" in gap for gap in found.gaps)


def test_instance_on_a_host_is_paid_with_it(parts: Any, make: Any) -> None:
    found = parts(make("aws_instance.a", {"instance_type": "m5.large", "tenancy": "host"}))
    assert not any("hours" in name for name in found.quantities)
    assert any("tenancy host" in gap for gap in found.gaps)


def test_instance_takes_type_and_volumes_from_its_launch_template(parts: Any, make: Any) -> None:
    template = make(
        "aws_launch_template.t",
        {
            "name": "t",
            "instance_type": "c5.2xlarge",
            "block_device_mappings": [{"ebs": [{"volume_size": 40, "volume_type": "gp3"}]}],
        },
    )
    found = parts(make("aws_instance.a", {"launch_template": [{"name": "t"}]}), template)
    assert found.quantities == {"Instance hours (c5.2xlarge)": 730, "Root volume (gp3)": 40}


def test_instance_without_a_type_is_a_gap(parts: Any, make: Any) -> None:
    found = parts(make("aws_instance.a", {}))
    assert not found.components
    assert found.gaps == ["its instance_type is not told by the plan"]


def test_unknown_instance_type_is_a_gap_and_its_volume_is_still_priced(parts: Any, make: Any) -> None:
    found = parts(make("aws_instance.a", {"instance_type": "z9.huge", "root_block_device": [{"volume_size": 10}]}))
    assert found.quantities == {"Root volume (gp2)": 10}
    assert "z9.huge" in found.gaps[0]


def test_windows_has_no_price_in_the_book(parts: Any, make: Any) -> None:
    found = parts(make("aws_instance.a", {"instance_type": "m5.large"}), words={"operating_system": "windows"})
    assert "windows" in found.gaps[0]
    assert not found.components


def test_usage_tells_the_hours_of_one_instance(parts: Any, make: Any) -> None:
    found = parts(make("aws_instance.a", {"instance_type": "m5.large"}), usage={"monthly_hrs": 100})
    assert found.quantities["Instance hours (m5.large)"] == 100


def test_usage_tells_the_size_that_an_image_has(parts: Any, make: Any) -> None:
    found = parts(make("aws_instance.a", {"instance_type": "m5.large"}), usage={"volume_size": 8})
    assert found.quantities["Root volume (gp2)"] == 8
    assert not found.missing


def test_commitment_that_the_book_does_not_know_is_said_and_reckoned_on_demand(parts: Any, make: Any) -> None:
    found = parts(make("aws_instance.a", {"instance_type": "m5.large"}), coverage=Decimal(1), commitment="9yr")
    assert found.quantities["Instance hours (m5.large)"] == 730
    assert any("9yr" in gap for gap in found.gaps)


def test_commitment_covers_no_spot(parts: Any, make: Any) -> None:
    spot = make("aws_spot_instance_request.a", {"instance_type": "m5.large"})
    found = parts(spot, coverage=Decimal(1), commitment="1yr-standard-no-upfront")
    assert found.quantities["Spot instance hours (m5.large)"] == 730


@pytest.mark.parametrize(
    ("values", "quantities"),
    [
        ({"type": "gp3", "size": 10, "iops": 3001, "throughput": 126}, {"Volume IOPS above 3000": 1}),
        ({"type": "io2", "size": 10, "iops": 32000}, {"Volume IOPS (io2-iops-tier1)": 32000}),
        ({"type": "io2", "size": 10, "iops": 32001}, {"Volume IOPS (io2-iops-tier2)": 1}),
        ({"type": "io2", "size": 10, "iops": 64001}, {"Volume IOPS (io2-iops-tier3)": 1}),
    ],
)
def test_tiers_begin_where_the_page_says(parts: Any, make: Any, values: Any, quantities: Any) -> None:
    assert quantities.items() <= parts(make("aws_ebs_volume.a", values)).quantities.items()


def test_size_known_only_after_apply_is_no_size_of_zero(parts: Any, make: Any) -> None:
    found = parts(make("aws_ebs_volume.a", {"type": "gp3"}, unknown={"size": True}))
    assert not found.components
    assert found.gaps == ["size is known only after apply, so its size cannot be told."]


def test_volume_of_a_snapshot_is_as_large_as_nobody_tells(parts: Any, make: Any) -> None:
    assert "snapshot" in parts(make("aws_ebs_volume.a", {"snapshot_id": "snap-1"})).gaps[0]


def test_snapshot_has_the_size_of_the_volume_that_it_refers_to(parts: Any, make: Any) -> None:
    volumes = [make(f"aws_ebs_volume.{name}", {"size": size}) for name, size in (("a", 10), ("b", 20))]
    snapshot = make("aws_ebs_snapshot.s", {}, refs={"volume_id": ("aws_ebs_volume.b",)})
    assert parts(snapshot, *volumes).quantities == {"Snapshot, as large as its volume": 20}


def test_snapshot_of_no_known_volume_waits_for_usage(parts: Any, make: Any) -> None:
    snapshot = make("aws_ebs_snapshot.s", {"volume_id": "vol-1"})
    assert parts(snapshot).missing == {"storage_gb"}
    assert parts(snapshot, usage={"storage_gb": 7}).quantities == {"Snapshot": 7}


def test_node_group_of_for_each_finds_the_template_with_its_own_key(parts: Any, make: Any) -> None:
    def template(key: str, size: int) -> Any:
        volumes = [{"ebs": [{"volume_size": size, "volume_type": "gp3"}]}]
        return make("module.k/aws_launch_template.t", {"block_device_mappings": volumes}, index=key)

    group = make(
        "module.k/aws_eks_node_group.g",
        {"instance_types": ["m5.large"], "scaling_config": [SIZES], "launch_template": [{}]},
        index="big",
        refs={"launch_template": ("module.k.aws_launch_template.t",)},
    )
    found = parts(group, template("small", 10), template("big", 90))
    assert found.quantities["Node volumes (gp3)"] == 90


def test_node_group_without_a_word_has_what_eks_takes(parts: Any, make: Any) -> None:
    found = parts(make("aws_eks_node_group.g", {"scaling_config": [SIZES]}))
    assert found.quantities == {"Instance hours (t3.medium)": 730, "Node volumes (gp2)": 20}


def test_template_without_volumes_leaves_their_size_to_the_image(parts: Any, make: Any) -> None:
    template = make("aws_launch_template.t", {"name": "t", "instance_type": "m5.large"})
    group = make("aws_eks_node_group.g", {"scaling_config": [SIZES], "launch_template": [{"name": "t"}]})
    found = parts(group, template)
    assert found.quantities == {"Instance hours (m5.large)": 730}
    assert found.missing == {"volume_size"}


def test_wanted_nodes_stay_within_the_limits(parts: Any, make: Any) -> None:
    sizes = {"min_size": 2, "desired_size": 1, "max_size": 5}
    (hours, *_rest) = parts(make("aws_eks_node_group.g", {"scaling_config": [sizes]})).components
    assert hours.quantity == 1460
    assert (hours.low, hours.high) == (1460 * hours.price, 3650 * hours.price)


def test_spot_dearer_than_on_demand_still_has_a_range(parts: Any, make: Any) -> None:
    values = {"instance_types": ["m5.large"], "capacity_type": "SPOT", "scaling_config": [SIZES]}
    (hours, *_rest) = parts(make("aws_eks_node_group.g", values)).components
    assert hours.low <= hours.monthly <= hours.high


def test_capacity_block_is_paid_in_advance(parts: Any, make: Any) -> None:
    values = {"instance_types": ["p5.48xlarge"], "capacity_type": "CAPACITY_BLOCK", "scaling_config": [SIZES]}
    found = parts(make("aws_eks_node_group.g", values))
    assert any("capacity block" in gap for gap in found.gaps)
    assert not any("hours" in name for name in found.quantities)


def test_scaling_group_without_a_policy_is_on_demand(parts: Any, make: Any) -> None:
    template = make("aws_launch_template.t", {"name": "t", "instance_type": "m5.large"})
    values = {"min_size": 1, "max_size": 4, "launch_template": [{"name": "t"}]}
    (hours, *_rest) = parts(make("aws_autoscaling_group.g", values), template).components
    assert hours.name == "Instance hours (m5.large)"
    assert (hours.quantity, hours.high) == (730, 2920 * hours.price)


def test_percentage_above_the_base_rounds_up_as_autoscaling_does(make: Any) -> None:
    policy = [{"instances_distribution": [{"on_demand_percentage_above_base_capacity": 50}]}]
    group = make("aws_autoscaling_group.g", {"mixed_instances_policy": policy})
    assert compute.on_demand_share(group, compute.fixed(3)) == compute.fixed(2)


def test_reservation_costs_what_no_instance_of_the_plan_uses(parts: Any, make: Any) -> None:
    reserved = make("aws_ec2_capacity_reservation.r", {"instance_type": "m5.large", "instance_count": 3})
    (part,) = parts(reserved, make("aws_instance.a", {"instance_type": "m5.large"})).components
    assert part.quantity == 2 * 730
    assert part.high == 3 * 730 * part.price


@pytest.mark.parametrize(
    ("version", "today", "extended"),
    [
        ("", date(2026, 11, 28), False),
        ("1.34", date(2026, 12, 2), False),
        ("1.34", date(2026, 12, 3), True),
        ("1.21", date(2026, 11, 28), True),
        ("1.99", date(2026, 11, 28), False),
    ],
)
def test_extended_support_begins_the_day_after_standard_support_ends(version: str, today: date, extended: bool) -> None:
    assert compute.in_extended_support(version, today) is extended


@pytest.mark.parametrize("kind", ["aws_ec2_host", "aws_ec2_capacity_block_reservation"])
def test_what_has_no_list_price_is_said(parts: Callable[..., Any], make: Any, kind: str) -> None:
    found = parts(make(f"{kind}.a", {}))
    assert found.gaps
    assert not found.components


def test_auto_mode_is_use_that_nobody_told(parts: Any, make: Any) -> None:
    found = parts(make("aws_eks_cluster.a", {"version": "1.35", "compute_config": [{"enabled": True}]}))
    assert found.missing == {"auto_mode_hours"}
