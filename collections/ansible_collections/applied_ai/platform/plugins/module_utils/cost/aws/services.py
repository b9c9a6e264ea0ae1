# SPDX-License-Identifier: Apache-2.0
"""What AWS charges for keys, secrets, logs, alarms, messages, functions and what watches over an account.

Rules: https://aws.amazon.com/kms/pricing/, https://aws.amazon.com/secrets-manager/pricing/,
https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/sqs/pricing/, https://aws.amazon.com/lambda/pricing/,
https://aws.amazon.com/cloudtrail/pricing/, https://aws.amazon.com/config/pricing/, https://aws.amazon.com/guardduty/pricing/.
The free tier of an account is left out: a resource does not have one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from typing import Final, NamedTuple

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.machines import Meter, at, blocks
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Free,
    Gap,
    Part,
    Resource,
    UsageMissing,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Pricer, Scope, look, used

MILLION: Final = Decimal(10**6)
TEN_THOUSAND: Final = Decimal(10**4)
HUNDRED_THOUSAND: Final = Decimal(10**5)
CHUNK_KB: Final = Decimal(64)
MILLISECONDS: Final = Decimal(1000)
MIB_OF_GIB: Final = Decimal(1024)
LAMBDA_DISK_MB: Final = 512
STANDARD_PARAMETER_BYTES: Final = 4096
HIGH_RESOLUTION_SECONDS: Final = 60
BAND_METRICS: Final = 3
ONE: Final = Decimal(1)
LOGS: Final = {"STANDARD": "logs-ingestion", "INFREQUENT_ACCESS": "logs-ingestion-ia"}


class ByUsage(NamedTuple):
    """A part that usage tells: its name, the usage key, the meter, and how many of what is told make one unit."""

    name: str
    key: str
    meter: Meter
    scale: Decimal = ONE


def by_usage(*parts: ByUsage) -> Pricer:
    """Return a pricer of a kind that costs by usage alone."""

    def pricer(_resource: Resource, scope: Scope) -> Iterator[Part]:
        for part in parts:
            yield scope.metered(part.name, part.key, *part.meter, scale=part.scale)

    return pricer


def key(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a key of the customer and its requests."""
    yield scope.part("Key", ONE, "kms", "key", "key-month")
    yield scope.metered("Requests", "monthly_requests", "kms", "requests", "10000 requests", scale=TEN_THOUSAND)


def secret(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a secret, each of its replicas, and its calls."""
    yield scope.part("Secret", ONE, "secretsmanager", "secret", "secret-month")
    replicas = resource.values.get("replica")
    for one in replicas if isinstance(replicas, list) else []:
        region = str(look(one, "region") or "")
        yield at(scope, region).part(f"Replica in {region}", ONE, "secretsmanager", "secret", "secret-month")
    yield scope.metered(
        "Calls", "monthly_requests", "secretsmanager", "api-calls", "10000 requests", scale=TEN_THOUSAND
    )


def log_group(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield what a log group takes in and keeps."""
    kind = scope.text("log_group_class", "STANDARD")
    sku = LOGS.get(kind, f"logs-ingestion-{kind.lower()}")
    yield scope.metered("Logs taken in", "monthly_data_ingested_gb", "cloudwatch", sku, "GB")
    yield scope.metered("Logs kept", "storage_gb", "cloudwatch", "logs-storage", "GB-month")


def alarm(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield an alarm: by the metrics that it looks at, three for a band of anomalies."""
    queries = blocks(scope, "metric_query")
    metrics = sum(bool(one.get("metric")) for one in queries) or 1
    periods = [scope.value("period"), *(look(one, "metric.0.period") for one in queries)]
    fast = any(isinstance(one, int) and one < HIGH_RESOLUTION_SECONDS for one in periods)
    count = metrics * (BAND_METRICS if scope.value("threshold_metric_id") else 1)
    yield scope.part("Alarm", Decimal(count), "cloudwatch", "alarm-high-resolution" if fast else "alarm", "alarm-month")


def composite_alarm(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield an alarm made of others."""
    yield scope.part("Composite alarm", ONE, "cloudwatch", "composite-alarm", "alarm-month")


def queue(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a queue's requests, of which each 64 KB count as one."""
    sku = "requests-fifo" if scope.value("fifo_queue") is True else "requests-standard"
    yield scope.metered("Requests", "monthly_requests", "sqs", sku, "1M requests", scale=MILLION / chunks(scope))


def topic(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a topic's requests, of which each 64 KB count as one."""
    sku = "requests-fifo" if scope.value("fifo_topic") is True else "requests-standard"
    yield scope.metered("Requests", "monthly_requests", "sns", sku, "1M requests", scale=MILLION / chunks(scope))


def chunks(scope: Scope) -> Decimal:
    """Return how many requests one message counts as."""
    size = scope.usage.get("request_size_kb", CHUNK_KB)
    return max((size / CHUNK_KB).to_integral_value(ROUND_CEILING), ONE)


def function(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a function's requests and its duration in GB-seconds."""
    yield scope.metered("Requests", "monthly_requests", "lambda", "requests", "1M requests", scale=MILLION)
    arm = look(scope.resource.values, "architectures.0") == "arm64"
    meter = Meter("lambda", "duration-arm" if arm else "duration-x86", "GB-second")
    if "monthly_requests" in scope.usage and "request_duration_ms" in scope.usage:
        seconds = scope.usage["monthly_requests"] * scope.usage["request_duration_ms"] / MILLISECONDS
        part = scope.part("Duration", seconds * scope.number("memory_size", 128) / MIB_OF_GIB, *meter)
        yield part if isinstance(part, Gap) else used(part, "request_duration_ms")
    else:
        yield replace_key(scope.metered("Duration", "gb_seconds", *meter))
    disk = look(scope.resource.values, "ephemeral_storage.0.size")
    if isinstance(disk, int) and disk > LAMBDA_DISK_MB:
        yield Gap("Ephemeral storage above 512 MB: the price book has no price of it")


def replace_key(part: Part) -> Part:
    """Name the key that people set, where usage of a function's duration is missing."""
    return replace(part, key="request_duration_ms") if isinstance(part, UsageMissing) else part


def parameter(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield an advanced parameter; standard ones cost nothing; Intelligent-Tiering makes large ones advanced."""
    tier = scope.text("tier", "Standard")
    value = resource.values.get("value") or resource.values.get("insecure_value")
    small = isinstance(value, str) and len(value.encode()) <= STANDARD_PARAMETER_BYTES
    if tier == "Standard" or (tier == "Intelligent-Tiering" and small):
        yield Free("standard parameters cost nothing")
    elif tier == "Intelligent-Tiering" and not isinstance(value, str):
        yield Free("a parameter of up to 4 KB costs nothing; a larger one costs some cents as an advanced one")
    else:
        yield scope.part("Advanced parameter", ONE, "ssm", "advanced-parameter", "parameter-month")


def trail(resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a trail's events beyond the first copy of management events, which costs nothing."""
    keys = {
        "monthly_data_events": Meter("cloudtrail", "data-events", "100000 events"),
        "monthly_additional_management_events": Meter("cloudtrail", "management-events-extra-trail", "100000 events"),
    }
    told = [name for name in keys if name in scope.usage]
    wanted = ["monthly_data_events"] if has_data_events(resource.values) else []
    for name in dict.fromkeys([*told, *wanted]):
        yield scope.metered(name.removeprefix("monthly_").replace("_", " "), name, *keys[name], scale=HUNDRED_THOUSAND)
    if not told and not wanted:
        yield Free("the first copy of management events costs nothing")


def has_data_events(values: Mapping[str, object]) -> bool:
    """Say whether a trail looks at data events."""
    simple, advanced = values.get("event_selector"), values.get("advanced_event_selector")
    if isinstance(simple, list) and any(look(one, "data_resource.0") for one in simple):
        return True
    fields = [look(one, "field_selector") for one in advanced] if isinstance(advanced, list) else []
    given = [field for found in fields if isinstance(found, list) for field in found]
    return any(look(one, "field") == "eventCategory" and look(one, "equals.0") == "Data" for one in given)


def flow_log(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield flow logs to buckets and streams by usage; those to a log group are paid there."""
    if scope.text("log_destination_type", "cloud-watch-logs") == "cloud-watch-logs":
        yield Free("paid by what its log group takes in")
    else:
        yield scope.metered("Logs delivered", "monthly_data_ingested_gb", "cloudwatch", "vended-logs-s3", "GB")


def certificate(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield a gap for a certificate that can be exported; others for AWS's own services cost nothing."""
    if look(scope.resource.values, "options.0.export") == "ENABLED":
        yield Gap("a certificate that can be exported: the price book has no price of it")
    else:
        yield Free("public certificates for AWS's own services cost nothing")


def analyzer(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield what an analyzer of unused access looks at; external access costs nothing."""
    kind = scope.text("type", "ACCOUNT")
    if kind in ("ACCOUNT", "ORGANIZATION"):
        yield Free("analyzers of external access cost nothing")
    else:
        yield scope.metered(
            "Roles and users", "monthly_analyzed_identities", "accessanalyzer", "unused-access", "identity-month"
        )


def delivery(_resource: Resource, scope: Scope) -> Iterator[Part]:
    """Yield logs that AWS's services deliver, by usage."""
    yield scope.metered("Logs delivered", "monthly_data_ingested_gb", "cloudwatch", "vended-logs", "GB")


RULES: Final = by_usage(
    ByUsage("Evaluations", "monthly_rule_evaluations", Meter("config", "rule-evaluation", "evaluation"))
)
PRICERS: Final[Mapping[str, Pricer]] = {
    "aws_accessanalyzer_analyzer": analyzer,
    "aws_acm_certificate": certificate,
    "aws_backup_framework": RULES,
    "aws_backup_restore_testing_plan": by_usage(
        ByUsage("Restored data", "monthly_restored_gb", Meter("backup", "restore-testing", "GB"))
    ),
    "aws_cloudtrail": trail,
    "aws_cloudwatch_composite_alarm": composite_alarm,
    "aws_cloudwatch_log_delivery": delivery,
    "aws_cloudwatch_log_group": log_group,
    "aws_cloudwatch_metric_alarm": alarm,
    "aws_config_config_rule": RULES,
    "aws_config_configuration_recorder": by_usage(
        ByUsage("Configuration items", "monthly_config_items", Meter("config", "configuration-item", "item"))
    ),
    "aws_config_conformance_pack": RULES,
    "aws_flow_log": flow_log,
    "aws_guardduty_detector": by_usage(
        ByUsage(
            "CloudTrail events",
            "monthly_cloudtrail_events",
            Meter("guardduty", "cloudtrail-events", "1M events"),
            MILLION,
        ),
        ByUsage("Flow and DNS logs", "monthly_flow_dns_logs_gb", Meter("guardduty", "flow-dns-logs", "GB")),
    ),
    "aws_guardduty_detector_feature": by_usage(
        ByUsage("What the feature looks at", "monthly_units", Meter("guardduty", "feature", "unit"))
    ),
    "aws_inspector2_enabler": by_usage(
        ByUsage("Instances looked at", "monthly_instances", Meter("inspector", "instance", "instance-month")),
        ByUsage("Images looked at", "monthly_images", Meter("inspector", "image", "image")),
    ),
    "aws_kms_external_key": key,
    "aws_kms_key": key,
    "aws_kms_replica_key": key,
    "aws_lambda_function": function,
    "aws_secretsmanager_secret": secret,
    "aws_securityhub_account": by_usage(ByUsage("Checks", "monthly_checks", Meter("securityhub", "check", "check"))),
    "aws_sns_topic": topic,
    "aws_sqs_queue": queue,
    "aws_ssm_parameter": parameter,
}
