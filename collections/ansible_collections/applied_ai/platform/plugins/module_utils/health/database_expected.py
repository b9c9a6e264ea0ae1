# SPDX-License-Identifier: Apache-2.0
"""Which databases should be there, and what is still good enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import Kind

NUMBERS: Final = (
    "backup_age_hours",
    "lag_seconds",
    "file_lag_minutes",
    "runway_days",
    "notice_days",
)


@dataclass(frozen=True)
class ExpectedDatabase:
    """A database that must be there; an empty field asks nothing."""

    name: str
    kind: Kind
    region: str
    engine: str = ""
    # Such as 16 or 16.4: the version must begin so.
    version: str = ""
    members: int = 0
    multi_zone: bool = False


@dataclass(frozen=True)
class ExpectedDatabases:
    """What should be there."""

    databases: tuple[ExpectedDatabase, ...] = ()
    backup_age_hours: int = 26
    lag_seconds: int = 30
    file_lag_minutes: int = 60
    runway_days: int = 30
    notice_days: int = 30
    # (engine, major version) -> end of support, as the operators read it.
    engine_support: Mapping[tuple[str, str], datetime] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any], region: str, regions: tuple[str, ...]) -> ExpectedDatabases:
        """Read the module's option ``expected``.

        Raises:
            HealthError: A database is in a region that is not asked, a limit is not positive, or a date is none.

        """
        numbers = {name: limit(name, data[name]) for name in NUMBERS if data.get(name) is not None}
        found = tuple(expected_database(item, region, regions) for item in data.get("databases") or [])
        support = dict(supported(str(name), until) for name, until in (data.get("engine_support") or {}).items())
        return cls(databases=found, engine_support=support, **numbers)


def limit(name: str, value: int) -> int:
    """Return a limit, which must be positive."""
    if value < 1:
        msg = f"expected.{name} is {value}; give a whole number from 1 on."
        raise HealthError(msg)
    return value


def expected_database(item: Mapping[str, Any], region: str, regions: tuple[str, ...]) -> ExpectedDatabase:
    """Read one entry of ``databases``."""
    place = item.get("region") or region
    if place not in regions:
        asked = ", ".join(regions)
        msg = f"expected.databases has {item['name']} in {place}, but only {asked} is asked; add it to more_regions."
        raise HealthError(msg)
    return ExpectedDatabase(
        name=item["name"],
        kind=Kind(item["kind"]),
        region=place,
        engine=item.get("engine") or "",
        version=str(item.get("version") or ""),
        members=item.get("members") or 0,
        multi_zone=bool(item.get("multi_zone")),
    )


def supported(name: str, until: object) -> tuple[tuple[str, str], datetime]:
    """Read one entry of ``engine_support``: ``redis 7: 2028-05-31``."""
    engine, _, version = name.partition(" ")
    try:
        end = datetime.fromisoformat(str(until))
    except ValueError:
        end = None
    if end is None or not version.strip():
        msg = f"expected.engine_support.{name} is {until!r}; write it as 'redis 7': 2028-05-31."
        raise HealthError(msg)
    return (engine, version.strip()), end if end.tzinfo else end.replace(tzinfo=UTC)
