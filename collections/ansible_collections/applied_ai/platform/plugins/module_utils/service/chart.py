# SPDX-License-Identifier: Apache-2.0
"""The chart's own opinion on a service's values, before a cluster sees them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.service.definitions import Service
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError

Json = dict[str, Any]
# (argv, standard input) → (exit code, standard output, standard error)
Run = Callable[[list[str], str], tuple[int, str, str]]

# What .helmignore keeps out of the package, and itself.
NOT_PACKAGED: Final = ("README.md", ".helmignore")
# Helm leads with the place in its templates, which helps nobody who edits an inventory.
PLACE: Final = re.compile(r"^Error: (execution error at \([^)]*\): )?")


def load(folder: Path, name: str) -> Json:
    """Return one YAML file of the chart."""
    path = folder / name
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        msg = f"Failed to read the chart's {path}: {error}. Set service_chart to the folder of a Helm chart."
        raise ServiceError(msg) from error
    if not isinstance(data, dict):
        msg = f"The chart's {path} holds no map. Set service_chart to the folder of a Helm chart."
        raise ServiceError(msg)
    return data


def identity(folder: Path) -> dict[str, str]:
    """Return the chart's name, and its version with the digest of its files as build metadata.

    A release is compared by its chart's version: without the digest an edited template would look like no change.
    """
    about = load(folder, "Chart.yaml")
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in NOT_PACKAGED):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return {"chart": str(about["name"]), "version": f"{about['version']}+{digest.hexdigest()[:12]}"}


def template_command(service: Service, chart: Path) -> list[str]:
    """Return the command that renders a service without a cluster, values on standard input."""
    return ["helm", "template", service.name, str(chart), "--namespace", service.namespace, "--values", "-"]


def refusal(stderr: str) -> str:
    """Return helm's reasons on one line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip() and not line.startswith("Use --debug")]
    reasons = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    return "; ".join(reasons) if reasons else PLACE.sub("", " ".join(lines))


def findings(run: Run, services: Iterable[Service], chart: Path) -> list[str]:
    """Say which services the chart refuses, and why."""
    found = []
    for service in services:
        if service.state == "absent":
            continue
        code, _, stderr = run(template_command(service, chart), json.dumps(service.values))
        if code != 0:
            found.append(
                f"service {service.name} in service_definitions: the chart refuses its values: {refusal(stderr)}"
            )
    return found
