# SPDX-License-Identifier: Apache-2.0
"""The verdict on a big cluster beside what one would read by hand, in one run, at 1,000, 2,000 and 5,000 nodes.

etcd and kube-apiserver are real and run by kwokctl, over a snapshot of a cluster of KWOK nodes with ten pods each
(health_cluster.py; made once, in the lab's cache). Measured are whole processes, their start included:

- ours: the module health_cluster_info, as Ansible runs it on a host.
- kubectl: ``kubectl get nodes,pods -A -o json``.
- k8s_info: the module kubernetes.core.k8s_info once for each kind that ours reads, a process each, as in a loop. What
  Ansible itself does with their results is not counted, for neither.

Memory is the peak that the kernel tells of the process (ru_maxrss).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO / "collections"), str(REPO / "tests"), str(REPO / "tests/benchmarks")]

import health_cluster  # noqa: E402  found by the path above
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import KINDS  # noqa: E402
from lab.paths import Paths  # noqa: E402

Json = dict[str, Any]
OURS = "ansible_collections.applied_ai.platform.plugins.modules.health_cluster_info"
THEIRS = "ansible_collections.kubernetes.core.plugins.modules.k8s_info"
# What Ansible's wrapper does before it runs a module.
RUN = """
import json, runpy, sys
from ansible.module_utils.testing import patch_module_args
with patch_module_args(json.loads(sys.argv[2])):
    runpy.run_module(sys.argv[1], run_name="__main__", alter_sys=True)
"""
# Kind and selectors as k8s_info takes them, of each kind that ours reads; /metrics is no kind.
AS_K8S_INFO: dict[str, Json] = {
    "nodes": {"kind": "Node"},
    "pods": {"kind": "Pod"},
    "deployments": {"kind": "Deployment"},
    "daemonsets": {"kind": "DaemonSet"},
    "statefulsets": {"kind": "StatefulSet"},
    "hpas": {"kind": "HorizontalPodAutoscaler"},
    "apiservices": {"kind": "APIService"},
    "releases": {"kind": "Secret", "label_selectors": ["owner=helm"]},
    "leases": {"kind": "Lease", "namespace": "kube-node-lease"},
    "namespaces": {"kind": "Namespace"},
    "validating_webhooks": {"kind": "ValidatingWebhookConfiguration"},
    "mutating_webhooks": {"kind": "MutatingWebhookConfiguration"},
    "endpoints": {"kind": "EndpointSlice"},
    "claims": {"kind": "PersistentVolumeClaim"},
    "volumes": {"kind": "PersistentVolume"},
    "storage_classes": {"kind": "StorageClass"},
    "quotas": {"kind": "ResourceQuota"},
    "cronjobs": {"kind": "CronJob"},
    "jobs": {"kind": "Job"},
    "autoscaler": {
        "kind": "ConfigMap",
        "namespace": "kube-system",
        "field_selectors": ["metadata.name=cluster-autoscaler-status"],
    },
    "scale_events": {"kind": "Event", "field_selectors": ["reason=FailedScaleUp"]},
    "certificates": {"kind": "Certificate"},
    "nodeclaims": {"kind": "NodeClaim"},
    "nodepools": {"kind": "NodePool"},
}


@dataclass(frozen=True)
class Run:
    """One measured process, or several after each other."""

    wall: float = 0.0
    cpu: float = 0.0
    megabytes: float = 0.0

    def then(self, other: Run) -> Run:
        """Return both, one after the other."""
        return Run(self.wall + other.wall, self.cpu + other.cpu, max(self.megabytes, other.megabytes))


def measured(argv: list[str], answer: Path) -> Run:
    """Run a process with its output in a file; its seconds, seconds of processor, and peak of memory."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPO / "collections"), *sys.path])}
    began = time.monotonic()
    with answer.open("wb") as stream:
        process = subprocess.Popen(argv, stdout=stream, stderr=subprocess.PIPE, env=environment)
        assert process.stderr is not None
        said = process.stderr.read()
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{argv[0]} ended with {process.returncode}: {said[-2000:].decode(errors='replace')}")
    return Run(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def module(name: str, arguments: Json, answer: Path) -> Run:
    """Run a module in a process of its own."""
    return measured([sys.executable, "-c", RUN, name, json.dumps(arguments)], answer)


def api_version(kind: str) -> str:
    """Return the API's version of a kind that ours reads."""
    path = KINDS[kind].removeprefix("/apis/").removeprefix("/api/")
    return "/".join(path.split("/")[: 1 if KINDS[kind].startswith("/api/") else 2])


def one_size(size: int, snapshot: Path, cache: Path, runs: int, beside: bool) -> dict[str, Run]:
    """Measure all on a cluster of one size, in turn; of several runs the fastest of each counts."""
    best: dict[str, Run] = {}
    with (
        tempfile.TemporaryDirectory() as scratch,
        health_cluster.restored(snapshot, Path(scratch), cache, lambda _: None) as (paths, _state),
    ):
        answer, kubeconfig = Path(scratch) / "answer", str(paths.kubeconfig)
        measured([str(paths.bin / "kubectl"), "--kubeconfig", kubeconfig, "get", "namespaces"], answer)
        for _ in range(runs):
            # On a busy machine the time may be longer than the limit, which is not what is measured.
            found = {"ours": module(OURS, {"kubeconfig": kubeconfig, "limit_s": 3600}, answer)}
            told = json.loads(answer.read_text())
            seen = next(one["seen"] for one in told["checks"] if one["id"] == "pods_settled")
            if not seen.startswith(f"{size * health_cluster.PODS_A_NODE} pods"):
                raise SystemExit(f"ours saw something else than {size} nodes: {seen}")
            print(f"  {size} nodes, ours: {told['summary'][0]}", flush=True)
            if beside:
                argv = [str(paths.bin / "kubectl"), "--kubeconfig", kubeconfig]
                found["kubectl"] = measured([*argv, "get", "nodes,pods", "-A", "-o", "json"], answer)
                found["k8s_info"] = Run()
                for kind, given in AS_K8S_INFO.items():
                    arguments = {"kubeconfig": kubeconfig, "api_version": api_version(kind), **given}
                    found["k8s_info"] = found["k8s_info"].then(module(THEIRS, arguments, answer))
            for name, run in found.items():
                print(f"  {size} nodes, {name}: {run.wall:.1f} s", flush=True)
                best[name] = min(best.get(name, run), run, key=lambda one: one.wall)
    return best


def table(found: dict[int, dict[str, Run]]) -> str:
    """Return the figures as a table, and the ratios."""
    lines = ["nodes   what       wall s   processor s   peak MB"]
    for size, runs in found.items():
        lines += [
            f"{size:5d}   {name:9s} {run.wall:7.1f}   {run.cpu:11.1f}   {run.megabytes:7.0f}"
            for name, run in runs.items()
        ]
        if "kubectl" in runs:
            both = runs["kubectl"].wall + runs["k8s_info"].wall
            lines.append(f"{size:5d}   ours / (kubectl + k8s_info) = {runs['ours'].wall / both:.2f}   (goal: 0.33)")
    first, last = min(found), max(found)
    if last > first:
        grown = found[last]["ours"].wall / found[first]["ours"].wall
        lines.append(
            f"ours from {first} to {last} nodes: {grown:.1f} times the time for {last / first:.1f} times as much"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure each size, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1, help="runs of each; the fastest counts (default: 1)")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(health_cluster.SIZES), help="numbers of nodes")
    parser.add_argument("--ours", action="store_true", help="only ours")
    options = parser.parse_args()
    if unknown := set(options.sizes) - set(health_cluster.SIZES):
        parser.error(f"--sizes {sorted(unknown)} have no snapshot; give some of {health_cluster.SIZES}")
    # So that a run that is ended takes its control plane with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    cache = Paths.from_environment(os.environ).cache
    with tempfile.TemporaryDirectory() as scratch:
        kept = health_cluster.snapshots(cache, Path(scratch), lambda text: print(text, flush=True))
    found = {size: one_size(size, kept / f"{size}.db", cache, options.runs, not options.ours) for size in options.sizes}
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
