# SPDX-License-Identifier: Apache-2.0
"""What is stored, with money reckoned by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize import storage
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import Unknown
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.findings import (
    Context,
    Finding,
    find,
)

Made = Callable[..., Context]
OWNED = {"ManagedBy": "terraform", "Team": "search"}


def volume(**more: Any) -> dict[str, Any]:
    return {"id": "vol-1", "kind": "gp2", "size_gb": 100, "attached": True, **more}


def one(context: Context, rule: str) -> Finding:
    (found,) = [finding for finding in find(storage.RULES, context).findings if finding.rule == rule]
    return found


def test_an_unattached_volume_leaves_a_snapshot(context: Made) -> None:
    found = one(context(volumes=[volume(attached=False)]), "volume_unattached")
    # 100 GB x 0.10, less a snapshot of 100 GB x 0.05.
    assert found.saving == 5
    assert found.safe
    assert found.action == {"kind": "volume_unattached", "id": "vol-1"}


def test_iops_of_an_unattached_volume_are_paid_too(context: Made) -> None:
    found = one(context(volumes=[volume(kind="io2", iops=1000, attached=False)]), "volume_unattached")
    assert found.saving == Decimal("12.5") + 65 - 5


def test_what_terraform_owns_is_not_changed_behind_its_back(context: Made) -> None:
    for made in (
        context(volumes=[volume(attached=False, tags=OWNED)]),
        context(volumes=[volume(attached=False)], terraform=["vol-1"]),
    ):
        found = one(made, "volume_unattached")
        assert not found.safe
        assert found.action == {}
        assert "Terraform" in found.how


GP3 = {
    # size: (IOPS, MiB/s, saving)
    100: (3000, 125, "2"),  # 10 - 8
    171: (3000, 250, None),  # 17.10 - 13.68 - 125 x 0.04 = -1.58: gp2 is cheaper
    1000: (3000, 250, "15"),  # 100 - 80 - 5
    2000: (6000, 250, "20"),  # 200 - 160 - 3000 x 0.005 - 5
    16000: (16000, 250, "250"),  # 1600 - 1280 - 13000 x 0.005 - 5
}


@pytest.mark.parametrize(("size", "wanted"), GP3.items())
def test_gp3_keeps_what_gp2_gives(context: Made, size: int, wanted: tuple[int, int, str | None]) -> None:
    found = find(storage.RULES, context(volumes=[volume(size_gb=size)])).findings
    iops, throughput, saving = wanted
    if saving is None:
        assert found == ()
        return
    assert [finding.saving for finding in found] == [Decimal(saving)]
    assert found[0].action == {"kind": "volume_gp3", "id": "vol-1", "iops": iops, "throughput": throughput}


def test_a_known_peak_needs_no_more_throughput_than_that(context: Made) -> None:
    found = one(context(volumes=[volume(size_gb=1000, throughput_peak=50)]), "volume_gp3")
    assert (found.saving, found.action["throughput"]) == (20, 125)


def test_gp3_and_no_volume_at_all_are_not_added_up(context: Made) -> None:
    result = find(storage.RULES, context(volumes=[volume(attached=False)]))
    assert [(finding.rule, finding.excluded_by) for finding in result.findings] == [
        ("volume_unattached", ""),
        ("volume_gp3", "volume_unattached:vol-1"),
    ]
    assert result.saving == 5


def test_old_snapshots_of_no_image_are_told(context: Made) -> None:
    snapshots = [
        {"id": "old", "size_gb": 100, "created": "2026-01-01T00:00:00+00:00"},
        {"id": "new", "size_gb": 100, "created": "2026-11-01T00:00:00+00:00"},
        {"id": "image", "size_gb": 100, "created": "2026-01-01", "image": "ami-1"},
    ]
    (found,) = find(storage.RULES, context(snapshots=snapshots)).findings
    assert (found.subject, found.saving, found.safe) == ("old", 5, False)
    with pytest.raises(CostError, match="was created 'soon'"):
        find(storage.RULES, context(snapshots=[{"id": "x", "size_gb": 1, "created": "soon"}]))


def test_a_bucket_is_tiered_where_watching_costs_less_than_it_saves(context: Made) -> None:
    data = {"name": "b", "cold_gb": 1000, "cold_objects": 100_000, "multipart_gb": 100}
    found = one(context(buckets=[data]), "bucket_lifecycle")
    # 1000 x (0.023 - 0.0125) - 100 x 0.0025 + 100 x 0.023
    assert found.saving == Decimal("12.55")
    assert found.action["tiering"] is True
    small = one(context(buckets=[{**data, "cold_objects": 10_000_000}]), "bucket_lifecycle")
    assert (small.saving, small.action["tiering"]) == (Decimal("2.3"), False)
    assert find(storage.RULES, context(buckets=[{**data, "lifecycle": True}])).findings == ()


def test_what_nobody_knows_of_a_bucket_or_a_log_is_said(context: Made) -> None:
    result = find(
        storage.RULES,
        context(buckets=[{"name": "b"}], log_groups=[{"name": "l", "stored_gb": 5, "retention_days": 0}]),
    )
    assert result.findings == ()
    assert [one.source for one in result.unknown] == ["bucket_lifecycle:b", "log_retention:l"]


def test_logs_that_are_kept_for_ever(context: Made) -> None:
    logs = {"name": "l", "stored_gb": 1000, "retention_days": 0, "ingest_gb": 100}
    found = one(context(log_groups=[logs]), "log_retention")
    # 90 days of 100 GB a month stay: 300 GB.
    assert found.saving == 21
    assert not found.safe
    assert find(storage.RULES, context(log_groups=[{**logs, "retention_days": 30}])).findings == ()


def test_a_price_that_the_book_lacks_is_no_silence(context: Made) -> None:
    result = find(storage.RULES, context(region="nowhere", volumes=[volume(attached=False), volume(id="vol-2")]))
    assert result.findings == ()
    assert [one.source for one in result.unknown] == [
        "volume_unattached:vol-1",
        "volume_gp3:vol-1",
        "volume_gp3:vol-2",
    ]
    assert isinstance(result.unknown[0], Unknown)
    assert "nowhere" in result.unknown[0].reason
