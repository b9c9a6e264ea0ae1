# SPDX-License-Identifier: Apache-2.0
"""Platforms of a few resources, made by the role with real Terraform against the emulator."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

REPO = Path(__file__).resolve().parents[2]
SCENARIO = REPO / "molecule" / "terraform_stack"
CANARY = "canary-7d2f40c1ab"


@dataclass
class Platform:
    """One platform under test: its own project, state bucket and working directory."""

    lab_dir: Path
    facts: dict[str, Any]
    state_dir: Path
    project: str = field(default_factory=lambda: f"stack-{uuid.uuid4().hex[:8]}")

    @property
    def run_dir(self) -> Path:
        return self.state_dir / "terraform" / "run"

    def argv(self, playbook: Path, *arguments: str, **variables: Any) -> list[str]:
        given = {
            "platform_project": self.project,
            "platform_name": f"{self.project}-local",
            "platform_state_dir": str(self.state_dir),
            "terraform_stack_variables": {"password": CANARY, **variables},
            "terraform_stack_backend": {
                "bucket": f"{self.project}-state",
                "key": "us-east-1/terraform.tfstate",
                "region": "us-east-1",
                "extra": {
                    "skip_credentials_validation": True,
                    "skip_metadata_api_check": True,
                    "skip_requesting_account_id": True,
                    "use_path_style": True,
                },
            },
        }
        binary = Path(sys.executable).parent / "ansible-playbook"
        return [str(binary), "-i", "inventories/local", str(playbook), "-e", json.dumps(given), *arguments]

    @property
    def environment(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_", "TF_"))}
        return {**plain, "LAB_DIR": str(self.lab_dir), "ANSIBLE_FORCE_COLOR": "0"}

    def run(self, *arguments: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.argv(SCENARIO / "converge.yml", *arguments, **variables),
            cwd=REPO,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=1200,
        )

    def start(self, output: Path, **variables: Any) -> subprocess.Popen[str]:
        """Start the same run in a process group of its own, so that all of Ansible can be killed at once."""
        return subprocess.Popen(
            self.argv(SCENARIO / "converge.yml", **variables),
            cwd=REPO,
            env=self.environment,
            stdout=output.open("w"),
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def events(self) -> list[dict[str, Any]]:
        path = self.run_dir / "events.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []

    def completed(self) -> set[str]:
        return {event["hook"]["resource"]["addr"] for event in self.events() if event["type"] == "apply_complete"}

    def job(self) -> dict[str, Any]:
        path = self.run_dir / "job.json"
        return dict(json.loads(path.read_text())) if path.is_file() else {}

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.facts["aws_endpoint_url"],
            aws_access_key_id=self.facts["aws_access_key_id"],
            aws_secret_access_key=self.facts["aws_secret_access_key"],
        )

    def state_addresses(self) -> set[str]:
        """Return what the state in the bucket holds, read without Terraform."""
        s3 = self.client("s3")
        try:
            body = s3.get_object(Bucket=f"{self.project}-state", Key="us-east-1/terraform.tfstate")["Body"].read()
        except s3.exceptions.NoSuchKey:
            return set()
        found = set()
        for item in json.loads(body)["resources"]:
            name = ".".join(part for part in (item.get("module"), item["type"], item["name"]) if part)
            for instance in item["instances"]:
                key = instance.get("index_key")
                found.add(name if key is None else f"{name}[{json.dumps(key)}]")
        return found

    def vpcs(self) -> int:
        tagged = [{"Name": "tag:Project", "Values": [self.project]}]
        return len(self.client("ec2").describe_vpcs(Filters=tagged)["Vpcs"])


def wait_for(condition: Callable[[], bool], seconds: float = 600.0) -> None:
    """Wait until something is so, or fail."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that in time"
        time.sleep(0.2)


def kill_group(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def answers(lab_dir: Path) -> bool:
    """Tell whether the rehearsal of this folder is up."""
    try:
        address = json.loads((lab_dir / "lab.json").read_text())["aws_endpoint_url"]
        with urllib.request.urlopen(f"{address}/_ministack/health", timeout=5):  # noqa: S310 - the address is our own
            return True
    except (OSError, ValueError):
        return False


def lab(lab_dir: Path, command: str) -> None:
    environment = {**os.environ, "LAB_DIR": str(lab_dir), "PYTHONPATH": str(REPO / "tests")}
    subprocess.run([sys.executable, "-m", "lab", command], cwd=REPO, env=environment, check=True, timeout=2400)
