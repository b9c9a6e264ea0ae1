# SPDX-License-Identifier: Apache-2.0
"""Values that add-on roles set, and the values that their charts know (see ../shared/charts/README.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar
from contract import house

# Some roles read a file of theirs with a lookup.
init_plugin_loader()
# Ten times as fast on the large charts, where libyaml is there.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DATA = house.REPO.parent / "shared/charts"
# Of charts that the data lacks: the keys that our roles set, each looked up in the chart.
KNOWN = house.REPO / "tests/contract/known_values"
Json = dict[str, Any]
# What Kubernetes itself allows below keys of this name, whichever of it a chart declares.
KUBERNETES = {"resources": {"limits", "requests", "claims"}}
# Keys that stand in a chart's defaults as a comment only, and that its templates read.
COMMENTED = {
    "kube-prometheus-stack": {"grafana.persistence.storageClassName"},
    "weaviate": {"backups.s3.envconfig.AWS_REGION", "backups.s3.envconfig.BACKUP_S3_PATH"},
}
# Maps that a chart passes on as they are, beside the defaults that it has there.
PASSED_ON = {
    "istiod": {"meshConfig"},
    "cluster-autoscaler": {"extraArgs"},
    "eck-operator": {"podSecurityContext"},
    "opencost": {"opencost.customPricing.costModel"},
    "opentelemetry-collector": {"config", "ports"},
    "prometheus-blackbox-exporter": {"config.modules"},
    "tigera-operator": {"installation"},
    "weaviate": {"env"},
}
# Values that an installation of the role would have from elsewhere.
SURROUNDINGS = {
    "platform_environment": "production",
    "platform_name": "applied-ai-production",
    "platform_region": "us-east-1",
    "platform_cloud": "aws",
    "role_path": str(house.ROLES / "addon"),
}
# Uniform inputs that do not reach the values.
PLUMBING = ("_state", "_chart_version", "_namespace", "_extra_values")


@dataclass(frozen=True)
class Chart:
    """What a chart knows."""

    name: str
    version: str
    values: Json
    # Paths that templates read although the defaults do not declare them, and switches of dependencies.
    undeclared: frozenset[str]
    # Defaults of dependencies by the key under which they are set; None where they were not available.
    subcharts: Mapping[str, Json | None]
    schema: Json | None = None


@cache
def read(path: Path) -> Any:
    """Read a data file once."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER) or {}  # noqa: S506  a SafeLoader


def index() -> dict[str, Json]:
    """Return what is known of each chart."""
    entries = read(DATA / "index.yaml")["charts"] + [read(path) for path in sorted(KNOWN.glob("*.yaml"))]
    return {entry["name"]: entry for entry in entries}


def read_chart(entry: Json, root: Path = DATA) -> Chart:
    """Read a chart by its entry in the index."""
    if "values" in entry:
        return Chart(entry["name"], entry["version"], entry["values"], frozenset(), {})
    folder = root / entry["name"]
    values = read(folder / "values.yaml")
    if entry.get("values_root"):
        values = values[entry["values_root"]]
    subcharts: dict[str, Json | None] = {}
    conditions: set[str] = set()
    for dependency in entry.get("dependencies") or []:
        path = folder / str(dependency.get("data")) / "values.yaml"
        key = dependency.get("alias") or dependency["name"]
        subcharts[key] = read(path) if path.is_file() else None
        conditions |= {part.strip() for part in str(dependency.get("condition") or "").split(",") if part.strip()}
    schema = None
    if entry.get("schema") == "closed":
        schema = read(folder / "values.schema.json")
    free = COMMENTED.get(entry["name"], set()) | PASSED_ON.get(entry["name"], set())
    undeclared = frozenset(conditions | set(entry.get("undeclared_keys") or []) | free)
    return Chart(entry["name"], str(entry["version"]), values, undeclared, subcharts, schema)


def unknown_values(values: Mapping[str, Any], chart: Chart) -> Iterator[str]:
    """Return one sentence per value that the chart does not know."""
    for key, value in values.items():
        if key == "global":
            continue  # every chart may read it
        if key in chart.subcharts:
            below = chart.subcharts[key]
            own = chart.values.get(key) or {}
            if below is not None and isinstance(value, dict):
                yield from unknown_keys(value, merge(below, own), key, chart.undeclared)
        else:
            yield from unknown_keys({key: value}, chart.values, "", chart.undeclared)


def unknown_keys(values: Mapping[str, Any], known: Json, path: str, undeclared: frozenset[str]) -> Iterator[str]:
    """Return one sentence per key below ``path`` that is not known; below an empty default everything may stand."""
    for key, value in values.items():
        place = f"{path}.{key}" if path else key
        if key in KUBERNETES.get(path.rpartition(".")[2], ()):
            continue
        if any(place == item or place.startswith(f"{item}.") for item in undeclared):
            continue
        if key not in known:
            if isinstance(value, dict) and any(item.startswith(f"{place}.") for item in undeclared):
                yield from unknown_keys(value, {}, place, undeclared)
                continue
            close = get_close_matches(key, list(known), n=1)
            yield f"{place} is not known" + (f"; did you mean {close[0]}" if close else "")
        elif isinstance(value, dict) and value:
            if isinstance(known[key], dict) and known[key]:
                yield from unknown_keys(value, known[key], place, undeclared)
            elif known[key] not in ({}, [], None):
                yield f"{place} is a map here and {known[key]!r} in the chart"
        elif isinstance(known[key], dict) and known[key] and value not in ({}, None):
            yield f"{place} is {value!r} here and a map in the chart"


def merge(base: Json, over: Json) -> Json:
    """Return ``base`` with ``over`` laid over it, as Helm does."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def addon_tasks(role: str, key: str = "addon_values") -> list[Json]:
    """Return the variables of each use of the role addon in an add-on's task files."""
    return [
        task["vars"]
        for path in sorted((house.ROLES / role / "tasks").glob("*.yml"))
        for task in flatten(DataLoader().load_from_file(str(path), trusted_as_template=True) or [])
        if key in (task.get("vars") or {})
    ]


def flatten(tasks: list[Json]) -> Iterator[Json]:
    """Return tasks with those of their blocks."""
    for task in tasks:
        yield task
        yield from flatten(task.get("block") or [])


def rendered(role: str, inputs: Mapping[str, Any], key: str = "addon_values") -> list[Any]:
    """Return the values that a role would give to its charts, with these inputs over its defaults."""
    loader = DataLoader()
    variables = role_variables(role, inputs, loader)
    found = []
    for task in addon_tasks(role, key):
        templar = Templar(loader=loader, variables={**variables, **task})
        found.append(plain(templar.template(task[key])))
    return found


def role_variables(role: str, inputs: Mapping[str, Any], loader: DataLoader) -> Json:
    """Return the variables that a role's tasks see, as templates, with these inputs over its defaults."""
    variables: Json = dict(SURROUNDINGS)
    for path in (
        house.ROLES / "addon/defaults/main.yml",
        house.ROLES / "addon/vars/main.yml",
        house.ROLES / role / "defaults/main.yml",
        house.ROLES / role / "vars/main.yml",
    ):
        if path.is_file():
            variables |= loader.load_from_file(str(path), trusted_as_template=True) or {}
    return variables | dict(inputs)


def variable(role: str, inputs: Mapping[str, Any], name: str) -> Any:
    """Return one variable of a role, with these inputs over its defaults."""
    loader = DataLoader()
    variables = role_variables(role, inputs, loader)
    return plain(Templar(loader=loader, variables=variables).template(variables[name]))


def rendered_objects(role: str, inputs: Mapping[str, Any]) -> list[Json]:
    """Return the objects that a role would create, with these inputs over its defaults."""
    return [one for objects in rendered(role, inputs, "addon_objects") for one in objects]


def plain(value: Any) -> Any:
    """Return a value without Ansible's own types."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    return str.__str__(value)


def variants(role: str) -> dict[str, Json]:
    """Return inputs to try: the defaults, and everything turned round, so that values behind a condition show."""
    turned: Json = {}
    for name, option in house.options(role).items():
        default = option.get("default")
        if name.endswith(PLUMBING):
            continue
        if isinstance(default, bool):
            turned[name] = not default
        elif option.get("choices"):
            turned[name] = [choice for choice in option["choices"] if choice != default][-1]
        elif isinstance(default, int):
            turned[name] = default + 1
        elif default == "":
            turned[name] = "given"
    return {"defaults": {}, "turned": turned}
