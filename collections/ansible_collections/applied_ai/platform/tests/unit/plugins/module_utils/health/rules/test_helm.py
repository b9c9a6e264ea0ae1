# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Expected, Snapshot
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
