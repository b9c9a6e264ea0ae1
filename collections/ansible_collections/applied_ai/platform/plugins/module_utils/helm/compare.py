# SPDX-License-Identifier: Apache-2.0
"""Desired release against the current one: would it change, why, and what would the difference look like."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.releases import PENDING

Json = dict[str, Any]
Action = Literal["none", "install", "upgrade", "uninstall"]

MAX_NAMED_KEYS: Final = 8


@dataclass(frozen=True)
class Desired:
    """What a release shall be."""

    name: str
    namespace: str
    state: Literal["present", "absent"]
    chart: str
    version: str
    values: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What has to happen to one release."""

    action: Action
    reasons: list[str]
    before: str
    after: str
    stuck: str = ""
    """The interrupted operation that has to be cleared first: a pending status, ``uninstalling``, or empty."""

    @property
    def differs(self) -> bool:
        """Say whether anything has to happen."""
        return self.action != "none"

    def as_dict(self) -> Json:
        """Return plain data for a module's result."""
        return {**asdict(self), "differs": self.differs}


def find(releases: Iterable[Json], name: str, namespace: str) -> Json | None:
    """Return the release of that name and namespace, if it exists."""
    return next((one for one in releases if (one["name"], one["namespace"]) == (name, namespace)), None)


def plan(current: Json | None, desired: Desired) -> Plan:
    """Say what has to happen so that ``current`` becomes ``desired``."""
    if desired.state == "absent":
        return _plan_absent(current)
    status = str(current["status"]) if current else ""
    if current is None or status == "uninstalled":
        return Plan("install", ["it is not installed"], "", _text_desired(desired))
    if status == "uninstalling" or status in PENDING:
        return Plan(
            "upgrade" if status in ("pending-upgrade", "pending-rollback") else "install",
            [f"revision {current['revision']} is {status}: an earlier run was interrupted"],
            _text_current(current),
            _text_desired(desired),
            stuck=status,
        )
    reasons = [*_status_reasons(current), *_chart_reasons(current, desired), *_value_reasons(current, desired)]
    return Plan("upgrade" if reasons else "none", reasons, _text_current(current), _text_desired(desired))


def changed_keys(before: Json, after: Json, prefix: str = "") -> list[str]:
    """Return the dotted paths whose values differ, sorted; a list counts as one value."""
    paths: list[str] = []
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict) and old and new:
            paths += changed_keys(old, new, f"{prefix}{key}.")
        elif old != new or (key in before) != (key in after):
            paths.append(f"{prefix}{key}")
    return paths


def plain(values: object) -> Json:
    """Return values as JSON holds them, so that what Ansible wraps and what Helm stored compare equal."""
    try:
        data = json.loads(json.dumps(values or {}))
    except (TypeError, ValueError) as error:
        msg = f"The values of the release are not plain data: {error}. Use strings, numbers, lists and maps only."
        raise HelmError(msg) from error
    if not isinstance(data, dict):
        msg = f"The values of the release are {type(data).__name__}, not a map. Set them as key: value."
        raise HelmError(msg)
    return data


def seconds_left(current: Json | None, grace: int, now: datetime) -> int:
    """Return how long an operation that seems stuck may still be alive in another process."""
    if current is None or current["status"] not in PENDING:
        return 0
    try:
        age = (now - datetime.fromisoformat(str(current["updated"]))).total_seconds()
    except ValueError:
        return grace
    return max(0, min(grace, round(grace - age)))


def _plan_absent(current: Json | None) -> Plan:
    if current is None or current["status"] == "uninstalled":
        return Plan("none", [], "", "")
    stuck = "uninstalling" if current["status"] == "uninstalling" else ""
    return Plan("uninstall", ["it is installed and shall be absent"], _text_current(current), "", stuck=stuck)


def _status_reasons(current: Json) -> list[str]:
    if current["status"] == "deployed":
        return []
    return [f"revision {current['revision']} is {current['status']}, not deployed"]


def _chart_reasons(current: Json, desired: Desired) -> list[str]:
    reasons = []
    if current["chart"] != desired.chart:
        reasons.append(f"the chart is {current['chart']}, not {desired.chart}")
    # Helm accepts a version with and without its leading v.
    if str(current["version"]).removeprefix("v") != desired.version.removeprefix("v"):
        reasons.append(f"the chart version is {current['version']}, not {desired.version}")
    return reasons


def _value_reasons(current: Json, desired: Desired) -> list[str]:
    keys = changed_keys(plain(current["values"]), plain(desired.values))
    if not keys:
        return []
    rest = len(keys) - MAX_NAMED_KEYS
    return ["values differ: " + ", ".join(keys[:MAX_NAMED_KEYS]) + (f" and {rest} more" if rest > 0 else "")]


def _text_current(current: Json) -> str:
    return _text(current["chart"], str(current["version"]), current["status"], current["values"])


def _text_desired(desired: Desired) -> str:
    return _text(desired.chart, desired.version, "deployed", desired.values)


def _text(chart: str, version: str, status: str, values: Json) -> str:
    data = {"chart": chart, "version": version.removeprefix("v"), "status": status, "values": values}
    # plain() once more: Ansible hands over strings of its own type, which the dumper does not know.
    return yaml.safe_dump(plain(data), sort_keys=False, default_flow_style=False, allow_unicode=True)
