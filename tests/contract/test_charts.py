# SPDX-License-Identifier: Apache-2.0
"""A misspelt Helm value is silent in production. Here it is loud."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
from contract import charts, house

ADDONS = house.load(house.ROLES / "addon/vars/main.yml")["addon_catalogue"]
CATALOGUE = {name: entry for name, entry in ADDONS.items() if "chart" in entry}
needs_data = pytest.mark.skipif(
    not charts.DATA.is_dir(), reason="the charts' published defaults are not beside this repository (../shared/charts)"
)
# Checksums and pins of other things, where the same number may stand for something else.
LOCKS = {"go.mod", "go.sum", "dev.txt", "runtime.txt", "emulator.txt", "bootstrap.txt", ".terraform.lock.hcl"}
# This file, the page that is written from the catalogue, and what was looked up in the chart of exactly that version.
GENERATED = {"tests/contract/test_charts.py", "docs/addons.md"} | {house.shown(path) for path in charts.KNOWN.glob("*")}
DEMO = charts.Chart(
    "demo",
    "1.0.0",
    {
        "replicas": 1,
        "image": {"tag": ""},
        "labels": {},
        "resources": {"requests": {"cpu": 1}},
        "sub": {"enabled": True},
    },
    frozenset({"extra", "image.pullSecrets", "pdb.minAvailable"}),
    {"sub": {"port": 1}, "blind": None},
    {"type": "object", "properties": {"replicas": {"type": "integer"}}},
)
UNKNOWN = {
    "misspelt": ({"replica": 1}, "replica is not known; did you mean replicas"),
    "nested": ({"image": {"tagg": "a"}}, "image.tagg is not known; did you mean tag"),
    "subchart": ({"sub": {"prot": 1}}, "sub.prot is not known; did you mean port"),
    "map for a scalar": ({"replicas": {"min": 1}}, "replicas is a map here and 1 in the chart"),
    "scalar for a map": ({"image": "a"}, "image is 'a' here and a map in the chart"),
    "beside an undeclared one": ({"pdb": {"minimum": 1}}, "pdb.minimum is not known"),
}
KNOWN = {
    "declared": {"replicas": 2, "image": {"tag": "a"}},
    "free-form": {"labels": {"any": {"thing": 1}}},
    "undeclared but read": {"extra": {"a": 1}, "image": {"pullSecrets": []}, "pdb": {"minAvailable": 1}},
    "subchart": {"sub": {"port": 2, "enabled": False}},
    "resources": {"resources": {"limits": {"memory": "1Gi"}}},
    "subchart without data": {"blind": {"any": 1}},
    "global": {"global": {"any": 1}},
}


@pytest.mark.parametrize(("values", "finding"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_value_is_found(values: house.Json, finding: str) -> None:
    assert list(charts.unknown_values(values, DEMO)) == [finding]


@pytest.mark.parametrize("values", KNOWN.values(), ids=KNOWN)
def test_a_known_value_is_not_found(values: house.Json) -> None:
    assert list(charts.unknown_values(values, DEMO)) == []


@needs_data
@pytest.mark.parametrize("role", CATALOGUE)
def test_catalogue_pins_a_published_version(role: str) -> None:
    entry = charts.index()[CATALOGUE[role]["chart"]]
    assert CATALOGUE[role]["version"] == entry["version"]
    repository = CATALOGUE[role]["repository"].rstrip("/")
    published = {entry["repository"].rstrip("/"), entry["repository"].rstrip("/").removesuffix(f"/{entry['name']}")}
    assert repository in published


@needs_data
@pytest.mark.parametrize("variant", ["defaults", "turned"])
@pytest.mark.parametrize("role", CATALOGUE)
def test_every_value_of_an_add_on_is_known_to_its_chart(role: str, variant: str) -> None:
    chart = charts.read_chart(charts.index()[CATALOGUE[role]["chart"]])
    rendered = charts.rendered(role, charts.variants(role)[variant])
    assert rendered, f"{role} gives no addon_values to the role addon"
    for values in rendered:
        assert list(charts.unknown_values(values, chart)) == []
        if chart.schema:
            jsonschema.validate(charts.merge(chart.values, values), chart.schema)


@needs_data
@pytest.mark.parametrize("chart", charts.COMMENTED)
def test_commented_keys_stand_in_the_charts_defaults(chart: str) -> None:
    text = "".join(path.read_text() for path in (charts.DATA / chart).rglob("values.yaml"))
    for path in charts.COMMENTED[chart]:
        assert re.search(rf"^ *# *{path.rpartition('.')[2]}:", text, re.MULTILINE), path


@needs_data
def test_a_misspelt_value_of_a_role_is_found() -> None:
    """The whole way: real role, real chart, one letter wrong."""
    chart = charts.read_chart(charts.index()["metrics-server"])
    (values,) = charts.rendered(
        "metrics_server", {"metrics_server_extra_values": {"replicsa": 1, "service": {"prot": 1}}}
    )
    assert list(charts.unknown_values(values, chart)) == [
        "replicsa is not known; did you mean replicas",
        "service.prot is not known; did you mean port",
    ]


@needs_data
@pytest.mark.parametrize("path", sorted(charts.KNOWN.glob("*.yaml")), ids=lambda path: path.stem)
def test_known_keys_are_of_charts_that_are_used_and_that_the_data_lacks(path: Path) -> None:
    published = {entry["name"] for entry in charts.read(charts.DATA / "index.yaml")["charts"]}
    assert path.stem == charts.read(path)["name"]
    assert path.stem in {entry["chart"] for entry in CATALOGUE.values()} - published


@needs_data
def test_a_value_that_a_closed_schema_refuses_is_found() -> None:
    chart = charts.read_chart(charts.index()["cert-manager"])
    assert chart.schema
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(charts.merge(chart.values, {"replicaCount": "many", "nonsense": 1}), chart.schema)


def test_values_behind_a_condition_are_rendered_too() -> None:
    """The variant `turned` is worth its name: it sets other values than the defaults do."""
    assert any(
        charts.rendered(role, variants["turned"]) != charts.rendered(role, variants["defaults"])
        for role in CATALOGUE
        if (variants := charts.variants(role))
    )


@pytest.mark.parametrize("role", ADDONS)
def test_what_is_scraped_or_has_alerts_comes_after_the_kinds_that_say_so(role: str) -> None:
    """Helm refuses a chart with a ServiceMonitor, and objects with a PrometheusRule, while that kind is missing."""
    keys = ("addon_values", "addon_objects")
    with_monitoring, without = (
        [charts.rendered(role, {"addon_monitoring": answer}, key) for key in keys] for answer in (True, False)
    )
    alerts = (house.ROLES / role / "files/alerts.yml").is_file()
    order = list(ADDONS)
    needs = alerts or with_monitoring != without
    assert not needs or order.index(role) >= order.index("kube_prometheus_stack")


def test_images_have_their_mirror_before_the_first_chart() -> None:
    order = list(ADDONS)
    assert order.index("image_mirror") < min(order.index(role) for role in CATALOGUE)


@pytest.mark.parametrize("role", CATALOGUE)
def test_chart_version_stands_once(role: str) -> None:
    version = CATALOGUE[role]["version"]
    pattern = re.compile(rf"(?<![\w.])v?{re.escape(version.removeprefix('v'))}(?![\w.]*\d)")
    places = [
        f"{house.shown(path)}:{number}"
        for path in house.text_files()
        if path.name not in LOCKS and house.shown(path) not in GENERATED
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
    # Two charts may happen to have the same version: then it stands in the catalogue for each.
    same = [entry for entry in CATALOGUE.values() if entry["version"].removeprefix("v") == version.removeprefix("v")]
    assert len(places) <= len(same), places
    assert all(place.startswith("roles/addon/vars/main.yml:") for place in places), places


@pytest.mark.parametrize("role", ADDONS)
def test_add_on_has_the_uniform_inputs_first(role: str) -> None:
    names = [name.removeprefix(role) for name in house.options(role)]
    of_chart = ["_chart_version", "_namespace", *(["_replicas"] if "_replicas" in names else []), "_extra_values"]
    uniform = ["_state", *(of_chart if role in CATALOGUE else ["_namespace"])]
    assert names[: len(uniform)] == uniform
