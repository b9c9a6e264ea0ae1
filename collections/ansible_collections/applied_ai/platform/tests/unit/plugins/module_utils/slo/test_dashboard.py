# SPDX-License-Identifier: Apache-2.0
"""The dashboard is what Grafana takes, and looks at what the rules record."""

from __future__ import annotations

import re

from ansible_collections.applied_ai.platform.plugins.module_utils.slo import rules
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.dashboard import dashboard
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import Slo


def expressions() -> list[str]:
    return [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]


def test_panels_lie_beside_each_other() -> None:
    places = [panel["gridPos"] for panel in dashboard()["panels"]]
    cells = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]
    assert len(cells) == len(set(cells))
    assert {x for x, _y in cells} == set(range(24))
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(places)


def test_it_looks_at_what_is_recorded() -> None:
    slo = Slo("x", "x", 0.99, 28, "BAD", "TOTAL")
    recorded = {rule.get("record") for group in rules.groups([slo]) for rule in group["rules"]}
    assert {name for text in expressions() for name in re.findall(r"slo:\w+:\w+", text)} <= recorded


def test_all_panels_follow_the_choice() -> None:
    assert all('slo=~"$slo"' in text for text in expressions())
