# SPDX-License-Identifier: Apache-2.0
"""Files become an estimate, or one sentence."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.files import Files, estimate_files
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Options

OPTIONS = Options(today=date(2026, 11, 28), region="us-east-1")


@pytest.fixture
def planned(tmp_path: Path) -> Path:
    nat = {"address": "aws_nat_gateway.n", "type": "aws_nat_gateway", "values": {}}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"format_version": "1.2", "planned_values": {"root_module": {"resources": [nat]}}}))
    return path


def test_a_plan_is_priced_by_the_collection_s_book_and_usage(planned, tmp_path):
    used = tmp_path / "usage.yml"
    used.write_text("version: 0.1\nresource_usage: {aws_nat_gateway.n: {monthly_data_processed_gb: 10}}\n")
    assert estimate_files(Files(planned), OPTIONS).monthly == Decimal("32.85")
    assert estimate_files(Files(planned, used), OPTIONS).monthly == Decimal("33.30")


def test_an_override_goes_above_the_book(planned, tmp_path):
    (tmp_path / "newer/aws").mkdir(parents=True)
    header = "region,sku,unit,currency,price,as_of,source,note\n"
    (tmp_path / "newer/aws/vpc.csv").write_text(f"{header}us-east-1,nat-gateway,hour,USD,0.05,2026-11-28,api,\n")
    assert estimate_files(Files(planned, overrides=(tmp_path / "newer",)), OPTIONS).monthly == Decimal("36.50")


def test_a_file_that_cannot_be_read_is_told_with_its_name(planned, tmp_path):
    with pytest.raises(CostError, match=r"Failed to read plan_file .*gone\.json: No such file"):
        estimate_files(Files(tmp_path / "gone.json"), OPTIONS)
    with pytest.raises(CostError, match="Failed to read usage_file"):
        estimate_files(Files(planned, tmp_path / "gone.yml"), OPTIONS)
    planned.write_bytes(b"\xff\xfe{")
    with pytest.raises(CostError, match="it is not UTF-8"):
        estimate_files(Files(planned), OPTIONS)
