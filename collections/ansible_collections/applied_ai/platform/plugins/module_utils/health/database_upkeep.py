# SPDX-License-Identifier: Apache-2.0
"""Rules on what databases need in time, and on who gets at them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import (
    Database,
    Kind,
    Maintenance,
    Member,
    soonest,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_view import (
    FINE,
    NOT_ITS_BUSINESS,
    Answer,
    Said,
    View,
    begins,
    day,
    failed,
    said,
    stamp,
    unknown,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Severity

# End of support of engines that RDS's own list does not have: standard support, paid support.
# From "Amazon DocumentDB Extended Support" and "ElastiCache Extended Support" in AWS's documentation; extended support
# is three years.
SUPPORT: Final = {
    ("docdb", "3.6"): ("2026-03-30", "2029-03-30"),
    ("redis", "4"): ("2026-01-31", "2029-01-31"),
    ("redis", "5"): ("2026-01-31", "2029-01-31"),
}
# What RDS's own list of major versions has.
LISTED_BY_RDS: Final = frozenset({Kind.RDS, Kind.AURORA})


def maintained(database: Database, view: View) -> Said:
    """Nothing that AWS asks for is overdue, forced soon, or closes a security hole."""
    if database.kind is Kind.EFS:
        return NOT_ITS_BUSINESS
    horizon = view.now + timedelta(days=view.expected.notice_days)
    return said(*(upkeep(database, item, view.now, horizon) for item in database.maintenance))


def upkeep(database: Database, item: Maintenance, now: datetime, horizon: datetime) -> Answer:
    """Judge one pending thing."""
    want = "no pending maintenance"
    if item.forced and item.forced <= now:
        return failed(database.subject, f"{item.what}; due since {day(item.forced)}", want, Severity.MAJOR)
    if item.forced and item.forced <= horizon:
        return failed(database.subject, f"{item.what}; by itself on {day(item.forced)}", want, Severity.MAJOR)
    if item.security:
        return failed(database.subject, item.what, want, Severity.MAJOR)
    return failed(database.subject, item.what, want, Severity.MINOR)


def certified(database: Database, view: View) -> Said:
    """Certificates, and the authorities that signed them, last for a while."""
    members = [member for member in database.members if member.authority or member.certificate_until]
    if database.kind in {Kind.ELASTICACHE, Kind.EFS}:
        return NOT_ITS_BUSINESS
    if not members:
        return said(unknown(database.subject, "no certificate told", "a certificate with its end"))
    return said(*(answer for member in members for answer in certificate(database, member, view)))


def certificate(database: Database, member: Member, view: View) -> Iterator[Answer]:
    """Judge one instance's certificate: it ends with itself or with its authority, whichever is first."""
    subject = f"{database.subject}: {member.name}"
    end = soonest(member.certificate_until, view.facts.authorities.get((database.region, member.authority)))
    want = f"valid for {view.expected.notice_days} days"
    if end is None:
        yield unknown(subject, f"no end of {member.authority or 'its certificate'} told", want)
    elif end <= view.now:
        yield failed(subject, f"{member.authority} ended on {day(end)}", want, Severity.CRITICAL, since=stamp(end))
    elif end - view.now < timedelta(days=view.expected.notice_days):
        yield failed(subject, f"{member.authority} ends on {day(end)}", want)


def support_of(database: Database, view: View) -> tuple[datetime, datetime] | None:
    """Return the end of standard and of paid support: the operators' word first, then RDS's, then the table's."""
    own = {key: (end, end) for key, end in view.expected.engine_support.items()}
    table = {
        key: (datetime.fromisoformat(f"{first}T00:00:00+00:00"), datetime.fromisoformat(f"{last}T00:00:00+00:00"))
        for key, (first, last) in SUPPORT.items()
    }
    for known in (own, view.facts.lifecycles, table):
        majors = [key for key in known if key[0] == database.engine and begins(database.version, key[1])]
        if majors:
            return known[max(majors, key=lambda key: len(key[1]))]
    return None


def supported(database: Database, view: View) -> Said:
    """Judge whether the engine's major version gets corrections, without paying more for them."""
    if database.kind is Kind.EFS:
        return NOT_ITS_BUSINESS
    name, want = f"{database.engine} {database.version}", "a major version in standard support"
    ends = support_of(database, view)
    if ends is None:
        listed = database.kind in LISTED_BY_RDS and view.unreadable(database.region, ("engine_versions",))
        advice = "Read the end of support in AWS's documentation, and set it in expected.engine_support."
        return said(unknown(database.subject, listed or f"end of support of {name} not known", want, advice))
    standard, paid = ends
    if paid <= view.now:
        return said(failed(database.subject, f"{name} out of support", want, Severity.CRITICAL, since=stamp(paid)))
    if standard <= view.now:
        seen = f"{name} in paid extended support until {day(paid)}"
        return said(failed(database.subject, seen, want, Severity.MAJOR, since=stamp(standard)))
    if standard - view.now < timedelta(days=view.expected.notice_days):
        return said(failed(database.subject, f"standard support of {name} ends on {day(standard)}", want))
    return FINE


def private(database: Database, _view: View) -> Said:
    """No part of it has an address on the internet."""
    if database.kind in {Kind.ELASTICACHE, Kind.EFS}:
        return NOT_ITS_BUSINESS
    return said(
        *(
            failed(f"{database.subject}: {member.name}", "publicly accessible", "private")
            for member in database.members
            if member.public
        )
    )


def encrypted(database: Database, _view: View) -> Said:
    """Judge whether data is encrypted where it lies, and on its way where that can be asked for."""
    answers = []
    if not database.encrypted:
        answers.append(failed(database.subject, "not encrypted at rest", "encrypted"))
    if database.encrypted_in_transit is False:
        answers.append(failed(database.subject, "takes connections without TLS", "TLS only"))
    return said(*answers)
