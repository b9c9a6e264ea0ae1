# SPDX-License-Identifier: Apache-2.0
"""A run that is killed while Helm is at work is continued by running it again, with the same inputs."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.rehearsal import BIN, Site

pytestmark = [pytest.mark.lab, pytest.mark.slow]

REPO = Path(__file__).resolve().parents[2]
CONVERGE = "molecule/addon/converge.yml"
NAMESPACE = "interrupted-helm"
NODE = "interrupted-helm-0"
# The chart's hook waits for a node with this label: Helm is at work until the test lets it go on.
HOLD = "interrupted-helm.example.com/go"


def wait_for(what: str, condition: Callable[[], bool], seconds: float = 180) -> None:
    """Wait until ``condition`` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {seconds:.0f} s"
        time.sleep(0.5)


def kubectl(site: Site, *arguments: str, stdin: str = "") -> str:
    """Run kubectl and return what it printed."""
    argv = [str(site.lab_dir / "bin" / "kubectl"), "--kubeconfig", str(site.lab_dir / "kubeconfig"), *arguments]
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=True).stdout


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all that it started: Ansible's workers have sessions of their own, no group has them all."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in parentheses may hold anything; the parent is the second field after it.
            parents.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    family = [process.pid]
    for pid in family:
        family += parents.get(pid, [])
    for pid in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def statuses(site: Site) -> list[str]:
    """Return Helm's status of each revision of the release, oldest first."""
    found = json.loads(kubectl(site, "get", "secrets", "-n", NAMESPACE, "-l", "owner=helm", "-o", "json"))["items"]
    ordered = sorted(found, key=lambda one: int(one["metadata"]["labels"]["version"]))
    return [one["metadata"]["labels"]["status"] for one in ordered]


def node(*, go_on: bool) -> str:
    """Return a node of the rehearsal's kind that takes any pod, and the hook's only if told so."""
    labels = {"kubernetes.io/hostname": NODE, **({HOLD: "true"} if go_on else {})}
    size = {"cpu": "4", "memory": "16Gi", "pods": "58"}
    metadata = {"name": NODE, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}}
    status = {"capacity": size, "allocatable": size}
    return json.dumps({"apiVersion": "v1", "kind": "Node", "metadata": metadata, "status": status})


@pytest.fixture
def variables(site: Site, tmp_path: Path) -> Iterator[str]:
    """Package the fixture chart, bring a node, and clear everything away afterwards."""
    helm = str(site.lab_dir / "bin" / "helm")
    subprocess.run([helm, "package", str(REPO / "molecule/addon/fixture"), "-d", str(tmp_path)], check=True)
    kubectl(site, "create", "-f", "-", stdin=node(go_on=False))
    yield json.dumps(
        {
            "scenario_namespace": NAMESPACE,
            "scenario_values": {"hold": HOLD},
            "addon_chart_source": str(tmp_path),
        }
    )
    kubectl(site, "delete", "namespace", NAMESPACE, "--ignore-not-found")
    kubectl(site, "delete", "crd", "tinies.tiny.example.com", "--ignore-not-found")
    kubectl(site, "delete", "node", NODE)


def uid(site: Site) -> str:
    """Return the identity of the Deployment that the chart makes."""
    found: dict[str, Any] = json.loads(kubectl(site, "get", "deployment", "tiny", "-n", NAMESPACE, "-o", "json"))
    return str(found["metadata"]["uid"])


def test_an_installation_that_was_killed_is_continued(site: Site, variables: str) -> None:
    argv = [str(BIN / "ansible-playbook"), CONVERGE, "-i", "inventories/local", "-e", variables]
    killed = subprocess.Popen(
        argv, cwd=REPO, env=site.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(
            "the hook",
            lambda: "tiny-hold" in kubectl(site, "get", "jobs", "-n", NAMESPACE, "-o", "name", "--ignore-not-found"),
        )
    finally:
        kill(killed)
    assert statuses(site) == ["pending-install"]
    before = uid(site)

    kubectl(site, "label", "node", NODE, f"{HOLD}=true")
    again = site.playbook(CONVERGE, "-e", variables)
    assert again.status == 0, again.output
    assert again.recap.failed == 0
    assert statuses(site) == ["deployed"]
    assert uid(site) == before, "what the killed run had made was not kept"

    third = site.playbook(CONVERGE, "-e", variables)
    assert (third.status, third.recap.changed) == (0, 0), third.output
