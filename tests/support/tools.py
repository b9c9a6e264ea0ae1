# SPDX-License-Identifier: Apache-2.0
"""The rehearsal's tools, for tests that need no rehearsal."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from lab import tools
from lab.paths import Paths

REPOSITORY = Path(__file__).resolve().parents[2]


def find_tool(name: str) -> str:
    """Path of one of the rehearsal's tools; a missing one fails the test, it does not skip it."""
    folders = [Path(os.environ["LAB_DIR"]) / "bin"] if os.environ.get("LAB_DIR") else []
    folders.append(REPOSITORY / ".lab" / "bin")
    for folder in folders:
        if (folder / name).is_file():
            return str(folder / name)
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is neither in {folders[-1]} nor on PATH: run `make tools`", pytrace=False)
    return found


def build(kind: str, module: Path, **settings: str) -> Path:
    """Return the folder with a Go module's tools, built once for its content."""
    return tools.build_module(Paths.from_environment(os.environ).cache, kind, module, print, **settings)


def alert_tools() -> Path:
    """Return the folder with promtool and amtool, built once from their Go modules."""
    # Rules and routes need none of the clouds whose machines Prometheus can discover, which are most of the build.
    module = REPOSITORY / "tests/alerts/tools"
    return build("alerts", module, GOFLAGS="-tags=remove_all_sd")


def trivy() -> Path:
    """Return Trivy, built once from its Go module."""
    # Trivy reads JSON with a package that Go still calls an experiment.
    return build("trivy", REPOSITORY / "tests/terraform/trivy", GOEXPERIMENT="jsonv2") / "trivy"


def image_tools() -> Path:
    """Return the folder with BuildKit, runc and a registry, built once from their Go modules."""
    # runc begins in C: it enters namespaces before Go has threads.
    return build("images", REPOSITORY / "tests/images/tools", CGO_ENABLED="1")
