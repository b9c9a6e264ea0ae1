# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.image.errors import ImageError
from ansible_collections.applied_ai.platform.plugins.module_utils.image.registry import (
    Answer,
    Registry,
    Repository,
    read_credentials,
    reason,
)

ONE = Repository("r.example.com", "team/one")
URL = "https://r.example.com/v2/team/one/manifests/"
MANIFEST = b'{"schemaVersion": 2}'


class Server:
    """Answers what it was told to, and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, Mapping[str, str], bytes | None]] = []

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        self.asked.append((method, url, headers, body))
        return self.answers.pop(0)


@pytest.mark.parametrize(
    ("text", "host", "name", "base"),
    [
        ("python", "docker.io", "library/python", "https://registry-1.docker.io/v2/library/python"),
        ("docker.io/library/python", "docker.io", "library/python", "https://registry-1.docker.io/v2/library/python"),
        ("nvidia/cuda", "docker.io", "nvidia/cuda", "https://registry-1.docker.io/v2/nvidia/cuda"),
        ("r.example.com/a/b", "r.example.com", "a/b", "https://r.example.com/v2/a/b"),
        ("127.0.0.1:5000/a", "127.0.0.1:5000", "a", "http://127.0.0.1:5000/v2/a"),
        ("localhost/a", "localhost", "a", "http://localhost/v2/a"),
    ],
)
def test_an_address_is_taken_apart(text: str, host: str, name: str, base: str) -> None:
    repository = Repository.parse(text)
    assert (repository.host, repository.name, repository.base) == (host, name, base)


def test_a_digest_is_in_the_answers_header() -> None:
    server = Server(Answer(200, {"docker-content-digest": "sha256:a"}, b""))
    assert Registry(server, {}).digest(ONE, "1") == "sha256:a"
    assert server.asked[0][:2] == ("HEAD", f"{URL}1")


def test_a_digest_is_computed_where_the_header_is_missing() -> None:
    server = Server(Answer(200, {}, b""), Answer(200, {"content-type": "x"}, MANIFEST))
    assert Registry(server, {}).digest(ONE, "1") == f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"


def test_what_is_not_there_is_none() -> None:
    assert Registry(Server(Answer(404, {}, b"")), {}).digest(ONE, "1") is None


def test_a_password_is_given_when_it_is_asked_for_and_once() -> None:
    there = Answer(200, {"docker-content-digest": "sha256:a"}, b"")
    server = Server(Answer(401, {"www-authenticate": 'Basic realm="x"'}, b""), there, there)
    registry = Registry(server, {"r.example.com": "dTpw"})
    assert registry.digest(ONE, "1") == registry.digest(ONE, "2") == "sha256:a"
    assert [asked[2].get("Authorization") for asked in server.asked] == [None, "Basic dTpw", "Basic dTpw"]


def test_a_token_is_fetched_where_one_is_wanted() -> None:
    challenge = 'Bearer realm="https://auth.example.com/token",service="r"'
    server = Server(
        Answer(401, {"www-authenticate": challenge}, b""),
        Answer(200, {}, json.dumps({"token": "t0"}).encode()),
        Answer(200, {"docker-content-digest": "sha256:a"}, b""),
    )
    assert Registry(server, {}).digest(ONE, "1") == "sha256:a"
    assert server.asked[1][1] == "https://auth.example.com/token?scope=repository%3Ateam%2Fone%3Apull&service=r"
    assert "Authorization" not in server.asked[1][2]
    assert server.asked[2][2]["Authorization"] == "Bearer t0"


def test_who_may_not_is_told_where_to_log_in() -> None:
    server = Server(Answer(401, {"www-authenticate": "Basic"}, b""))
    with pytest.raises(ImageError, match=r"answers 401; log in to r\.example\.com"):
        Registry(server, {}).digest(ONE, "1")


def test_a_tag_is_the_same_manifest_under_another_name() -> None:
    server = Server(Answer(200, {"content-type": "kind"}, MANIFEST), Answer(201, {}, b""))
    Registry(server, {}).tag(ONE, "sha256:a", "1")
    assert server.asked[1] == ("PUT", f"{URL}1", {"Content-Type": "kind"}, MANIFEST)


def test_a_refusal_is_told_in_the_registrys_words() -> None:
    refusal = json.dumps({"errors": [{"code": "TAG_INVALID", "message": "tag is immutable"}]}).encode()
    server = Server(Answer(200, {"content-type": "kind"}, MANIFEST), Answer(400, {}, refusal))
    with pytest.raises(ImageError) as caught:
        Registry(server, {}).tag(ONE, "sha256:a", "1")
    assert caught.value.message == (
        "Failed to write the tag 1 in r.example.com/team/one: the registry answers 400 (tag is immutable)."
    )


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"errors": null}', b'{"errors": ["x"]}'])
def test_an_answer_that_is_no_registrys_gives_no_reason(body: bytes) -> None:
    assert reason(body) == ""


def test_credentials_are_those_of_a_docker_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    assert read_credentials(path) == {}
    path.write_text('{"auths": {"a": {"auth": "x"}, "b": {}}}')
    assert read_credentials(path) == {"a": "x"}
    path.write_text("no JSON")
    with pytest.raises(ImageError, match="is no JSON"):
        read_credentials(path)
