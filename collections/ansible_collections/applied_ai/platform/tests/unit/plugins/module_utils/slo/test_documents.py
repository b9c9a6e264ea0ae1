# SPDX-License-Identifier: Apache-2.0
"""What an inventory promises becomes OpenSLO, and that becomes objectives."""

from __future__ import annotations

import json
import re

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.slo import documents, openslo
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError

API = {"name": "api", "namespace": "services", "team": "research", "slo": {"availability": 99.9, "latency_p95_ms": 200}}


def test_a_service_has_an_objective_for_each_promise() -> None:
    found = openslo.read(documents.of_services([API, {"name": "quiet", "namespace": "services"}]))
    assert [(slo.name, slo.percent, slo.window_days, slo.team) for slo in found] == [
        ("api-availability", "99.9", 30, "research"),
        ("api-latency", "95", 30, "research"),
    ]
    assert 'namespace="services",app="api"' in found[0].total
    assert "/health" in found[0].total


@pytest.mark.parametrize("values", ["values", "extra_values"])
def test_a_chart_s_own_name_is_what_prometheus_knows(values: str) -> None:
    one = {**API, "slo": {"availability": 99}, values: {"serviceName": "front"}}
    (slo,) = openslo.read(documents.of_services([one]))
    assert 'app="front"' in slo.total
    assert slo.service == "api"


@pytest.mark.parametrize(("milliseconds", "written"), [(200, "0.2"), (1000, "1"), (1000, "1.0"), (2500, "2.5")])
def test_a_bucket_is_found_as_go_and_python_write_it(milliseconds: int, written: str) -> None:
    assert re.fullmatch(documents.edge(milliseconds), written)


def test_a_limit_that_is_no_number_is_a_sentence() -> None:
    with pytest.raises(SloError, match="number of milliseconds"):
        documents.edge("fast")


def test_a_service_without_a_namespace_is_a_sentence() -> None:
    with pytest.raises(SloError, match="lacks 'namespace'"):
        documents.of_services([{"name": "api"}])


def test_the_platform_has_its_own_and_they_can_be_replaced() -> None:
    own = documents.of_platform()
    assert {slo.name for slo in openslo.read(own)} == {"platform-api", "platform-nodes", "platform-deployments"}
    other = json.loads(json.dumps(own[0]))
    other["spec"]["objectives"] = [{"targetPercent": 99}]
    found = {slo.name: slo.percent for slo in openslo.read(documents.with_platform([other], platform=True))}
    assert found["platform-api"] == "99"
    assert len(found) == 3
    assert documents.with_platform([], platform=False) == []
