# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.history_events import of_alerts
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.alerts import FIRING, firing

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
BEGAN = datetime(2026, 11, 28, 11, tzinfo=UTC)
SERIES = {
    "metric": {"__name__": "ALERTS_FOR_STATE", "alertname": "SloBudgetBurns", "slo": "app", "severity": "warning"},
    "value": [NOW.timestamp(), str(BEGAN.timestamp())],
}


def answer(*series: dict[str, Any], status: str = "success") -> dict[str, Any]:
    return {"status": status, "data": {"result": list(series)}}


def test_alerts_are_as_the_history_takes_them() -> None:
    asked: list[str] = []

    def ask(query: str) -> dict[str, Any]:
        asked.append(query)
        return answer(SERIES)

    alerts = firing(ask)
    assert asked == [FIRING]
    [record] = of_alerts(alerts, [], NOW)
    assert (record.subject, record.state, record.at) == ("SloBudgetBurns slo=app", "firing", BEGAN)


def test_none_that_fires_is_an_empty_list() -> None:
    assert firing(lambda _query: answer()) == []


@pytest.mark.parametrize("refused", [True, False])
def test_nobody_knows_is_none(*, refused: bool) -> None:
    def ask(_query: str) -> dict[str, Any]:
        if refused:
            message = "nobody answers"
            raise PlatformError(message)
        return answer(status="error")

    assert firing(ask) is None
