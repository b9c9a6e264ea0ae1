# SPDX-License-Identifier: Apache-2.0
"""The module's result, as a whole."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.slo import documents
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError
from ansible_collections.applied_ai.platform.plugins.modules.slo_info import ARGUMENTS, look

TODAY = date(2026, 11, 28)
SERVICES = [{"name": "api", "namespace": "services", "slo": {"availability": 99.9}}]
SPENT = {
    "(slo:events_bad:rate5m)": 0.1,
    "slo:budget:ratio": 0.001,
    "slo:events_total:rate5m[30d:5m]": 1000.0,
    "slo:events_bad:rate5m[30d:5m]": 20.0,
    "slo:error_ratio:": 0.0,
}


def ask(query: str) -> dict[str, Any]:
    found = [value for part, value in SPENT.items() if part in query]
    result = [{"metric": {"slo": "api-availability"}, "value": [0, str(found[0])]}] if found else []
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def result(**changes: Any) -> dict[str, Any]:
    params = {name: argument.get("default") for name, argument in ARGUMENTS.items()}
    params |= {"objectives": documents.of_services(SERVICES), "platform": False, **changes}
    return look(params, ask, TODAY, lambda: 0.0)


def test_a_spent_budget_degrades_and_refuses() -> None:
    found = result()
    assert found["verdict"] == "degraded"
    assert found["summary"][1].startswith("major: SLO api-availability: 98 % good")
    (deploy,) = found["deploys"]
    assert not deploy["allowed"]


def test_an_approval_lets_it_pass() -> None:
    approval = {"service": "api", "approved_by": "Ada", "reason": "a repair", "until": "2026-12-01"}
    assert result(approvals=[approval])["deploys"][0]["approved_by"] == "Ada"


def test_objectives_of_the_platform_that_nobody_records_are_unknown() -> None:
    found = result(platform=True)
    assert found["verdict"] == "unknown"
    assert [one["name"] for one in found["objectives"] if one["unknown"]] == [
        "platform-api",
        "platform-deployments",
        "platform-nodes",
    ]


def test_a_mistake_in_the_documents_is_a_sentence() -> None:
    with pytest.raises(SloError, match="must be openslo/v1"):
        result(objectives=[{"kind": "SLO"}])
