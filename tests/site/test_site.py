# SPDX-License-Identifier: Apache-2.0
"""site.yml from an empty platform to a verdict, on the rehearsal. The tests build on each other, in order.

Add-ons are those that nodes and services need; all of them are installed by test_addons.py.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support import selection
from support.rehearsal import Run, Site

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def run(site: Site, *arguments: str) -> Run:
    """Run site.yml with these arguments."""
    return site.playbook("site.yml", *selection.arguments(), *arguments)


@pytest.fixture(scope="session")
def budget(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Path]:
    """Return the arguments of a budget that no platform keeps to, and the file of its approvals."""
    approvals = tmp_path_factory.mktemp("approvals") / "cost_approvals.yml"
    given = {"cost_gate_monthly_budget": "100", "cost_gate_approvals_file": str(approvals)}
    return ["-e", json.dumps(given)], approvals


@pytest.fixture(scope="session")
def refused_run(site: Site, budget: tuple[list[str], Path]) -> Run:
    """Provision the empty platform, which is too dear."""
    return site.playbook("playbooks/provision_platform.yml", *budget[0])


@pytest.fixture(scope="session")
def first_run(site: Site, refused_run: Run, budget: tuple[list[str], Path]) -> Run:
    """Run site.yml on the empty platform, once for all tests, with the approval that the refusal asked for."""
    arguments, approvals = budget
    digest = re.search(r"digest: \\?\"([0-9a-f]{64})", refused_run.output)
    assert digest, refused_run.output[-4000:]
    approvals.write_text(f'- {{digest: "{digest[1]}", approved_by: Ada Lovelace, reason: a rehearsal}}\n')
    return run(site, *arguments)


def items(answer: dict[str, object]) -> list[dict[str, object]]:
    """Return the objects of a Kubernetes list."""
    found = answer["items"]
    assert isinstance(found, list)
    return found


def test_check_mode_on_an_empty_platform_runs_to_the_end_and_makes_nothing(site: Site) -> None:
    ahead = run(site, "--check", "--diff")
    assert ahead.status == 0, ahead.output[-4000:]
    assert ahead.recap.changed > 0, "an empty platform needs everything, and check mode must say so"
    assert items(site.kubectl("get", "nodes")) == []
    assert items(site.kubectl("get", "secrets", "-A", "-l", "owner=helm")) == []


def test_a_plan_over_its_budget_is_refused_before_anything_is_made(site: Site, refused_run: Run) -> None:
    assert refused_run.status != 0
    said = " ".join(refused_run.output.split())
    assert "Nothing was changed: a month would cost" in said
    assert "cost_gate_monthly_budget allows 100.00" in said
    dearest = set(re.findall(r"(module\S+): \S+ -> \S+ USD a month", said))
    assert len(dearest) == 3, said[-4000:]
    assert not list((site.lab_dir / "platform").rglob("applied.tfplan"))
    assert items(site.kubectl("get", "nodes")) == []


def test_an_approval_by_name_lets_exactly_this_plan_pass(first_run: Run) -> None:
    assert "Let pass by Ada Lovelace (a rehearsal), although a month would cost" in " ".join(first_run.output.split())


def test_first_run_ends_with_the_verdict_healthy(first_run: Run) -> None:
    assert first_run.status == 0, first_run.output[-4000:]
    assert "healthy" in first_run.output


def test_nodes_are_those_of_the_node_groups_that_terraform_made(site: Site, first_run: Run) -> None:
    assert first_run.status == 0
    groups = [node["metadata"]["labels"]["eks.amazonaws.com/nodegroup"] for node in items(site.kubectl("get", "nodes"))]
    assert {"general", "gpu"} <= {group.split("-")[-1] if "-" in group else group for group in groups}, groups


@pytest.fixture(scope="session")
def second_run(site: Site, first_run: Run) -> Run:
    """Run site.yml again after a restart of the rehearsal, telling as much as Ansible can tell."""
    assert first_run.status == 0
    before = {node["metadata"]["name"] for node in items(site.kubectl("get", "nodes"))}
    site.lab("down")
    site.lab("up")
    assert {node["metadata"]["name"] for node in items(site.kubectl("get", "nodes"))} == before
    return run(site, "-vvv", "--diff")


def test_second_run_changes_nothing_not_even_after_a_restart_of_the_rehearsal(second_run: Run) -> None:
    assert second_run.status == 0, second_run.output[-4000:]
    assert second_run.recap.changed == 0, second_run.output[-20000:]


def test_check_mode_on_a_converged_platform_predicts_no_change(site: Site, first_run: Run) -> None:
    assert first_run.status == 0
    ahead = run(site, "--check", "--diff")
    assert ahead.status == 0, ahead.output[-4000:]
    assert ahead.recap.changed == 0, ahead.output


def check_health(site: Site, folder: Path) -> tuple[Run, dict[str, Any]]:
    """Run the health check and return what it wrote."""
    done = site.playbook(
        "playbooks/check_health.yml",
        *selection.arguments(),
        "-e",
        json.dumps({"verdict_report_dir": str(folder), "verdict_history_file": f"{folder}/history.jsonl"}),
    )
    report = folder / "health.json"
    assert report.is_file(), done.output[-4000:]
    told: dict[str, Any] = json.loads(report.read_text())
    return done, told


def test_the_health_check_sees_the_whole_platform_and_finds_nothing(
    site: Site, second_run: Run, tmp_path: Path
) -> None:
    assert second_run.status == 0
    done, told = check_health(site, tmp_path)
    assert (done.status, told["verdict"]) == (0, "healthy"), told["summary"]
    seen = {check["id"] for check in told["checks"]}
    assert {"gpus_schedulable", "releases_as_pinned", "services_have_endpoints", "releases_without_drift"} <= seen
    assert {path.name for path in tmp_path.iterdir()} >= {"health.html", "health.xml", "health.prom", "history.jsonl"}


def test_the_health_check_names_a_lost_gpu_and_fails(site: Site, second_run: Run, tmp_path: Path) -> None:
    gpu = next(
        node["metadata"]["name"]
        for node in items(site.kubectl("get", "nodes"))
        if node["metadata"]["labels"]["eks.amazonaws.com/nodegroup"].endswith("gpu")
    )
    site.lab("fault", "gpu-lost", gpu)
    try:
        done, told = check_health(site, tmp_path)
    finally:
        site.lab("fault", "clear")
    assert done.status != 0
    bad = {(check["id"], check["subject"]) for check in told["checks"] if check["status"] != "ok"}
    assert ("gpus_advertised", f"Node {gpu}") in bad
    assert f"The platform is {told['verdict']}" in done.output


def canaries(site: Site) -> list[str]:
    """Return secret values that exist in the rehearsal and that the platform must never repeat."""
    secret = site.kubectl("get", "secret", "database-secret", "-n", "services")
    data = secret["data"]
    assert isinstance(data, dict)
    values = [base64.b64decode(value).decode() for value in data.values()]
    return [*values, str(site.facts["aws_secret_access_key"])]


def test_no_secret_in_output_plan_state_or_release(site: Site, first_run: Run, second_run: Run) -> None:
    kept = {path: path.read_text(errors="replace") for path in (site.lab_dir / "platform").rglob("*") if path.is_file()}
    assert any(path.name.endswith(".json") or "plan" in path.name for path in kept), "the plan must have been looked at"
    helm = [str(site.lab_dir / "bin" / "helm"), "--kubeconfig", str(site.lab_dir / "kubeconfig")]
    for release in items(site.kubectl("get", "secrets", "-A", "-l", "owner=helm")):
        labels = release["metadata"]["labels"]
        argv = [*helm, "get", "all", labels["name"], "-n", release["metadata"]["namespace"]]
        shown = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        kept[Path(f"release/{labels['name']}")] = shown
    for canary in canaries(site):
        assert len(canary) >= 16, "a short value would be found by chance"
        assert canary not in first_run.output
        assert canary not in second_run.output
        assert [str(path) for path, text in kept.items() if canary in text] == []


def test_destroy_refuses_without_the_platforms_name(site: Site, first_run: Run) -> None:
    assert first_run.status == 0
    refused = site.playbook("playbooks/destroy_platform.yml")
    assert refused.status != 0
    assert "destroy_platform_confirm" in refused.output
    assert items(site.kubectl("get", "nodes")) != []


def test_destroy_leaves_nothing(site: Site, first_run: Run) -> None:
    assert first_run.status == 0
    confirm = ["-e", "destroy_platform_confirm=applied-ai-local"]
    destroyed = site.playbook("playbooks/destroy_platform.yml", *selection.arguments(), *confirm)
    assert destroyed.status == 0, destroyed.output[-4000:]
    assert items(site.kubectl("get", "secrets", "-A", "-l", "owner=helm")) == []
    assert items(site.kubectl("get", "nodes")) == []
