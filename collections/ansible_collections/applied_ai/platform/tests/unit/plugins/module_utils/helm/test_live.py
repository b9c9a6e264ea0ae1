# SPDX-License-Identifier: Apache-2.0
"""The API server here is a table of answers; tests/health/test_drift.py asks a real one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.helm import live
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, MissingKindError
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.helm.test_manifest import CRD, secret

Json = dict[str, Any]
KINDS = {
    "/api/v1": [("ConfigMap", "configmaps", True), ("Secret", "secrets", True), ("Namespace", "namespaces", False)],
    "/apis/apps/v1": [("Deployment", "deployments", True), ("Scale", "deployments/scale", True)],
    "/apis/batch/v1": [("Job", "jobs", True)],
    "/apis/apiextensions.k8s.io/v1": [("CustomResourceDefinition", "customresourcedefinitions", False)],
}


class Server:
    """Serves these objects by their paths, remembers what it was asked, and refuses paths that hold a word."""

    def __init__(self, objects: dict[str, Json], refused: str = "") -> None:
        self.objects, self.refused = objects, refused
        self.asked: list[str] = []

    def get(self, path: str) -> Json:
        self._note(path)
        if path in KINDS:
            rows = [{"kind": kind, "name": name, "namespaced": inside} for kind, name, inside in KINDS[path]]
            return {"resources": rows}
        if path not in self.objects:
            raise MissingKindError(f"The cluster refused GET {path}: 404 Not Found.")
        return self.objects[path]

    def items(self, path: str, **query: str) -> list[Json]:
        self._note(f"LIST {path}")
        base, _, plural = path.rpartition("/")
        found = [one for at, one in self.objects.items() if at.startswith(base) and f"/{plural}/" in at]
        name = query.get("fieldSelector", "").removeprefix("metadata.name=")
        return [one for one in found if _labelled(one) or name == one["metadata"]["name"] or not query]

    def metadata(self, path: str, **query: str) -> list[Json]:
        return [{"metadata": one["metadata"]} for one in self.items(path, **query)]

    def _note(self, path: str) -> None:
        self.asked.append(path)
        if self.refused and self.refused in path:
            raise KubeError(f"The cluster refused GET {path}: 403 Forbidden.")


def _labelled(one: Json) -> bool:
    return bool((one["metadata"].get("labels") or {}).get("app.kubernetes.io/managed-by") == "Helm")


def made(name: str, by: str = "helm", *, listed: bool = True, fields: Json | None = None, **content: Json) -> Json:
    """Return an object of namespace apps that ``by`` wrote."""
    return {
        "metadata": {
            "name": name,
            "namespace": "apps",
            "labels": {"app.kubernetes.io/managed-by": "Helm"} if listed else {},
            "managedFields": [
                {
                    "manager": by,
                    "operation": "Update",
                    "time": "2026-11-24T00:00:00Z",
                    "fieldsV1": fields
                    or {f"f:{key}": {f"f:{name}": {} for name in value} for key, value in content.items()},
                }
            ],
        },
        **content,
    }


def document(api: str, kind: str, name: str, **content: Json) -> str:
    return json.dumps({"apiVersion": api, "kind": kind, "metadata": {"name": name}, **content})


def look(server: Server, *documents: str, seconds: float = 60, clock: Callable[[], float] = lambda: 0) -> live.Drift:
    """Look at one release with these documents."""
    return live.look([secret("\n---\n".join(documents))], server, seconds=seconds, clock=clock)


def told(seen: live.Drift) -> list[tuple[str, bool, list[str]]]:
    return [(one.wanted.name, one.missing, [field.path for field in one.fields]) for one in seen.drifted]


CONFIGS = [document("v1", "ConfigMap", name, data={"key": "1"}) for name in ("a", "b", "c")]
PATH = "/api/v1/namespaces/apps"


def test_objects_of_a_kind_are_listed_once_and_those_that_lost_their_label_are_asked_for() -> None:
    objects = {
        f"{PATH}/configmaps/a": made("a", data={"key": "1"}),
        f"{PATH}/configmaps/b": made("b", "kubectl-edit", data={"key": "2"}),
        f"{PATH}/configmaps/c": made("c", "kubectl-edit", listed=False, data={"key": "2"}),
    }
    server = Server(objects)
    seen = look(server, *CONFIGS)
    assert told(seen) == [("b", False, ["data.key"]), ("c", False, ["data.key"])]
    assert (seen.releases, seen.objects, seen.unread) == (1, 3, ())
    assert server.asked == ["/api/v1", "LIST /api/v1/configmaps", f"{PATH}/configmaps/c"]


def test_without_the_right_to_list_each_is_asked_for() -> None:
    objects = {f"{PATH}/configmaps/{name}": made(name, data={"key": "1"}) for name in "ab"}
    seen = look(Server(objects, refused="LIST"), *CONFIGS)
    assert told(seen) == [("c", True, [])]
    assert seen.unread == ()


def test_what_is_gone_is_missing_but_not_a_job_that_goes_by_itself() -> None:
    jobs = [
        document("batch/v1", "Job", name, spec=spec)
        for name, spec in (("a", {"ttlSecondsAfterFinished": 9}), ("b", {}))
    ]
    seen = look(Server({}), document("v1", "Namespace", "n"), document("v1", "Secret", "s"), *jobs)
    assert told(seen) == [("n", True, []), ("s", True, []), ("b", True, [])]
    assert [one.namespace for one in seen.drifted] == ["", "apps", "apps"]


def test_of_secrets_only_metadata_is_read_and_nothing_compared() -> None:
    server = Server({f"{PATH}/secrets/{name}": made(name, "kubectl-edit", data={"password": "new"}) for name in "ab"})
    seen = look(server, *(document("v1", "Secret", name, data={"password": "old"}) for name in "ab"))
    assert (told(seen), seen.objects) == ([], 2)
    assert server.asked == ["/api/v1", "LIST /api/v1/secrets"]


def test_a_crd_is_read_in_full_only_when_somebody_else_wrote_to_it() -> None:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    other = CRD.replace("things", "others")
    crds = {
        f"{path}/{name}.example.com": made(f"{name}.example.com", spec={"group": "x"}) for name in ("things", "others")
    }
    for one in crds.values():
        del one["metadata"]["namespace"]
    server = Server(crds)
    assert told(look(server, CRD, other)) == []
    assert not [one for one in server.asked if one.startswith(f"{path}/")]
    crds[f"{path}/others.example.com"]["metadata"]["managedFields"][0]["manager"] = "kubectl-edit"
    assert told(look(server, CRD, other)) == [("others.example.com", False, ["spec.group"])]


def scaled(manager: str = "kubectl") -> Json:
    return {
        f"/apis/apps/v1/namespaces/apps/deployments/{name}": made(name, manager, spec={"replicas": 3}) for name in "ab"
    }


def test_replicas_are_an_autoscalers_where_there_is_one() -> None:
    autoscaler = {
        "metadata": {"namespace": "apps", "name": "x"},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "a"}},
    }
    deployments = [document("apps/v1", "Deployment", name, spec={"replicas": 1}) for name in "ab"]
    server = Server({**scaled(), f"{live.AUTOSCALERS}/x": autoscaler})
    assert told(look(server, *deployments)) == [("b", False, ["spec.replicas"])]
    refused = look(Server(scaled(), refused=live.AUTOSCALERS), *deployments)
    assert told(refused) == []
    assert refused.unread[0].startswith("HorizontalPodAutoscaler: The cluster refused GET")


@pytest.mark.parametrize(
    ("refused", "documents", "words"),
    [
        ("/api/v1", CONFIGS, "ConfigMap of v1, 3 not compared: The cluster refused GET /api/v1: 403 Forbidden"),
        ("configmaps", CONFIGS, "ConfigMap of v1, 3 not compared: The cluster refused GET"),
        ("", [document("old/v1", "Thing", "a")], "Thing of old/v1, 1 not compared: the cluster does not serve old/v1"),
        ("", [document("apps/v1", "Thing", "a")], "Thing of apps/v1, 1 not compared: the cluster does not serve it in"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_kind(refused: str, documents: list[str], words: str) -> None:
    seen = look(Server({}, refused), *documents)
    assert (told(seen), seen.objects) == ([], 0)
    assert seen.unread[0].startswith(words)


def test_after_its_time_nothing_more_is_asked_for() -> None:
    server = Server({})
    ticks = iter(range(0, 1000, 10))
    seen = look(server, *CONFIGS, seconds=5, clock=lambda: next(ticks))
    assert seen.unread == ("ConfigMap of v1, 3 not compared: not asked for in time",)
    assert server.asked == ["/api/v1"]


def test_an_object_without_a_record_of_its_writers_or_without_sense_is_not_said_to_be_fine() -> None:
    objects = {f"{PATH}/configmaps/{name}": made(name, data={"key": "1"}) for name in "ab"}
    objects[f"{PATH}/configmaps/a"]["metadata"]["managedFields"] = []
    objects[f"{PATH}/configmaps/b"]["metadata"]["managedFields"] = [{"fieldsV1": {"f:data": "hush"}}]
    seen = look(Server(objects), *CONFIGS[:2])
    assert seen.unread == ("ConfigMap of v1, 2 not compared: the API server keeps no record of who wrote it",)
    assert look(Server(objects), CONFIGS[1]).unread == (
        "ConfigMap of v1, 1 not compared: it makes no sense: AttributeError",
    )


def test_a_release_that_cannot_be_read_does_not_hide_the_others() -> None:
    secrets = [secret("a: [", name="broken"), secret(CONFIGS[0])]
    seen = live.look(secrets, Server({}), seconds=60, clock=lambda: 0)
    assert told(seen) == [("a", True, [])]
    assert seen.unread == ("The manifest of release apps/broken revision 1 is no YAML. Deploy the release again.",)


def test_an_object_whose_name_the_api_server_makes_is_not_looked_for() -> None:
    nameless = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}})
    seen = look(Server({}), nameless)
    assert (told(seen), seen.objects) == ([], 1)


def test_after_a_change_that_failed_only_what_is_certain_counts() -> None:
    """Something missing or removed may be the failed revision's doing; what another wrote is not."""
    objects = {f"{PATH}/configmaps/{name}": made(name, "kubectl-edit", data={"key": "2"}) for name in "ab"}
    objects[f"{PATH}/configmaps/b"]["data"] = {}
    secrets = [secret("\n---\n".join(CONFIGS)), secret("", revision=2, status="failed")]
    seen = live.look(secrets, Server(objects), seconds=60, clock=lambda: 0)
    assert told(seen) == [("a", False, ["data.key"])]
    assert told(look(Server(objects), *CONFIGS)) == [
        ("a", False, ["data.key"]),
        ("b", False, ["data.key"]),
        ("c", True, []),
    ]
