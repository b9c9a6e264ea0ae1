# SPDX-License-Identifier: Apache-2.0
"""Keys, secrets, logs, alarms, messages, functions and what watches over an account."""

from __future__ import annotations

from typing import Any

import pytest


def test_secret_is_paid_in_each_region_that_it_is_copied_to(parts: Any, make: Any) -> None:
    found = parts(make("aws_secretsmanager_secret.s", {"replica": [{"region": "us-east-1"}, {"region": "xx-moon-1"}]}))
    assert found.quantities == {"Secret": 1, "Replica in us-east-1": 1}
    assert "xx-moon-1" in found.gaps[0]


@pytest.mark.parametrize(("size", "quantity"), [(1, 1), (64, 1), (65, 2), (256, 4)])
def test_each_64_kb_count_as_a_request(parts: Any, make: Any, size: int, quantity: int) -> None:
    found = parts(make("aws_sqs_queue.q", {}), usage={"monthly_requests": 10**6, "request_size_kb": size})
    assert found.quantities == {"Requests": quantity}


def test_function_names_the_keys_that_tell_its_duration(parts: Any, make: Any) -> None:
    function = make("aws_lambda_function.f", {"memory_size": 1024})
    assert parts(function).missing == {"monthly_requests", "request_duration_ms"}
    found = parts(function, usage={"monthly_requests": 1000, "request_duration_ms": 500})
    assert found.quantities["Duration"] == 500


def test_function_with_a_large_disk_is_said(parts: Any, make: Any) -> None:
    values = {"memory_size": 128, "ephemeral_storage": [{"size": 1024}]}
    assert parts(make("aws_lambda_function.f", values)).gaps


@pytest.mark.parametrize(
    ("values", "free"),
    [
        ({"tier": "Standard"}, True),
        ({"tier": "Intelligent-Tiering", "value": "short"}, True),
        ({"tier": "Intelligent-Tiering", "value": "x" * 4097}, False),
        ({"tier": "Advanced"}, False),
    ],
)
def test_advanced_parameters_are_not_free(parts: Any, make: Any, values: Any, free: bool) -> None:
    found = parts(make("aws_ssm_parameter.p", values))
    assert bool(found.free) is free
    assert bool(found.gaps) is not free


def test_trail_pays_for_data_events_only(parts: Any, make: Any) -> None:
    assert parts(make("aws_cloudtrail.t", {})).free
    fields = [{"field": "eventCategory", "equals": ["Data"]}]
    advanced = {"advanced_event_selector": [{"field_selector": fields}]}
    assert parts(make("aws_cloudtrail.t", advanced)).missing == {"monthly_data_events"}
    simple = {"event_selector": [{"data_resource": [{"type": "AWS::S3::Object"}]}]}
    assert parts(make("aws_cloudtrail.t", simple)).missing == {"monthly_data_events"}


def test_flow_logs_to_a_group_are_paid_there(parts: Any, make: Any) -> None:
    assert parts(make("aws_flow_log.f", {})).free
    assert parts(make("aws_flow_log.f", {"log_destination_type": "s3"})).missing == {"monthly_data_ingested_gb"}


def test_certificates_and_analyzers_that_cost(parts: Any, make: Any) -> None:
    assert parts(make("aws_acm_certificate.c", {})).free
    assert parts(make("aws_acm_certificate.c", {"options": [{"export": "ENABLED"}]})).gaps
    assert parts(make("aws_accessanalyzer_analyzer.a", {})).free
    unused = make("aws_accessanalyzer_analyzer.a", {"type": "ACCOUNT_UNUSED_ACCESS"})
    assert parts(unused).missing == {"monthly_analyzed_identities"}


def test_alarm_of_high_resolution_asks_for_its_own_price(parts: Any, make: Any) -> None:
    assert "alarm-high-resolution" in parts(make("aws_cloudwatch_metric_alarm.a", {"period": 10})).gaps[0]
    assert parts(make("aws_cloudwatch_metric_alarm.a", {"period": 60})).quantities == {"Alarm": 1}
