# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    Severity,
    Snapshot,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import helm
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.health.cluster_facts import NOW, told


def seen(version: str = "41.13.1") -> Snapshot:
    release = {"namespace": "kube-system", "name": "ms", "chart": "metrics-server", "version": version, "updated": "x"}
    return Snapshot("", {"helm": [release]})


def test_a_release_that_is_missing_is_told() -> None:
    expected = Expected(releases=("kube-system/ms", "istio-system/istiod"))
    assert told(helm.releases_present(seen(), expected, NOW)) == [("release istio-system/istiod", "missing", "")]


@pytest.mark.parametrize(
    ("version", "pin", "words"),
    [
        ("41.13.1", "41.13.1", ""),
        ("v41.13.1", "41.13.1", ""),
        ("41.9.1", "41.13.1", "behind its pin"),
        ("41.14.0", "41.13.1", "ahead of its pin"),
        ("v42.7.0", "v42.10.0", "behind its pin"),
        ("41.13.1-rc1", "41.13.1", "another build than its pin"),
    ],
)
def test_versions_are_held_against_their_pins(version: str, pin: str, words: str) -> None:
    outcome = helm.releases_as_pinned(seen(version), Expected(charts={"metrics-server": pin}), NOW)
    assert told(outcome) == (
        [("release kube-system/ms", f"chart metrics-server {version}, {words}", "")] if words else []
    )


def test_a_chart_without_a_pin_may_have_any_version() -> None:
    assert helm.releases_as_pinned(seen(), Expected(charts={"other": "1"}), NOW).findings == ()


def field(path: str, *managers: str, time: str = "", removed: bool = False) -> dict[str, Any]:
    return {"path": path, "managers": managers, "time": time, "removed": removed}


def drifted(*fields: dict[str, Any], missing: bool = False) -> Snapshot:
    one = {
        "subject": "Deployment apps/web",
        "release": "apps/web",
        "revision": 3,
        "missing": missing,
        "fields": list(fields),
    }
    return Snapshot("", {"drift": [{"releases": 2, "objects": 9, "drifted": [one] if fields or missing else []}]})


def test_an_object_that_is_as_installed_is_counted() -> None:
    outcome = helm.releases_without_drift(drifted(), Expected(), NOW)
    assert (outcome.summary, outcome.findings) == ("9 objects of 2 releases as installed", ())


def test_a_missing_object_is_worse_than_a_changed_one() -> None:
    (gone,) = helm.releases_without_drift(drifted(missing=True), Expected(), NOW).findings
    assert (gone.subject, gone.seen, gone.severity) == (
        "Deployment apps/web of release apps/web",
        "missing",
        Severity.MAJOR,
    )
    (changed,) = helm.releases_without_drift(drifted(field("spec.replicas", "kubectl")), Expected(), NOW).findings
    assert (changed.seen, changed.severity) == ("spec.replicas changed by kubectl", None)
    assert changed.expected == "as revision 3 has it"


def test_at_most_three_fields_are_told_and_the_first_time() -> None:
    fields = [
        field("a", removed=True),
        field("b", "kubectl-edit", "k9s", time="2026-11-28T10:00:00Z"),
        field("c", "kubectl-edit", time="2026-11-28T09:00:00Z"),
        field("d", "kubectl-edit"),
        field("e", "kubectl-edit"),
    ]
    (one,) = helm.releases_without_drift(drifted(*fields), Expected(), NOW).findings
    assert one.seen == (
        "a removed by somebody, b changed by kubectl-edit and k9s, c changed by kubectl-edit and 2 more"
    )
    assert one.since == "2026-11-28T09:00:00Z"
