# SPDX-License-Identifier: Apache-2.0
"""The parts of the action that need no run; tests/site/test_bad_input.py runs it through ansible-playbook."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.action import validate_inventory as action


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\necho '{text}'\n")
    path.chmod(0o755)


@pytest.fixture
def params(tmp_path: Path) -> dict[str, object]:
    program(tmp_path / "terraform", "Terraform v1.11.4")
    program(tmp_path / "helm", "v4.3.1")
    (tmp_path / "kubeconfig").write_text("{}")
    return {"process_environment": {"PATH": str(tmp_path)}, "kubeconfig": str(tmp_path / "kubeconfig")}


def test_a_fit_machine_has_no_findings(params: dict[str, object]) -> None:
    assert action.machine_findings(params) == []


def test_programs_are_looked_for_on_the_platforms_own_path(params: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "helm").unlink()
    program(tmp_path / "terraform", "Terraform v1.5.7")
    findings = action.machine_findings(params)
    assert [finding.split(" ")[2].rpartition("/")[2] for finding in findings] == ["terraform", "helm"]


def test_without_a_kubeconfig_the_aws_program_is_needed(params: dict[str, object]) -> None:
    assert "aws" in action.machine_findings({**params, "kubeconfig": ""})[0]


def test_a_missing_kubeconfig_is_found(params: dict[str, object], tmp_path: Path) -> None:
    (finding,) = action.machine_findings({**params, "kubeconfig": str(tmp_path / "none")})
    assert finding.startswith(f"platform_kubeconfig is {tmp_path}/none, where there is no file;")


def test_a_program_that_hangs_or_cannot_run_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action, "VERSION_TIMEOUT", 0.2)
    (tmp_path / "slow").write_text("#!/bin/sh\nexec sleep 20\n")
    (tmp_path / "slow").chmod(0o755)
    assert action.said([str(tmp_path / "slow")], {}) == ""
    assert action.said([str(tmp_path / "none")], {}) == ""


def test_files_come_in_the_order_of_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "hosts.yml",
        "group_vars/all/a.yml",
        "group_vars/aws.yml",
        "group_vars/other.yml",
        "host_vars/one.yml",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path)
    facts = {
        "group_names": ["aws"],
        "inventory_hostname": "one",
        "ansible_inventory_sources": [str(tmp_path)],
    }
    names = [name for name, _content in action.inventory_texts(facts)]
    assert names == ["hosts.yml", "group_vars/all/a.yml", "group_vars/aws.yml", "host_vars/one.yml"]
    facts["ansible_inventory_sources"] = [str(tmp_path / "hosts.yml")]
    assert [name for name, _content in action.inventory_texts(facts)] == names


def test_role_options(tmp_path: Path) -> None:
    path = tmp_path / "demo/meta/argument_specs.yml"
    path.parent.mkdir(parents=True)
    path.write_text("argument_specs: {main: {options: {demo_a: {type: int}}}}")
    assert action.role_options(tmp_path) == {"demo": {"demo_a": {"type": "int"}}}
