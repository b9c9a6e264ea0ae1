# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ansible_collections.applied_ai.platform.plugins.action.helm_release_plan_info import plan_release

Json = dict[str, Any]


def planned(**changes: Any) -> Json:
    base = {
        "name": "web",
        "namespace": "apps",
        "state": "present",
        "chart": "demo",
        "version": "1.0.0",
        "repository": "https://charts.example.com",
        "source": "",
        "values": {},
        "releases": [],
        "pending_grace": 30,
    }
    return plan_release({**base, **changes}, datetime(2026, 11, 23, tzinfo=UTC))


RELEASE = {
    "name": "web",
    "namespace": "apps",
    "revision": 1,
    "status": "deployed",
    "chart": "demo",
    "version": "1.0.0",
    "updated": "",
    "secret": "sh.helm.release.v1.web.v1",
    "values": {},
}


def test_a_plan_to_install_says_where_the_chart_is() -> None:
    plan = planned()
    assert (plan["action"], plan["secret"], plan["source"]["ref"]) == ("install", "", "demo")


def test_a_converged_release_needs_no_chart_at_all() -> None:
    plan = planned(releases=[RELEASE], source="/no/such/directory")
    assert (plan["action"], plan["secret"], plan["source"]) == ("none", "sh.helm.release.v1.web.v1", {})


def test_a_stuck_release_gets_its_grace() -> None:
    plan = planned(releases=[{**RELEASE, "status": "pending-install"}])
    assert (plan["stuck"], plan["stuck_seconds"]) == ("pending-install", 30)
