# SPDX-License-Identifier: Apache-2.0
"""Terraform for tests: offline, with the provider from wherever this machine has it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
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


def environment_of(directory: Path) -> dict[str, str]:
    """Return the environment of a Terraform that asks no cloud and writes what it fetches into `directory`."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_"))}
    config = cli_config(dict(os.environ))
    return {
        **plain,
        **({"TF_CLI_CONFIG_FILE": str(config)} if config else {}),
        "TF_DATA_DIR": str(directory),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the AWS provider once for all tests; return how Terraform finds it (TF_REATTACH_PROVIDERS).

    Terraform starts a provider anew for each run of a test, which takes this one over a second.
    """
    module = tmp_path_factory.mktemp("provider")
    shutil.copy(TERRAFORM / "modules/aws/base/versions.tf", module)
    data = module / "data"
    argv = ["terraform", "init", "-input=false", "-no-color"]
    done = subprocess.run(argv, cwd=module, env=environment_of(data), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (binary,) = data.glob("providers/*/*/*/*/*/terraform-provider-aws*")
    # On its own it writes down every call.
    quiet = dict.fromkeys(("TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK", "TF_LOG_SDK_PROTO"), "OFF")
    with subprocess.Popen(
        [binary, "-debug"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **quiet},
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield next(
                found[1] for line in process.stdout if (found := re.search(r"TF_REATTACH_PROVIDERS='(.*)'", line))
            )
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def terraform(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Run Terraform in a copy of the tree, so that nothing is written beside the sources."""
    data = tmp_path_factory.mktemp("terraform")

    def run(directory: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        environment = environment_of(data / "_".join(directory.parts[-4:]))
        # What init installs is what the lock file is compared with.
        attached = {} if arguments[0] == "init" else {"TF_REATTACH_PROVIDERS": provider}
        result = subprocess.run(
            ["terraform", *arguments],
            cwd=directory,
            env=environment | attached,
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
