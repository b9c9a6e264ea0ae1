# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.action.helm_release import (
    failure_message,
    helm_command,
    revision_of,
)

Json = dict[str, Any]


def params(action: str = "install", **changes: Any) -> Json:
    source = {"ref": "demo", "repo_url": "https://charts.example.com", "version": "1.0.0"}
    base = {
        "kubeconfig": "/kube",
        "context": "",
        "name": "web",
        "namespace": "apps",
        "plan": {"action": action, "source": source, "stuck": ""},
        "values": {"a": 1},
        "skip_crds": True,
        "take_ownership": False,
        "timeout": "5m",
        "history_max": 5,
    }
    return {**base, **changes}


def test_an_installation_does_not_wait() -> None:
    assert " ".join(helm_command(params())) == (
        "helm upgrade --install web demo --namespace apps --kubeconfig /kube --timeout 5m"
        " --repo https://charts.example.com --version 1.0.0 --reset-values --values - --history-max 5 --skip-crds"
    )


def test_objects_that_are_there_are_taken_over_on_request() -> None:
    assert "--take-ownership" not in helm_command(params())
    assert helm_command(params(take_ownership=True))[-1] == "--take-ownership"
    assert "--take-ownership" not in helm_command(params("uninstall", take_ownership=True))


def test_an_archive_needs_neither_repository_nor_version() -> None:
    plan = {"action": "upgrade", "source": {"ref": "/c/demo-1.0.0.tgz", "repo_url": "", "version": ""}}
    assert " ".join(helm_command(params(plan=plan, context="other", skip_crds=False))) == (
        "helm upgrade --install web /c/demo-1.0.0.tgz --namespace apps --kubeconfig /kube --kube-context other"
        " --timeout 5m --reset-values --values - --history-max 5"
    )


def test_a_removal_waits_and_needs_no_chart() -> None:
    assert " ".join(helm_command(params("uninstall", context="c"))) == (
        "helm uninstall web --namespace apps --kubeconfig /kube --kube-context c --timeout 5m --ignore-not-found --wait"
    )


@pytest.mark.parametrize(
    ("said", "revision"), [("NAME: web\nSTATUS: deployed\nREVISION: 12\nNOTES: x", 12), ("nothing", 0)]
)
def test_the_revision_is_what_helm_says(said: str, revision: int) -> None:
    assert revision_of(said) == revision


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ({"stderr": "warning\nError: no such chart.\n\n", "msg": "long"}, "no such chart"),
        ({"msg": "Failure when executing"}, "Failure when executing"),
        ({}, "no reason given"),
    ],
)
def test_a_failure_tells_what_helm_said_last(outcome: Json, said: str) -> None:
    assert failure_message(params(), outcome) == f"Failed to install release web in namespace apps: {said}."


EXPLAINED = {
    "missing kind": (
        'Error: unable to build kubernetes objects from release manifest: resource mapping not found for name: "a" '
        'namespace: "" from "": no matches for kind "PrometheusRule" in version "monitoring.coreos.com/v1"\n'
        "ensure CRDs are installed first",
        "the cluster does not know PrometheusRule of monitoring.coreos.com/v1; install the add-on that brings its CRD "
        "first",
    ),
    "webhook": (
        'Error: failed calling webhook "v.example.com": failed to call webhook: Post "https://a.b:443": refused.\n',
        'the admission webhook v.example.com does not answer (Post "https://a.b:443": refused); bring its pods back, '
        "or delete the webhook configuration that names it",
    ),
}


@pytest.mark.parametrize(("stderr", "said"), EXPLAINED.values(), ids=EXPLAINED)
def test_a_failure_with_one_cause_tells_what_to_do(stderr: str, said: str) -> None:
    told = failure_message(params(), {"stderr": stderr})
    assert told == f"Failed to install release web in namespace apps: {said}."
