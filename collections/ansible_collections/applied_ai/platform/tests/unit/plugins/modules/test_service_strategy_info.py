# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.service import record
from ansible_collections.applied_ai.platform.plugins.modules.service_strategy_info import run

Json = dict[str, Any]


def secret(name: str, version: int, tag: str) -> Json:
    release = {
        "name": name,
        "namespace": "services",
        "version": version,
        "info": {"status": "deployed"},
        "config": {"image": {"repository": "r/api", "tag": tag}},
    }
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    return {"metadata": {"name": f"{name}.v{version}", "namespace": "services"}, "data": {"release": packed}}


class Reader:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def items(self, path: str, **_: str) -> list[Json]:
        self.asked.append(path)
        if path.endswith("/secrets"):
            return [secret("api", 3, "1")] if "/services/" in path else []
        if path.endswith("/configmaps"):
            entry = record.Entry(at="", by="", outcome="good", image="", revision=3)
            return [record.config_map("api", "services", [entry])]
        return [{"metadata": {"name": "api"}, "spec": {"replicas": 7}}] if path.endswith("/deployments") else []


def service(name: str, namespace: str, strategy: str) -> Json:
    canary = {"steps": [100], "replicas": 1}
    image = {"repository": "r/api", "tag": "2", "digest": ""}
    more = {"strategy": strategy, "canary": canary, "image": image, "values": {}, "replicas": 2}
    return {"name": name, "namespace": namespace, **more}


def test_each_service_comes_with_how_it_comes() -> None:
    reader = Reader()
    services = [service("api", "services", "blue_green"), service("web", "other", "rolling")]
    found = {one["name"]: one for one in run(reader, services, mesh=True)["services"]}
    api = found["api"]["rollout"]
    assert (api["revision"], api["base"], api["image"], api["unfinished"]) == (3, 3, "r/api:1", False)
    assert [(step["weight"], step["replicas"]) for step in api["steps"]] == [(0, 7), (100, 7), (100, 7)]
    assert found["web"]["rollout"]["steps"] == []
    assert found["web"]["strategy"] == "rolling"


def test_pods_are_counted_only_where_that_matters() -> None:
    reader = Reader()
    run(reader, [service("api", "services", "rolling")], mesh=True)
    assert len(reader.asked) == 2
