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

    def __init__(self, status: int, data: bytes, **headers: str) -> None:
        self.status, self.reason, self.data, self.headers = status, "Because", data, headers

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


@pytest.mark.parametrize("document", [[], {}, "x", None, {"items": "a"}, {"items": [1]}, {"kind": "Status", "code": 1}])
def test_what_is_no_list_is_no_empty_list(document: kube.Json) -> None:
    with pytest.raises(kube.KubeError, match=r"^The cluster answered GET /x with something that is not a list"):
        kube.PagedReader(lambda path, accept: document).items("/x")


def test_the_same_page_again_and_again_ends() -> None:
    page = {"metadata": {"continue": "a"}, "items": [{}]}
    with pytest.raises(kube.KubeError, match="again and again"):
        kube.PagedReader(lambda path, accept: page).items("/x")


def test_a_list_that_expires_twice_is_told() -> None:
    def expired(path: str, accept: str) -> kube.Json:
        raise kube.refusal(path, 410, "Gone")

    with pytest.raises(kube.ExpiredPageError):
        kube.PagedReader(expired).items("/x")


def test_objects_are_reduced_page_by_page() -> None:
    api = Pages([["a", "b"], ["c"]])
    assert kube.PagedReader(api).items("/x", keep=lambda one: {"n": one["name"]}) == [
        {"n": "a"},
        {"n": "b"},
        {"n": "c"},
    ]


class Busy:
    """A read that fails so many times, and a clock that only sleeping moves."""

    def __init__(self, *errors: kube.KubeError) -> None:
        self.errors, self.now, self.slept = list(errors), 0.0, []

    def read(self, path: str, accept: str) -> bytes:
        if self.errors:
            raise self.errors.pop(0)
        return b"told"

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def asked(self, **limits: float) -> bytes:
        patience = kube.Patience(clock=lambda: self.now, sleep=self.sleep, over="it is over", **limits)
        return kube.patient(self.read, patience)("/x?limit=1", kube.JSON)


def test_a_busy_server_is_asked_again_after_pauses_that_grow() -> None:
    busy = Busy(kube.refusal("/x", 503, "Busy"), kube.BusyError("reset"))
    assert busy.asked() == b"told"
    assert busy.slept == [0.5, 1.0]


def test_it_waits_as_long_as_the_server_asks() -> None:
    busy = Busy(kube.refusal("/x", 429, "Busy", "7"))
    assert busy.asked() == b"told"
    assert busy.slept == [7.0]


@pytest.mark.parametrize(("after", "until"), [("3600", 99.0), ("9", 5.0)])
def test_a_wait_that_is_too_long_is_told_at_once(after: str, until: float) -> None:
    busy = Busy(kube.refusal("/x", 429, "Busy", after))
    with pytest.raises(kube.BusyError, match="429 Busy"):
        busy.asked(until=until)
    assert busy.slept == []


def test_it_gives_up_after_some_tries() -> None:
    busy = Busy(*(kube.refusal("/x", 500, "No") for _ in range(5)))
    with pytest.raises(kube.BusyError, match="500 No"):
        busy.asked()
    assert len(busy.errors) == 2


@pytest.mark.parametrize(
    "error", [kube.UnreachableError("gone"), kube.refusal("/x", 403, "No"), kube.KubeError("html")]
)
def test_nothing_else_is_tried_again(error: kube.KubeError) -> None:
    busy = Busy(error)
    with pytest.raises(type(error)):
        busy.asked()
    assert busy.slept == []


def test_nothing_is_asked_when_the_time_is_over() -> None:
    with pytest.raises(kube.KubeError, match=r"^GET /x was not asked: it is over\.$"):
        Busy().asked(until=0.0)


@pytest.mark.parametrize(("said", "wait"), [("", 0.0), ("3", 3.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0), ("-1", 0.0)])
def test_refusal_reads_how_long_to_wait(said: str, wait: float) -> None:
    error = kube.refusal("/x", 429, "Busy", said)
    assert isinstance(error, kube.BusyError)
    assert error.wait == wait
