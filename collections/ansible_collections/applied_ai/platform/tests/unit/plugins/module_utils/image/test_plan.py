# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.image import plan

DIGEST = f"sha256:{'a' * 64}"
UPSTREAM = {
    "slim": {"image": "docker.io/library/python", "tag": "3.13-slim", "digest": "", "python": "3.13"},
    "cuda": {"image": "docker.io/nvidia/cuda", "tag": "12.9", "digest": DIGEST, "python": "3.12"},
}


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Make a folder of Dockerfiles."""
    for kind in ("base", "api", "worker", "gpu_inference"):
        (tmp_path / "images" / kind).mkdir(parents=True)
        (tmp_path / "images" / kind / "Dockerfile").write_text(f"# {kind}\n")
    return tmp_path / "images"


@pytest.fixture
def definition(tmp_path: Path) -> dict[str, Any]:
    """Make a service."""
    folder = tmp_path / "one"
    (folder / "src/one").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "pyproject.toml").write_text('[project]\nversion = "1.2.0+local"\n')
    (folder / "requirements.txt").write_text("a==1 --hash=sha256:0\n")
    (folder / "requirements-test.txt").write_text("")
    return {"name": "one", "kind": "api", "context": str(folder), "package": "one", "repository": "one"}


def service(definition: dict[str, Any], images: Path, upstream: Any = None, **source: str) -> plan.Image:
    """Plan a service with its bases."""
    place = plan.Source(images, upstream or UPSTREAM, "linux/amd64", **source)
    variant = plan.VARIANTS[definition["kind"]]
    bases = {image.name: image for image in plan.base_images(variant, place, "r/base")}
    return plan.service_image(definition, place, bases, "r/one")


def test_a_base_is_two_images(images: Path) -> None:
    source = plan.Source(images, UPSTREAM, "linux/amd64", mirror="m.example.com/")
    build, runtime = plan.base_images("cuda", source, "r/base")
    assert (build.name, build.target, runtime.name, runtime.target) == (
        "base-cuda-build",
        "build",
        "base-cuda",
        "runtime",
    )
    assert runtime.tag.startswith("cuda-")
    assert build.tag.startswith("cuda-build-")
    assert runtime.arguments == {
        "VARIANT": "cuda",
        "PYTHON": "3.12",
        "UPSTREAM": f"m.example.com/docker.io/nvidia/cuda:12.9@{DIGEST}",
    }
    assert not runtime.service


def test_a_services_tag_is_its_version_and_what_it_is_made_of(definition: dict[str, Any], images: Path) -> None:
    image = service(definition, images)
    assert image.tag == f"1.2.0-local-{image.inputs[:12]}"
    assert image.bases == {"BASE": "base-slim", "BUILD_BASE": "base-slim-build"}
    assert image.labels["dev.applied-ai.inputs"] == f"sha256:{image.inputs}"
    assert image.dockerfile == images / "api/Dockerfile"


def test_a_mirror_changes_no_tag_and_another_base_does(definition: dict[str, Any], images: Path) -> None:
    tag = service(definition, images).tag
    assert service(definition, images, mirror="m.example.com").tag == tag
    other = {**UPSTREAM, "slim": {**UPSTREAM["slim"], "digest": DIGEST}}
    assert service(definition, images, upstream=other).tag != tag
    (images / "base/Dockerfile").write_text("# changed\n")
    assert service(definition, images).tag != tag


def test_the_kind_decides_about_the_base(definition: dict[str, Any], images: Path) -> None:
    assert service({**definition, "kind": "gpu_inference"}, images).bases["BASE"] == "base-cuda"
    assert service({**definition, "kind": "worker"}, images).tag != service(definition, images).tag
    assert plan.variants_of([definition, {**definition, "kind": "gpu_inference"}]) == ["cuda", "slim"]


def test_a_good_definition_has_no_finding(definition: dict[str, Any], images: Path) -> None:
    assert [*plan.definition_findings([definition], images)] == []


@pytest.mark.parametrize(
    ("change", "written", "said"),
    [
        ({"package": "o-ne"}, {}, "image_definitions.one.package is 'o-ne'; give a Python package's name"),
        ({"context": "/nonexistent"}, {}, "image_definitions.one.context is /nonexistent, which is no folder"),
        ({"package": "two"}, {}, "which lacks src/two; add what is missing there."),
        ({}, {"requirements.txt": "a==1\n"}, "requirements.txt has no hashes; write it with uv pip compile"),
        ({}, {"pyproject.toml": "[project\n"}, "pyproject.toml cannot be read: "),
    ],
    ids=["package", "folder", "file", "hashes", "project"],
)
def test_a_mistake_is_one_sentence(
    definition: dict[str, Any], images: Path, change: dict[str, str], written: dict[str, str], said: str
) -> None:
    for name, text in written.items():
        (Path(definition["context"]) / name).write_text(text)
    found = [*plan.definition_findings([{**definition, **change}], images)]
    assert len(found) == 1
    assert said in found[0]


def test_a_kind_without_a_dockerfile_is_told(definition: dict[str, Any], tmp_path: Path) -> None:
    found = [*plan.definition_findings([definition], tmp_path)]
    assert found == [f"{tmp_path} has no api/Dockerfile; set image_source to the folder that has it."]


@pytest.mark.parametrize(
    ("variants", "pinned", "said"),
    [
        (["cuda"], True, []),
        (["slim"], False, []),
        (["slim"], True, ["v.yml has no digest for slim (docker.io/library/python:3.13-slim)"]),
        (["other"], False, ["v.yml has no entry other; add one"]),
    ],
)
def test_an_upstream_image_is_there_and_pinned(variants: list[str], pinned: bool, said: list[str]) -> None:
    found = [*plan.upstream_findings(variants, UPSTREAM, "v.yml", pinned)]
    assert len(found) == len(said)
    assert all(one in finding for one, finding in zip(said, found, strict=True))


@pytest.mark.parametrize("digest", ["sha256:abc", "latest", None])
def test_what_is_no_digest_is_none(digest: str | None) -> None:
    upstream = {"slim": {**UPSTREAM["slim"], "digest": digest}}
    assert len([*plan.upstream_findings(["slim"], upstream, "v.yml", True)]) == 1


def test_a_project_without_a_version_has_one(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    assert plan.version(tmp_path) == "0"
