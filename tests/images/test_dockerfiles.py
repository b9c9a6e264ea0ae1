# SPDX-License-Identifier: Apache-2.0
"""Dockerfiles: hadolint and Trivy have nothing to say, and would have if there were something."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import support.tools
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.image import plan
from support.rehearsal import BIN, REPO

IMAGES = REPO / "images"
DOCKERFILES = sorted(IMAGES.glob("*/Dockerfile"))
KINDS = sorted(plan.VARIANTS)


def hadolint(*dockerfiles: Path) -> list[str]:
    """Return the rules that hadolint finds broken."""
    argv = [str(BIN / "hadolint"), "--format", "json", "--no-color", *map(str, dockerfiles)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return [f"{one['code']} {Path(one['file']).parent.name}:{one['line']}" for one in json.loads(done.stdout)]


def trivy(folder: Path, cache: Path) -> tuple[list[str], int]:
    """Return what Trivy finds in the Dockerfiles of a folder, and how many files it looked at."""
    argv = [str(support.tools.trivy()), "config", "--quiet", "--format", "json", "--misconfig-scanners", "dockerfile"]
    argv += ["--skip-check-update", "--skip-version-check", "--disable-telemetry", "--cache-dir", str(cache)]
    done = subprocess.run([*argv, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    results = [one for one in json.loads(done.stdout).get("Results", []) if one.get("Type") == "dockerfile"]
    return [f["ID"] for result in results for f in result.get("Misconfigurations", [])], len(results)


def test_there_is_a_dockerfile_for_each_kind() -> None:
    assert [path.parent.name for path in DOCKERFILES] == sorted([*KINDS, "base"])


def test_hadolint_is_content() -> None:
    assert hadolint(*DOCKERFILES) == []


@pytest.mark.lab
def test_trivy_is_content(tmp_path: Path) -> None:
    found, files = trivy(IMAGES, tmp_path)
    assert found == []
    assert files == len(DOCKERFILES)


@pytest.mark.lab
@pytest.mark.parametrize(
    ("old", "new", "rule", "check"),
    [
        ("USER 10001:10001\nEXPOSE", "USER root\nEXPOSE", "DL3002", "DS-0002"),
        ("COPY --from=build --chown=0:0 /app /app", "ADD src /app", "DL3020", "DS-0005"),
        ("FROM ${BASE}\n", "FROM python:latest\n", "DL3007", "DS-0001"),
    ],
    ids=["root", "add", "latest"],
)
def test_a_planted_fault_is_found(tmp_path: Path, old: str, new: str, rule: str, check: str) -> None:
    text = (IMAGES / "api/Dockerfile").read_text()
    assert old in text
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy/Dockerfile").write_text(text.replace(old, new))
    assert rule in {finding.split()[0] for finding in hadolint(tmp_path / "copy/Dockerfile")}
    assert check in trivy(tmp_path / "copy", tmp_path / "cache")[0]


def build_part(kind: str) -> str:
    """Return a Dockerfile without its introduction and its last stage."""
    text = (IMAGES / kind / "Dockerfile").read_text()
    return text[text.index("ARG BASE\n") : text.index("\nFROM ${BASE}\n")]


def test_kinds_differ_in_their_last_stage_alone() -> None:
    assert {build_part(kind) for kind in KINDS} == {build_part("api")}
    assert {(IMAGES / kind / "Dockerfile.dockerignore").read_text() for kind in KINDS} == {
        (IMAGES / "api/Dockerfile.dockerignore").read_text()
    }
    assert len({(IMAGES / kind / "Dockerfile").read_text() for kind in KINDS}) == len(KINDS)


def test_versions_stand_in_one_file() -> None:
    """No Dockerfile names an image or a version; a digest is either none or one."""
    for path in DOCKERFILES:
        froms = re.findall(r"^FROM (\S+)", path.read_text(), re.MULTILINE)
        stages = set(re.findall(r" AS (\S+)$", path.read_text(), re.MULTILINE))
        assert [name for name in froms if not name.startswith("${") and name not in stages] == []
    for variant, entry in yaml.safe_load((IMAGES / "versions.yml").read_text()).items():
        assert set(entry) == {"image", "tag", "digest", "python"}, variant
        assert re.fullmatch(r"(sha256:[0-9a-f]{64})?", entry["digest"])


def test_nothing_is_fetched_by_address() -> None:
    """`ADD https://…` is content that nobody has named; the linters allow it."""
    assert [path for path in DOCKERFILES if re.search(r"^ADD |curl|wget", path.read_text(), re.MULTILINE)] == []


def test_the_dockerfiles_need_the_user_of_the_chart() -> None:
    chart = yaml.safe_load((REPO / "charts/ai_service/values.yaml").read_text())
    user = f"{chart['security']['runAsUser']}:{chart['security']['runAsGroup']}"
    assert int(user.split(":", maxsplit=1)[0]) == 10001
    for path in DOCKERFILES:
        assert set(re.findall(r"^USER (\S+)", path.read_text(), re.MULTILINE)) == {user}, path.parent.name


def test_the_examples_requirements_install_by_their_hashes_alone(tmp_path: Path) -> None:
    """As the images do it: wheels only, each with a known hash; a hash that is wrong is refused."""
    requirements = IMAGES / "example_service/requirements.txt"
    argv = [str(BIN / "uv"), "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "--target"]
    done = subprocess.run(
        [*argv, str(tmp_path / "good"), "-r", str(requirements)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "good/starlette").is_dir()
    wrong = re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", requirements.read_text())
    (tmp_path / "wrong.txt").write_text(wrong)
    refused = subprocess.run(
        [*argv, str(tmp_path / "bad"), "--no-cache", "-r", str(tmp_path / "wrong.txt")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode != 0
    assert "Hash mismatch" in refused.stderr or "hash" in refused.stderr.lower()
    shutil.rmtree(tmp_path / "good")
