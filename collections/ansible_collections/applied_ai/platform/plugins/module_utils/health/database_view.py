# SPDX-License-Identifier: Apache-2.0
"""What the rules about databases look at, and how they answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_expected import (
    ExpectedDatabase,
    ExpectedDatabases,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import (
    Database,
    Landscape,
    Point,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Severity, Status


@dataclass(frozen=True)
class View:
    """All that a rule may look at."""

    facts: Landscape
    expected: ExpectedDatabases
    now: datetime

    def wanted(self, database: Database) -> bool:
        """Say whether it is one that must be there."""
        return any(matches(database, one) for one in self.expected.databases)

    def series(self, database: Database, metric: str, resource: str) -> tuple[Point, ...]:
        """Return a metric's points, none where CloudWatch has none."""
        return self.facts.metrics.get((database.region, metric, resource), ())

    def unreadable(self, region: str, sources: Iterable[str]) -> str:
        """Return why one of a region's sources could not be read, or nothing."""
        return next((why for source in sources if (why := self.facts.unreadable.get((region, source)))), "")


@dataclass(frozen=True)
class Answer:
    """What a rule says about one subject that is not simply fine."""

    status: Status
    subject: str
    seen: str
    expected: str
    since: str = ""
    severity: Severity | None = None
    advice: str = ""


@dataclass(frozen=True)
class Said:
    """What a rule says about one database: nothing to say about, or answers, none of them when all is fine."""

    applies: bool
    answers: tuple[Answer, ...] = ()


NOT_ITS_BUSINESS: Final = Said(applies=False)
FINE: Final = Said(applies=True)
Predicate = Callable[[Database, View], Said]


@dataclass(frozen=True)
class Rule:
    """One row of the table."""

    id: str
    severity: Severity
    # Sources of the database's region, without which the rule can say nothing.
    needs: tuple[str, ...]
    predicate: Predicate | None
    fine: str
    advice: str
    whole: Callable[[View], Iterable[Answer]] | None = None

    @property
    def runbook(self) -> str:
        """Where the way out is written down."""
        return f"docs/runbooks/{self.id}.md"


def failed(
    subject: str, seen: str, expected: str, severity: Severity | None = None, *, since: str = "", advice: str = ""
) -> Answer:
    """Return an answer that something is wrong."""
    return Answer(Status.FAILED, subject, seen, expected, since, severity, advice)


def unknown(subject: str, seen: str, expected: str, advice: str = "") -> Answer:
    """Return an answer that it cannot be said."""
    return Answer(Status.UNKNOWN, subject, seen, expected, advice=advice)


def said(*answers: Answer) -> Said:
    """Return answers about a database that the rule is for."""
    return Said(applies=True, answers=answers)


def matches(database: Database, wanted: ExpectedDatabase) -> bool:
    """Say whether a database is the one that must be there."""
    return (
        database.kind is wanted.kind
        and database.region == wanted.region
        and wanted.name in {database.name, database.alias}
    )


def stamp(at: datetime | None) -> str:
    """Return a time as checks write it, or nothing."""
    return at.isoformat(timespec="seconds") if at else ""


def day(at: datetime) -> str:
    """Return a date."""
    return at.date().isoformat()


def begins(version: str, prefix: str) -> bool:
    """Say whether a version is this one or below it: 16.4 is below 16, 160 is not."""
    return version == prefix or version.startswith(f"{prefix}.")
