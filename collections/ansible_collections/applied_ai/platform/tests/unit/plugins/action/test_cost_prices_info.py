# SPDX-License-Identifier: Apache-2.0
"""What the module tells of the collection's own book and of a small one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.action import cost_prices_info as action
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

HEADER = "region,sku,unit,currency,price,as_of,source,note\n"


def params(**given: Any) -> dict[str, Any]:
    return {"price_book": "", "price_book_overrides": [], "providers": ["aws", "azure", "gcp"], "needed": [], **given}


def test_the_collections_own_book_covers_three_clouds() -> None:
    found = action.report(params(), date(2026, 11, 28))
    assert not found["changed"]
    assert found["version"] == "2026.11"
    assert {one["provider"] for one in found["coverage"]} == {"aws", "azure", "gcp"}
    assert found["rows"] == sum(one["rows"] for one in found["coverage"])
    assert all(one["age_days"] > found["stale_after_days"] for one in found["stale"])
    assert not [one for one in found["coverage"] if one["age_days"] < 0]


def test_what_is_needed_and_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws/eks.csv").write_text(f"{HEADER}us-east-1,cluster,hour,USD,0.1,2026-10,s,\n")
    needed = [
        {"provider": "aws", "service": "eks", "region": region, "sku": "cluster", "unit": "hour"}
        for region in ("us-east-1", "eu-west-1")
    ]
    found = action.report(params(price_book=str(tmp_path), needed=needed), date(2026, 11, 28))
    assert [one["region"] for one in found["missing"]] == ["eu-west-1"]


def test_a_book_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CostError, match="is not a folder"):
        action.report(params(price_book=str(tmp_path / "none")), date(2026, 11, 28))
