# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.helm.ownership import Owned, Owner, owned

FIELDS: dict[str, Any] = {
    "f:spec": {
        "f:replicas": {},
        "f:selector": {},
        "f:ports": {
            'k:{"containerPort":53,"protocol":"TCP"}': {".": {}, "f:name": {}},
            'k:{"containerPort":53,"protocol":"UDP"}': {"f:containerPort": {}},
        },
        "f:finalizers": {'v:"a/b"': {}},
    }
}


def here(**entry: Any) -> Owned:
    return owned({"metadata": {"managedFields": [{"manager": "m", "fieldsV1": FIELDS, **entry}]}}).field("spec")


def test_a_field_has_an_owner_and_another_has_none() -> None:
    assert [one.manager for one in here().field("replicas").owners] == ["m"]
    assert here().field("paused").owners == ()


def test_what_is_owned_as_a_whole_is_owned_with_all_that_is_in_it() -> None:
    assert here().field("selector").field("matchLabels").field("app").owners == (Owner("m"),)


def test_elements_are_found_by_their_merge_keys_and_a_default_may_be_left_out() -> None:
    ports = here().field("ports")
    assert ports.merge_keys == ("containerPort", "protocol")
    assert ports.element({"containerPort": 53, "protocol": "TCP"}).field("name").owners
    assert not ports.element({"containerPort": 53, "protocol": "UDP"}).field("name").owners
    assert ports.element({"containerPort": 53}).field("name").owners
    assert not ports.element({"containerPort": 54}).owners
    assert not ports.element({"hostPort": 53}).owners


def test_a_set_has_members() -> None:
    finalizers = here().field("finalizers")
    assert finalizers.is_set
    assert finalizers.merge_keys == ()
    assert finalizers.member("a/b").owners
    assert not finalizers.member("c").owners


def test_an_owner_is_helm_a_controller_or_foreign() -> None:
    kinds = {
        name: (Owner(name).helm, Owner(name).foreign)
        for name in (
            "helm",
            "helm-controller",
            "terraform-provider-helm_v3.0.2_x5",
            "kube-controller-manager",
            "kubectl",
        )
    }
    assert kinds == {
        "helm": (True, False),
        "helm-controller": (True, False),
        "terraform-provider-helm_v3.0.2_x5": (True, False),
        "kube-controller-manager": (False, False),
        "kubectl": (False, True),
    }
    # helm itself scales nothing: somebody else uses its name.
    assert not here(manager="helm", subresource="scale").owners[0].helm


def test_entries_without_fields_and_objects_without_entries_own_nothing() -> None:
    assert owned({"metadata": {"managedFields": [{"manager": "m"}]}}).owners == ()
    assert owned({}).owners == ()
    (owner,) = here(operation="Apply", time="2026-11-28T19:34:36Z").owners
    assert owner == Owner("m", "2026-11-28T19:34:36Z", "", applies=True)
