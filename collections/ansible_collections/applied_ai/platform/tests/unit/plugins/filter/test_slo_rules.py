# SPDX-License-Identifier: Apache-2.0
"""Documents become objects that can be applied."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.filter.slo_rules import FilterModule
from ansible_collections.applied_ai.platform.plugins.module_utils.slo import documents

slo_rules = FilterModule().filters()["slo_rules"]


def test_a_rule_and_a_dashboard() -> None:
    rule, board = slo_rules([], "monitoring")
    assert (rule["kind"], board["kind"]) == ("PrometheusRule", "ConfigMap")
    assert (rule["metadata"]["name"], board["metadata"]["name"]) == ("objectives-platform", "objectives-dashboards")
    assert {one["metadata"]["labels"]["applied-ai.dev/objectives"] for one in (rule, board)} == {"objectives"}
    assert len(rule["spec"]["groups"]) == 6
    assert board["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(board["data"]["objectives.json"])["title"] == "Objectives"


def test_each_service_has_a_rule_of_its_own() -> None:
    promised = documents.of_services(
        [{"name": name, "namespace": "a", "slo": {"availability": 99}} for name in ("web", "api")]
    )
    *rules, _board = slo_rules(promised, platform=False, name="team")
    assert [one["metadata"]["name"] for one in rules] == ["team-api", "team-web"]
    assert [one["spec"]["groups"][0]["name"] for one in rules] == ["slo-api-availability", "slo-web-availability"]


def test_without_objectives_there_are_no_objects() -> None:
    assert slo_rules([], "monitoring", False) == []


def test_a_document_that_is_none_is_a_sentence() -> None:
    with pytest.raises(AnsibleFilterError, match="must be openslo/v1"):
        slo_rules([{"kind": "SLO"}])
