# SPDX-License-Identifier: Apache-2.0
"""Rules on whether databases are there and serve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_expected import ExpectedDatabase
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import (
    CLUSTERS,
    LISTED_BY,
    Database,
    Kind,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_view import (
    Answer,
    Said,
    View,
    begins,
    failed,
    matches,
    said,
    unknown,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Severity

# What AWS calls the states.
SERVING: Final = frozenset(
    {
        "available",
        "backing-up",
        "configuring-enhanced-monitoring",
        "configuring-iam-database-auth",
        "configuring-log-exports",
        "snapshotting",
        "storage-config-upgrade",
        "storage-initialization",
        "storage-optimization",
        "update-in-progress",
        "updating",
    }
)
BUSY: Final = frozenset(
    {
        "backtracking",
        "converting-to-vpc",
        "create failed rollback",
        "creating",
        "failing-over",
        "maintenance",
        "migrating",
        "modifying",
        "moving-to-vpc",
        "preparing-data-migration",
        "promoting",
        "rebooting",
        "rebooting cluster nodes",
        "renaming",
        "resetting-master-credentials",
        "starting",
        "upgrading",
    }
)
BROKEN: Final = frozenset(
    {
        "cloning-failed",
        "create-failed",
        "deleted",
        "deleting",
        "error",
        "failed",
        "inaccessible-encryption-credentials",
        "inaccessible-encryption-credentials-recoverable",
        "incompatible-create",
        "incompatible-credentials",
        "incompatible-network",
        "incompatible-option-group",
        "incompatible-parameters",
        "incompatible-restore",
        "insufficient-capacity",
        "migration-failed",
        "restore-error",
        "restore-failed",
        "stopped",
        "stopping",
        "storage-full",
    }
)


def listed(view: View) -> Iterator[Answer]:
    """Every listing could be read, and found or expected something to judge."""
    sources = sorted({source for names in LISTED_BY.values() for source in names})
    for region in view.facts.regions:
        for source in sources:
            if why := view.facts.unreadable.get((region, source)):
                yield unknown(f"{source} in {region}", why, "a list")
    if not view.facts.databases and not view.expected.databases and not view.facts.unreadable:
        regions = ", ".join(view.facts.regions)
        yield unknown(
            regions, "no database, and none expected", "something to judge", "Name what must be there in expected."
        )


def present(view: View) -> Iterator[Answer]:
    """Judge whether what must be there is, and is what was promised."""
    for one in view.expected.databases:
        subject = f"{one.kind.value} {one.name} in {one.region}"
        found = next((database for database in view.facts.databases if matches(database, one)), None)
        if found:
            yield from deviations(found, one)
        elif why := view.unreadable(one.region, LISTED_BY[one.kind]):
            yield unknown(subject, why, "present")
        else:
            yield failed(subject, "missing", "present", Severity.CRITICAL)


def deviations(database: Database, wanted: ExpectedDatabase) -> Iterator[Answer]:
    """Yield how a database differs from what was promised."""
    subject = database.subject
    if wanted.engine and database.engine != wanted.engine:
        yield failed(subject, f"engine {database.engine}", f"engine {wanted.engine}")
    if wanted.version and not begins(database.version, wanted.version):
        yield failed(subject, f"version {database.version or 'not told'}", f"version {wanted.version}")
    if len(database.members) < wanted.members:
        yield failed(subject, f"{len(database.members)} members", f"at least {wanted.members}")
    if wanted.multi_zone and not database.multi_zone:
        yield failed(subject, "in one zone", "in several zones")


def available(database: Database, view: View) -> Said:
    """Judge whether it serves, and every part of it."""
    answers = [*state(database.subject, database.status, view.wanted(database))]
    if database.status in SERVING:
        # One part of several is a loss, not an outage.
        alone = len(database.members) == 1
        for member in database.members:
            if alone and member.status == database.status:
                continue
            name = f"{database.subject}: {member.name}"
            answers += state(name, member.status, alone and view.wanted(database))
    if database.kind in CLUSTERS and not any(member.writer for member in database.members):
        severity = Severity.CRITICAL if view.wanted(database) else Severity.MAJOR
        answers.append(failed(database.subject, "no instance that writes", "one writer", severity))
    if database.kind is Kind.EFS and not database.members and not view.unreadable(database.region, ("mount_targets",)):
        answers.append(failed(database.subject, "no mount target", "at least one", Severity.MAJOR))
    return said(*answers)


def state(subject: str, status: str, wanted: bool) -> Iterator[Answer]:
    """Judge one state by the tables above; one that they do not have is not known."""
    if status in SERVING:
        return
    if status in BUSY:
        yield failed(subject, status, "available", Severity.MINOR, advice="Wait for it to end; look again after that.")
    elif status in BROKEN:
        yield failed(subject, status, "available", Severity.CRITICAL if wanted else Severity.MAJOR)
    else:
        yield unknown(subject, f"state {status or 'not told'}, which this check does not know", "available")
