# SPDX-License-Identifier: Apache-2.0
"""A cluster of its own for each file, whose services answer real requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import traffic as real
from support.traffic import Traffic


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traffic]:
    """Start a cluster whose pods are processes."""
    with real.started(tmp_path_factory.mktemp("traffic")) as one:
        yield one
