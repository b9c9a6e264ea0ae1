# SPDX-License-Identifier: Apache-2.0
"""An inventory's definitions become documents."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.filter.slo_documents import FilterModule

slo_documents = FilterModule().filters()["slo_documents"]
SLO = {"slo": {"availability": 99.9}}


def queries(*arguments: object) -> list[str]:
    return [
        one["spec"]["indicator"]["spec"]["ratioMetric"]["total"]["metricSource"]["spec"]["query"]
        for one in slo_documents(*arguments)
    ]


def test_definitions_have_names_and_namespaces_as_the_role_gives_them() -> None:
    definitions = {
        "vibe_coder": SLO,
        "own": {**SLO, "namespace": "mine"},
        "team": {**SLO, "team": "research"},
        "gone": {**SLO, "state": "absent"},
    }
    found = queries(definitions, "services", {"research": "lab"})
    assert [one.partition(",path")[0] for one in found] == [
        'http_requests_total{namespace="services",app="vibe-coder"',
        'http_requests_total{namespace="mine",app="own"',
        'http_requests_total{namespace="lab",app="team"',
    ]


def test_services_of_a_plan_are_taken_as_they_are() -> None:
    assert len(slo_documents([{"name": "api", "namespace": "x", **SLO}])) == 1


@pytest.mark.parametrize("services", ["x", [1], {"a": 1}, [{"name": "a"}]])
def test_what_are_no_services_is_a_sentence(services: object) -> None:
    with pytest.raises(AnsibleFilterError, match="name and namespace"):
        slo_documents(services)
