# SPDX-License-Identifier: Apache-2.0
"""A rehearsal for the faults, with all that they need beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from health.faults_page import calm
from health.faults_world import World, world
from support.cluster import started


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Start a rehearsal, build the healthy cluster, and wait until it is healthy."""
    folder = tmp_path_factory.mktemp("faults")
    with started(folder / "lab") as cluster, world(cluster, folder / "world") as one:
        calm(one)
        yield one
