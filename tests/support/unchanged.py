# SPDX-License-Identifier: Apache-2.0
"""Does not run long test files again whose inputs are, byte for byte, those of a run that passed.

A build tool does the same with its targets. What a file's tests may depend on is told by `inputs`, rather too much than
too little: the whole repository, but for test modules, documents and folders of tests that neither the file nor its
helpers name. A pass is noted when the last test of a file is through, so an interrupted run goes on where it stopped.
A file in which something failed or was skipped is run each time. `make test FRESH=1` runs everything.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

OPTION = "--not-again"
SLOW = "pytest.mark.slow"
# Areas whose tests look at the repository itself.
WHOLE = ("tests/contract/", "tests/sanity/")
# Folders of helpers that any test may use.
ALWAYS = ("support", "lab")
# How a module or a path in a folder of tests is named.
USED = re.compile(r"""^\s*(?:from|import) (\w+)|tests/(\w+)|"tests" / "(\w+)\"""", re.MULTILINE)
UNIT = "collections/ansible_collections/applied_ai/platform/tests/unit/"
# What tests run and this repository does not build.
PROGRAMS = (["terraform", "version"], ["go", "version"], ["git", "--version"])

Digests = Mapping[str, str]


def is_test(path: str) -> bool:
    """Tell whether a path is that of a module with tests."""
    return path.startswith(UNIT) or (path.startswith("tests/") and Path(path).name.startswith("test_"))


def named(path: str) -> str:
    """Return how others name a document or a module."""
    return Path(path).name if path.endswith(".md") else Path(path).stem


def folder(path: str) -> str:
    """Return the folder of tests that a path is in: `site` of tests/site/test_site.py; none of what is outside."""
    parts = Path(path).parts
    return parts[1] if parts[0] == "tests" and len(parts) > len(("tests", "file")) else ""


def reached(file: str, texts: Mapping[str, str]) -> tuple[set[str], str]:
    """Return the folders of tests whose helpers a file may use, and the text of the file and of those helpers.

    `texts` maps the modules below tests to their text.
    """
    folders: set[str] = set()
    text = texts[file]
    new = {folder(file), *ALWAYS} - {""}
    while new:
        folders |= new
        text += "".join(one for path, one in texts.items() if folder(path) in new and not is_test(path))
        names = {name for found in USED.findall(text) for name in found}
        new = ({folder(path) for path in texts} - folders) & names - {""}
    return folders, text


def inputs(file: str, paths: Iterable[str], folders: Container[str], text: str) -> Iterator[str]:
    """Yield the paths that a test file may depend on: `reached` tells its folders and their text."""
    for path in paths:
        elsewhere = folder(path) and folder(path) not in folders
        apart = path.endswith(".md") or is_test(path)
        if path == file or file.startswith(WHOLE) or not (elsewhere or (apart and named(path) not in text)):
            yield path


def key(file: str, digests: Digests, texts: Mapping[str, str], world: str) -> str:
    """Hash a test file's inputs and what it runs on."""
    total = hashlib.sha256(f"{world}\0{file}\0".encode())
    for path in sorted(inputs(file, digests, *reached(file, texts))):
        total.update(f"{path}\0{digests[path]}\0".encode())
    return total.hexdigest()


def lines(argv: list[str], folder: Path) -> list[str]:
    """Return a program's output in lines; none where it is missing or fails."""
    # Terraform would ask its maker for news.
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    try:
        done = subprocess.run(
            argv, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
    except OSError:
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []


def digest(file: Path) -> str:
    """Hash a file's content and whether it can be run."""
    return f"{hashlib.sha256(file.read_bytes()).hexdigest()} {file.stat().st_mode & 0o100}"


def world(root: Path) -> str:
    """Describe what tests run on: machine, interpreter, programs, published data beside the repository."""
    shared = root.parent / "shared"
    data = [f"{file.relative_to(shared)} {digest(file)}" for file in sorted(shared.rglob("*")) if file.is_file()]
    programs = [line for argv in PROGRAMS for line in lines(argv, root)]
    return "\n".join([platform.machine(), platform.release(), sys.version, *programs, *data])


class Notes:
    """Which test files passed, and with which inputs."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root, self._folder = root, folder
        self._world = world(root)

    def keys(self, only: str = "") -> dict[str, str]:
        """Return the key of every long test file, or of one, as it is now; none outside of a git repository."""
        paths = lines(["git", "ls-files", "--cached", "--others", "--exclude-standard"], self._root)
        digests = {path: digest(self._root / path) for path in paths if (self._root / path).is_file()}
        modules = (path for path in digests if path.endswith(".py") and path.startswith(("tests/", UNIT)))
        texts = {path: (self._root / path).read_text() for path in modules}
        long = (path for path in texts if is_test(path) and SLOW in texts[path] and only in ("", path))
        return {path: key(path, digests, texts, self._world) for path in long}

    def passed(self, keys: Mapping[str, str]) -> dict[str, str]:
        """Map those files that passed with these inputs to what was noted of it."""
        noted = {file: self._folder / one for file, one in keys.items()}
        return {file: str(json.loads(note.read_text())["said"]) for file, note in noted.items() if note.is_file()}

    def note(self, file: str, one: str, said: str) -> None:
        """Note that a file passed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        written = self._folder / f".{one}"
        written.write_text(json.dumps({"file": file, "said": said}))
        written.replace(self._folder / one)


class Watch:
    """The part of the process that starts the workers: decides, notes, and says what was not run again."""

    def __init__(self, notes: Notes, now: Callable[[], datetime]) -> None:
        self._notes, self._now = notes, now
        self._keys = notes.keys()
        self.passed = notes.passed(self._keys)
        self._expected: dict[str, set[str]] = defaultdict(set)
        self._through: dict[str, set[str]] = defaultdict(set)
        self._spoiled: set[str] = set()

    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker what it need not collect."""
        node.workerinput["passed"] = self.passed

    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Learn which tests a file has."""
        for one in ids:
            self._expected[one.split("::")[0]].add(one)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn the same where no workers are."""
        self.pytest_xdist_node_collection_finished([item.nodeid for item in session.items])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a file as soon as all its tests are through."""
        file = report.nodeid.split("::")[0]
        if file not in self._keys:
            return
        if not report.passed:
            self._spoiled.add(file)
        if report.when == "teardown":
            self._through[file].add(report.nodeid)
            # The same inputs as at the start: else nobody knows what ran.
            if (
                self._through[file] == self._expected[file]
                and file not in self._spoiled
                and self._notes.keys(file).get(file) == self._keys[file]
            ):
                count = len(self._expected[file])
                self._notes.note(file, self._keys[file], f"{count} passed on {self._now():%Y-%m-%d %H:%M} UTC")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was not run again, and how to run it."""
        if self.passed:
            terminalreporter.section("not run again: unchanged since all their tests passed (make test FRESH=1)")
            for file, said in sorted(self.passed.items()):
                terminalreporter.line(f"{file}: {said}")


class Skip:
    """The part of a process that collects: leaves out the files that passed."""

    def __init__(self, root: Path, passed: Iterable[str]) -> None:
        self._left_out = {root / file for file in passed}

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Do not even import them."""
        return True if collection_path in self._left_out else None


def register(config: pytest.Config, folder: Path) -> None:
    """Take part in a run, if it was asked for and is a whole one."""
    workerinput = getattr(config, "workerinput", None)
    if workerinput is not None:
        passed = workerinput.get("passed", {})
    elif config.getoption(OPTION) and not config.option.keyword and not any("::" in one for one in config.args):
        watch = Watch(Notes(config.rootpath, folder), lambda: datetime.now(UTC))
        config.pluginmanager.register(watch)
        passed = watch.passed
    else:
        return
    config.pluginmanager.register(Skip(config.rootpath, passed))
