# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import MissingKindError
from ansible_collections.applied_ai.platform.plugins.modules.service_record import run

Json = dict[str, Any]
NOW = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)


class Cluster:
    """Keeps what is applied, and serves it."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}

    def get(self, path: str) -> Json:
        if path not in self.objects:
            msg = "The cluster refused GET: 404 Not Found."
            raise MissingKindError(msg)
        return self.objects[path]

    def apply(self, path: str, text: str) -> Json:
        self.objects[path] = json.loads(text)
        return self.objects[path]


def given(revision: int, outcome: str = "good", service: str = "api", **more: Any) -> Json:
    image = {"repository": f"r/{service}", "tag": str(revision), "digest": ""}
    base = {"chart": "", "strategy": "rolling", "reason": "", "back_to": 0, "verdict": {}, "withdraws": []}
    place = {"service": service, "namespace": "services"}
    return {**base, **place, "outcome": outcome, "image": image, "revision": revision, **more}


def write(cluster: Cluster, *entries: Json) -> Json:
    return run(list(entries), cluster, cluster.apply, by="ana", now=NOW)


def test_entries_of_one_service_become_one_object() -> None:
    cluster = Cluster()
    result = write(cluster, given(1, "rolled_back", reason="it crashes"), given(2), given(7, service="web"))
    assert result["changed"] is True
    assert sorted(cluster.objects) == [
        "/api/v1/namespaces/services/configmaps/api-releases",
        "/api/v1/namespaces/services/configmaps/web-releases",
    ]
    assert [one["revision"] for one in result["records"]["api"]] == [2, 1]
    assert result["records"]["web"] == [
        {"at": "2026-11-28T12:00:00Z", "by": "ana", "outcome": "good", "image": "r/web:7", "revision": 7, "tag": "7",
         "strategy": "rolling"}
    ]  # fmt: skip


def test_what_is_there_stays_and_the_difference_is_shown() -> None:
    cluster = Cluster()
    write(cluster, given(1), given(2))
    result = write(cluster, given(3, strategy="rollback", withdraws=[2], reason="by hand"))
    assert [(one["revision"], one["outcome"]) for one in result["records"]["api"]] == [
        (3, "good"),
        (2, "withdrawn"),
        (1, "good"),
    ]
    assert len(result["diff"]["before"]["api"]) == 2
    text = cluster.objects["/api/v1/namespaces/services/configmaps/api-releases"]["data"]["releases"]
    assert yaml.safe_load(text) == result["records"]["api"]


def test_without_entries_nothing_is_written() -> None:
    cluster = Cluster()
    assert write(cluster)["changed"] is False
    assert cluster.objects == {}
