# SPDX-License-Identifier: Apache-2.0
"""A rehearsal of its own for each file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.cluster import Cluster, node, started


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start a cluster with one node that takes any pod."""
    with started(tmp_path_factory.mktemp("lab")) as one:
        one.create(node("always-there"))
        yield one
