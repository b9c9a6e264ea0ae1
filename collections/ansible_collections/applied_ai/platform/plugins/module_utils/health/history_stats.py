# SPDX-License-Identifier: Apache-2.0
"""What a history says: incidents, how long they took (MTTR), how far apart they were (MTBF), and availability."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.history import Record

Json = dict[str, Any]

DOWN: Final = frozenset({"unhealthy", "firing"})
UP: Final = frozenset({"healthy", "degraded", "resolved"})
# Nobody looked for longer than this: what was then is not known.
GAP: Final = timedelta(hours=1)
HOUR_S: Final = 3600


@dataclass(frozen=True)
class Incident:
    """A time in which something was down; without an end it still is."""

    subject: str
    begin: datetime
    end: datetime | None
    reasons: tuple[str, ...] = ()

    def seconds(self, now: datetime) -> float:
        """Return how long it took, or takes so far."""
        return ((self.end or now) - self.begin).total_seconds()


@dataclass(frozen=True)
class Period:
    """What was seen of a subject in a time: seconds up, down and unknown, which add up to it."""

    kind: str
    subject: str
    up_s: float
    down_s: float
    unknown_s: float
    incidents: tuple[Incident, ...]

    @property
    def availability(self) -> float | None:
        """Return the share of the known time in which it was up; None where nothing is known."""
        known = self.up_s + self.down_s
        return self.up_s / known if known else None

    def mttr_s(self) -> float | None:
        """Return the mean seconds of incidents that ended; None where none did."""
        ended = [one.seconds(one.end) for one in self.incidents if one.end is not None]
        return sum(ended) / len(ended) if ended else None

    def mtbf_s(self) -> float | None:
        """Return the seconds of being up per incident; None where there was none."""
        return self.up_s / len(self.incidents) if self.incidents else None

    def to_json(self, now: datetime) -> Json:
        """Return plain data."""
        open_ = [one for one in self.incidents if one.end is None]
        repair, between = self.mttr_s(), self.mtbf_s()
        return {
            "kind": self.kind,
            "subject": self.subject,
            "availability": None if self.availability is None else round(self.availability, 6),
            "incidents": len(self.incidents),
            "open": len(open_),
            "mttr_minutes": None if repair is None else round(repair / 60, 1),
            "mtbf_hours": None if between is None else round(between / HOUR_S, 1),
            "up_hours": round(self.up_s / HOUR_S, 2),
            "down_hours": round(self.down_s / HOUR_S, 2),
            "unknown_hours": round(self.unknown_s / HOUR_S, 2),
            "list": [
                {
                    "begin": one.begin.isoformat().replace("+00:00", "Z"),
                    "end": one.end.isoformat().replace("+00:00", "Z") if one.end else None,
                    "minutes": round(one.seconds(now) / 60, 1),
                    "reasons": list(one.reasons),
                }
                for one in self.incidents
            ],
        }


def periods(records: Iterable[Record], begin: datetime, end: datetime, gap: timedelta = GAP) -> list[Period]:
    """Return what was seen of each subject between two moments, sorted by subject.

    Args:
        records: Sorted by time. Those before the period tell how it began, those after it are left out.
        begin: The first moment.
        end: The last one, now at the latest.
        gap: A verdict is believed for as long; an alert until it is resolved.

    """
    grouped: dict[tuple[str, str], list[Record]] = {}
    for one in records:
        if one.at <= end:
            grouped.setdefault((one.kind, one.subject), []).append(one)
    return [
        period(group, begin, end, gap if kind == "verdict" else None)
        for (kind, _subject), group in sorted(grouped.items())
    ]


def period(records: Sequence[Record], begin: datetime, end: datetime, gap: timedelta | None) -> Period:
    """Return what was seen of one subject, whose records these are."""
    seconds = {"up": 0.0, "down": 0.0, "unknown": 0.0}
    cursor = begin
    for index, one in enumerate(records):
        until = records[index + 1].at if index + 1 < len(records) else end
        believed = min(until, one.at + gap) if gap is not None else until
        start, stop, rest = (min(max(moment, begin), end) for moment in (one.at, believed, until))
        seconds["unknown"] += (start - cursor).total_seconds() if start > cursor else 0.0
        seconds[state_of(one)] += (stop - start).total_seconds()
        seconds["unknown"] += (rest - stop).total_seconds()
        cursor = max(cursor, rest)
    seconds["unknown"] += (end - cursor).total_seconds()
    found = tuple(one for one in incidents(records) if one.end is None or one.end > begin)
    return Period(records[0].kind, records[0].subject, seconds["up"], seconds["down"], seconds["unknown"], found)


def overall(found: Sequence[Period]) -> Json:
    """Return the mean time to repair over all subjects, of alerts and of verdicts, and how many are not over."""
    told: Json = {}
    for kind in ("verdict", "alert"):
        all_ = [one for part in found if part.kind == kind for one in part.incidents]
        ended = [one.seconds(one.end) for one in all_ if one.end is not None]
        told[kind] = {
            "incidents": len(all_),
            "open": len(all_) - len(ended),
            "mttr_minutes": round(sum(ended) / len(ended) / 60, 1) if ended else None,
        }
    return told


def state_of(one: Record) -> str:
    """Return whether a record says up, down or nothing."""
    return "down" if one.state in DOWN else "up" if one.state in UP else "unknown"


def incidents(records: Sequence[Record]) -> list[Incident]:
    """Return the incidents in one subject's records.

    One lasts until it was seen to be over: neither an unknown verdict nor silence ends it, so that repairs are told
    rather too long than too short.
    """
    found: list[Incident] = []
    begin: Record | None = None
    for one in records:
        state = state_of(one)
        if state == "down" and begin is None:
            begin = one
        elif state == "up" and begin is not None:
            found.append(Incident(one.subject, begin.at, one.at, begin.reasons))
            begin = None
    if begin is not None:
        found.append(Incident(begin.subject, begin.at, None, begin.reasons))
    return found
