# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.image import engine
from ansible_collections.applied_ai.platform.plugins.module_utils.image.errors import ImageError

BUILD = engine.Build(
    context=Path("/services/one"),
    dockerfile=Path("/images/api/Dockerfile"),
    platform="linux/amd64",
    target="runtime",
    arguments={"SERVICE": "one", "BASE": "r/base@sha256:a"},
    labels={"title": "one"},
    secrets={"pip_conf": "/etc/pip.conf"},
)


def test_the_command_of_buildctl() -> None:
    output = engine.output_layout(Path("/out"))
    assert engine.command("buildctl", "unix:///b", BUILD, output, Path("/m.json")) == [
        *("buildctl", "--addr", "unix:///b", "build", "--progress", "plain", "--frontend", "dockerfile.v0"),
        *("--local", "context=/services/one", "--local", "dockerfile=/images/api"),
        *("--opt", "filename=Dockerfile", "--opt", "platform=linux/amd64", "--opt", "target=runtime"),
        *("--opt", "build-arg:BASE=r/base@sha256:a", "--opt", "build-arg:SERVICE=one"),
        *("--opt", "build-arg:SOURCE_DATE_EPOCH=315532800", "--opt", "label:title=one"),
        *("--secret", "id=pip_conf,src=/etc/pip.conf"),
        *("--output", "type=oci,tar=false,dest=/out,rewrite-timestamp=true", "--metadata-file", "/m.json"),
    ]


def test_the_command_of_docker() -> None:
    output = engine.output_registry("r/one")
    assert engine.command("docker", "mine", BUILD, output, Path("/m.json")) == [
        *("docker", "buildx", "build", "--builder", "mine", "--progress", "plain"),
        *("--file", "/images/api/Dockerfile", "--platform", "linux/amd64", "--target", "runtime"),
        *("--build-arg", "BASE=r/base@sha256:a", "--build-arg", "SERVICE=one"),
        *("--build-arg", "SOURCE_DATE_EPOCH=315532800", "--label", "title=one"),
        *("--secret", "id=pip_conf,src=/etc/pip.conf", "--provenance=false", "--sbom=false"),
        "--output",
        "type=image,name=r/one,push=true,push-by-digest=true,name-canonical=true,oci-mediatypes=true,rewrite-timestamp=true",
        *("--metadata-file", "/m.json", "/services/one"),
    ]


@pytest.mark.parametrize("name", engine.ENGINES)
def test_without_a_builder_the_engine_chooses(name: str) -> None:
    argv = engine.command(name, "", BUILD, "type=oci", Path("/m.json"))
    assert not {"--addr", "--builder"} & set(argv)
    assert "--addr" not in engine.probe(name, "")


ANSWERS = {
    "docker": (0, "Name: x\nDriver:        docker-container\n", ""),
    "buildctl": (0, "ID PLATFORMS\n", ""),
}


@pytest.mark.parametrize(
    ("wanted", "there", "answers", "found", "reasons"),
    [
        ("auto", "docker buildctl", ANSWERS, "docker", []),
        ("buildctl", "docker buildctl", ANSWERS, "buildctl", []),
        ("auto", "buildctl", ANSWERS, "buildctl", ["docker is not on PATH"]),
        ("auto", "", ANSWERS, "", ["docker is not on PATH", "buildctl is not on PATH"]),
        (
            "docker",
            "docker",
            {"docker": (1, "", "ERROR: Cannot connect to the Docker daemon.\n")},
            "",
            ["docker does not work (ERROR: Cannot connect to the Docker daemon)"],
        ),
        ("docker", "docker", {"docker": (1, "", "")}, "", ["docker does not work (it says nothing)"]),
        (
            "docker",
            "docker",
            {"docker": (0, "Driver:   docker\n", "")},
            "",
            ["docker has the driver docker, which writes no folders (docker buildx create --use makes another)"],
        ),
    ],
    ids=["first", "named", "second", "none", "no daemon", "silent", "driver"],
)
def test_the_engine_that_works_is_found(
    wanted: str, there: str, answers: dict[str, tuple[int, str, str]], found: str, reasons: list[str]
) -> None:
    which = {name: f"/bin/{name}" for name in there.split()}.get
    assert engine.find(wanted, "", which, lambda argv: answers[argv[0]]) == (found, reasons)


def test_a_machine_without_an_engine_gets_one_sentence() -> None:
    said = engine.missing(["one"], ["docker is not on PATH"])
    assert said.startswith("1 image has to be built (one), but this machine has no container engine: docker is not")
    assert said.endswith(".")
    assert engine.missing(["one", "two"], []).startswith("2 images have to be built (one, two)")


def test_the_digest_is_what_the_engine_notes() -> None:
    assert engine.digest({"containerimage.digest": "sha256:a"}) == "sha256:a"
    with pytest.raises(ImageError, match="does not tell the image's digest"):
        engine.digest({})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#1 x\nerror: failed to solve: exit code: 1\n\n", "failed to solve: exit code: 1"),
        ("ERROR: no\nDockerfile:3\n", "no"),
        ("something else.\n", "something else"),
    ],
)
def test_why_a_build_failed(text: str, said: str) -> None:
    assert engine.failure(text) == said
