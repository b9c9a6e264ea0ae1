# SPDX-License-Identifier: Apache-2.0
"""Runs playbooks, the lab and kubectl against one rehearsal environment, as its user would."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
TIMEOUT_S = 1800


@dataclasses.dataclass(frozen=True)
class Recap:
    """Ansible's own count at the end of a run, added up over the hosts."""

    ok: int
    changed: int
    failed: int


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished ansible-playbook."""

    status: int
    output: str

    @property
    def recap(self) -> Recap:
        """Return the counts of PLAY RECAP; there is none when the run stopped before its first play."""
        rows = re.findall(r"ok=(\d+)\s+changed=(\d+)\s+unreachable=\d+\s+failed=(\d+)", self.output)
        assert rows, f"no recap in:\n{self.output[-3000:]}"
        return Recap(*(sum(int(row[column]) for row in rows) for column in range(3)))


@dataclasses.dataclass(frozen=True)
class Site:
    """Runs playbooks against one rehearsal environment."""

    lab_dir: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of a user who chose this rehearsal by LAB_DIR."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_", "KUBE"))}
        return {**plain, "LAB_DIR": str(self.lab_dir), "ANSIBLE_FORCE_COLOR": "0", "PYTHONPATH": str(REPO / "tests")}

    @property
    def facts(self) -> dict[str, object]:
        """Return what the rehearsal says of itself."""
        facts: dict[str, object] = json.loads((self.lab_dir / "lab.json").read_text())
        return facts

    def lab(self, *arguments: str) -> str:
        """Run a command of the rehearsal environment and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "lab", *arguments],
            cwd=REPO,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=1800,
        )
        assert done.returncode == 0, f"lab {arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def playbook(self, name: str, *arguments: str, inventory: str = "inventories/local") -> Run:
        """Run a playbook to its end, whatever the end is; one that takes too long is interrupted and has status 124."""
        argv = [str(BIN / "ansible-playbook"), name, "-i", inventory, *arguments]
        with subprocess.Popen(
            argv,
            cwd=REPO,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=TIMEOUT_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGTERM)
                output, _ = process.communicate()
                return Run(124, f"{output}\nnot finished within {TIMEOUT_S} s")
        return Run(process.returncode, output)

    def kubectl(self, *arguments: str) -> dict[str, object]:
        """Return what the API server answers, as JSON."""
        argv = [str(self.lab_dir / "bin" / "kubectl"), "--kubeconfig", str(self.lab_dir / "kubeconfig")]
        done = subprocess.run([*argv, *arguments, "-o", "json"], capture_output=True, text=True, check=True)
        answer: dict[str, object] = json.loads(done.stdout)
        return answer


def ask_module(name: str, given: dict[str, object], timeout: float = 300) -> dict[str, Any]:
    """Run a module of the collection as Ansible does, on this machine; return what it tells."""
    argv = [str(BIN / "ansible"), "localhost", "-i", "localhost,", "-c", "local"]
    argv += ["-e", f"ansible_python_interpreter={sys.executable}", "-m", f"applied_ai.platform.{name}"]
    done = subprocess.run(
        [*argv, "-a", json.dumps(given)],
        cwd=REPO,
        env={**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json", "ANSIBLE_FORCE_COLOR": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout.partition("=>")[2])
    return told
