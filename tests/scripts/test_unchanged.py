# SPDX-License-Identifier: Apache-2.0
"""Long test files are left out only where nothing that they may depend on has changed: real pytest, git and workers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import unchanged
from support.rehearsal import REPO

CONFTEST = """
from pathlib import Path
from support import unchanged
def pytest_addoption(parser): parser.addoption(unchanged.OPTION, action="store_true")
def pytest_configure(config): unchanged.register(config, Path(__file__).parent / "notes")
"""
SLOW = """
import pytest
from pathlib import Path
pytestmark = pytest.mark.slow
@pytest.mark.parametrize("number", range(3))
def test_it(number):
    assert "bad" not in (Path(__file__).parents[2] / "product.txt").read_text()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a small repository: a product, a long test file, a quick one, a document."""
    root = tmp_path / "project"
    (root / "tests" / "area").mkdir(parents=True)
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\nmarkers = ["slow"]\n')
    (root / ".gitignore").write_text("notes/\n__pycache__/\n.pytest_cache/\n")
    (root / "tests" / "conftest.py").write_text(CONFTEST.replace(".parent", ".parents[1]"))
    (root / "tests" / "area" / "test_long.py").write_text(SLOW)
    (root / "tests" / "test_quick.py").write_text("def test_quick(): pass\n")
    (root / "product.txt").write_text("good")
    (root / "guide.md").write_text("text")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def run(root: Path, *arguments: str) -> str:
    """Run pytest as `make test` does; return its output."""
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "xdist", "-n", "2", "--dist", "loadfile", *arguments]
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPO / "tests"),
        "PYTEST_ADDOPTS": "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    done = subprocess.run(argv, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=120)
    return done.stdout + done.stderr


def test_what_passed_is_not_run_again_until_something_changes(project: Path) -> None:
    assert "4 passed" in run(project, unchanged.OPTION)
    again = run(project, unchanged.OPTION)
    assert "1 passed" in again
    assert "tests/area/test_long.py: 3 passed on 20" in again
    assert "4 passed" in run(project)
    # Neither a document that nobody names nor another test module is an input.
    (project / "guide.md").write_text("other text")
    (project / "tests" / "test_quick.py").write_text("def test_quicker(): pass\n")
    assert "1 passed" in run(project, unchanged.OPTION)
    (project / "product.txt").write_text("better")
    assert "4 passed" in run(project, unchanged.OPTION)


def test_what_failed_or_was_not_run_whole_is_run_again(project: Path) -> None:
    (project / "product.txt").write_text("bad")
    assert "3 failed, 1 passed" in run(project, unchanged.OPTION)
    assert "3 failed, 1 passed" in run(project, unchanged.OPTION)
    (project / "product.txt").write_text("good")
    assert "1 passed" in run(project, unchanged.OPTION, "-k", "it and 1")
    assert "1 passed" in run(project, unchanged.OPTION, "tests/area/test_long.py::test_it[0]")
    assert "4 passed" in run(project, unchanged.OPTION)


def test_a_file_with_a_skipped_test_is_never_left_out(project: Path) -> None:
    (project / "tests" / "area" / "test_long.py").write_text(f"{SLOW}    if number == 1: pytest.skip()\n")
    assert "3 passed, 1 skipped" in run(project, unchanged.OPTION)
    assert "3 passed, 1 skipped" in run(project, unchanged.OPTION)


def test_inputs_are_the_repository_without_tests_and_documents_that_nobody_names() -> None:
    texts = {
        "tests/site/test_a.py": "from cost import plans; see docs/a.md",
        "tests/site/test_b.py": "",
        "tests/support/x.py": "",
        "tests/cost/plans.py": "BASE = 'tests/stack/base.yml'",
        "tests/cost/test_cost.py": "",
        "tests/stack/harness.py": "",
        "tests/slo/recorded.py": "",
        f"{unchanged.UNIT}plugins/test_c.py": "",
    }
    paths = ["site.yml", "docs/a.md", "docs/b.md", "tests/conftest.py", "tests/stack/base.yml", *texts]
    folders, text = unchanged.reached("tests/site/test_a.py", texts)
    assert folders == {"site", "support", "lab", "cost", "stack"}
    assert sorted(unchanged.inputs("tests/site/test_a.py", paths, folders, text)) == [
        "docs/a.md",
        "site.yml",
        "tests/conftest.py",
        "tests/cost/plans.py",
        "tests/site/test_a.py",
        "tests/stack/base.yml",
        "tests/stack/harness.py",
        "tests/support/x.py",
    ]
    assert list(unchanged.inputs("tests/contract/test_lint.py", paths, folders, "")) == paths
