# SPDX-License-Identifier: Apache-2.0
"""The playbook with a real BuildKit, a real registry that wants a password, and a real Trivy.

Stand-ins: the upstream images (upstream.py). Syft and cosign, where a test has them, are scripts of those names.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.image import ignore, inputs
from images.conftest import IMAGES, Platform
from support.rehearsal import Run

from images import workshop

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.engine]
BASES = ["base-cuda", "base-cuda-build", "base-slim", "base-slim-build"]
SERVICES = ["mvra", "swe_agent", "vibe_coder"]
DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")


@pytest.fixture(scope="module")
def built(platform: Platform) -> Run:
    """Run the playbook for the first time."""
    run = platform.playbook("-vvv")
    assert run.status == 0, run.output[-5000:]
    return run


def built_images(run: Run) -> list[str]:
    """Return the images that a run built, or would build."""
    return sorted(re.findall(r"build\.yml for here => \(item=(\S+)\)", run.output))


def test_check_mode_says_what_would_be_built_and_builds_nothing(platform: Platform) -> None:
    # By itself the first test, or the registry has everything by now.
    before = platform.registry.tags("team/base")
    run = platform.playbook("--check", image_registry=f"{platform.registry.host}/other")
    assert run.status == 0, run.output[-3000:]
    assert built_images(run) == sorted([*BASES, *SERVICES])
    assert run.recap.changed >= len([*BASES, *SERVICES])
    assert platform.registry.tags("other/base") == []
    assert platform.registry.tags("team/base") == before
    assert not (platform.folder / "state/images/digests.json").exists() or before


def test_first_run_brings_bases_and_services_into_the_registry(platform: Platform, built: Run) -> None:
    assert {re.sub(r"-[0-9a-f]{12}$", "", tag) for tag in platform.registry.tags("team/base")} == {
        "cuda",
        "cuda-build",
        "slim",
        "slim-build",
    }
    for name in SERVICES:
        entry = platform.digests()[name]
        assert entry["repository"] == f"{platform.registry.host}/team/{name.replace('_', '-')}"
        assert platform.registry.tags(f"team/{name.replace('_', '-')}") == [entry["tag"]]
        assert re.fullmatch(r"1\.0\.0-[0-9a-f]{12}", entry["tag"])
        assert DIGEST.match(entry["digest"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["built_at"])


def test_nothing_is_left_on_the_machine(platform: Platform, built: Run) -> None:
    assert [path.name for path in (platform.folder / "state/images").iterdir()] == ["digests.json"]
    assert [*(platform.folder / "tmp").glob("image-*")] == []


def test_the_password_is_in_no_output(platform: Platform, built: Run) -> None:
    auth = json.loads((platform.login / "config.json").read_text())["auths"][platform.registry.host]["auth"]
    assert "image_plan_info" in built.output, "so quiet an output cannot have shown it"
    assert platform.registry.password not in built.output
    assert auth not in built.output


def test_second_run_changes_nothing(platform: Platform, built: Run) -> None:
    record = (platform.folder / "state/images/digests.json").read_text()
    again = platform.playbook()
    assert again.status == 0, again.output[-3000:]
    assert again.recap.changed == 0
    assert built_images(again) == []
    assert (platform.folder / "state/images/digests.json").read_text() == record


def test_images_say_what_they_are(platform: Platform, built: Run) -> None:
    entry = platform.digests()["swe_agent"]
    config: Any = platform.registry.configuration("team/swe-agent", entry["digest"])
    settings, labels = config["config"], config["config"]["Labels"]
    assert settings["User"] == "10001:10001"
    assert settings["Entrypoint"] == ["dumb-init", "--"]
    assert settings["Healthcheck"]["Test"] == ["CMD", "healthcheck"]
    assert config["created"] == "1980-01-01T00:00:00Z"
    assert labels["org.opencontainers.image.title"] == "swe_agent"
    assert labels["org.opencontainers.image.version"] == entry["tag"]
    assert labels["dev.applied-ai.inputs"].startswith(f"sha256:{entry['tag'].rpartition('-')[2]}")
    assert DIGEST.match(labels["org.opencontainers.image.base.digest"])
    environment = dict(one.split("=", 1) for one in settings["Env"])
    assert environment["HOME"] == "/tmp"
    secrets = json.dumps(config)
    assert "pip.conf" not in "".join(environment) and "BEGIN CERTIFICATE" not in secrets
    gpu: Any = platform.registry.configuration("team/mvra", platform.digests()["mvra"]["digest"])
    assert {"NVIDIA_VISIBLE_DEVICES=void", "HF_HOME=/models"} <= set(gpu["config"]["Env"])


@pytest.fixture(scope="module")
def root(platform: Platform, built: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the worker's image, as a container runtime does."""
    folder = tmp_path_factory.mktemp("root")
    # Its user, who is not the tests', has to get in.
    folder.chmod(0o755)
    entry = platform.digests()["swe_agent"]
    text = f"FROM {entry['repository']}@{entry['digest']}\n"
    platform.buildkit.build(platform.folder / "docker", text, f"type=local,dest={folder}")
    return folder


def test_the_image_has_no_tools_and_no_rights(root: Path) -> None:
    names = {path.name for path in root.rglob("*")}
    assert not names & {"pip", "pip3", "ensurepip", "setuptools", "wheel", "pytest", "gcc", "requirements.txt", "tests"}
    assert {"healthcheck", "dumb-init", "starlette", "example_service"} <= names
    assert [
        path for path in root.rglob("*") if path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o6000
    ] == []
    own = [*(root / "app").rglob("*"), *(root / "opt/venv").rglob("*")]
    assert {(path.lstat().st_uid, path.lstat().st_mode & 0o022) for path in own if not path.is_symlink()} == {(0, 0)}


@pytest.fixture
def container(platform: Platform, root: Path, tmp_path: Path) -> Iterator[tuple[str, int, subprocess.Popen[bytes]]]:
    """Run the image with runc as the chart runs it: read-only root, no capability, its own user, an empty /tmp."""
    entry = platform.digests()["swe_agent"]
    config: Any = platform.registry.configuration("team/swe-agent", entry["digest"])
    image, port, name = config["config"], workshop.free_port(), f"image-test-{os.getpid()}"
    subprocess.run(["runc", "spec"], cwd=tmp_path, env={"PATH": platform.path}, check=True)
    spec = json.loads((tmp_path / "config.json").read_text())
    spec["root"] = {"path": str(root), "readonly": True}
    user, group = (int(part) for part in image["User"].split(":"))
    spec["process"] |= {
        "terminal": False,
        "user": {"uid": user, "gid": group},
        "args": [*image["Entrypoint"], *image["Cmd"]],
        "env": [*image["Env"], f"PORT={port}", "HOST=127.0.0.1", "DRAIN_SECONDS=0"],
        "cwd": image["WorkingDir"],
        "capabilities": {},
        "noNewPrivileges": True,
    }
    tmpfs = {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=1777"]}
    spec["mounts"] = [*(one for one in spec["mounts"] if one["type"] != "cgroup"), tmpfs]
    # The network is the machine's: the test asks from outside.
    spec["linux"]["namespaces"] = [one for one in spec["linux"]["namespaces"] if one["type"] != "network"]
    (tmp_path / "config.json").write_text(json.dumps(spec))
    state = ["runc", "--root", str(tmp_path / "state")]
    environment = {"PATH": platform.path}
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            [*state, "run", "--bundle", str(tmp_path), name], env=environment, stdout=log, stderr=log
        ) as process,
    ):
        try:
            yield " ".join([*state, "exec", "--user", image["User"], name]), port, process
        finally:
            subprocess.run([*state, "kill", name, "KILL"], env=environment, capture_output=True, check=False)
            process.wait(30)
            subprocess.run([*state, "delete", "--force", name], env=environment, capture_output=True, check=False)


def test_the_image_runs_as_the_chart_runs_it(
    platform: Platform, container: tuple[str, int, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    execute, port, process = container

    def inside(*argv: str) -> subprocess.CompletedProcess[str]:
        command = [*execute.split(), *argv]
        return subprocess.run(command, env={"PATH": platform.path}, capture_output=True, text=True, check=False)

    end = time.monotonic() + 30
    while (health := inside("healthcheck")).returncode != 0:
        assert time.monotonic() < end and process.poll() is None, (tmp_path / "log").read_text() + health.stdout
        time.sleep(0.2)
    assert health.stdout.strip() == f"port {port} answers /health with 200"
    assert inside("id", "-u").stdout.strip() == "10001"
    assert inside("touch", "/app/one").returncode != 0
    assert inside("touch", "/tmp/one").returncode == 0
    assert inside("python", "-m", "pip", "--version").returncode != 0
    first = inside("cat", "/proc/1/cmdline").stdout.split("\0")
    assert first[0] == "dumb-init"
    process.terminate()
    assert process.wait(20) == 0, "dumb-init passes the signal on, and the service ends in order"


def test_a_changed_source_rebuilds_that_image_alone(platform: Platform, built: Run) -> None:
    before = platform.digests()
    source = platform.service("vibe_coder") / "src/example_service/__init__.py"
    source.write_text(source.read_text() + "# changed\n")
    run = platform.playbook()
    assert run.status == 0, run.output[-3000:]
    assert built_images(run) == ["vibe_coder"]
    after = platform.digests()
    assert after["vibe_coder"]["digest"] != before["vibe_coder"]["digest"]
    assert {name: after[name] for name in ("mvra", "swe_agent")} == {
        name: before[name] for name in ("mvra", "swe_agent")
    }
    assert len(platform.registry.tags("team/vibe-coder")) == 2


def test_what_builders_are_not_given_rebuilds_nothing(platform: Platform, built: Run) -> None:
    (platform.service("mvra") / "NOTES.md").write_text("Not in the image.\n")
    (platform.service("mvra") / "src/example_service/__pycache__").mkdir(exist_ok=True)
    (platform.service("mvra") / "src/example_service/__pycache__/one.pyc").write_bytes(b"x")
    assert "mvra" not in built_images(platform.playbook("--check"))


def test_the_builder_is_given_the_files_that_the_digest_is_made_of(platform: Platform, tmp_path: Path) -> None:
    """BuildKit's own reading of .dockerignore against ours."""
    context, rules_file = tmp_path / "context", IMAGES / "api/Dockerfile.dockerignore"
    shutil.copytree(platform.service("swe_agent"), context)
    for name in (
        "src/a/b/__pycache__/x.pyc",
        "src/a/b/c.py",
        "src/a/b/d.pyc",
        ".git/HEAD",
        "other/src/e.py",
        "tests/f/g.py",
    ):
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).touch()
    (context / ".dockerignore").write_text(rules_file.read_text())
    platform.buildkit.build(context, "FROM scratch\nCOPY . /\n", f"type=local,dest={tmp_path / 'given'}")
    given = {str(path.relative_to(tmp_path / "given")) for path in (tmp_path / "given").rglob("*") if path.is_file()}
    ours = {name for name, _path in inputs.context_files(context, ignore.parse(rules_file.read_text()))}
    assert given == ours
    assert "src/a/b/c.py" in given


def test_equal_inputs_give_equal_bytes(platform: Platform, built: Run) -> None:
    """Nothing of the cache is used, and files have other times: the digest is the same."""
    entry = platform.digests()["swe_agent"]
    again = platform.folder / "again"
    shutil.rmtree(again, ignore_errors=True)
    shutil.copytree(platform.service("swe_agent"), again, copy_function=shutil.copyfile)
    config: Any = platform.registry.configuration("team/swe-agent", entry["digest"])
    labels = config["config"]["Labels"]
    tags = platform.registry.tags("team/base")
    build_tag = next(tag for tag in tags if tag.startswith("slim-build-"))
    status, headers, _body = platform.registry.ask(
        "HEAD", f"team/base/manifests/{build_tag}", "application/vnd.oci.image.manifest.v1+json"
    )
    assert status == 200
    base = f"{labels['org.opencontainers.image.base.name']}@{labels['org.opencontainers.image.base.digest']}"
    build_base = f"{labels['org.opencontainers.image.base.name']}@{headers['Docker-Content-Digest']}"
    options = [
        f"--opt=build-arg:{name}={value}"
        for name, value in (
            ("BASE", base),
            ("BUILD_BASE", build_base),
            ("SERVICE", "example_service"),
            ("SOURCE_DATE_EPOCH", "315532800"),
        )
    ]
    options += [f"--opt=label:{name}={value}" for name, value in labels.items()]
    options += [f"--secret=id={name},src={path}" for name, path in platform.secrets.items()]
    metadata = platform.folder / "again.json"
    platform.buildkit.run(
        *("build", "--no-cache", "--frontend", "dockerfile.v0", "--metadata-file", str(metadata)),
        *("--local", f"context={again}", "--local", f"dockerfile={IMAGES / 'worker'}", *options),
        *(
            "--opt",
            "platform=linux/amd64",
            "--output",
            f"type=oci,dest={platform.folder / 'again.tar'},rewrite-timestamp=true",
        ),
    )
    assert json.loads(metadata.read_text())["containerimage.digest"] == entry["digest"]


def test_a_service_whose_tests_fail_gets_no_image(platform: Platform, built: Run) -> None:
    tags, test = platform.registry.tags("team/vibe-coder"), platform.service("vibe_coder") / "tests/test_bad.py"
    test.write_text("def test_bad() -> None:\n    assert 1 == 2\n")
    try:
        run = platform.playbook()
    finally:
        test.unlink()
    assert run.status != 0
    assert "Failed to build vibe_coder: " in run.output
    assert "assert 1 == 2" in run.output, "the log of the step is shown"
    assert platform.registry.tags("team/vibe-coder") == tags


def test_a_finding_stops_the_image_before_it_is_pushed(platform: Platform, built: Run) -> None:
    tags, planted = (
        platform.registry.tags("team/vibe-coder"),
        platform.service("vibe_coder") / "src/key.py",
    )
    # Put together here, so that this file holds none. Trivy looks away where a path says `example`.
    planted.write_text('TOKEN = "ghp_' + "a1B2" * 9 + '"\n')
    try:
        run = platform.playbook()
    finally:
        planted.unlink()
    assert run.status != 0
    assert "Failed to scan vibe_coder: Trivy found secret github-pat. Nothing was pushed;" in " ".join(
        run.output.split()
    )
    assert "publish | Push" not in run.output
    assert platform.registry.tags("team/vibe-coder") == tags


# Says what it was asked, and makes the file that it was asked for.
SCRIPT = """#!/bin/sh
echo "$(basename "$0") DOCKER_CONFIG=$DOCKER_CONFIG $*" >>"{log}"
for one in "$@"; do case "$one" in spdx-json=*) echo '{{}}' >"${{one#spdx-json=}}";; esac; done
exit {status}
"""


def stand_ins(platform: Platform, folder: Path, cosign: int = 0) -> dict[str, Any]:
    """Put scripts in the place of syft and cosign; return what the inventory says then."""
    folder.mkdir()
    for name, status in (("syft", 0), ("cosign", cosign)):
        (folder / name).write_text(SCRIPT.format(log=folder / "log", status=status))
        (folder / name).chmod(0o755)
    return {
        "platform_process_environment": platform.environment(f"{folder}:{platform.path}"),
        "image_required_tools": ["trivy", "syft", "cosign"],
        "image_signing_key": "awskms:///alias/images",
    }


def test_an_image_is_signed_before_it_gets_its_name(platform: Platform, built: Run, tmp_path: Path) -> None:
    source = platform.service("swe_agent") / "src/example_service/__init__.py"
    source.write_text(source.read_text() + "# signed\n")
    tags = platform.registry.tags("team/swe-agent")
    refused = platform.playbook(**stand_ins(platform, tmp_path / "bad", cosign=1))
    assert refused.status != 0
    assert platform.registry.tags("team/swe-agent") == tags, "what is not signed has no name"
    run = platform.playbook(**stand_ins(platform, tmp_path / "good"))
    assert run.status == 0, run.output[-3000:]
    assert built_images(run) == ["swe_agent"], "the run after an interrupted one does it again"
    entry = platform.digests()["swe_agent"]
    assert entry["tag"] in platform.registry.tags("team/swe-agent")
    reference = f"{entry['repository']}@{entry['digest']}"
    spdx = platform.folder / "state/images/swe_agent.spdx.json"
    assert (tmp_path / "good/log").read_text().splitlines() == [
        f"syft DOCKER_CONFIG= scan --quiet oci-dir:{platform.folder}/state/images/swe_agent --output spdx-json={spdx}",
        f"cosign DOCKER_CONFIG={platform.login} sign --yes --key awskms:///alias/images {reference}",
        f"cosign DOCKER_CONFIG={platform.login} attest --yes --type spdxjson --predicate {spdx}"
        f" --key awskms:///alias/images {reference}",
    ]


def test_a_machine_without_an_engine_is_told_before_anything_is_changed(platform: Platform, tmp_path: Path) -> None:
    for name in ("git", "env"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    run = platform.playbook(
        image_registry=f"{platform.registry.host}/none",
        image_engine="auto",
        image_builder="",
        platform_process_environment=platform.environment(str(tmp_path)),
    )
    said = " ".join(run.output.split())
    assert run.status != 0
    assert (
        "7 images have to be built (base-cuda-build, base-cuda, base-slim-build, base-slim, mvra, swe_agent,"
        " vibe_coder), but this machine has no container engine: docker is not on PATH; buildctl is not on PATH;"
    ) in said
    assert run.recap.changed == 0
    assert platform.registry.tags("none/base") == []


def test_mistakes_are_told_all_at_once_before_anything_is_changed(platform: Platform, tmp_path: Path) -> None:
    run = platform.playbook(
        platform_environment="production",
        image_definitions={
            "one": {"kind": "api", "context": str(tmp_path / "none")},
            "two": {"kind": "api", "context": str(tmp_path)},
        },
    )
    said = " ".join(run.output.split())
    assert run.status != 0
    assert f"image_definitions.one.context is {tmp_path / 'none'}, which is no folder" in said
    assert f"image_definitions.two.context is {tmp_path}, which lacks pyproject.toml, requirements.txt," in said
    assert "versions.yml has no digest for slim" in said
    assert "run playbooks/pin_base_images.yml" in said
    assert run.recap.changed == 0


def test_pins_are_read_from_the_registry_and_written_once(platform: Platform, tmp_path: Path) -> None:
    versions = tmp_path / "versions.yml"
    # The file of the repository with its comments, not the tests' own.
    versions.write_text((IMAGES / "versions.yml").read_text())
    name = "playbooks/pin_base_images.yml"
    values = {
        "image_versions_file": str(versions),
        "image_upstream_mirror": f"{platform.registry.host}/{workshop.MIRROR}",
        "image_docker_config": str(platform.login),
    }
    arguments = ["-e", json.dumps(values)]
    predicted = platform.playbook(*arguments, "--check", name=name)
    assert (predicted.status, versions.read_text()) == (0, (IMAGES / "versions.yml").read_text()), predicted.output
    assert predicted.recap.changed == 1
    first = platform.playbook(*arguments, name=name)
    assert first.status == 0, first.output
    found = re.findall(r"^  digest: (.*)$", versions.read_text(), re.MULTILINE)
    assert len(found) == 2
    assert all(DIGEST.match(one) for one in found)
    assert len(set(found)) == 2
    assert re.sub(r"(?m)^  digest: .*$", '  digest: ""', versions.read_text()) == (IMAGES / "versions.yml").read_text()
    assert platform.playbook(*arguments, name=name).recap.changed == 0
    # Where Docker Hub cannot be reached, one sentence.
    closed = platform.playbook("-e", json.dumps(values | {"image_upstream_mirror": "127.0.0.1:9"}), name=name)
    assert closed.status != 0
    assert "The registry does not answer at http://127.0.0.1:9/v2/docker.io/nvidia/cuda" in " ".join(
        closed.output.split()
    )
