# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.history_events import of_alerts
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.alerts import ACTIVE, active

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
BEGAN = datetime(2026, 11, 28, 11, tzinfo=UTC)
SERIES = {
    "metric": {"alertname": "SloBudgetBurns", "slo": "app", "severity": "warning", "alertstate": "firing"},
    "value": [NOW.timestamp(), str(BEGAN.timestamp())],
}
PENDING = {**SERIES, "metric": {**SERIES["metric"], "slo": "other", "alertstate": "pending"}}


def answer(*series: dict[str, Any], status: str = "success") -> dict[str, Any]:
    return {"status": status, "data": {"result": list(series)}}


def test_alerts_are_as_the_history_takes_them() -> None:
    asked: list[str] = []

    def ask(query: str) -> dict[str, Any]:
        asked.append(query)
        return answer(SERIES, PENDING)

    alerts = active(ask)
    assert asked == [ACTIVE]
    [record] = of_alerts(alerts, [], NOW)
    assert (record.subject, record.state, record.at) == ("SloBudgetBurns slo=app", "firing", BEGAN)


def test_none_is_an_empty_list() -> None:
    assert active(lambda _query: answer()) == []


@pytest.mark.parametrize("refused", [True, False])
def test_nobody_knows_is_none(*, refused: bool) -> None:
    def ask(_query: str) -> dict[str, Any]:
        if refused:
            message = "nobody answers"
            raise PlatformError(message)
        return answer(status="error")

    assert active(ask) is None
