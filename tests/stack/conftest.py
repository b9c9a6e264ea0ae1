# SPDX-License-Identifier: Apache-2.0
"""A rehearsal environment, and one platform in it for each test."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from stack.harness import REPO, Platform, answers, lab


@pytest.fixture(scope="session")
def lab_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the rehearsal that is up already (LAB_DIR), or one of our own."""
    given = Path(os.environ.get("LAB_DIR") or REPO / ".lab")
    if answers(given):
        yield given
        return
    own = tmp_path_factory.mktemp("lab")
    lab(own, "tools")
    try:
        lab(own, "up")
        yield own
    finally:
        lab(own, "clean")


@pytest.fixture
def platform(lab_dir: Path, tmp_path: Path) -> Platform:
    return Platform(lab_dir, json.loads((lab_dir / "lab.json").read_text()), tmp_path / "platform")
