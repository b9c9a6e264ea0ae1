# SPDX-License-Identifier: Apache-2.0
"""The charts of this repository, rendered by the real helm."""

from __future__ import annotations

import copy
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.tools import find_tool

REPOSITORY = Path(__file__).resolve().parents[2]
CHART = REPOSITORY / "charts" / "ai_service"
IMAGE = {"repository": "registry.example.com/applied-ai/example-api", "tag": "1.4.2"}

type Values = dict[str, Any]
type Manifests = dict[str, dict[str, Any]]


def merged(base: Values, over: Values) -> Values:
    """Lay one on the other, dictionary by dictionary."""
    result = copy.deepcopy(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else copy.deepcopy(value)
    return result


class Chart:
    """Runs helm on the chart; values travel in a file, as the role sends them."""

    def __init__(self, helm: str, folder: Path) -> None:
        self._helm = helm
        self._folder = folder

    def _run(self, *args: str, values: Values) -> subprocess.CompletedProcess[str]:
        values_file = self._folder / "values.yaml"
        values_file.write_text(yaml.safe_dump(values), encoding="utf-8")
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._folder)}
        return subprocess.run(
            [self._helm, *args, "--values", str(values_file)],
            capture_output=True, text=True, check=False, timeout=60, env=environment,
        )  # fmt: skip

    def template(self, values: Values, release: str = "example-api") -> subprocess.CompletedProcess[str]:
        """`helm template` with exactly these values."""
        return self._run("template", release, str(CHART), "--namespace", "services", values=values)

    def lint(self, values: Values) -> subprocess.CompletedProcess[str]:
        """`helm lint --strict` with exactly these values."""
        return self._run("lint", str(CHART), "--strict", values=values)

    def text(self, over: Values | None = None, release: str = "example-api") -> str:
        """Render the YAML for the image and these values."""
        done = self.template(merged({"image": IMAGE}, over or {}), release)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def manifests(self, over: Values | None = None, release: str = "example-api") -> Manifests:
        """Render the objects, by kind; the chart has at most one of a kind."""
        objects = [item for item in yaml.safe_load_all(self.text(over, release)) if item]
        by_kind = {item["kind"]: item for item in objects}
        assert len(by_kind) == len(objects)
        return by_kind

    def refusal(self, over: Values) -> str:
        """Helm's message for values that it must not render."""
        done = self.template(merged({"image": IMAGE}, over))
        assert done.returncode != 0, f"rendered although it should be refused: {over}"
        return done.stderr


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    return find_tool


@pytest.fixture
def chart(tmp_path: Path) -> Chart:
    return Chart(find_tool("helm"), tmp_path)
