# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.crds import (
    PATH,
    Crd,
    apply_all,
    await_established,
    parse,
    show_command,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import MissingKindError

Json = dict[str, Any]
ONE = "kind: CustomResourceDefinition\nmetadata:\n  name: a.example.com\nspec:\n  enum:\n  - =\n  - '!='\n"


def test_documents_are_told_apart_and_keep_their_text() -> None:
    text = f"---\n# a comment\n---  \n{ONE}--- # the next\n{ONE.replace('a.ex', 'b.ex')}---\n"
    found = list(parse(text, "x"))
    assert [crd.name for crd in found] == ["a.example.com", "b.example.com"]
    assert found[0].text.strip() == ONE.strip()
    assert found[1].path == f"{PATH}/b.example.com"


@pytest.mark.parametrize(
    ("text", "said"),
    [("kind: Secret\n", "it holds a Secret"), ("just text\n", "it holds a str"), ("a: [\n", "while parsing")],
)
def test_anything_else_is_refused(text: str, said: str) -> None:
    with pytest.raises(HelmError, match=f"^Failed to read the CRDs of file x: .*{said}"):
        list(parse(text, "file x"))


@pytest.mark.parametrize(
    ("source", "argv"),
    [
        ({"ref": "/c/x-1.tgz", "repo_url": "", "version": ""}, "helm show crds /c/x-1.tgz"),
        ({"ref": "x", "repo_url": "https://e", "version": "1"}, "helm show crds x --repo https://e --version 1"),
        ({"ref": "oci://e/x", "repo_url": "", "version": "1"}, "helm show crds oci://e/x --version 1"),
    ],
)
def test_the_command_names_the_chart(source: Json, argv: str) -> None:
    assert " ".join(show_command(source)) == argv


def document(spec: Json, **metadata: Any) -> Json:
    return {"metadata": {"name": "x", **metadata}, "spec": spec}


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        (None, document({"a": 1}), True),
        (document({"a": 1}), document({"a": 2}), True),
        (document({}, labels={"a": "b"}), document({}), True),
        # Taking over the ownership of fields is no change of the CRD.
        (document({}, resourceVersion="1"), document({}, resourceVersion="2", managedFields=[{}]), False),
    ],
)
def test_only_content_counts_as_a_change(before: Json | None, after: Json, changed: bool) -> None:
    def fetch(path: str) -> Json:
        if before is None:
            raise MissingKindError(path)
        return before

    assert apply_all([Crd("x", "text")], fetch, lambda path, text: after) == (["x"] if changed else [])


class Server:
    def __init__(self, established_at: float) -> None:
        self.now = 0.0
        self.established_at = established_at

    def fetch(self, _path: str) -> Json:
        status = "True" if self.now >= self.established_at else "False"
        return {"status": {"conditions": [{"type": "Established", "status": status}]}}

    def wait(self, timeout: float) -> None:
        def sleep(seconds: float) -> None:
            self.now += seconds

        await_established(["a", "b"], self.fetch, timeout, lambda: self.now, sleep)


def test_kinds_are_awaited() -> None:
    server = Server(established_at=3)
    server.wait(60)
    assert server.now == 3


def test_kinds_that_never_come_are_named() -> None:
    with pytest.raises(HelmError, match="does not serve the CRD a after 5 s"):
        Server(established_at=1000).wait(5)
