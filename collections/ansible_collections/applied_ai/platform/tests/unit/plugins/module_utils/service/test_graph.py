# SPDX-License-Identifier: Apache-2.0
"""Who calls whom, and who would like to."""

from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service import definitions, graph

DEFAULTS = {"image": {}, "service": {"port": 8080}, "serviceAccount": {"name": ""}, "network": {"callers": []}}
IMAGE = {"image": {"repository": "r", "tag": "1"}, "team": "research"}


def services(entries):
    platform = definitions.Platform("services")
    return [definitions.read_service(key, entry, platform, DEFAULTS) for key, entry in entries.items()]


def entry(**more):
    return {**IMAGE, **more}


def test_an_edge_opens_both_ends():
    entries = {
        "swe_agent": entry(calls=["mvra"]),
        "mvra": entry(callers=["swe_agent", "other/router"], port=9000),
        "router": entry(namespace="other", extra_values={"serviceAccount": {"name": "own"}}),
        "gone": entry(state="absent"),
    }
    assert graph.findings(services(entries), entries) == []
    network = {one.name: one.values.get("network") for one in graph.connected(services(entries), entries)}
    callee = {"namespace": "services", "name": "mvra", "port": 9000}
    assert network == {
        "swe-agent": {"callees": [callee]},
        "mvra": {
            "callers": [
                {"namespace": "other", "name": "router", "serviceAccount": "own"},
                {"namespace": "services", "name": "swe-agent", "serviceAccount": "swe-agent-sa"},
            ]
        },
        "router": {"callees": [callee]},
        "gone": None,
    }


def test_nobody_is_called_unless_it_is_said():
    entries = {"a": entry(), "b": entry()}
    assert [one.values.get("network") for one in graph.connected(services(entries), entries)] == [{}, {}]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ({"callers": ["c"]}, {}, "callers names services/c, and there is no such service"),
        ({"calls": ["c"]}, {}, "calls names services/c, and there is no such service"),
        ({"calls": ["b"]}, {}, "it calls b, which does not let it in, add a to the callers of b"),
        ({"calls": ["x/b"]}, {"namespace": "x"}, "add services/a to the callers of b"),
        ({"callers": ["b"]}, {"state": "absent"}, "callers names services/b, and there is no such service"),
    ],
)
def test_a_call_that_would_be_refused_is_found(a, b, expected):
    entries = {"a": entry(**a), "b": entry(**b)}
    (found,) = graph.findings(services(entries), entries)
    assert found.startswith("service a in service_definitions: ")
    assert expected in found
