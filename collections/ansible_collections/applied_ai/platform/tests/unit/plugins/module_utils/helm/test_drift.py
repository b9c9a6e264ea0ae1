# SPDX-License-Identifier: Apache-2.0
"""Objects in drift_recorded.json were read from an API server, v1.37, after the change that their name tells.

Server side: applied by Helm as version 4 does. Client side: created by Helm as version 3 does.
"""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.drift import Difference, differences
from hypothesis import given
from hypothesis import strategies as st

Json = dict[str, Any]
RECORDED: Json = json.loads((Path(__file__).parent / "drift_recorded.json").read_text())
MANIFEST: Json = RECORDED["manifest"]
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
CONTAINER = "spec.template.spec.containers[name=web]"


def told(how: str, name: str, wanted: Json = MANIFEST) -> list[tuple[str, tuple[str, ...], bool]]:
    """Return path, managers and whether it was removed, of each difference."""
    return [(one.path, one.managers, one.removed) for one in differences(wanted, RECORDED[how][name], BEFORE)]


@pytest.mark.parametrize("how", ["server_side", "client_side"])
@pytest.mark.parametrize("name", ["healthy", "added", "restart", "memory", "taken_over"])
def test_defaults_normal_forms_additions_and_equal_amounts_are_no_drift(how: str, name: str) -> None:
    assert told(how, name) == []


@pytest.mark.parametrize("how", ["server_side", "client_side"])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("image", (f"{CONTAINER}.image", ("kubectl-set",), False)),
        ("scale", ("spec.replicas", ("kubectl",), False)),
        ("to_zero", ("spec.replicas", (), False)),
        ("args", (f"{CONTAINER}.args", ("kubectl-patch",), False)),
        ("label", ("metadata.labels.tier", (), True)),
        ("env", (f"{CONTAINER}.env[name=A]", (), True)),
        ("port", (f"{CONTAINER}.ports[containerPort=53,protocol=UDP]", (), True)),
    ],
)
def test_a_change_by_hand_is_found_with_its_path_and_who_made_it(
    how: str, name: str, expected: tuple[str, tuple[str, ...], bool]
) -> None:
    assert told(how, name) == [expected]


def test_a_field_that_the_api_server_may_have_dropped_counts_only_where_helm_lists_what_it_applied() -> None:
    path = "spec.template.spec.tolerations"
    assert told("server_side", "tolerations") == [(path, (), True)]
    assert told("client_side", "tolerations") == []
    # Somebody who has written since may have removed it.
    live = copy.deepcopy(RECORDED["client_side"]["image"])
    del live["spec"]["template"]["spec"]["tolerations"]
    del live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:tolerations"]
    assert path in [one.path for one in differences(MANIFEST, live, BEFORE)]
    assert path not in [one.path for one in differences(MANIFEST, live, datetime(2126, 1, 1, tzinfo=UTC))]


def test_the_time_is_that_of_the_last_change() -> None:
    (one,) = differences(MANIFEST, RECORDED["server_side"]["image"], BEFORE)
    written = [entry for entry in managed("image") if entry["manager"] == "kubectl-set"]
    assert one.time == written[0]["time"]
    # The API server keeps none of what goes through the subresource scale.
    (one,) = differences(MANIFEST, RECORDED["server_side"]["scale"], BEFORE)
    assert one.time == ""


def managed(name: str) -> list[Json]:
    entries: list[Json] = RECORDED["server_side"][name]["metadata"]["managedFields"]
    return entries


def by(manager: str, name: str = "scale") -> Json:
    """Return a recorded change as if another had made it."""
    live: Json = copy.deepcopy(RECORDED["server_side"][name])
    for entry in live["metadata"]["managedFields"]:
        if entry["manager"].startswith("kubectl"):
            entry["manager"] = manager
    return live


@pytest.mark.parametrize("manager", ["kube-controller-manager", "keda", "vpa-updater", "applied-ai-platform"])
def test_controllers_at_their_work_are_no_drift(manager: str) -> None:
    assert differences(MANIFEST, by(manager), BEFORE) == []


def test_helm_itself_is_no_drift_under_any_name() -> None:
    assert differences(MANIFEST, by("helm3", "image"), BEFORE) == []
    assert differences(MANIFEST, by("helm3", "scale"), BEFORE) == [Difference("spec.replicas", ("helm3",))]


@pytest.mark.parametrize("manager", ["k9s", "OpenAPI-Generator", "argocd-controller", "not-keda"])
def test_any_other_manager_is_named(manager: str) -> None:
    assert differences(MANIFEST, by(manager), BEFORE) == [Difference("spec.replicas", (manager,))]


def hook(bundle: str) -> Json:
    config = {"caBundle": bundle, "service": {"name": "hook", "namespace": "a"}}
    fields = {"f:webhooks": {'k:{"name":"a.example.com"}': {"f:clientConfig": {"f:caBundle": {}}}}}
    return {
        "metadata": {"name": "hook", "managedFields": [{"manager": "some-operator", "fieldsV1": fields}]},
        "webhooks": [{"name": "a.example.com", "clientConfig": config}],
    }


def test_an_operators_own_certificate_authority_is_no_drift() -> None:
    assert differences(hook("old"), hook("new"), BEFORE) == []


def test_a_set_that_lost_a_member_is_found() -> None:
    fields = {"f:spec": {"f:members": {'v:"a"': {}}}}
    helm = {"manager": "helm", "operation": "Apply", "fieldsV1": fields}
    live = {"metadata": {"managedFields": [helm]}, "spec": {"members": ["a", "added"]}}
    assert differences({"spec": {"members": ["a"]}}, live, BEFORE) == []
    assert differences({"spec": {"members": ["a", "b"]}}, live, BEFORE) == [Difference("spec.members", removed=True)]


def test_keys_with_dots_are_put_in_brackets_and_values_are_never_told() -> None:
    owner = {"manager": "kubectl-edit", "fieldsV1": {"f:data": {"f:app.conf": {}}}}
    live = {"metadata": {"managedFields": [owner]}, "data": {"app.conf": "password: hush"}}
    (one,) = differences({"data": {"app.conf": "password: old"}}, live, BEFORE)
    assert one == Difference("data[app.conf]", ("kubectl-edit",))


def test_text_that_reads_as_the_same_amount_is_another_text() -> None:
    owner = {"manager": "kubectl-edit", "fieldsV1": {"f:data": {"f:a": {}}, "f:spec": {"f:cpu": {}}}}
    live = {"metadata": {"managedFields": [owner]}, "data": {"a": "1"}, "spec": {"cpu": "1"}}
    wanted = {"data": {"a": "1000m"}, "spec": {"cpu": "1000m"}}
    assert [one.path for one in differences(wanted, live, BEFORE)] == ["data.a"]


TREE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
FIELDS = st.recursive(
    st.just({}),
    lambda inner: st.dictionaries(st.sampled_from(["f:a", "f:b", 'k:{"a":1}', 'v:"a"', "."]), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from("abc"), TREE), FIELDS)
def test_an_object_that_is_as_wanted_never_differs_whoever_owns_it(content: Json, fields: Json) -> None:
    entries = [{"manager": "kubectl", "fieldsV1": fields}]
    assert differences(content, {**content, "metadata": {"managedFields": entries}}, BEFORE) == []
