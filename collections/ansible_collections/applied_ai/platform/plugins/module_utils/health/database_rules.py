# SPDX-License-Identifier: Apache-2.0
"""Databases as a table of rules: each a pure function from facts and wishes to answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_data import backed_up, in_step, roomy
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import CLUSTERS, Database, Kind
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_serving import (
    available,
    listed,
    present,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_upkeep import (
    certified,
    encrypted,
    maintained,
    private,
    supported,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_view import (
    NOT_ITS_BUSINESS,
    Answer,
    Rule,
    View,
    unknown,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Check, Severity, Status

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "databases_listed",
        Severity.MAJOR,
        (),
        None,
        "every source answers",
        "Give the caller the right to read it, or look at the region's state; nothing can be said without it.",
        listed,
    ),
    Rule(
        "databases_present",
        Severity.MAJOR,
        (),
        None,
        "all that must be there are as promised",
        "Run the Terraform plan of this environment: it tells what is missing or different.",
        present,
    ),
    Rule(
        "databases_available",
        Severity.MAJOR,
        (),
        available,
        "all serve",
        "Look at the events of the database; the run book tells what each state needs.",
    ),
    Rule(
        "databases_backed_up",
        Severity.CRITICAL,
        (),
        backed_up,
        "all have a young backup",
        "Take a snapshot now, then find out why the automatic one is missing.",
    ),
    Rule(
        "databases_replicated",
        Severity.MAJOR,
        ("metrics", "file_replications"),
        in_step,
        "all replicas keep up",
        "Look at the load of writer and replica; a smaller replica falls behind a larger writer.",
    ),
    Rule(
        "databases_have_room",
        Severity.MAJOR,
        ("metrics",),
        roomy,
        "storage lasts",
        "Find what grows; enlarge the storage before it is full, since a full database takes no writes.",
    ),
    Rule(
        "databases_maintained",
        Severity.MINOR,
        ("maintenance", "cache_updates"),
        maintained,
        "no maintenance pending",
        "Choose a window and apply it, before AWS does at a time of its own.",
    ),
    Rule(
        "databases_certified",
        Severity.MAJOR,
        ("authorities",),
        certified,
        "certificates last",
        "Give clients the new authority first, then change the instance to it.",
    ),
    Rule(
        "databases_supported",
        Severity.MAJOR,
        (),
        supported,
        "engines in standard support",
        "Plan the upgrade to the next major version, with a rehearsal on a copy.",
    ),
    Rule(
        "databases_private",
        Severity.CRITICAL,
        (),
        private,
        "none on the internet",
        "Take the public address away; read the logs for who came in.",
    ),
    Rule(
        "databases_encrypted",
        Severity.MAJOR,
        (),
        encrypted,
        "all encrypted",
        "Restore from an encrypted copy of a snapshot: encryption cannot be switched on later.",
    ),
)

# Sources that tell about some kinds only: RDS's lists know nothing of caches, and the other way round.
ABOUT: Final = {
    "file_replications": frozenset({Kind.EFS}),
    "metrics": frozenset(Kind) - {Kind.EFS},
    "maintenance": frozenset({Kind.RDS, *CLUSTERS}),
    "cache_updates": frozenset({Kind.ELASTICACHE}),
    "authorities": frozenset({Kind.RDS, *CLUSTERS}),
}


def judge(view: View, rules: Iterable[Rule] = RULES) -> list[Check]:
    """Apply every rule."""
    return [check for rule in rules for check in apply(rule, view)]


def apply(rule: Rule, view: View) -> list[Check]:
    """Apply one rule: a check per answer, or one that says what is fine."""
    if rule.whole:
        answers, count = list(rule.whole(view)), len(view.facts.databases)
    else:
        answers, count = by_database(rule, view)
    if answers:
        return [check_of(rule, answer) for answer in answers]
    noun = "database" if count == 1 else "databases"
    seen = f"{count} {noun}, {rule.fine}" if count else "no database that this is about"
    subject = f"databases in {', '.join(view.facts.regions)}"
    return [Check(rule.id, Status.OK, rule.severity, subject, seen, rule.fine, runbook=rule.runbook)]


def by_database(rule: Rule, view: View) -> tuple[list[Answer], int]:
    """Return a rule's answers over all databases that it is about, and how many those are.

    Where a source is missing the region gets one answer, not each database; what is wrong all the same is kept.
    """
    answers: list[Answer] = []
    blind: dict[tuple[str, str], int] = {}
    count = 0
    for database in view.facts.databases:
        result = rule.predicate(database, view) if rule.predicate else NOT_ITS_BUSINESS
        if not result.applies:
            continue
        count += 1
        if why := view.unreadable(database.region, needed(rule, database)):
            blind[database.region, why] = blind.get((database.region, why), 0) + 1
            answers += [one for one in result.answers if one.status is Status.FAILED]
        else:
            answers += result.answers
    for (region, why), hidden in blind.items():
        answers.append(unknown(f"{hidden} {'database' if hidden == 1 else 'databases'} in {region}", why, rule.fine))
    return answers, count


def needed(rule: Rule, database: Database) -> list[str]:
    """Return which of a rule's sources tell about this kind of database."""
    return [source for source in rule.needs if database.kind in ABOUT[source]]


def check_of(rule: Rule, answer: Answer) -> Check:
    """Return an answer as a check."""
    advice = answer.advice or (
        "Give the caller the right to read it, or look again later." if answer.status is Status.UNKNOWN else rule.advice
    )
    return Check(
        rule.id,
        answer.status,
        answer.severity or rule.severity,
        answer.subject,
        answer.seen,
        answer.expected,
        answer.since,
        advice,
        rule.runbook,
    )
