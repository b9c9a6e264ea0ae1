# SPDX-License-Identifier: Apache-2.0
"""A rehearsal environment of its own for the whole-site tests: own folder, free ports, removed at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.rehearsal import Site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a rehearsal environment for this test session; stop and remove it afterwards."""
    running = Site(tmp_path_factory.mktemp("lab"))
    running.lab("tools")
    try:
        running.lab("up")
        yield running
    finally:
        running.lab("clean")
