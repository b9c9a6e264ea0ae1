# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service.access import asker
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import Target, Verdict
from ansible_collections.applied_ai.platform.plugins.modules.service_verdict_info import result, target

PARAMS = {"url": "", "kubeconfig": "", "context": "", "api_timeout": 5}


def test_a_definition_becomes_a_target() -> None:
    service = {
        "name": "api",
        "namespace": "services",
        "slo": {"availability": 99.9, "latency_p95_ms": 200},
        "canary": {"minimum_requests": 10},
        "values": {"serviceName": "web"},
    }
    assert target(service, compare=True) == Target("api", "services", True, 0.001, 0.2, 10, "web")


def test_what_promises_nothing_has_no_limits() -> None:
    service = {"name": "api", "namespace": "services", "slo": {"availability": 0, "latency_p95_ms": 0}}
    assert target(service, compare=False) == Target("api", "services", False)


def test_an_incomplete_service_is_told() -> None:
    with pytest.raises(ServiceError, match="An entry of services lacks 'namespace'"):
        target({"name": "api"}, compare=True)


def test_without_a_way_to_prometheus_it_says_so() -> None:
    with pytest.raises(ServiceError, match="Neither url nor kubeconfig is set"):
        asker(PARAMS)


def test_verdicts_are_sorted() -> None:
    good = Verdict("good", "fine", {})
    found = result({("b", "x"): good, ("a", "y"): good})
    assert [(one["namespace"], one["name"]) for one in found["verdicts"]] == [("a", "y"), ("b", "x")]
