# SPDX-License-Identifier: Apache-2.0
"""Which images there are to be, what each is made of, and the tag that says so."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.image import inputs
from ansible_collections.applied_ai.platform.plugins.module_utils.image.engine import EPOCH

Json = dict[str, Any]
# The base of each kind of service; a kind is a folder of images/ with a Dockerfile.
VARIANTS: Final = {"api": "slim", "worker": "slim", "gpu_inference": "cuda"}
# What a base is built as: the one that services run on, and the one that they are built with.
TARGETS: Final = {"BASE": "runtime", "BUILD_BASE": "build"}
FILES: Final = ("pyproject.toml", "requirements.txt", "requirements-test.txt", "tests")
PACKAGE: Final = re.compile(r"^[a-z_][a-z0-9_]*\Z")
TAG_DIGITS: Final = 12
INPUTS_LABEL: Final = "dev.applied-ai.inputs"


@dataclass(frozen=True)
class Image:
    """One image to be."""

    name: str
    repository: str
    tag: str
    inputs: str
    context: Path
    dockerfile: Path
    target: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    # Build argument: name of the image of this plan whose digest it gets.
    bases: Mapping[str, str] = field(default_factory=dict)
    service: bool = False

    @property
    def labels(self) -> dict[str, str]:
        """Return what the image says of itself; nothing in it depends on when or where it is built."""
        return {
            "org.opencontainers.image.title": self.name,
            "org.opencontainers.image.version": self.tag,
            INPUTS_LABEL: f"sha256:{self.inputs}",
        }


@dataclass(frozen=True)
class Source:
    """Where the Dockerfiles are, what upstream images there are, and for which platform it is."""

    images: Path
    upstream: Mapping[str, Json]
    platform: str
    mirror: str = ""

    def settings(self, more: Mapping[str, Any]) -> Json:
        """Return what decides about an image beside its files."""
        return {"platform": self.platform, "epoch": EPOCH, **more}


def upstream_reference(entry: Json, mirror: str = "") -> str:
    """Return the address of an upstream image, by its digest where that is known."""
    prefix = f"{mirror.rstrip('/')}/" if mirror else ""
    digest = f"@{entry['digest']}" if entry.get("digest") else ""
    return f"{prefix}{entry['image']}:{entry['tag']}{digest}"


def base_name(variant: str, target: str) -> str:
    """Return the name of a base image."""
    return f"base-{variant}" if target == "runtime" else f"base-{variant}-{target}"


def base_images(variant: str, source: Source, repository: str) -> list[Image]:
    """Return the two images of a base."""
    entry, dockerfile = source.upstream[variant], source.images / "base/Dockerfile"
    found = []
    for target in sorted(TARGETS.values()):
        arguments = {"VARIANT": variant, "PYTHON": str(entry["python"])}
        # The address without the mirror: the bytes are the same.
        settings = source.settings({**arguments, "upstream": upstream_reference(entry), "target": target})
        name, digest = base_name(variant, target), inputs.digest(dockerfile.parent, dockerfile, settings)
        found.append(
            Image(
                name=name,
                repository=repository,
                tag=f"{name.removeprefix('base-')}-{digest[:TAG_DIGITS]}",
                inputs=digest,
                context=dockerfile.parent,
                dockerfile=dockerfile,
                target=target,
                arguments={**arguments, "UPSTREAM": upstream_reference(entry, source.mirror)},
            )
        )
    return found


def service_image(definition: Json, source: Source, bases: Mapping[str, Image], repository: str) -> Image:
    """Return the image of a service."""
    folder, dockerfile = Path(definition["context"]), source.images / definition["kind"] / "Dockerfile"
    variant = VARIANTS[definition["kind"]]
    of = {argument: base_name(variant, target) for argument, target in TARGETS.items()}
    arguments = {"SERVICE": definition["package"]}
    settings = source.settings({**arguments, "bases": {key: bases[name].inputs for key, name in of.items()}})
    digest = inputs.digest(folder, dockerfile, settings)
    return Image(
        name=definition["name"],
        repository=repository,
        tag=f"{version(folder)}-{digest[:TAG_DIGITS]}",
        inputs=digest,
        context=folder,
        dockerfile=dockerfile,
        arguments=arguments,
        bases=of,
        service=True,
    )


def version(folder: Path) -> str:
    """Return the version that a service gives itself, as a tag takes it."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8")).get("project") or {}
    return re.sub(r"[^A-Za-z0-9_.-]", "-", str(project.get("version", "0"))).lstrip(".-") or "0"


def definition_findings(definitions: list[Json], images: Path) -> Iterator[str]:
    """Return one sentence per mistake in a definition or in the folder that it names."""
    for definition in definitions:
        name, folder = definition["name"], Path(definition["context"])
        where = f"image_definitions.{name}"
        if not PACKAGE.match(definition["package"]):
            yield f"{where}.package is {definition['package']!r}; give a Python package's name, such as vibe_coder."
            continue
        if not (images / definition["kind"] / "Dockerfile").is_file():
            yield f"{images} has no {definition['kind']}/Dockerfile; set image_source to the folder that has it."
        if not folder.is_dir():
            yield f"{where}.context is {folder}, which is no folder; give the folder of the service."
            continue
        wanted = [*FILES, f"src/{definition['package']}"]
        if lacking := [file for file in wanted if not (folder / file).exists()]:
            yield f"{where}.context is {folder}, which lacks {', '.join(lacking)}; add what is missing there."
            continue
        for file in ("requirements.txt", "requirements-test.txt"):
            text = (folder / file).read_text(encoding="utf-8")
            if text.strip() and "--hash=" not in text:
                yield f"{folder / file} has no hashes; write it with uv pip compile --generate-hashes."
        try:
            version(folder)
        except tomllib.TOMLDecodeError as error:
            yield f"{folder / 'pyproject.toml'} cannot be read: {error}."


def upstream_findings(variants: list[str], upstream: Mapping[str, Json], place: str, pinned: bool) -> Iterator[str]:
    """Return one sentence per upstream image that is missing or not pinned."""
    for variant in variants:
        if variant not in upstream:
            yield f"{place} has no entry {variant}; add one with image, tag, digest and python."
        elif pinned and not re.match(r"^sha256:[0-9a-f]{64}\Z", str(upstream[variant].get("digest") or "")):
            yield (
                f"{place} has no digest for {variant} ({upstream_reference(upstream[variant])}), and"
                " image_pinned is true; run playbooks/pin_base_images.yml where that registry can be reached."
            )


def variants_of(definitions: list[Json]) -> list[str]:
    """Return the bases that services need."""
    return sorted({VARIANTS[definition["kind"]] for definition in definitions})
