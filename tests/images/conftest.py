# SPDX-License-Identifier: Apache-2.0
"""A workshop for the tests of images: registry, container engine, upstream images, and a platform that uses them."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import support.tools
import yaml
from support.rehearsal import BIN, REPO, Run

from images import upstream, workshop

IMAGES = REPO / "images"
EXAMPLE = IMAGES / "example_service"
# What starts processes and waits for them is tested elsewhere; the rest takes a second in the build of an image.
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".venv", "test_process.py")


@dataclasses.dataclass(frozen=True)
class Platform:
    """An inventory of one platform whose images go to the workshop's registry."""

    folder: Path
    registry: workshop.Registry
    programs: Path
    builder: str
    secrets: dict[str, str]
    path: str

    @property
    def login(self) -> Path:
        """Return the Docker configuration with the registry's password."""
        return self.folder / "docker"

    @property
    def buildkit(self) -> workshop.Builder:
        """Return BuildKit itself."""
        return workshop.Builder(self.programs, self.builder, self.login)

    def service(self, name: str) -> Path:
        """Return the folder of a service, a copy of the example service."""
        return self.folder / "services" / name

    def environment(self, path: str) -> dict[str, str]:
        """Return the environment of every process: what it finds, and where its temporary files are."""
        (self.folder / "tmp").mkdir(exist_ok=True)
        return {"PATH": path, "TMPDIR": str(self.folder / "tmp")}

    @property
    def variables(self) -> dict[str, Any]:
        """Return what the inventory says: one service of each kind."""
        kinds = {"vibe_coder": "api", "swe_agent": "worker", "mvra": "gpu_inference"}
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "platform_environment": "development",
            "platform_region": "eu-west-1",
            "platform_state_dir": str(self.folder / "state"),
            "platform_process_environment": self.environment(self.path),
            "image_registry": f"{self.registry.host}/team",
            "image_versions_file": str(self.folder / "versions.yml"),
            "image_upstream_mirror": f"{self.registry.host}/{workshop.MIRROR}",
            "image_engine": "buildctl",
            "image_builder": self.builder,
            "image_build_secrets": self.secrets,
            "image_docker_config": str(self.login),
            # What is known to be vulnerable is fetched from a registry, which tests cannot reach.
            "image_scanners": ["secret"],
            "image_scan_arguments": [
                "--offline-scan",
                "--skip-version-check",
                "--cache-dir",
                str(self.folder / "trivy"),
            ],
            "image_definitions": {
                name: {"kind": kind, "context": str(self.service(name)), "package": "example_service"}
                for name, kind in kinds.items()
            },
        }

    def playbook(self, *arguments: str, name: str = "playbooks/build_images.yml", **changes: Any) -> Run:
        """Run a playbook on this platform to its end."""
        inventory = self.folder / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": {"here": {**self.variables, **changes}}}}))
        argv = [str(BIN / "ansible-playbook"), name, "-i", str(inventory), *arguments]
        plain = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "ANSIBLE_", "DOCKER_"))}
        done = subprocess.run(
            argv,
            cwd=REPO,
            env={**plain, "ANSIBLE_FORCE_COLOR": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=1200,
        )
        return Run(done.returncode, done.stdout)

    def digests(self) -> dict[str, Any]:
        """Return what the playbook recorded."""
        found: dict[str, Any] = json.loads((self.folder / "state/images/digests.json").read_text())
        return found


@pytest.fixture(scope="session")
def programs() -> Path:
    """Return the folder with BuildKit, runc and the registry."""
    return support.tools.image_tools()


@pytest.fixture(scope="session")
def platform(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Start the workshop, with upstream images in it, and make a platform that uses it."""
    folder = tmp_path_factory.mktemp("images")
    versions = yaml.safe_load((IMAGES / "versions.yml").read_text())
    for entry in versions.values():
        entry["python"] = upstream.VERSION
    (folder / "versions.yml").write_text(yaml.safe_dump(versions, sort_keys=False))
    with workshop.registry(programs, folder) as registry, workshop.buildkit(programs, registry.host) as builder:
        bins = [str(programs), str(support.tools.trivy().parent), os.environ["PATH"]]
        secrets = workshop.build_secrets(folder)
        this = Platform(folder, registry, programs, builder, secrets, os.pathsep.join(bins))
        registry.write_login(this.login)
        workshop.push_upstream(this.buildkit, registry.host, versions)
        for name in this.variables["image_definitions"]:
            shutil.copytree(EXAMPLE, this.service(name), ignore=LEFT_OUT)
        yield this
