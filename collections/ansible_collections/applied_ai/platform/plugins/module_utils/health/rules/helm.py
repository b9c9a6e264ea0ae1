# SPDX-License-Identifier: Apache-2.0
"""Rules of the look at Helm releases: are those there that should be, and at the versions that are pinned."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    Finding,
    Json,
    Outcome,
    Rule,
    Severity,
    Snapshot,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import counted

NUMBERS: Final = re.compile(r"\d+")


def key_of(release: Json) -> str:
    """Return ``namespace/name`` of a release."""
    return f"{release['namespace']}/{release['name']}"


def releases_present(snapshot: Snapshot, expected: Expected, _now: datetime) -> Outcome:
    """Each release that must be there is there."""
    present = {key_of(one) for one in snapshot["helm"]}
    findings = tuple(
        Finding(f"release {name}", "missing", "installed") for name in sorted(set(expected.releases) - present)
    )
    return Outcome(f"{counted(len(present), 'release')} installed", "all that must be there", findings)


def releases_as_pinned(snapshot: Snapshot, expected: Expected, _now: datetime) -> Outcome:
    """Each release of a chart that is pinned has the pinned version."""
    judged = [one for one in snapshot["helm"] if one["chart"] in expected.charts]
    findings = tuple(
        Finding(
            f"release {key_of(one)}",
            f"chart {one['chart']} {one['version']}, {order(one['version'], pin)} its pin",
            pin,
            str(one.get("updated") or ""),
        )
        for one in judged
        if one["version"].removeprefix("v") != (pin := expected.charts[one["chart"]]).removeprefix("v")
    )
    return Outcome(f"{counted(len(judged), 'release')} at the pinned version", "the pinned versions", findings)


def order(version: str, pin: str) -> str:
    """Say how a version stands to its pin: what follows a hyphen or a plus does not count."""
    have, want = (tuple(int(one) for one in NUMBERS.findall(re.split(r"[-+]", text)[0])) for text in (version, pin))
    if have == want:
        return "another build than"
    return "behind" if have < want else "ahead of"


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "releases_present",
        Severity.MAJOR,
        ("helm",),
        releases_present,
        "Run playbooks/install_addons.yml, or take it out of what is expected.",
    ),
    Rule(
        "releases_as_pinned",
        Severity.MINOR,
        ("helm",),
        releases_as_pinned,
        "Run playbooks/install_addons.yml; before that, read what changed in the chart.",
    ),
)
