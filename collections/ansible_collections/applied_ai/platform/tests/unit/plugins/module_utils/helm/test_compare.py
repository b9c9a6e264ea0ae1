# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import (
    Desired,
    changed_keys,
    find,
    plain,
    plan,
    seconds_left,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError

NOW = datetime(2026, 11, 23, 12, 0, 20, tzinfo=UTC)


def current(**changes: Any) -> dict[str, Any]:
    base = {
        "name": "web",
        "namespace": "apps",
        "revision": 3,
        "status": "deployed",
        "chart": "demo",
        "version": "1.2.3",
        "updated": "2026-11-23T12:00:00.123456789Z",
        "secret": "sh.helm.release.v1.web.v3",
        "values": {"replicas": 2, "image": {"tag": "a", "pull": True}},
    }
    return {**base, **changes}


def desired(**changes: Any) -> Desired:
    values = {"replicas": 2, "image": {"tag": "a", "pull": True}}
    return Desired(
        **{
            "name": "web",
            "namespace": "apps",
            "state": "present",
            "chart": "demo",
            "version": "1.2.3",
            "values": values,
            **changes,
        }
    )


def test_nothing_happens_when_nothing_differs() -> None:
    result = plan(current(), desired())
    assert (result.action, result.differs, result.reasons) == ("none", False, [])
    assert result.before == result.after


@pytest.mark.parametrize(
    ("now", "wanted", "action", "reason"),
    [
        (None, {}, "install", "it is not installed"),
        (current(status="uninstalled"), {}, "install", "it is not installed"),
        (current(), {"version": "1.3.0"}, "upgrade", "the chart version is 1.2.3, not 1.3.0"),
        (current(), {"chart": "other"}, "upgrade", "the chart is demo, not other"),
        (current(), {"values": {"replicas": 2}}, "upgrade", "values differ: image"),
        (
            current(),
            {"values": {"replicas": 3, "image": {"tag": "a", "pull": True}}},
            "upgrade",
            "values differ: replicas",
        ),
        (current(status="failed"), {}, "upgrade", "revision 3 is failed, not deployed"),
        (current(), {"state": "absent"}, "uninstall", "it is installed and shall be absent"),
        (current(status="pending-install"), {"state": "absent"}, "uninstall", "it is installed and shall be absent"),
    ],
)
def test_the_action_and_its_reason(now: Any, wanted: dict[str, Any], action: str, reason: str) -> None:
    result = plan(now, desired(**wanted))
    assert (result.action, result.reasons, result.stuck) == (action, [reason], "")


@pytest.mark.parametrize("now", [None, current(status="uninstalled")])
def test_what_is_gone_need_not_be_removed(now: Any) -> None:
    assert plan(now, desired(state="absent")).action == "none"


@pytest.mark.parametrize(
    ("status", "state", "action"),
    [
        ("pending-install", "present", "install"),
        ("pending-upgrade", "present", "upgrade"),
        ("pending-rollback", "present", "upgrade"),
        ("uninstalling", "present", "install"),
        ("uninstalling", "absent", "uninstall"),
    ],
)
def test_an_interrupted_operation_is_seen_even_when_values_agree(status: str, state: str, action: str) -> None:
    result = plan(current(status=status), desired(state=state))
    assert (result.action, result.stuck) == (action, status)


def test_a_leading_v_is_no_difference() -> None:
    assert not plan(current(version="v1.2.3"), desired()).differs
    assert not plan(current(), desired(version="v1.2.3")).differs


def test_the_difference_is_yaml_of_chart_and_values() -> None:
    result = plan(current(), desired(version="1.3.0", values={"replicas": 3}))
    assert yaml.safe_load(result.before)["values"] == current()["values"]
    assert yaml.safe_load(result.after) == {
        "chart": "demo",
        "version": "1.3.0",
        "status": "deployed",
        "values": {"replicas": 3},
    }


def test_a_failed_release_differs_in_its_status_only() -> None:
    result = plan(current(status="failed"), desired())
    before, after = yaml.safe_load(result.before), yaml.safe_load(result.after)
    assert {key for key in before if before[key] != after[key]} == {"status"}


class Text(str):
    """Stands for Ansible's own string type, which the YAML dumper refuses."""


def test_strings_of_ansible_compare_and_dump() -> None:
    result = plan(current(values={"a": "b"}), desired(chart=Text("demo"), values={Text("a"): Text("b")}))
    assert not result.differs


def test_changed_keys_are_sorted_dotted_paths() -> None:
    before = {"a": {"x": 1, "y": [1, 2]}, "same": {}, "b": None, "c": {}}
    after = {"a": {"x": 2, "y": [1, 3], "z": 0}, "same": {}, "c": {"d": 1}}
    assert changed_keys(before, after) == ["a.x", "a.y", "a.z", "b", "c"]


def test_many_changed_keys_are_counted() -> None:
    result = plan(current(values={}), desired(values={f"k{number:02}": 1 for number in range(11)}))
    assert result.reasons == ["values differ: k00, k01, k02, k03, k04, k05, k06, k07 and 3 more"]


def test_a_release_of_the_same_name_elsewhere_is_another() -> None:
    assert find([current(namespace="other")], "web", "apps") is None
    assert find([current(namespace="other"), current()], "web", "apps") == current()


@pytest.mark.parametrize("values", [{"a": {1, 2}}, ["list"], "text"])
def test_values_that_are_no_plain_map_are_refused(values: object) -> None:
    with pytest.raises(HelmError, match=r"^The values of the release are "):
        plain(values)


@pytest.mark.parametrize(
    ("status", "updated", "grace", "left"),
    [
        ("deployed", "2026-11-23T12:00:19Z", 30, 0),
        ("pending-install", "2026-11-23T12:00:00.123456789Z", 30, 10),
        ("pending-install", "2026-11-23T14:00:15+02:00", 30, 25),
        ("pending-upgrade", "2026-11-23T11:00:00Z", 30, 0),
        ("pending-install", "2026-11-23T12:30:00Z", 30, 30),
        ("pending-install", "", 30, 30),
    ],
    ids=["not pending", "young", "other zone", "old", "clock ahead", "no time"],
)
def test_a_pending_operation_gets_its_grace(status: str, updated: str, grace: int, left: int) -> None:
    assert seconds_left(current(status=status, updated=updated), grace, NOW) == left
