# SPDX-License-Identifier: Apache-2.0
"""Runs what Terraform itself can tell about the modules and the root, without an account."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from terraform.interface import REPOSITORY, TERRAFORM, blocks, modules

OVERLAY = REPOSITORY / "tests" / "lab" / "terraform"
NAMES = [str(path.relative_to(TERRAFORM)) for path in modules()]


@pytest.mark.parametrize("directory", [TERRAFORM, OVERLAY], ids=["terraform", "overlay"])
def test_files_are_formatted(directory):
    result = subprocess.run(
        ["terraform", f"-chdir={directory}", "fmt", "-check", "-recursive", "-diff"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@contextlib.contextmanager
def second_providers(module: Path) -> Iterator[None]:
    """Give a module the providers that its caller would: validate takes it for a root, which has to have them."""
    aliases = re.findall(r"configuration_aliases += \[aws\.(\w+)\]", (module / "versions.tf").read_text())
    path = module / "second_providers.tf"
    path.write_text("".join(f'provider "aws" {{\n  alias = "{alias}"\n}}\n' for alias in aliases))
    try:
        yield
    finally:
        path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_module_is_valid_and_passes_its_own_tests(terraform, tree, name):
    terraform(tree / name, "init", "-backend=false", "-input=false")
    with second_providers(tree / name):
        validated = json.loads(terraform(tree / name, "validate", "-json", check=False).stdout)
    assert validated["valid"] and not validated["diagnostics"], validated["diagnostics"]
    result = terraform(tree / name, "test", "-no-color", check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Success!" in result.stdout and "Warning" not in result.stdout, result.stdout


@pytest.mark.parametrize("name", NAMES)
def test_every_resource_that_takes_tags_has_them(schemas, name):
    resources = [block for block in blocks(TERRAFORM / name) if block.kind == "resource"]
    assert resources
    taggable = [block for block in resources if "tags" in schemas[block.labels[0]]["block"]["attributes"]]
    assert taggable
    without = [".".join(block.labels) for block in taggable if block.attribute("tags") is None]
    assert not without


def test_overlay_is_valid_over_the_tree(terraform, tmp_path):
    laid = shutil.copytree(TERRAFORM, tmp_path / "terraform", ignore=shutil.ignore_patterns(".terraform"))
    shutil.copytree(OVERLAY, laid, dirs_exist_ok=True)
    terraform(laid / "aws", "init", "-backend=false", "-input=false", "-lockfile=readonly")
    validated = json.loads(terraform(laid / "aws", "validate", "-json", check=False).stdout)
    assert validated["valid"], validated["diagnostics"]


def test_overlay_changes_only_what_its_readme_lists():
    listed = (OVERLAY / "README.md").read_text()
    for path in sorted(OVERLAY.rglob("*.tf")):
        assert path.name == "lab_override.tf", path
        for name in _overridden(path):
            assert f"`{name}`" in listed, f"{path.relative_to(OVERLAY)} overrides {name}, which README.md does not list"


def _overridden(path: Path) -> list[str]:
    return [".".join(block.labels) or block.kind for block in blocks(path.parent)]


def test_lock_file_serves_every_platform():
    lock = (TERRAFORM / "aws" / ".terraform.lock.hcl").read_text()
    assert '"h1:' in lock, "no hash of an unpacked package: a filesystem mirror could not serve the provider"
    assert '"zh:' in lock, "no hashes of the published archives: the registry could serve one platform only"
