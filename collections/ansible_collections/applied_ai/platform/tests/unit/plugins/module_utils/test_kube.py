# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils import kube

KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "one",
    "clusters": [{"name": "one", "cluster": {"server": "https://127.0.0.1:9"}}],
    "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
    "users": [{"name": "one", "user": {"token": "not-a-secret"}}],
}


class Pages:
    """An API of one list in pages; an expired token answers 410 once."""

    def __init__(self, pages: list[list[str]], expire_at: int = -1) -> None:
        self.pages, self.expire_at, self.asked = pages, expire_at, []

    def __call__(self, path: str, accept: str) -> kube.Json:
        query = parse_qs(urlsplit(path).query)
        number = int(query.get("continue", ["0"])[0])
        self.asked.append((number, accept, query.get("labelSelector", [""])[0]))
        if number == self.expire_at:
            self.expire_at = -1
            raise kube.refusal(path, 410, "Gone")
        following = {"continue": str(number + 1)} if number + 1 < len(self.pages) else {}
        return {"metadata": following, "items": [{"name": name} for name in self.pages[number]]}


def names(found: list[kube.Json]) -> list[str]:
    return [item["name"] for item in found]


def test_items_reads_all_pages_and_passes_the_query_on_each() -> None:
    api = Pages([["a", "b"], ["c"], []])
    assert names(kube.PagedReader(api).items("/api/v1/pods", labelSelector="a=b")) == ["a", "b", "c"]
    assert api.asked == [(0, kube.JSON, "a=b"), (1, kube.JSON, "a=b"), (2, kube.JSON, "a=b")]


def test_items_starts_again_when_a_page_expires_and_returns_nothing_twice() -> None:
    api = Pages([["a"], ["b"]], expire_at=1)
    assert names(kube.PagedReader(api).items("/x")) == ["a", "b"]
    assert [number for number, _, _ in api.asked] == [0, 1, 0, 1]


def test_metadata_asks_for_metadata_only() -> None:
    api = Pages([["a"]])
    kube.PagedReader(api).metadata("/api/v1/secrets")
    assert "PartialObjectMetadataList" in api.asked[0][1]


def test_a_null_list_is_empty() -> None:
    assert kube.PagedReader(lambda path, accept: {"metadata": {}, "items": None}).items("/x") == []


@pytest.mark.parametrize(
    ("status", "kind"), [(404, kube.MissingKindError), (410, kube.ExpiredPageError), (403, kube.KubeError)]
)
def test_refusal_tells_statuses_apart_and_hides_the_query(status: int, kind: type[Exception]) -> None:
    error = kube.refusal("/api/v1/pods?limit=5", status, "No")
    assert type(error) is kind
    assert error.message == f"The cluster refused GET /api/v1/pods: {status} No."
    assert error.details == {"status": status}


def test_missing_kubeconfig_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(kube.KubeError) as caught:
        kube.connect(str(tmp_path / "none"))
    assert f"The kubeconfig {tmp_path}/none does not exist" in caught.value.message
    assert "platform_kubeconfig" in caught.value.message


@pytest.mark.parametrize(
    "content", ["", "nonsense", "{}", "a: [", json.dumps({**KUBECONFIG, "current-context": "two"})]
)
def test_unusable_kubeconfig_is_one_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(content)
    with pytest.raises(kube.KubeError, match=r"^The kubeconfig .* cannot be used: [^\n]*\.$"):
        kube.connect(str(path))


def test_unknown_context_is_named(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(KUBECONFIG))
    with pytest.raises(kube.KubeError, match="context other"):
        kube.connect(str(path), "other")


def test_silent_cluster_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(KUBECONFIG))
    with pytest.raises(kube.KubeError, match=r"^The cluster of .* does not answer GET /version: [^\n]*\.$"):
        kube.connect(str(path), timeout=2).get("/version")


class Answer:
    """What the library returns for a request."""

    def __init__(self, status: int, data: bytes) -> None:
        self.status, self.reason, self.data = status, "Because", data

    def read(self) -> bytes:
        return self.data


class Api:
    """The library's client, with one answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def param_serialize(self, method: str, path: str, **_: object) -> tuple[str, str]:
        return method, path

    def call_api(self, *_: object, **__: object) -> Answer:
        return self.answer


def test_fetch_reads_json() -> None:
    assert kube.api_fetch(Api(Answer(200, b'{"a": 1}')), "k", 1)("/x", kube.JSON) == {"a": 1}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(403, b"{}"), "The cluster refused GET /x: 403 Because."),
        (Answer(200, b"<html>"), "The cluster of k answered GET /x with something that is not JSON."),
    ],
)
def test_fetch_refuses_in_a_sentence(answer: Answer, message: str) -> None:
    with pytest.raises(kube.KubeError) as caught:
        kube.api_fetch(Api(answer), "k", 1)("/x?limit=1", kube.JSON)
    assert caught.value.message == message
