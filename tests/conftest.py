# SPDX-License-Identifier: Apache-2.0
"""The order of the tests, and which need not run again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lab.paths import Paths
from support import unchanged

# Files that take more than ten minutes each: begun last, one of them would run alone at the end.
LONGEST = ("site/test_addons.py", "site/test_site.py", "site/test_production.py", "roles/test_molecule.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make test` leave out what passed already."""
    parser.addoption(unchanged.OPTION, action="store_true", help=str(unchanged.__doc__).splitlines()[0])


def pytest_configure(config: pytest.Config) -> None:
    """Leave out, if asked for, what passed already."""
    unchanged.register(config, Paths.from_environment(os.environ).cache / "passed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files with long tests first: workers take files in this order, short ones fill the gaps at the end."""
    long_files = {item.path for item in items if item.get_closest_marker("slow")}

    def place(path: Path) -> int:
        name = f"{path.parent.name}/{path.name}"
        return LONGEST.index(name) if name in LONGEST else len(LONGEST) + (path not in long_files)

    items.sort(key=lambda item: place(item.path))
