# SPDX-License-Identifier: Apache-2.0
"""Revisions are read with one request, and a chart comes out of a release as it went in."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.history import (
    chart_files,
    default_values,
    payload,
    revisions,
)

Json = dict[str, Any]


def secret(name: str, version: int, status: str = "superseded", **more: Any) -> Json:
    release = {
        "name": name,
        "namespace": "services",
        "version": version,
        "info": {"status": status},
        "chart": {"metadata": {"name": "demo", "version": "1.0.0"}},
        "config": {"replicaCount": version},
        **more,
    }
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    return {
        "metadata": {
            "name": f"sh.helm.release.v1.{name}.v{version}",
            "namespace": "services",
            "labels": {"name": name},
        },
        "data": {"release": packed},
    }


class Reader:
    def __init__(self, secrets: list[Json]) -> None:
        self.secrets = secrets
        self.asked: list[Json] = []

    def items(self, path: str, **query: str) -> list[Json]:
        self.asked.append({"path": path, **query})
        return self.secrets

    def get(self, path: str) -> Json:
        return next(one for one in self.secrets if path.endswith(one["metadata"]["name"]))


def test_revisions_come_newest_first_by_one_request() -> None:
    reader = Reader([secret("web", 2), secret("api", 9), secret("web", 10, "deployed"), secret("web", 1)])
    found = revisions(reader, "services", ["web", "api", "none", "web"])
    assert {name: [one.revision for one in all_] for name, all_ in found.items()} == {
        "web": [10, 2, 1],
        "api": [9],
        "none": [],
    }
    assert reader.asked == [
        {
            "path": "/api/v1/namespaces/services/secrets",
            "labelSelector": "owner=helm,name in (api,none,web)",
            "fieldSelector": "type=helm.sh/release.v1",
        }
    ]


def test_nothing_is_asked_about_nobody() -> None:
    reader = Reader([])
    assert revisions(reader, "services", []) == {}
    assert reader.asked == []


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


CHART = {
    "metadata": {"name": "demo", "version": "1.0.0+abc", "apiVersion": "v2"},
    "values": {"replicaCount": 2},
    "schema": encoded('{"type": "object"}'),
    "templates": [{"name": "templates/a.yaml", "data": encoded("kind: A")}],
    "files": [{"name": "files/x.json", "data": encoded("{}")}, {"name": "empty", "data": ""}],
}


def test_a_chart_comes_out_as_it_went_in() -> None:
    reader = Reader([secret("web", 1, chart=CHART)])
    kept = payload(reader, revisions(reader, "services", ["web"])["web"][0])
    files = chart_files(kept)
    assert files["Chart.yaml"] == b"apiVersion: v2\nname: demo\nversion: 1.0.0+abc\n"
    assert files["values.yaml"] == b"replicaCount: 2\n"
    assert files["values.schema.json"] == b'{"type": "object"}'
    assert files["templates/a.yaml"] == b"kind: A"
    assert (files["files/x.json"], files["empty"]) == (b"{}", b"")
    assert default_values(kept) == {"replicaCount": 2}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"metadata": {"name": "demo", "dependencies": [{"name": "other"}]}}, "has charts of its own"),
        ({"templates": [{"name": "../../etc/passwd", "data": ""}]}, "files outside of it"),
        ({"files": [{"name": "/etc/passwd", "data": ""}]}, "files outside of it"),
        ({"templates": [{"name": "x", "data": "*"}]}, "cannot be read"),
    ],
)
def test_a_chart_that_cannot_be_used_is_refused(change: Json, reason: str) -> None:
    with pytest.raises(HelmError, match=reason):
        chart_files({"name": "web", "chart": {**CHART, **change}})
