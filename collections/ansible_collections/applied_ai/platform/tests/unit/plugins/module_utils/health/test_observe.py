# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import gc
import threading
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Unreadable
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import (
    KINDS,
    PATIENCE,
    deprecated,
    observe,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import (
    BusyError,
    Json,
    KubeError,
    MissingKindError,
    UnreachableError,
)

METRICS = """# TYPE apiserver_requested_deprecated_apis gauge
apiserver_requested_deprecated_apis{group="policy",removed_release="1.37",resource="pdbs",version="v1beta1"} 1
apiserver_requested_deprecated_apis{group="",removed_release="",resource="endpoints",version="v1"} 1
apiserver_requested_deprecated_apis{group="old",removed_release="1.37",resource="olds",version="v1"} 0
apiserver_request_total{group=""} 5
"""


class Cluster:
    """A reader of prepared lists that writes down what it was asked."""

    def __init__(self, broken: dict[str, KubeError] | None = None) -> None:
        self.broken, self.asked = broken or {}, []

    def get(self, path: str) -> Json:
        self.asked.append(path)
        if path in self.broken:
            raise self.broken[path]
        return {"gitVersion": "v1.36.3"}

    def text(self, path: str) -> str:
        self.asked.append(path)
        if path in self.broken:
            raise self.broken[path]
        return METRICS

    def items(self, path: str, **query: Any) -> list[Json]:
        self.asked.append(path)
        if path in self.broken:
            raise self.broken[path]
        keep = query.get("keep")
        return [keep({"of": path}) if keep else {"of": path}]

    def metadata(self, path: str, **query: str) -> list[Json]:
        return [{"of": path, "query": query}]


def test_one_list_per_kind() -> None:
    cluster = Cluster()
    seen = observe(cluster, cluster.text)
    assert seen.version == "v1.36.3"
    assert cluster.asked[0] == "/version"
    assert sorted(cluster.asked[1:]) == sorted(path for kind, path in KINDS.items() if kind != "releases")
    # Nothing of it is a field that a rule looks at.
    assert seen["nodes"] == [{}]


def test_of_releases_only_metadata_is_asked_for() -> None:
    cluster = Cluster()
    assert observe(cluster, cluster.text)["releases"] == [
        {"of": "/api/v1/secrets", "query": {"labelSelector": "owner=helm"}}
    ]
    assert "/api/v1/secrets" not in cluster.asked


def test_a_silent_api_is_asked_once() -> None:
    cluster = Cluster({"/version": UnreachableError("no route")})
    seen = observe(cluster, cluster.text)
    assert isinstance(seen.version, Unreadable)
    assert cluster.asked == ["/version"]
    assert {seen.unreadable((kind,)) for kind in KINDS} == {"no route"}


def test_a_kind_that_is_refused_does_not_hide_the_others() -> None:
    cluster = Cluster({"/api/v1/pods": KubeError("403"), KINDS["hpas"]: MissingKindError("404.")})
    seen = observe(cluster, cluster.text)
    assert seen.unreadable(("nodes",)) == ""
    assert seen.unreadable(("nodes", "pods")) == "403"
    assert seen.unreadable(("hpas",)).startswith("404.")


def test_an_add_on_that_is_not_installed_has_no_objects() -> None:
    cluster = Cluster({KINDS["certificates"]: MissingKindError("404."), KINDS["nodepools"]: KubeError("403")})
    seen = observe(cluster, cluster.text)
    assert seen["certificates"] == []
    assert seen.unreadable(("nodepools",)) == "403"


def test_deprecated_apis_are_those_that_somebody_asked_for() -> None:
    told = [(one["resource"], one["removed_release"]) for one in deprecated(METRICS)]
    assert told == [("pdbs", "1.37"), ("endpoints", "")]
    assert deprecated("") == []


def test_metrics_that_are_refused_are_unknown() -> None:
    cluster = Cluster({"/metrics": KubeError("403 Forbidden")})
    assert observe(cluster, cluster.text).unreadable(("deprecated",)) == "403 Forbidden"


def test_a_page_that_is_no_metrics_is_unknown() -> None:
    cluster = Cluster()
    seen = observe(cluster, lambda _path: "<html>Log in</html>")
    assert "not an API server's metrics" in seen.unreadable(("deprecated",))


@pytest.mark.parametrize("told", [{}, {"gitVersion": ""}, {"gitVersion": 1}, []])
def test_an_answer_without_version_is_no_version_and_ends_nothing(told: Any) -> None:
    cluster = Cluster()
    cluster.get = lambda _path: told
    seen = observe(cluster, cluster.text)
    assert seen.version == Unreadable("GET /version names no version")
    assert seen["nodes"] == [{}]


def test_a_server_that_falls_silent_is_not_asked_for_every_kind() -> None:
    cluster = Cluster({path: BusyError("timed out") for path in KINDS.values()})
    seen = observe(cluster, cluster.text, workers=1)
    assert len(cluster.asked) == 1 + PATIENCE
    assert all("timed out" in seen.unreadable((kind,)) for kind in KINDS if kind != "releases")
    assert sum("nobody answers" in seen.unreadable((kind,)) for kind in KINDS) == len(KINDS) - PATIENCE


def test_a_connection_that_is_gone_stands_for_the_rest() -> None:
    cluster = Cluster({KINDS["pods"]: UnreachableError("refused")})
    seen = observe(cluster, cluster.text, workers=1)
    assert seen["nodes"] == [{}]
    assert cluster.asked == ["/version", KINDS["nodes"], KINDS["pods"]]
    assert seen.unreadable(("leases",)) == "Not asked, since nobody answers: refused"


def test_a_refusal_is_an_answer() -> None:
    cluster = Cluster({path: BusyError("500.", status=500) for path in KINDS.values()})
    observe(cluster, cluster.text, workers=1)
    assert len(cluster.asked) == len(KINDS)


def test_what_hangs_is_unknown_and_the_rest_is_read() -> None:
    cluster, over = Cluster(), threading.Event()
    cluster.broken = {}
    listed = cluster.items

    def items(path: str, **query: Any) -> list[Json]:
        if path == KINDS["pods"]:
            over.wait(30)
        return listed(path, **query)

    cluster.items = items
    seen = observe(cluster, cluster.text, limit=1.0)
    over.set()
    assert "within the 1 s that the look may take (limit_s)" in seen.unreadable(("pods",))
    assert [kind for kind in KINDS if seen.unreadable((kind,))] == ["pods"]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_as_it_was_afterwards(enabled: bool) -> None:
    cluster, before = Cluster(), gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        observe(cluster, cluster.text)
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
