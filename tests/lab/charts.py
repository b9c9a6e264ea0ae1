# SPDX-License-Identifier: Apache-2.0
"""Package the stand-in charts under the names and versions of the real ones."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.errors import LabError
from lab.paths import REPOSITORY, SOURCE, Paths
from lab.state import State, locked
from lab.tools import cache_key, cached, fetch_module, run

STAND_INS = SOURCE / "charts"
WORKLOADS = SOURCE / "chart_templates" / "workloads.yaml"
# Published chart data beside the repository, which holds CRDs that no Go module carries.
PUBLISHED = REPOSITORY.parent / "shared" / "charts"
CATALOGUE = REPOSITORY / "roles" / "addon" / "vars" / "main.yml"
GATEWAY_API = REPOSITORY / "roles" / "gateway_api" / "vars" / "main.yml"
CRD_MODULE = "lab.applied-ai.dev/crd-module"
CRD_FOLDER = "lab.applied-ai.dev/crd-folder"
CRD_TARGET = "lab.applied-ai.dev/crd-target"
CRD_PUBLISHED = "lab.applied-ai.dev/crd-published"
METRICS_PORT = "@metrics-server-port@"


def catalogue(file: Path = CATALOGUE) -> dict[str, str]:
    """Read chart names and versions from the one place where they stand."""
    try:
        entries = yaml.safe_load(file.read_text())["addon_catalogue"]
        return {entry["chart"]: str(entry["version"]) for entry in entries.values() if "chart" in entry}
    except (FileNotFoundError, KeyError, TypeError) as error:
        raise LabError(f"{file} holds no addon_catalogue with chart and version of each add-on: {error}.") from error


def gateway_api_version(file: Path = GATEWAY_API) -> str:
    """Read the version of the Gateway API's CRDs, which no chart brings, from the one place where it stands."""
    return str(yaml.safe_load(file.read_text())["__gateway_api_version"])


def description(chart: Path) -> dict[str, Any]:
    """Read a stand-in's Chart.yaml."""
    content: dict[str, Any] = yaml.safe_load((chart / "Chart.yaml").read_text())
    return content


def crd_source(chart: Mapping[str, Any], version: str) -> tuple[str, str, str] | None:
    """Return the Go module, its version and its folder with the chart's real CRDs; None where there are none.

    The module has the application's version: Chart.yaml's appVersion, or the chart's where it has none.
    """
    annotations = chart.get("annotations") or {}
    if CRD_MODULE not in annotations:
        return None
    # Go's versions start with a v, charts' may.
    module_version = f"v{str(chart.get('appVersion') or version).removeprefix('v')}"
    return annotations[CRD_MODULE], module_version, annotations[CRD_FOLDER]


def published_crds(chart: Mapping[str, Any]) -> Path | None:
    """Return the folder with the chart's CRDs in the published data, if both are there."""
    folder = (chart.get("annotations") or {}).get(CRD_PUBLISHED)
    return PUBLISHED / folder if folder and (PUBLISHED / folder).is_dir() else None


def fetch_crds(paths: Paths, source: tuple[str, str, str], say: Callable[[str], None]) -> Path:
    """Bring a module's CRD files into the cache."""
    module, version, folder = source

    def make(target: Path) -> None:
        say(f"CRDs: fetching {module} {version} …")
        with tempfile.TemporaryDirectory() as scratch:
            origin = fetch_module(module, version, Path(scratch)) / folder
        files = [f for f in sorted(origin.glob("*.yaml")) if "kind: CustomResourceDefinition" in f.read_text()]
        if not files:
            raise LabError(f"{module} {version} has no CRDs in {folder}: correct the stand-in's Chart.yaml.")
        for file in files:
            (target / file.name).write_bytes(file.read_bytes())

    return cached(paths.cache, "crds", cache_key(*source), make, say)


def tree_hash(folder: Path) -> str:
    """Hash a folder's names and contents."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return cache_key(*(part for f in files for part in (str(f.relative_to(folder)), f.read_bytes())))


def package(paths: Paths, state: State, say: Callable[[str], None]) -> None:
    """Package every stand-in that the catalogue names, where its content changed."""
    with locked(paths.dir / "charts.lock", "charts: another command packages them; waiting for it …"):
        paths.charts.mkdir(parents=True, exist_ok=True)
        expected = set()
        for name, version in catalogue().items():
            if (STAND_INS / name / "Chart.yaml").is_file():
                expected |= package_one(paths, state, name, version, say)
        for file in paths.charts.iterdir():
            if file.name not in expected and file.is_file():
                file.unlink()
        module = ("sigs.k8s.io/gateway-api", gateway_api_version(), "config/crd/standard")
        shutil.rmtree(paths.charts / "crds", ignore_errors=True)
        shutil.copytree(fetch_crds(paths, module, say), paths.charts / "crds")


def package_one(paths: Paths, state: State, name: str, version: str, say: Callable[[str], None]) -> set[str]:
    """Package one stand-in; return the names of its files in the charts folder.

    What is the same for every rehearsal is packaged once and kept in the cache.
    """
    archive, mark = paths.charts / f"{name}-{version}.tgz", paths.charts / f".{name}-{version}.hash"
    chart = description(STAND_INS / name)
    app_version = str(chart.get("appVersion") or version)
    source = crd_source(chart, version)
    crds = fetch_crds(paths, source, say) if source else published_crds(chart)
    with tempfile.TemporaryDirectory(dir=paths.dir, prefix=".chart-") as scratch:
        tree = Path(scratch) / name
        shutil.copytree(STAND_INS / name, tree)
        if crds:
            target = tree / str(chart["annotations"][CRD_TARGET])
            shutil.copytree(crds, target, dirs_exist_ok=True)
        if (tree / "workloads.yaml").is_file():
            (tree / "templates").mkdir(exist_ok=True)
            shutil.copyfile(WORKLOADS, tree / "templates" / "workloads.yaml")
        values = tree / "values.yaml"
        text = values.read_text()
        values.write_text(text.replace(METRICS_PORT, str(state.ports["metrics_server"])))
        digest = cache_key(tree_hash(tree), version, app_version)

        def make(target: Path) -> None:
            versions = ["--version", version, "--app-version", app_version]
            run([str(paths.bin / "helm"), "package", str(tree), *versions, "--destination", str(target)], paths.dir)
            say(f"charts: packaged the stand-in {archive.name}")

        if not (archive.is_file() and mark.is_file() and mark.read_text() == digest):
            if METRICS_PORT in text:
                # This rehearsal's alone.
                make(Path(scratch))
                (Path(scratch) / archive.name).replace(archive)
            else:
                shutil.copyfile(cached(paths.cache, "charts", digest, make, lambda _: None) / archive.name, archive)
            mark.write_text(digest)
    return {archive.name, mark.name}
