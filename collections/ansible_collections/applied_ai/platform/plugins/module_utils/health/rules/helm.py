# SPDX-License-Identifier: Apache-2.0
"""Rules of the look at Helm releases: are those there that should be, as pinned, and are their objects as installed."""

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

SHOWN_FIELDS: Final = 3
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


def releases_without_drift(snapshot: Snapshot, _expected: Expected, _now: datetime) -> Outcome:
    """Each object of a release is there, and nobody else has changed what the release says of it."""
    (seen,) = snapshot["drift"]
    findings = tuple(drifted(one) for one in sorted(seen["drifted"], key=lambda one: (one["release"], one["subject"])))
    objects, releases = counted(seen["objects"], "object"), counted(seen["releases"], "release")
    return Outcome(f"{objects} of {releases} as installed", "as installed", findings)


def drifted(one: Json) -> Finding:
    """Return the finding about one object: paths, never values."""
    subject, expected = f"{one['subject']} of release {one['release']}", f"as revision {one['revision']} has it"
    if one["missing"]:
        return Finding(subject, "missing", expected, severity=Severity.MAJOR)
    fields = [f"{field['path']} {wrote(field)}" for field in one["fields"][:SHOWN_FIELDS]]
    more = len(one["fields"]) - len(fields)
    rest = f" and {more} more" if more else ""
    times = sorted(field["time"] for field in one["fields"] if field["time"])
    return Finding(subject, f"{', '.join(fields)}{rest}", expected, times[0] if times else "")


def wrote(field: Json) -> str:
    """Say what was done to a field, and by whom."""
    by = f"by {' and '.join(field['managers'])}" if field["managers"] else "by somebody"
    return f"{'removed' if field['removed'] else 'changed'} {by}"


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
    Rule(
        "releases_without_drift",
        Severity.MINOR,
        ("drift",),
        releases_without_drift,
        "Put what is wanted into the inventory, undo the rest, and deploy the release again.",
    ),
)
