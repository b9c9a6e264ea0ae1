# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.image import ignore, inputs

SETTINGS = {"platform": "linux/amd64"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Make a context and a Dockerfile beside it."""
    (tmp_path / "context/src").mkdir(parents=True)
    (tmp_path / "context/src/one.py").write_text("one")
    (tmp_path / "context/notes.md").write_text("notes")
    (tmp_path / "Dockerfile").write_text("FROM x")
    (tmp_path / "Dockerfile.dockerignore").write_text("*\n!src\n")
    return tmp_path


def digest(place: Path, **settings: str) -> str:
    return inputs.digest(place / "context", place / "Dockerfile", {**SETTINGS, **settings})


def edit(path: str, text: str) -> Callable[[Path], object]:
    return lambda place: (place / path).write_text(text)


@pytest.mark.parametrize(
    "change",
    [
        edit("context/src/one.py", "two"),
        edit("context/src/two.py", ""),
        edit("Dockerfile", "FROM y"),
        lambda place: (place / "context/src/one.py").chmod(0o755),
        lambda place: (place / "context/src/link").symlink_to("one.py"),
        lambda place: (place / "context/src/one.py").rename(place / "context/src/other.py"),
    ],
    ids=["content", "new file", "Dockerfile", "may be run", "link", "name"],
)
def test_what_gets_into_the_image_changes_the_digest(place: Path, change: Callable[[Path], object]) -> None:
    before = digest(place)
    change(place)
    assert digest(place) != before


@pytest.mark.parametrize(
    "change",
    [
        edit("context/notes.md", "other"),
        lambda place: os.utime(place / "context/src/one.py", (1, 1)),
        lambda place: (place / "context/src/one.py").chmod(0o600),
        lambda place: (place / "context/src/empty").mkdir(),
    ],
    ids=["ignored", "time", "readable", "empty folder"],
)
def test_what_does_not_get_in_changes_nothing(place: Path, change: Callable[[Path], object]) -> None:
    before = digest(place)
    change(place)
    assert digest(place) == before


def test_settings_count_and_their_order_does_not(place: Path) -> None:
    assert digest(place, a="1", b="2") == digest(place, b="2", a="1")
    assert digest(place, a="1") != digest(place, a="2")


def test_a_link_to_a_folder_is_not_followed(place: Path) -> None:
    (place / "context/src/loop").symlink_to("..")
    names = [name for name, _path in inputs.context_files(place / "context", ignore.parse(""))]
    assert names == ["notes.md", "src/loop", "src/one.py"]
