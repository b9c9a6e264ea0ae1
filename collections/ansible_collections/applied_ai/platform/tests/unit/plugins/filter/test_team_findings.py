# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ansible_collections.applied_ai.platform.plugins.filter.team_findings import FilterModule

PLATFORM = {
    "spec": {"namespaces": {"type": "list", "elements": "str", "description": "Its namespaces."}},
    "defaults": {},
    "services": {},
    "service_spec": {},
    "chart": {},
    "service_namespace": "services",
    "priorities": [],
}


def test_the_filter_takes_plain_data_and_tells_sentences() -> None:
    ask = FilterModule().filters()["team_findings"]
    assert ask({}, PLATFORM) == []
    assert ask({"a": None}, PLATFORM) == []
    (found,) = ask({"a": {"namespaces": ["kube-system"]}}, PLATFORM)
    assert found == "team_definitions.a has the namespace kube-system, which is the cluster's own; choose another."
