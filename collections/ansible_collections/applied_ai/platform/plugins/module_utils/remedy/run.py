# SPDX-License-Identifier: Apache-2.0
"""Decide, act, record: one after the other, and no two runs with the same record at once."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.decide import (
    ACT,
    REFUSED,
    Decision,
    Situation,
    judged,
    ordered,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.ledger import (
    FAILED,
    STARTED,
    SUCCEEDED,
    Entry,
    Record,
    append,
    load,
)

Json = dict[str, Any]
Doing = Callable[[Decision], str]
Clock = Callable[[], datetime]
CLOSED = "closed by hand: it had been cut off"


@dataclass(frozen=True)
class Done:
    """A decision and, where it was acted on, how that ended: ``succeeded`` or ``failed``, and a sentence."""

    decision: Decision
    outcome: str = ""
    told: str = ""

    def to_json(self) -> Json:
        """Return plain data."""
        return {**self.decision.to_json(), "outcome": self.outcome, "told": self.told}

    def line(self) -> str:
        """Return it on one line, for people."""
        one = self.decision
        what = f"{one.action} {one.subject}"
        if one.decision == REFUSED:
            return f"refused by {one.guard}: {what}: {one.why_not}"
        if self.outcome:
            return f"{self.outcome}: {what}: {self.told}"
        return f"would act: {what}: {'; '.join(one.reasons)}"


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock beside a record; it goes with the process that holds it, however that ends.

    Raises:
        RemedyError: Another run holds it, or there can be none.

    """
    lock = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = lock.open("a", encoding="utf-8")
    except OSError as error:
        msg = f"Failed to open {lock}: {error.strerror}. Nothing is done without it."
        raise RemedyError(msg) from None
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            msg = f"Another run holds {lock}; nothing was done. Wait until it has ended."
            raise RemedyError(msg) from None
        yield


def told(situation: Situation) -> list[Done]:
    """Return what would be done, and what not; nothing is changed and nothing written."""
    found = []
    for proposal in ordered(situation.checks):
        decision = judged(proposal, situation)
        found.append(Done(decision))
        if decision.decision != REFUSED:
            situation = situation.with_action(proposal)
    return found


def carried_out(situation: Situation, path: Path, act: Doing, clock: Clock) -> list[Done]:
    """Do what is to be done, one after the other.

    Each is judged when its turn comes: an act may take so long that the verdict is too old for the next.
    """
    found = []
    for proposal in ordered(situation.checks):
        situation = replace(situation, now=clock(), record=load(path))
        decision = judged(proposal, situation)
        if decision.decision != ACT:
            found.append(Done(decision))
            continue
        found.append(done(decision, path, situation, act, clock))
        situation = situation.with_action(proposal)
    return found


def done(decision: Decision, path: Path, situation: Situation, act: Doing, clock: Clock) -> Done:
    """Do one thing between two lines of the record; the second is written whatever happens, if anything can be."""
    begin = entry(decision, situation.record, situation.now)
    append(path, begin)
    outcome, sentence = FAILED, "it was cut off"
    try:
        sentence = act(decision)
        outcome = SUCCEEDED
    except PlatformError as error:
        sentence = error.message
    # What nobody foresaw must be told too, and must not keep the next from its turn.
    except Exception as error:
        sentence = f"Failed unexpectedly: {error!r}"
    finally:
        append(path, replace(begin, at=clock(), outcome=outcome, reason=sentence))
    return Done(decision, outcome, sentence)


def entry(decision: Decision, record: Record, now: datetime) -> Entry:
    """Return the line of a beginning, with an id that no other has."""
    moment = now.strftime("%Y%m%dT%H%M%S")
    used = {one.id for one in record.entries}
    number = next(number for number in range(1, len(used) + 2) if f"{moment}-{number}" not in used)
    return Entry(
        at=now,
        id=f"{moment}-{number}",
        case=decision.case,
        action=decision.action,
        subject=decision.subject,
        outcome=STARTED,
        zone=decision.zone,
        reason="; ".join(decision.reasons),
    )


def to_close(record: Record, ids: list[str]) -> list[Entry]:
    """Return the actions of these ids that have no end.

    Raises:
        RemedyError: One is not in the record.

    """
    known = {one.id: one for one in record.started}
    for name in ids:
        if name not in known:
            msg = f"The record has no action {name} (remediation_closed); give the id of one that was cut off."
            raise RemedyError(msg)
    return [known[name] for name in dict.fromkeys(ids) if record.ended(known[name]) is None]


def close(path: Path, actions: list[Entry], now: datetime) -> None:
    """Record that actions which were cut off are over: somebody has looked at what they left."""
    for one in actions:
        append(path, closing(one, now))


def closing(action: Entry, now: datetime) -> Entry:
    """Return the end of an action that was cut off."""
    return replace(action, at=now, outcome=FAILED, reason=CLOSED)
