# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.image.errors import ImageError
from ansible_collections.applied_ai.platform.plugins.module_utils.image.registry import Answer, Headers, Registry
from ansible_collections.applied_ai.platform.plugins.modules import image_digest_info, image_tag

PARAMS = {"repository": "r.example.com/one", "digest": "sha256:a", "tag": "1"}


class Shelf:
    """A registry as a dict: reference → digest."""

    def __init__(self, **known: str) -> None:
        self.known = {"sha256:a": "sha256:a", **known}

    def __call__(self, method: str, url: str, _headers: Headers, _body: bytes | None) -> Answer:
        reference = url.rpartition("/")[2]
        if method == "PUT":
            self.known[reference] = "sha256:a"
        if reference not in self.known:
            return Answer(404, {}, b"")
        return Answer(200, {"docker-content-digest": self.known[reference]}, b"{}")


@pytest.mark.parametrize(
    ("known", "check_mode", "changed", "after"),
    [
        ({}, False, True, "sha256:a"),
        ({}, True, True, None),
        ({"1": "sha256:a"}, False, False, "sha256:a"),
        ({"1": "sha256:b"}, False, True, "sha256:a"),
        ({"1": "sha256:b"}, True, True, "sha256:b"),
    ],
    ids=["new", "new, check", "there", "other", "other, check"],
)
def test_a_tag_is_written_when_it_is_not_there(
    known: dict[str, str], check_mode: bool, changed: bool, after: str | None
) -> None:
    shelf = Shelf(**known)
    result = image_tag.write(PARAMS, Registry(shelf, {}), check_mode)
    assert result["changed"] is changed
    assert result["reference"] == "r.example.com/one@sha256:a"
    assert result["diff"]["before"] == f"1: {known.get('1', 'none')}\n"
    assert shelf.known.get("1") == after


def test_digests_are_read_by_name() -> None:
    assert image_digest_info.read({"slim": "r.example.com/one:1"}, Registry(Shelf(**{"1": "sha256:b"}), {})) == {
        "slim": "sha256:b"
    }


def test_a_tag_that_there_is_not_is_told() -> None:
    with pytest.raises(
        ImageError, match=r"^r\.example\.com/one:2 does not exist; correct slim in images/versions\.yml"
    ):
        image_digest_info.read({"slim": "r.example.com/one:2"}, Registry(Shelf(), {}))
