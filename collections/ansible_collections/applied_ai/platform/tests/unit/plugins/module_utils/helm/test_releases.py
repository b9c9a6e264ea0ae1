# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.releases import (
    decode,
    list_path,
    list_query,
    newest_releases,
)


def payload(data: object, *, compressed: bool = True) -> str:
    raw = json.dumps(data).encode()
    return base64.b64encode(base64.b64encode(gzip.compress(raw) if compressed else raw)).decode()


def secret(name: str, revision: int, status: str = "deployed", namespace: str = "apps", **chart: str) -> dict[str, Any]:
    data = {
        "name": name,
        "namespace": namespace,
        "version": revision,
        "info": {"status": status, "last_deployed": "2026-11-23T12:00:00.123456789Z"},
        "chart": {"metadata": {"name": "demo", "version": "1.2.3", "appVersion": "9.9", **chart}},
        "config": {"replicas": revision},
    }
    return {
        "metadata": {
            "name": f"sh.helm.release.v1.{name}.v{revision}",
            "namespace": namespace,
            "labels": {"owner": "helm", "name": name, "version": str(revision), "status": status},
        },
        "data": {"release": payload(data)},
    }


def test_only_the_newest_revision_counts_sorted_by_namespace_and_name() -> None:
    secrets = [secret("b", 10, "failed"), secret("a", 1, namespace="zoo"), secret("b", 9), secret("a", 2)]
    found = [(one.namespace, one.name, one.revision, one.status) for one in newest_releases(secrets)]
    assert found == [("apps", "a", 2, "deployed"), ("apps", "b", 10, "failed"), ("zoo", "a", 1, "deployed")]


def test_a_release_is_decoded() -> None:
    (release,) = newest_releases([secret("web", 3)])
    assert release.as_dict() == {
        "name": "web",
        "namespace": "apps",
        "revision": 3,
        "status": "deployed",
        "chart": "demo",
        "version": "1.2.3",
        "app_version": "9.9",
        "updated": "2026-11-23T12:00:00.123456789Z",
        "secret": "sh.helm.release.v1.web.v3",
        "values": {"replicas": 3},
    }


def test_older_revisions_are_not_even_decoded() -> None:
    broken = secret("web", 1)
    broken["data"]["release"] = "no base64"
    assert [one.revision for one in newest_releases([broken, secret("web", 2)])] == [2]


def test_an_uncompressed_payload_is_read() -> None:
    assert decode(payload({"name": "old"}, compressed=False), "apps/old") == {"name": "old"}


@pytest.mark.parametrize(
    "data",
    [
        "",
        "no base64!",
        base64.b64encode(b"again no base64!").decode(),
        base64.b64encode(base64.b64encode(b"\x1f\x8bbroken")).decode(),
        base64.b64encode(base64.b64encode(gzip.compress(b"{}" * 500)[:-9])).decode(),
        base64.b64encode(base64.b64encode(b"\xff\xfe")).decode(),
        payload(["a", "list"]),
    ],
    ids=["empty", "outer", "inner", "gzip", "truncated", "text", "list"],
)
def test_a_broken_secret_is_named(data: str) -> None:
    with pytest.raises(HelmError, match=r"^Failed to decode the Helm release secret apps/x: .+"):
        decode(data, "apps/x")


def test_superseded_revisions_are_left_on_the_server() -> None:
    assert list_path() == "/api/v1/secrets"
    assert list_path("apps") == "/api/v1/namespaces/apps/secrets"
    assert list_query("web") == {
        "labelSelector": "owner=helm,status!=superseded,name=web",
        "fieldSelector": "type=helm.sh/release.v1",
    }
