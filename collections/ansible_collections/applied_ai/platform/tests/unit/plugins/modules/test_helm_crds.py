# SPDX-License-Identifier: Apache-2.0
"""Texts of CRDs from files and from addresses: a real HTTP server on loopback."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from http.client import IncompleteRead
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError
from ansible_collections.applied_ai.platform.plugins.modules.helm_crds import text_of


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Serve a folder with one file."""
    (tmp_path / "crd.yaml").write_text("kind: CustomResourceDefinition\n")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_file_and_an_address_give_their_text(tmp_path: Path, address: str) -> None:
    assert text_of(str(tmp_path / "crd.yaml")) == "kind: CustomResourceDefinition\n"
    assert text_of(f"{address}/crd.yaml") == "kind: CustomResourceDefinition\n"


def test_what_cannot_be_had_is_told_in_one_sentence(address: str) -> None:
    for name in ("/nonexistent/crd.yaml", f"{address}/other.yaml", "http://127.0.0.1:9/crd.yaml"):
        with pytest.raises(HelmError) as caught:
            text_of(name)
        assert caught.value.message.startswith(f"Failed to read the CRDs of {name}: ")
        assert caught.value.message.endswith("Set addon_crd_files to files or addresses that exist.")
        assert "\n" not in caught.value.message


def test_a_status_is_told_with_its_number(address: str) -> None:
    with pytest.raises(HelmError, match=": 404 "):
        text_of(f"{address}/other.yaml")


def test_what_is_not_text_is_told_in_one_sentence(tmp_path: Path, address: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name in (str(tmp_path / "binary"), f"{address}/binary"):
        with pytest.raises(HelmError, match=r"^Failed to read the CRDs of .*: invalid start byte"):
            text_of(name)


@pytest.mark.parametrize("error", [TimeoutError("timed out"), IncompleteRead(b"", 9)])
def test_an_answer_that_breaks_off_is_told_in_one_sentence(error: Exception) -> None:
    def opened(_name: str) -> AbstractContextManager[Any]:
        raise error

    with pytest.raises(HelmError, match=r"^Failed to read the CRDs of https://crds/x: "):
        text_of("https://crds/x", opened)
