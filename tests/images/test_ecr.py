# SPDX-License-Identifier: Apache-2.0
"""Repositories and log-in of ECR, by the playbook, against the rehearsal's AWS emulator."""

from __future__ import annotations

import base64
import os
import subprocess
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from lab import emulator, tools
from lab.paths import SOURCE, Paths
from support.rehearsal import BIN, REPO, Run

from images import workshop

pytestmark = pytest.mark.lab
REGION, NAME = "eu-west-1", "applied-ai-development"
# The emulator's keys; credentials come from a file, as Ansible shows the environment of its tasks.
KEYS = {"aws_access_key_id": "images", "aws_secret_access_key": "images"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the emulator alone."""
    folder = tmp_path_factory.mktemp("emulator")
    paths = Paths(folder, Paths.from_environment(os.environ).cache)
    python = tools.build_emulator(paths, print) / "bin/python"
    state: Any = types.SimpleNamespace(
        ports={"emulator": workshop.free_port(), "kube_apiserver": workshop.free_port()},
        region=REGION,
        access_key_id=KEYS["aws_access_key_id"],
        secret_access_key=KEYS["aws_secret_access_key"],
    )
    for name in ("state", "s3", "tmp"):
        (paths.emulator / name).mkdir(parents=True)
    environment = emulator.environment(paths, state, os.environ)
    with workshop.running([str(python), str(SOURCE / "emulator_server.py")], folder / "log", **environment) as process:
        end = time.monotonic() + workshop.PATIENCE_S
        while not emulator.healthy(state):
            assert process.poll() is None and time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.2)
        yield emulator.endpoint(state)


@pytest.fixture(scope="module")
def ecr(address: str) -> Any:
    """Return a client of the emulator's ECR, with two repositories as Terraform names them."""
    client = boto3.client("ecr", endpoint_url=address, region_name=REGION, **KEYS)
    for name in ("base", "vibe-coder"):
        client.create_repository(repositoryName=f"{NAME}/{name}")
    return client


def playbook(folder: Path, address: str, *services: str) -> Run:
    """Run the playbook for services that are made as the example is."""
    (folder / "credentials").write_text(
        "[default]\n" + "".join(f"{name} = {value}\n" for name, value in KEYS.items()), encoding="utf-8"
    )
    example = {"kind": "api", "context": str(REPO / "images/example_service"), "package": "example_service"}
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "platform_environment": "development",
        "platform_region": REGION,
        "platform_state_dir": str(folder / "state"),
        "platform_process_environment": {
            "AWS_ENDPOINT_URL": address,
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "TMPDIR": str(folder),
        },
        "image_docker_config": str(folder / "docker"),
        "image_definitions": dict.fromkeys(services, example),
    }
    (folder / "inventory.yml").write_text(yaml.safe_dump({"all": {"hosts": {"here": variables}}}))
    argv = [str(BIN / "ansible-playbook"), "playbooks/build_images.yml", "-i", str(folder / "inventory.yml"), "-vvv"]
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "ANSIBLE_", "DOCKER_"))}
    done = subprocess.run(
        argv, cwd=REPO, env=plain, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=600
    )
    return Run(done.returncode, done.stdout)


def test_a_repository_that_terraform_has_not_made_is_told(tmp_path: Path, address: str, ecr: Any) -> None:
    run = playbook(tmp_path, address, "vibe_coder", "mvra")
    assert run.status != 0
    assert "The registry has no repository mvra; add it to registry.repositories of terraform_stack_variables" in (
        " ".join(run.output.split())
    )
    assert run.recap.changed == 0
    assert not list(tmp_path.glob("image-*")), "the credentials are gone"


def test_the_token_is_in_no_output(tmp_path: Path, address: str, ecr: Any) -> None:
    """The log-in succeeds; the registry's own address is Amazon's, which tests do not reach."""
    run = playbook(tmp_path, address, "vibe_coder")
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    assert f".dkr.ecr.{REGION}.amazonaws.com/{NAME}/vibe-coder" in run.output
    assert "does not answer at https://" in " ".join(run.output.split())
    assert token not in run.output
    assert base64.b64decode(token).decode().partition(":")[2] not in run.output
    assert not list(tmp_path.glob("image-*")), "the credentials are gone"


def test_without_images_nothing_is_asked_for(tmp_path: Path) -> None:
    run = playbook(tmp_path, "http://127.0.0.1:9")
    assert run.status == 0, run.output[-3000:]
    assert run.recap.changed == 0
