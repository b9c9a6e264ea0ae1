# SPDX-License-Identifier: Apache-2.0
"""What remediation may do: nothing unless it is listed, and then within limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.cases import BY_ID
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError

NUMBERS: Final = (
    "total_per_hour",
    "attempts_per_day",
    "cooldown_minutes",
    "zone_quiet_minutes",
    "unavailable_percent",
    "verdict_seconds",
)


@dataclass(frozen=True)
class Policy:
    """The limits; every default is the careful one."""

    # Cases that may act. Empty: none.
    enabled: tuple[str, ...] = ()
    # Decide and tell, act on nothing.
    dry_run: bool = False
    # Actions in an hour, by case where it is not the case's own number, and over all.
    per_hour: Mapping[str, int] = field(default_factory=dict)
    # How long a finding must have lasted, by case where it is not the case's own time.
    least_minutes: Mapping[str, int] = field(default_factory=dict)
    total_per_hour: int = 5
    # For one subject: in a day, after which a person must look, and the pause between two.
    attempts_per_day: int = 2
    cooldown_minutes: int = 30
    # How long after an action in one zone no other zone is touched.
    zone_quiet_minutes: int = 60
    # Share of a node group that may be away, the action's own node counted.
    unavailable_percent: int = 34
    # How old the verdict may be.
    verdict_seconds: int = 300
    # Subjects that are never touched, as shell patterns.
    never: tuple[str, ...] = ()

    def limit(self, case: str) -> int:
        """Return how often in an hour a case may act."""
        return self.per_hour.get(case, BY_ID[case].per_hour)

    def least(self, case: str) -> timedelta:
        """Return how long a finding of a case must have lasted."""
        given = self.least_minutes.get(case)
        return BY_ID[case].least if given is None else timedelta(minutes=given)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Policy:
        """Read a policy.

        Raises:
            RemedyError: A key or case is not known, or a number is negative or none.

        """
        known = cls.__dataclass_fields__.keys()
        if unknown := sorted(data.keys() - known):
            msg = f"The policy of remedies has {', '.join(unknown)}; it may have {', '.join(sorted(known))}."
            raise RemedyError(msg)
        enabled = strings("enabled", data.get("enabled") or ())
        per_hour, least = (by_case(name, data.get(name) or {}) for name in ("per_hour", "least_minutes"))
        for case in (*enabled, *per_hour, *least):
            if case not in BY_ID:
                msg = f"The policy of remedies names {case!r}; the cases are {', '.join(BY_ID)}."
                raise RemedyError(msg)
        numbers = {name: number(name, data[name]) for name in NUMBERS if data.get(name) is not None}
        return cls(
            enabled=enabled,
            dry_run=switch("dry_run", data.get("dry_run") or False),
            per_hour=per_hour,
            least_minutes=least,
            never=strings("never", data.get("never") or ()),
            **numbers,
        )


def number(name: str, value: object) -> int:
    """Return a whole number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        msg = f"{name} is {value!r}; give a whole number from 0 on."
        raise RemedyError(msg)
    return value


def by_case(name: str, value: object) -> dict[str, int]:
    """Return a whole number for each case."""
    if not isinstance(value, Mapping):
        msg = f"{name} is {value!r}; give a number for each case."
        raise RemedyError(msg)
    return {str(case): number(f"{name}.{case}", one) for case, one in value.items()}


def switch(name: str, value: object) -> bool:
    """Return true or false; a word that only looks like one could turn a rehearsal into the real thing."""
    if not isinstance(value, bool):
        msg = f"{name} is {value!r}; give true or false."
        raise RemedyError(msg)
    return value


def strings(name: str, value: object) -> tuple[str, ...]:
    """Return a list of strings."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        msg = f"{name} is {value!r}; give a list of names."
        raise RemedyError(msg)
    return tuple(value)
