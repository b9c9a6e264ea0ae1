# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible_collections.applied_ai.platform.plugins.action.helm_rollback import helm_command, plan

Json = dict[str, Any]
PARAMS = {
    "kubeconfig": "/kube",
    "context": "",
    "name": "web",
    "namespace": "apps",
    "revision": 3,
    "timeout": "300s",
    "history_max": 10,
}


def revision(number: int, status: str = "superseded", tag: str = "1") -> Json:
    return {
        "revision": number,
        "status": status,
        "chart": "demo",
        "version": "1.0.0",
        "values": {"image": {"repository": "r/web", "tag": tag}},
    }


def test_helm_goes_back_without_waiting() -> None:
    assert " ".join(helm_command(PARAMS)) == (
        "helm rollback web 3 --namespace apps --kubeconfig /kube --timeout 300s --history-max 10 --cleanup-on-fail"
    )
    assert "--kube-context other" in " ".join(helm_command({**PARAMS, "context": "other"}))


def test_the_difference_is_shown() -> None:
    planned = plan(PARAMS, [revision(4, "deployed", "2"), revision(3)])
    assert (planned["changed"], planned["before"]) == (True, 4)
    assert planned["image"] == {"repository": "r/web", "tag": "1"}
    before, after = (yaml.safe_load(planned["diff"][side]) for side in ("before", "after"))
    assert (before["values"]["image"]["tag"], after["values"]["image"]["tag"]) == ("2", "1")
    assert after["status"] == "deployed"


def test_what_is_there_is_not_gone_back_to() -> None:
    assert plan(PARAMS, [revision(3, "deployed"), revision(2)])["changed"] is False


def test_a_newer_revision_that_failed_is_gone_back_from() -> None:
    assert plan(PARAMS, [revision(4, "failed"), revision(3, "deployed")])["changed"] is True
    assert plan(PARAMS, [revision(3, "failed")])["changed"] is True


@pytest.mark.parametrize(
    ("revisions", "there"), [([revision(5), revision(4)], "It keeps 5, 4."), ([], "It keeps none.")]
)
def test_a_revision_that_is_not_kept_is_told(revisions: list[Json], there: str) -> None:
    with pytest.raises(AnsibleActionFail, match="Helm keeps no revision 3 of it") as caught:
        plan(PARAMS, revisions)
    assert there in str(caught.value)
