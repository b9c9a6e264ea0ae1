# SPDX-License-Identifier: Apache-2.0
"""The table as a whole: nothing is found where all is well, and each fault is found under its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import Point
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_rules import ABOUT, RULES, judge
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_view import View
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Check,
    Severity,
    Status,
    Unreadable,
    Verdict,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.verdict import roll_up
from support import database_answers as aws
from support.database_answers import AWAY, GIB, HOME, ago

Answers = dict[str, dict[str, Any]]
Break = Callable[[Answers], Any]


def found(checks: list[Check]) -> list[tuple[str, str, str]]:
    return [(one.id, one.status.value, one.severity.value) for one in checks if one.status is not Status.OK]


def test_no_false_alarm_where_all_is_well() -> None:
    checks = judge(aws.view())
    assert found(checks) == []
    assert roll_up(checks) is Verdict.HEALTHY
    assert [one.id for one in checks] == [rule.id for rule in RULES]
    assert "7 databases" not in checks[0].seen
    assert checks[2].seen == "6 databases, all serve"


def edit(region: str, source: str, number: int, **fields: Any) -> Break:
    """Break one object."""
    return lambda said: said[region][source][number].update(fields)


def without(region: str, source: str, number: int) -> Break:
    return lambda said: said[region][source].pop(number)


def add(region: str, source: str, **fields: Any) -> Break:
    return lambda said: said[region][source].append(fields)


ARN = f"arn:aws:rds:{HOME}:111122223333:db:postgres"
UPDATE = {
    "ReplicationGroupId": "cache",
    "ServiceUpdateName": "elasticache-20261101",
    "UpdateActionStatus": "not-applied",
}

FAULTS: list[tuple[str, Break, list[tuple[str, str, str]]]] = [
    ("instance gone", without(HOME, "instances", 0), [("databases_present", "failed", "critical")]),
    ("cluster gone", without(HOME, "clusters", 1), [("databases_present", "failed", "critical")]),
    ("cache gone", without(HOME, "cache_groups", 0), [("databases_present", "failed", "critical")]),
    ("other engine", edit(HOME, "instances", 0, EngineVersion="160.1"), [
        ("databases_present", "failed", "major"), ("databases_supported", "unknown", "major")]),
    ("one zone", edit(HOME, "instances", 0, MultiAZ=False), [("databases_present", "failed", "major")]),
    ("stopped", edit(HOME, "instances", 0, DBInstanceStatus="stopped"), [
        ("databases_available", "failed", "critical")]),
    ("storage full", edit(HOME, "instances", 0, DBInstanceStatus="storage-full"), [
        ("databases_available", "failed", "critical")]),
    ("upgrade at work", edit(HOME, "instances", 0, DBInstanceStatus="upgrading"), [
        ("databases_available", "failed", "minor")]),
    ("a state nobody knows", edit(HOME, "instances", 0, DBInstanceStatus="pondering"), [
        ("databases_available", "unknown", "major")]),
    ("reader rebooting", edit(HOME, "instances", 2, DBInstanceStatus="rebooting"), [
        ("databases_available", "failed", "minor")]),
    ("reader failed", edit(HOME, "instances", 2, DBInstanceStatus="failed"), [
        ("databases_available", "failed", "major")]),
    ("no writer", lambda said: said[HOME]["clusters"][0]["DBClusterMembers"][0].update(IsClusterWriter=False), [
        ("databases_available", "failed", "critical")]),
    ("shard degraded", lambda said: said[HOME]["cache_groups"][0]["NodeGroups"][0].update(Status="deleting"), [
        ("databases_available", "failed", "major"), ("databases_available", "failed", "major")]),
    ("file system in error", edit(HOME, "file_systems", 0, LifeCycleState="error"), [
        ("databases_available", "failed", "critical")]),
    ("mount target gone", lambda said: said[HOME]["mount_targets"].clear(), [
        ("databases_available", "failed", "major")]),
    ("backups off", edit(HOME, "instances", 0, BackupRetentionPeriod=0, LatestRestorableTime=None), [
        ("databases_backed_up", "failed", "critical")]),
    ("backups stopped", edit(HOME, "clusters", 0, LatestRestorableTime=ago(hours=50)), [
        ("databases_backed_up", "failed", "major")]),
    ("cache snapshot old", lambda said: said[HOME]["cache_snapshots"].clear(), [
        ("databases_backed_up", "failed", "minor")]),
    ("file system unprotected", lambda said: said[HOME]["protected"].clear(), [
        ("databases_backed_up", "failed", "critical")]),
    ("copy of files late", lambda said: said[HOME]["file_replications"][0]["Destinations"][0].update(
        LastReplicatedTimestamp=ago(hours=3)), [("databases_replicated", "failed", "major")]),
    ("copy of files stopped", lambda said: said[HOME]["file_replications"][0]["Destinations"][0].update(
        Status="ERROR"), [("databases_replicated", "failed", "major")]),
    ("maintenance open", add(HOME, "maintenance", ResourceIdentifier=ARN, PendingMaintenanceActionDetails=[
        {"Action": "system-update"}]), [("databases_maintained", "failed", "minor")]),
    ("maintenance forced soon", add(HOME, "maintenance", ResourceIdentifier=ARN, PendingMaintenanceActionDetails=[
        {"Action": "system-update", "ForcedApplyDate": ago(days=-3)}]), [("databases_maintained", "failed", "major")]),
    ("maintenance of a member", add(HOME, "maintenance", ResourceIdentifier=f"{ARN[:-8]}aurora-1",
        PendingMaintenanceActionDetails=[{"Action": "os-upgrade"}]), [("databases_maintained", "failed", "minor")]),
    ("security update of a cache", add(HOME, "cache_updates", ServiceUpdateSeverity="critical",
        ServiceUpdateType="security-update", **UPDATE), [("databases_maintained", "failed", "major")]),
    ("certificate ends", edit(HOME, "instances", 3, CertificateDetails={
        "CAIdentifier": "rds-ca-rsa2048-g1", "ValidTill": ago(days=-10)}), [
        ("databases_certified", "failed", "major")]),
    ("certificate ended", edit(HOME, "instances", 0, CertificateDetails={
        "CAIdentifier": "rds-ca-2019", "ValidTill": ago(days=1)}), [("databases_certified", "failed", "critical")]),
    ("authority ends before its certificate", edit(AWAY, "authorities", 0, ValidTill=ago(days=-9)), [
        ("databases_certified", "failed", "major")]),
    ("support ends", edit(HOME, "clusters", 1, EngineVersion="3.6.0"), [("databases_supported", "failed", "major")]),
    ("support not known", edit(HOME, "clusters", 1, EngineVersion="8.0.0"), [
        ("databases_supported", "unknown", "major")]),
    ("public", edit(HOME, "instances", 1, PubliclyAccessible=True), [("databases_private", "failed", "critical")]),
    ("not encrypted", edit(HOME, "instances", 0, StorageEncrypted=False), [
        ("databases_encrypted", "failed", "major")]),
    ("cache without TLS", edit(HOME, "cache_groups", 0, TransitEncryptionEnabled=False), [
        ("databases_encrypted", "failed", "major")]),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "expected"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_each_fault_is_found_and_nothing_else(fault: Break, expected: list[tuple[str, str, str]]) -> None:
    said = aws.answers()
    fault(said)
    checks = judge(aws.view(said))
    assert found(checks) == expected
    assert roll_up(checks) is not Verdict.HEALTHY
    assert all(one.advice and one.seen and one.expected for one in checks if one.status is not Status.OK)


def measured(metric: str, resource: str, series: tuple[Point, ...], region: str = HOME) -> View:
    """Return a view where one metric says something else."""
    view = aws.view()
    changed = {**view.facts.metrics, (region, metric, resource): series}
    return replace(view, facts=replace(view.facts, metrics=changed))


METRICS: list[tuple[str, View, str, str, str]] = [
    ("replica late", measured("ReplicaLag", "postgres-replica", (Point(ago(minutes=9), 900),), AWAY),
     "databases_replicated", "major", "900 s behind"),
    ("replication broken", measured("ReplicaLag", "postgres-replica", (Point(ago(minutes=9), -1),), AWAY),
     "databases_replicated", "major", "replication has stopped"),
    ("reader late", measured("AuroraReplicaLag", "aurora-1", (Point(ago(minutes=9), 45_000),)),
     "databases_replicated", "major", "45 s behind"),
    ("cache replica late", measured("ReplicationLag", "cache-002", (Point(ago(minutes=9), 31),)),
     "databases_replicated", "major", "31 s behind"),
    ("disk fills", measured("FreeStorageSpace", "postgres", aws.falling(8 * GIB, 50 * GIB)),
     "databases_have_room", "major", "full in 19 days"),
    ("disk all but full", measured("FreeStorageSpace", "postgres-replica", aws.falling(0, 2 * GIB), AWAY),
     "databases_have_room", "critical", "2.0% free"),
    ("cache fills", measured("DatabaseMemoryUsagePercentage", "cache-001", aws.falling(-2, 80)),
     "databases_have_room", "major", "full in 10 days"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("view", "rule", "severity", "seen"), [row[1:] for row in METRICS], ids=[m[0] for m in METRICS]
)
def test_metrics_that_tell_of_trouble(view: View, rule: str, severity: str, seen: str) -> None:
    checks = [one for one in judge(view) if one.status is not Status.OK]
    assert [(one.id, one.status, one.severity) for one in checks] == [(rule, Status.FAILED, Severity(severity))]
    assert seen in checks[0].seen


@pytest.mark.parametrize(
    ("metric", "resource", "region"),
    [
        ("ReplicaLag", "postgres-replica", AWAY),
        ("FreeStorageSpace", "postgres", HOME),
        ("DBInstanceReplicaLag", "documents-1", HOME),
        ("VolumeBytesUsed", "aurora", HOME),
    ],
)
def test_a_metric_that_is_not_there_is_unknown(metric: str, resource: str, region: str) -> None:
    checks = judge(measured(metric, resource, (), region))
    assert roll_up(checks) is Verdict.UNKNOWN
    assert f"CloudWatch has no {metric}" in next(one.seen for one in checks if one.status is Status.UNKNOWN)


# Where a source cannot be read, what it alone tells is unknown.
BLIND = {
    "instances": "databases_listed",
    "clusters": "databases_listed",
    "cache_groups": "databases_listed",
    "cache_nodes": "databases_listed",
    "file_systems": "databases_listed",
    "mount_targets": "databases_listed",
    "file_replications": "databases_replicated",
    "metrics": "databases_have_room",
    "maintenance": "databases_maintained",
    "cache_updates": "databases_maintained",
    "authorities": "databases_certified",
    "engine_versions": "databases_supported",
    "protected": "databases_backed_up",
    "cache_snapshots": "databases_backed_up",
}


@pytest.mark.parametrize("source", BLIND)
def test_a_source_that_cannot_be_read_is_never_healthy(source: str) -> None:
    said = aws.answers()
    for region in (HOME, AWAY):
        said[region][source] = Unreadable(f"AccessDenied: no right in {region}")
    checks = judge(aws.view(said))
    assert roll_up(checks) in {Verdict.UNKNOWN, Verdict.UNHEALTHY}
    blind = [one for one in checks if one.status is Status.UNKNOWN and one.id == BLIND[source]]
    assert blind
    assert f"AccessDenied: no right in {HOME}" in {one.seen.split("all could be read: ")[-1] for one in blind}
    assert any(HOME in one.subject for one in blind)


@pytest.mark.parametrize("source", ["snapshots", "cluster_snapshots"])
def test_snapshots_need_not_be_read_where_a_younger_backup_is_known(source: str) -> None:
    said = aws.answers()
    said[HOME][source] = Unreadable("AccessDenied: no right")
    assert roll_up(judge(aws.view(said))) is Verdict.HEALTHY


def test_sources_that_may_be_missing_are_all_tried_here() -> None:
    assert set(BLIND) | {"snapshots", "cluster_snapshots"} == {*aws.home(), "metrics"}
    assert {source for rule in RULES for source in rule.needs} <= ABOUT.keys()


def test_what_is_wrong_is_told_even_where_a_source_is_missing() -> None:
    said = aws.answers()
    said[HOME]["authorities"] = Unreadable("Throttling: later")
    said[HOME]["instances"][0]["CertificateDetails"]["ValidTill"] = ago(days=1)
    states = [one.status for one in judge(aws.view(said)) if one.id == "databases_certified"]
    assert sorted(one.value for one in states) == ["failed", "unknown"]


def test_one_unknown_tells_how_many_databases_it_hides() -> None:
    said = aws.answers()
    said[HOME]["metrics"] = Unreadable("AccessDenied: no right")
    room = [one for one in judge(aws.view(said)) if one.id == "databases_have_room"]
    assert [one.subject for one in room] == [f"4 databases in {HOME}"]


def test_nothing_there_and_nothing_expected_is_not_healthy() -> None:
    said = {HOME: {source: [] for source in aws.home()}}
    checks = judge(aws.view(said, databases=[]))
    assert roll_up(checks) is Verdict.UNKNOWN
    assert "none expected" in checks[0].seen


def test_one_region_down_leaves_the_other_judged() -> None:
    said = aws.answers()
    said[AWAY] = {source: Unreadable("EndpointConnectionError: no answer") for source in aws.home()}
    checks = judge(aws.view(said))
    assert roll_up(checks) is Verdict.UNKNOWN
    assert not [one for one in checks if one.status is Status.FAILED]
    missing = next(one for one in checks if one.id == "databases_present")
    assert (missing.status, missing.subject) == (Status.UNKNOWN, f"rds postgres-replica in {AWAY}")


def test_an_old_lag_tells_since_when() -> None:
    late = tuple(Point(ago(minutes=5 * step), 60.0 if step < 4 else 1.0) for step in range(11, -1, -1))
    checks = judge(measured("ReplicaLag", "postgres-replica", late, AWAY))
    lag = next(one for one in checks if one.id == "databases_replicated")
    assert lag.since == ago(minutes=15).isoformat(timespec="seconds")


def test_a_lag_that_is_over_is_none() -> None:
    over = (Point(ago(minutes=10), 900.0), Point(ago(minutes=5), 1.0))
    assert roll_up(judge(measured("ReplicaLag", "postgres-replica", over, AWAY))) is Verdict.HEALTHY


def test_a_database_of_an_hour_needs_no_backup_yet() -> None:
    said = aws.answers()
    said[HOME]["instances"][0].update(InstanceCreateTime=ago(hours=1), LatestRestorableTime=None)
    assert roll_up(judge(aws.view(said))) is Verdict.HEALTHY
    said[HOME]["instances"][0].update(InstanceCreateTime=ago(hours=1) - timedelta(days=2))
    assert roll_up(judge(aws.view(said))) is Verdict.UNHEALTHY
