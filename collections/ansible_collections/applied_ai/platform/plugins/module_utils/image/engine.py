# SPDX-License-Identifier: Apache-2.0
"""Container engines: which one this machine has, and how each is told to build."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.image.errors import ImageError

# Status, standard output, standard error.
Run = Callable[[list[str]], tuple[int, str, str]]
Which = Callable[[str], str | None]
# What the engine takes for the time of every file and of the image: equal inputs give equal bytes.
EPOCH: Final = "315532800"
ENGINES: Final = ("docker", "buildctl")
NEEDED: Final = (
    "install Docker with buildx, or BuildKit, whose buildctl also speaks to a BuildKit in Podman or nerdctl"
    " (image_builder: podman-container://buildkitd)"
)


@dataclass(frozen=True)
class Build:
    """One build, whatever the engine."""

    context: Path
    dockerfile: Path
    platform: str
    target: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


def output_layout(path: Path) -> str:
    """Return the output that writes a folder, as OCI lays images out."""
    return f"type=oci,tar=false,dest={path},rewrite-timestamp=true"


def output_registry(repository: str) -> str:
    """Return the output that pushes, without a name: the tag comes when everything else is done."""
    return (
        f"type=image,name={repository},push=true,push-by-digest=true,name-canonical=true,"
        "oci-mediatypes=true,rewrite-timestamp=true"
    )


def command(engine: str, builder: str, build: Build, output: str, metadata: Path) -> list[str]:
    """Return the command of a build. Secrets are named by their files."""
    if engine == "buildctl":
        return [
            *("buildctl", *(["--addr", builder] if builder else []), "build", "--progress", "plain"),
            *("--frontend", "dockerfile.v0"),
            *("--local", f"context={build.context}", "--local", f"dockerfile={build.dockerfile.parent}"),
            *("--opt", f"filename={build.dockerfile.name}", "--opt", f"platform={build.platform}"),
            *(["--opt", f"target={build.target}"] if build.target else []),
            *_pairs("--opt", "build-arg:", {**build.arguments, "SOURCE_DATE_EPOCH": EPOCH}),
            *_pairs("--opt", "label:", build.labels),
            *_secrets(build.secrets),
            *("--output", output, "--metadata-file", str(metadata)),
        ]
    return [
        *("docker", "buildx", "build", *(["--builder", builder] if builder else []), "--progress", "plain"),
        *("--file", str(build.dockerfile), "--platform", build.platform),
        *(["--target", build.target] if build.target else []),
        *_pairs("--build-arg", "", {**build.arguments, "SOURCE_DATE_EPOCH": EPOCH}),
        *_pairs("--label", "", build.labels),
        *_secrets(build.secrets),
        # Both hold the time of the build; the list of contents and the signature are made by syft and cosign.
        *("--provenance=false", "--sbom=false"),
        *("--output", output, "--metadata-file", str(metadata), str(build.context)),
    ]


def _pairs(option: str, prefix: str, values: Mapping[str, str]) -> Iterable[str]:
    for name, value in sorted(values.items()):
        yield from (option, f"{prefix}{name}={value}")


def _secrets(files: Mapping[str, str]) -> Iterable[str]:
    for name, path in sorted(files.items()):
        yield from ("--secret", f"id={name},src={path}")


def probe(engine: str, builder: str) -> list[str]:
    """Return the command that succeeds where the engine can build."""
    if engine == "buildctl":
        return ["buildctl", *(["--addr", builder] if builder else []), "debug", "workers"]
    return ["docker", "buildx", "inspect", "--bootstrap", *([builder] if builder else [])]


def find(wanted: str, builder: str, which: Which, run: Run) -> tuple[str, list[str]]:
    """Return the engine to use ("" for none), and why each other one will not do."""
    reasons = []
    for engine in ENGINES if wanted == "auto" else [wanted]:
        if not which(engine):
            reasons.append(f"{engine} is not on PATH")
            continue
        status, out, err = run(probe(engine, builder))
        said = f"{out}\n{err}"
        if status != 0:
            reasons.append(f"{engine} does not work ({last_line(said)})")
        elif engine == "docker" and re.search(r"^Driver:\s+docker$", out, re.MULTILINE):
            reasons.append(
                "docker has the driver docker, which writes no folders (docker buildx create --use makes another)"
            )
        else:
            return engine, reasons
    return "", reasons


def missing(names: list[str], reasons: list[str]) -> str:
    """Return the sentence about a machine that cannot build."""
    what = f"{len(names)} {'image has' if len(names) == 1 else 'images have'} to be built ({', '.join(names)})"
    return f"{what}, but this machine has no container engine: {'; '.join(reasons)}; {NEEDED}."


def digest(metadata: Mapping[str, object]) -> str:
    """Return the image's digest from what the engine notes of a build."""
    found = metadata.get("containerimage.digest")
    if not isinstance(found, str) or not found.startswith("sha256:"):
        raise ImageError("The container engine does not tell the image's digest; use a newer version of it.")
    return found


def last_line(text: str) -> str:
    """Return the last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "it says nothing"


def failure(text: str) -> str:
    """Return why a build failed: the builder's error, and the last lines of the step's output before it."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error:", "error "))]
    return (errors[-1] if errors else last_line(text)).removeprefix("ERROR: ").removeprefix("error: ").rstrip(".")
