# SPDX-License-Identifier: Apache-2.0
"""From a module's parameters to the estimate of a plan."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.action import cost_estimate_info as action
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

TODAY = date(2026, 11, 28)


@pytest.fixture
def params(tmp_path: Path) -> dict[str, Any]:
    machine = {"instance_type": "m5.large", "root_block_device": [{"volume_type": "gp3", "volume_size": 50}]}
    resources = [{"address": "aws_instance.a", "type": "aws_instance", "values": machine}]
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"format_version": "1.2", "planned_values": {"root_module": {"resources": resources}}}))
    defaults = {name: option["default"] for name, option in action.ARGUMENTS.items() if "default" in option}
    return {**defaults, "plan_file": str(path), "region": "us-east-1"}


def test_an_estimate_is_returned(params):
    found = action.estimated(params, TODAY)
    assert (found["monthly"], found["currency"], found["unpriced"]) == ("74.08", "USD", [])


@pytest.mark.parametrize(
    ("given", "monthly"),
    [
        ({"hours": "260"}, "28.96"),
        ({"commitment_coverage": "1", "commitment": "1yr-standard-no-upfront"}, "48.15"),
    ],
)
def test_options_count(given, monthly, params):
    assert action.estimated({**params, **given}, TODAY)["monthly"] == monthly


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"plan_file": "/nowhere/plan.json"}, "Failed to read plan_file"),
        ({"price_book": "/nowhere"}, "is not a folder"),
        ({"hours": "often"}, "hours is 'often'"),
        ({"region": ""}, "set the option region"),
    ],
)
def test_what_is_wrong_is_told(given, told, params):
    with pytest.raises(CostError, match=told):
        action.estimated({**params, **given}, TODAY)
