# SPDX-License-Identifier: Apache-2.0
"""A registry and a container engine for tests: the real ones, on loopback, in folders of their own."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import os
import secrets
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from ansible.utils.encrypt import do_encrypt
from lab import ports

from images import upstream

PATIENCE_S = 60.0
# Where the platform's inventories would have a mirror of the upstream images.
MIRROR = "mirror"


@dataclasses.dataclass(frozen=True)
class Registry:
    """A registry that wants a password for everything."""

    port: int
    user: str
    password: str

    @property
    def host(self) -> str:
        """Return its address."""
        return f"127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, accept: str = "*/*") -> tuple[int, dict[str, str], bytes]:
        """Return what it answers: status, headers, body."""
        request = urllib.request.Request(f"http://{self.host}/v2/{path}", method=method)
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
        request.add_header("Accept", accept)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310  loopback
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def tags(self, repository: str) -> list[str]:
        """Return the tags of a repository."""
        status, _headers, body = self.ask("GET", f"{repository}/tags/list")
        return sorted(json.loads(body)["tags"] or []) if status == 200 else []

    def configuration(self, repository: str, reference: str) -> dict[str, object]:
        """Return the configuration of an image."""
        kind = "application/vnd.oci.image.manifest.v1+json"
        manifest = json.loads(self.ask("GET", f"{repository}/manifests/{reference}", kind)[2])
        found: dict[str, object] = json.loads(self.ask("GET", f"{repository}/blobs/{manifest['config']['digest']}")[2])
        return found

    def write_login(self, folder: Path) -> Path:
        """Write a Docker configuration with the password."""
        folder.mkdir(parents=True, exist_ok=True)
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        (folder / "config.json").write_text(json.dumps({"auths": {self.host: {"auth": login}}}))
        return folder


def free_port() -> int:
    """Return a port that nobody has."""
    return ports.choose({}, {})["emulator"]


@contextlib.contextmanager
def running(argv: list[str], log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the end of the block."""
    everything = {**os.environ, **environment}
    with log.open("wb") as stream, subprocess.Popen(argv, env=everything, stdout=stream, stderr=stream) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


@contextlib.contextmanager
def registry(programs: Path, folder: Path) -> Iterator[Registry]:
    """Run the registry of the CNCF's Distribution project."""
    this = Registry(free_port(), "builder", secrets.token_urlsafe(24))
    (folder / "htpasswd").write_text(f"{this.user}:{do_encrypt(this.password, 'bcrypt', rounds=4)}\n")
    settings = {
        "version": 0.1,
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
        "http": {"addr": this.host},
        "auth": {"htpasswd": {"realm": "images", "path": str(folder / "htpasswd")}},
    }
    (folder / "registry.yml").write_text(yaml.safe_dump(settings))
    log = folder / "registry.log"
    with running([str(programs / "registry"), "serve", str(folder / "registry.yml")], log) as process:
        end = time.monotonic() + PATIENCE_S
        while True:
            with contextlib.suppress(urllib.error.URLError):
                if this.ask("GET", "")[0] == 200:
                    break
            assert process.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        yield this


# runc is built without libseccomp, whose headers a machine need not have: it takes no seccomp profile.
RUNC = """\
#!{python}
import json, os, sys
if "--bundle" in sys.argv:
    path = os.path.join(sys.argv[sys.argv.index("--bundle") + 1], "config.json")
    with open(path) as stream:
        content = json.load(stream)
    content.get("linux", {{}}).pop("seccomp", None)
    with open(path, "w") as stream:
        json.dump(content, stream)
os.execv("{runc}", ["runc", *sys.argv[1:]])
"""


@contextlib.contextmanager
def buildkit(programs: Path, registry_host: str) -> Iterator[str]:
    """Run BuildKit with runc; yield its address. What it made is gone afterwards."""
    # Not in pytest's own folder: the path of a socket is short.
    with tempfile.TemporaryDirectory(prefix="buildkit-") as name:
        folder = Path(name)
        address = f"unix://{folder}/socket"
        (folder / "runc").write_text(RUNC.format(python=sys.executable, runc=programs / "runc"))
        (folder / "runc").chmod(0o755)
        (folder / "buildkitd.toml").write_text(
            f'root = "{folder}/root"\n'
            f'[grpc]\naddress = ["{address}"]\n'
            f'[worker.oci]\nenabled = true\nbinary = "{folder}/runc"\nnetworkMode = "host"\n'
            "[worker.containerd]\nenabled = false\n"
            f'[registry."{registry_host}"]\nhttp = true\n'
        )
        log = folder / "log"
        (folder / "tmp").mkdir()
        argv = [str(programs / "buildkitd"), "--config", str(folder / "buildkitd.toml")]
        with running(argv, log, TMPDIR=str(folder / "tmp")) as process:
            end = time.monotonic() + PATIENCE_S
            probe = [str(programs / "buildctl"), "--addr", address, "debug", "workers"]
            while subprocess.run(probe, capture_output=True, check=False).returncode != 0:
                assert process.poll() is None and time.monotonic() < end, log.read_text()
                time.sleep(0.2)
            yield address


@dataclasses.dataclass(frozen=True)
class Builder:
    """BuildKit, and who one is to the registry."""

    programs: Path
    address: str
    login: Path

    def run(self, *arguments: str) -> str:
        """Run buildctl, which must succeed; return what it printed."""
        argv = [str(self.programs / "buildctl"), "--addr", self.address, *arguments]
        environment = {**os.environ, "DOCKER_CONFIG": str(self.login)}
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def build(self, context: Path, dockerfile: str, output: str, *options: str) -> None:
        """Build a Dockerfile given as text."""
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "Dockerfile").write_text(dockerfile)
            self.run(
                *("build", "--frontend", "dockerfile.v0", "--output", output, *options),
                *("--local", f"context={context}", "--local", f"dockerfile={folder}"),
            )


def push_upstream(builder: Builder, registry_host: str, versions: Mapping[str, object]) -> None:
    """Put what stands in for the upstream images where the mirror has them."""
    for variant, lay_out in (("slim", upstream.slim), ("cuda", upstream.cuda)):
        entry: Mapping[str, str] = versions[variant]  # type: ignore[assignment]
        name = f"{registry_host}/{MIRROR}/{entry['image']}:{entry['tag']}"
        with tempfile.TemporaryDirectory() as folder:
            lay_out(Path(folder))
            output = f"type=image,name={name},push=true,compression=uncompressed"
            builder.build(Path(folder), "FROM scratch\nCOPY . /\n", output)


def build_secrets(folder: Path) -> dict[str, str]:
    """Return the files by which pip in a build finds the index that this machine finds."""
    bundle = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    assert bundle, "this machine has no bundle of certificate authorities"
    argv = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    configured = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()
    index = os.environ.get("PIP_INDEX_URL") or os.environ.get("UV_INDEX_URL") or configured
    lines = ["[global]", "cert = /run/secrets/ca_bundle", *([f"index-url = {index}"] if index else [])]
    (folder / "pip.conf").write_text("\n".join([*lines, ""]))
    return {"pip_conf": str(folder / "pip.conf"), "ca_bundle": bundle}
