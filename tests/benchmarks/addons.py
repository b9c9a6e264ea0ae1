# SPDX-License-Identifier: Apache-2.0
"""Time the add-ons' first installation and unchanged rerun beside Helm one by one and beside helmfile.

The same charts, values and objects on the same rehearsal cluster, in one run: everything is removed before each first
installation. The rehearsal must have been converged once (make site). helmfile runs without its diff plug-in.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "tests"))
from lab import tools  # noqa: E402

BIN = REPO / ".venv" / "bin"
HERE = Path(__file__).resolve().parent
OBJECTS = REPO / "roles/addon/files/objects"
APPLY = ["kubectl", "apply", "--server-side", "--force-conflicts", "-f"]
Json = dict[str, Any]


class Bench:
    """The rehearsal, and the releases in the order of installation."""

    def __init__(self, lab_dir: Path, scratch: Path) -> None:
        self.lab: Json = json.loads((lab_dir / "lab.json").read_text())
        self.scratch = scratch
        self.environment = {
            **os.environ,
            "LAB_DIR": str(lab_dir),
            "KUBECONFIG": self.lab["kubeconfig"],
            "PATH": f"{self.lab['bin']}:{os.environ['PATH']}",
            "ANSIBLE_FORCE_COLOR": "0",
            "HELMFILE_UPGRADE_NOTICE_DISABLED": "true",
        }
        self.charts = lab_dir / "charts"
        self.releases = self.read_releases()

    def run(self, argv: list[str]) -> str:
        """Run a command that must succeed; return what it printed."""
        done = subprocess.run(argv, cwd=REPO, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(argv)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def timed(self, work: Callable[[], Any]) -> float:
        """Return the seconds that some work takes."""
        began = time.monotonic()
        work()
        return time.monotonic() - began

    def ansible(self, playbook: str, *more: str) -> str:
        """Run a playbook on the rehearsal."""
        return self.run([str(BIN / "ansible-playbook"), playbook, "-i", "inventories/local", *more])

    def read_releases(self) -> list[Json]:
        """Return release, namespace, chart and file of values of every release, objects after all charts."""
        file = self.scratch / "desired.json"
        self.ansible("tests/support/desired.yml", "-e", f"file={file} platform_facts=access")
        wanted = [one for one in json.loads(file.read_text()).values() if one["state"] == "present"]
        first, last = [], []
        for one in wanted:
            place = {"namespace": one["namespace"]}
            chart = self.charts / f"{one['chart']}-{one['version']}.tgz"
            # Those that do not wait for their chart are needed by its pods, which Helm alone would wait for.
            if one["objects"]:
                name = f"{one['release']}-objects" if one["chart"] else one["release"]
                (last if one["late"] else first).append(
                    {**place, "name": name, "chart": OBJECTS, "values": {"objects": one["objects"]}}
                )
            if one["chart"]:
                first.append({**place, "name": one["release"], "chart": chart, "values": one["values"]})
        for one in (*first, *last):
            one["file"] = self.scratch / f"{one['name']}.json"
            one["file"].write_text(json.dumps(one["values"]))
        self.count = len(wanted)
        self.later = {one["name"] for one in last}
        return [*first, *last]

    def clean(self) -> None:
        """Remove every release of the add-ons, their CRDs and their namespaces' leftovers."""
        installed = {
            (one["name"], one["namespace"]) for one in json.loads(self.run(["helm", "list", "-A", "-o", "json"]))
        }
        for one in reversed(self.releases):
            if (one["name"], one["namespace"]) in installed:
                self.run(["helm", "uninstall", one["name"], "-n", one["namespace"], "--wait"])
        crds = self.run(["kubectl", "get", "crd", "-o", "name"]).split()
        if crds:
            self.run(["kubectl", "delete", "--wait", *crds])

    def ours(self) -> None:
        """Install the add-ons with the playbook."""
        self.ansible("playbooks/install_addons.yml")

    def crds_first(self) -> None:
        """Apply the CRDs of charts and addresses, as somebody with Helm alone has to."""
        for file in sorted((self.charts / "crds").glob("*.yaml")):
            self.run([*APPLY, str(file)])
        for chart in sorted({one["chart"] for one in self.releases}):
            if text := self.run(["helm", "show", "crds", str(chart)]).strip():
                file = self.scratch / f"{chart.name}-crds.yaml"
                file.write_text(text)
                self.run([*APPLY, str(file)])

    def helm(self) -> None:
        """Install one after the other, waiting for each."""
        self.crds_first()
        for one in self.releases:
            argv = ["helm", "upgrade", "--install", one["name"], str(one["chart"]), "-n", one["namespace"]]
            self.run([*argv, "--create-namespace", "--wait", "--values", str(one["file"])])

    def helmfile(self, program: Path) -> None:
        """Install with helmfile: everything that does not need another one at the same time."""
        charts = [one for one in self.releases if one["name"] not in self.later]
        needs = [f"{one['namespace']}/{one['name']}" for one in charts]
        state = {
            "helmDefaults": {"wait": True, "createNamespace": True, "timeout": 600},
            "releases": [
                {
                    "name": one["name"],
                    "namespace": one["namespace"],
                    "chart": str(one["chart"]),
                    "values": [str(one["file"])],
                    **({"needs": needs} if one["name"] in self.later else {}),
                }
                for one in self.releases
            ],
        }
        file = self.scratch / "helmfile.yaml"
        file.write_text(yaml.safe_dump(state))
        self.crds_first()
        self.run([str(program), "--file", str(file), "sync", "--skip-deps"])


def main() -> int:
    """Measure the three in turn and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reruns", type=int, default=3, help="counted unchanged runs of each (default: 3)")
    parser.add_argument("--lab-dir", type=Path, default=Path(os.environ.get("LAB_DIR", REPO / ".lab")).resolve())
    options = parser.parse_args()
    cache = Path(os.environ.get("LAB_CACHE", Path.home() / ".cache/applied-ai-platform"))
    program = tools.build_module(cache, "helmfile", HERE / "helmfile", print) / "helmfile"
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(options.lab_dir, Path(scratch))
        ways: dict[str, Callable[[], None]] = {
            "install_addons.yml": bench.ours,
            "helm upgrade --install --wait, one by one": bench.helm,
            "helmfile sync": lambda: bench.helmfile(program),
        }
        print(f"{bench.count} add-ons, {len(bench.releases)} releases", flush=True)
        results = {}
        for name, way in ways.items():
            bench.clean()
            first = bench.timed(way)
            again = statistics.median(bench.timed(way) for _ in range(options.reruns))
            results[name] = (first, again)
            print(f"{name:44} first {first:6.1f} s   unchanged {again:6.1f} s (median of {options.reruns})", flush=True)
        bench.clean()
        bench.ours()
    mine = results.pop("install_addons.yml")
    for name, (first, again) in results.items():
        print(f"ours / {name:37} first {mine[0] / first:6.2f}     unchanged {mine[1] / again:6.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
