# SPDX-License-Identifier: Apache-2.0
"""The tree of links: complete, idempotent, private, and never writing into the repository."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import workdir
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import TerraformError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    tree = tmp_path / "terraform"
    for name, content in {
        "aws/main.tf": 'variable "region" {}\n',
        "aws/variables.tf": 'variable "vpc_cidr" {\n}\n',
        "aws/.terraform.lock.hcl": "lock 1",
        "aws/.terraform/providers/x": "",
        "aws/terraform.tfstate": "{}",
        "aws/tests/a.tftest.hcl": "",
        "modules/aws/base/main.tf": "# base",
    }.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tree / "aws"


def links(directory: Path) -> dict[str, str]:
    found = [path for path in directory.rglob("*") if path.is_symlink()]
    return {str(path.relative_to(directory)): str(path.readlink()) for path in found}


def test_tree_is_links_to_root_and_modules_without_state_and_caches(root: Path, tmp_path: Path) -> None:
    layout = workdir.prepare(tmp_path / "work", root, [])
    assert links(layout.directory) == {
        "aws/main.tf": str(root / "main.tf"),
        "aws/variables.tf": str(root / "variables.tf"),
        "modules/aws/base/main.tf": str(root.parent / "modules/aws/base/main.tf"),
    }
    assert workdir.load_layout(layout.directory) == layout


def test_overlay_adds_and_wins(root: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    for name in ("aws/lab_override.tf", "modules/aws/base/main.tf"):
        (overlay / name).parent.mkdir(parents=True, exist_ok=True)
        (overlay / name).write_text("")
    found = links(workdir.prepare(tmp_path / "work", root, [overlay]).directory)
    assert found["aws/lab_override.tf"] == str(overlay / "aws/lab_override.tf")
    assert found["modules/aws/base/main.tf"] == str(overlay / "modules/aws/base/main.tf")


def test_second_time_touches_nothing_and_drops_what_is_gone(root: Path, tmp_path: Path) -> None:
    layout = workdir.prepare(tmp_path / "work", root, [])
    before = {path: os.lstat(path).st_mtime_ns for path in layout.directory.rglob("*")}
    workdir.prepare(tmp_path / "work", root, [])
    assert {path: os.lstat(path).st_mtime_ns for path in layout.directory.rglob("*")} == before

    (root / "variables.tf").unlink()
    (layout.root / ".terraform").mkdir()
    (layout.root / ".terraform" / "cached").symlink_to("/nowhere")
    workdir.prepare(tmp_path / "work", root, [])
    assert "aws/variables.tf" not in links(layout.directory)
    assert (layout.root / ".terraform" / "cached").is_symlink()


def test_directories_and_files_are_private(root: Path, tmp_path: Path) -> None:
    layout = workdir.prepare(tmp_path / "work", root, [])
    workdir.write_record(layout.job, {"a": 1})
    for path in (layout.directory, layout.run, layout.root):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE(layout.job.stat().st_mode) == 0o600


def test_lock_file_is_a_copy_that_follows_the_repository(root: Path, tmp_path: Path) -> None:
    layout = workdir.prepare(tmp_path / "work", root, [])
    copy = layout.root / ".terraform.lock.hcl"
    copy.write_text("lock 1 and what init added")
    workdir.prepare(tmp_path / "work", root, [])
    assert copy.read_text() == "lock 1 and what init added"
    (root / ".terraform.lock.hcl").write_text("lock 2")
    workdir.prepare(tmp_path / "work", root, [])
    assert copy.read_text() == "lock 2"


def test_init_digest_follows_content_and_backend(root: Path, tmp_path: Path) -> None:
    layout = workdir.prepare(tmp_path / "work", root, [])
    first = workdir.init_digest(layout, {"bucket": "a"})
    assert workdir.init_digest(layout, {"bucket": "a"}) == first
    assert workdir.init_digest(layout, {"bucket": "b"}) != first
    (root.parent / "modules/aws/base/main.tf").write_text("# other")
    assert workdir.init_digest(layout, {"bucket": "a"}) != first


@pytest.mark.parametrize(
    ("names", "message"),
    [
        pytest.param(["vpc_cird"], r"vpc_cird \(did you mean vpc_cidr\?\)", id="misspelt"),
        pytest.param(["zzz"], "sets zzz, which the Terraform root", id="unknown"),
    ],
)
def test_undeclared_variable_is_refused(root: Path, names: list[str], message: str) -> None:
    with pytest.raises(TerraformError, match=message):
        workdir.check_variables(names, workdir.declared_variables(root), root)


def test_declared_variables_pass(root: Path) -> None:
    assert workdir.declared_variables(root) == {"region", "vpc_cidr"}
    workdir.check_variables(["region"], workdir.declared_variables(root), root)


def test_wrong_paths_are_named(root: Path, tmp_path: Path) -> None:
    with pytest.raises(TerraformError, match=r"holds no \.tf file"):
        workdir.prepare(tmp_path / "work", tmp_path, [])
    with pytest.raises(TerraformError, match="is not a directory"):
        workdir.prepare(tmp_path / "work", root, [tmp_path / "missing"])
    with pytest.raises(TerraformError, match="run terraform_plan"):
        workdir.load_layout(tmp_path / "elsewhere")


def test_record_cut_off_while_written_reads_as_none(tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    path.write_text('{"pid": 1')
    assert workdir.read_json(path) == {}
