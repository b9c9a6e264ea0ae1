# SPDX-License-Identifier: Apache-2.0
"""Terraform for tests: offline, with the provider from wherever this machine has it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from terraform.interface import REPOSITORY, TERRAFORM

Terraform = Callable[..., subprocess.CompletedProcess[str]]


def cli_config(environment: dict[str, str]) -> Path | None:
    """Find the CLI configuration: the environment's where that file exists, else the rehearsal's, else none."""
    named = environment.get("TF_CLI_CONFIG_FILE", "")
    for path in ([Path(named)] if named else []) + [REPOSITORY / ".lab" / "terraformrc"]:
        if path.is_file():
            return path
    return None


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Run Terraform in a copy of the tree, so that nothing is written beside the sources."""
    data = tmp_path_factory.mktemp("terraform")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_"))}
    config = cli_config(dict(os.environ))
    if config:
        environment["TF_CLI_CONFIG_FILE"] = str(config)

    def run(directory: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        name = "_".join(directory.parts[-2:])
        result = subprocess.run(
            ["terraform", *arguments],
            cwd=directory,
            env=environment | {"TF_DATA_DIR": str(data / name), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0 or not check, result.stdout + result.stderr
        return result

    return run


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy terraform/: init writes lock files beside a module's sources."""
    ignore = shutil.ignore_patterns(".terraform", "*.tfstate*")
    return shutil.copytree(TERRAFORM, tmp_path_factory.mktemp("tree") / "terraform", ignore=ignore)


@pytest.fixture(scope="session")
def schemas(terraform: Terraform, tree: Path) -> dict[str, Any]:
    """Return the resource types of the AWS provider."""
    # A module, not the root: without its backend the root tells nothing.
    module = tree / "modules" / "aws" / "base"
    terraform(module, "init", "-backend=false", "-input=false")
    (provider,) = json.loads(terraform(module, "providers", "schema", "-json").stdout)["provider_schemas"].values()
    found: dict[str, Any] = provider["resource_schemas"]
    return found
