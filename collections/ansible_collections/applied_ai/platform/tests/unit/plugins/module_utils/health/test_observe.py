# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Unreadable
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import KINDS, deprecated, observe
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import Json, KubeError, MissingKindError

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

    def items(self, path: str, **query: str) -> list[Json]:
        self.asked.append(path)
        if path in self.broken:
            raise self.broken[path]
        return [{"of": path}]

    def metadata(self, path: str, **query: str) -> list[Json]:
        return [{"of": path, "query": query}]


def test_one_list_per_kind() -> None:
    cluster = Cluster()
    seen = observe(cluster, cluster.text)
    assert seen.version == "v1.36.3"
    assert cluster.asked == ["/version", *(path for kind, path in KINDS.items() if kind != "releases")]
    assert seen["nodes"] == [{"of": "/api/v1/nodes"}]


def test_of_releases_only_metadata_is_asked_for() -> None:
    cluster = Cluster()
    assert observe(cluster, cluster.text)["releases"] == [
        {"of": "/api/v1/secrets", "query": {"labelSelector": "owner=helm"}}
    ]
    assert "/api/v1/secrets" not in cluster.asked


def test_a_silent_api_is_asked_once() -> None:
    cluster = Cluster({"/version": KubeError("no route")})
    seen = observe(cluster, cluster.text)
    assert seen.version == Unreadable("no route")
    assert cluster.asked == ["/version"]
    assert set(seen.kinds.values()) == {Unreadable("no route")}


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
