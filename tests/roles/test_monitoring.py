# SPDX-License-Identifier: Apache-2.0
"""Monitoring and cost: who is probed, which prices reach OpenCost, what dashboards look at."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract import charts, house

Json = dict[str, Any]
DEFINITIONS: Json = {
    "example_api": {"team": "research"},
    "own": {
        "team": "coders",
        "namespace": "b",
        "port": 9000,
        "extra_values": {"serviceName": "other", "probes": {"liveness": {"path": "/alive"}}},
    },
    "gone": {"team": "research", "state": "absent"},
}
DASHBOARDS = {path.name: path for path in sorted(house.ROLES.glob("*/files/dashboards/*.json"))}
OURS = ["platform.json", "services.json", "costs.json"]
# What the exporters of the platform have, as far as the dashboards look at it.
METRICS = {
    # Prometheus itself
    "ALERTS",
    "prometheus_tsdb_head_series",
    "prometheus_tsdb_retention_limit_bytes",
    "prometheus_tsdb_storage_blocks_bytes",
    "prometheus_tsdb_wal_storage_size_bytes",
    # kube-state-metrics
    "kube_deployment_status_replicas_available",
    "kube_horizontalpodautoscaler_spec_max_replicas",
    "kube_horizontalpodautoscaler_status_current_replicas",
    "kube_node_labels",
    "kube_node_status_allocatable",
    "kube_node_status_condition",
    "kube_persistentvolume_capacity_bytes",
    "kube_pod_container_resource_requests",
    "kube_pod_container_status_restarts_total",
    "kube_pod_labels",
    "kube_pod_status_phase",
    # node exporter, kubelet, cAdvisor
    "container_cpu_usage_seconds_total",
    "container_memory_working_set_bytes",
    "kubelet_volume_stats_available_bytes",
    "kubelet_volume_stats_capacity_bytes",
    "node_cpu_seconds_total",
    "node_memory_MemAvailable_bytes",
    "node_memory_MemTotal_bytes",
    # blackbox exporter, cert-manager
    "certmanager_certificate_expiration_timestamp_seconds",
    "probe_duration_seconds",
    "probe_success",
    # the mesh, the service graph of the OpenTelemetry collector
    "istio_request_duration_milliseconds_bucket",
    "istio_requests_total",
    "istio_tcp_sent_bytes_total",
    "traces_service_graph_request_failed_total",
    "traces_service_graph_request_total",
    # OpenCost
    "container_cpu_allocation",
    "container_gpu_allocation",
    "container_memory_allocation_bytes",
    "kubecost_load_balancer_cost",
    "kubecost_node_is_spot",
    "node_cpu_hourly_cost",
    "node_gpu_count",
    "node_gpu_hourly_cost",
    "node_ram_hourly_cost",
    "node_total_hourly_cost",
    "pv_hourly_cost",
    # our own rules
    "platform:hourly_cost:sum",
}


def probes(**inputs: Any) -> dict[str, Json]:
    """Return the probes' targets by name."""
    objects = charts.rendered_objects("blackbox_exporter", {"service_definitions": DEFINITIONS, **inputs})
    return {
        one["metadata"]["name"]: one["spec"]["targets"]["staticConfig"] for one in objects if one["kind"] == "Probe"
    }


def test_every_service_is_probed_where_its_chart_makes_it_answer() -> None:
    chart = yaml.safe_load((house.REPO / "charts/ai_service/values.yaml").read_text())
    port, path = chart["service"]["port"], chart["probes"]["liveness"]["path"]
    found = probes()
    assert {name: one["static"] for name, one in found.items()} == {
        "blackbox-example-api": [f"http://example-api.services.svc.cluster.local:{port}{path}"],
        "blackbox-other": ["http://other.b.svc.cluster.local:9000/alive"],
    }
    assert found["blackbox-other"]["labels"] == {
        "target": "other",
        "namespace": "b",
        "service": "other",
        "team": "coders",
    }


def test_further_targets_are_data_and_win_over_services() -> None:
    found = probes(
        blackbox_exporter_targets={"example-api": {"url": "https://api.example.com"}, "db": {"url": "db:5432"}}
    )
    assert found["blackbox-example-api"]["static"] == ["https://api.example.com"]
    assert set(found) == {"blackbox-example-api", "blackbox-other", "blackbox-db"}
    assert probes(blackbox_exporter_services=False) == {}


def test_a_probe_has_an_identity_that_the_mesh_lets_in() -> None:
    scrapers = yaml.safe_load((house.ROLES / "service/defaults/main.yml").read_text())["service_scrapers"]
    assert "cluster.local/ns/monitoring/sa/prometheus-blackbox-exporter" in scrapers
    (labels,) = charts.rendered("blackbox_exporter", {}, "addon_namespace_labels")
    assert labels == {"istio.io/dataplane-mode": "ambient"}
    (values,) = charts.rendered("blackbox_exporter", {"addon_mesh": "istio_sidecar"})
    assert values["pod"]["labels"] == {"sidecar.istio.io/inject": "true"}


@pytest.mark.parametrize(
    ("target", "finding"),
    [
        ({}, "has no url: say what is probed."),
        ({"url": "a", "module": "nope"}, ".module is nope, and there is http_2xx, http_ok, tcp_connect."),
    ],
)
def test_a_target_that_cannot_be_probed_is_found(target: Json, finding: str) -> None:
    (found,) = charts.rendered("blackbox_exporter", {"blackbox_exporter_targets": {"a": target}}, "addon_findings")
    assert [sentence.removeprefix("blackbox_exporter_targets.a").strip() for sentence in found] == [finding]


@pytest.mark.parametrize(("size", "guard"), [("100Gi", "80GB"), ("1.5Ti", "1228GB"), ("107374182400", "")])
def test_metrics_leave_room_on_their_volume(size: str, guard: str) -> None:
    (values,) = charts.rendered("kube_prometheus_stack", {"kube_prometheus_stack_prometheus_storage_size": size})
    assert values["prometheus"]["prometheusSpec"]["retentionSize"] == guard


def test_prices_are_given_as_opencost_reads_them() -> None:
    """It divides them by the hours of a month, but for spot GPUs and egress."""
    (values,) = charts.rendered("opencost", {"opencost_prices": {"cpu": 0.03, "gpu": 2, "spot_gpu": 0.9}})
    pricing = values["opencost"]["customPricing"]
    assert pricing["enabled"] is True
    model = pricing["costModel"]
    assert {key: float(model[key]) for key in ("CPU", "GPU", "spotGPU")} == {"CPU": 21.9, "GPU": 1460, "spotGPU": 0.9}
    assert model["customPricesEnabled"] == "true", "without it they would only divide the list price"
    assert all(isinstance(value, str) for value in model.values()), "values of a ConfigMap"


@pytest.mark.skipif(
    not charts.DATA.is_dir(), reason="the charts' published defaults are not beside this repository (../shared/charts)"
)
def test_no_price_of_the_charts_own_is_left() -> None:
    """Helm lays our map over the chart's, whose prices are examples."""
    own = charts.read(charts.DATA / "opencost/values.yaml")["opencost"]["customPricing"]["costModel"]
    (values,) = charts.rendered("opencost", {})
    assert set(own) <= set(values["opencost"]["customPricing"]["costModel"])


def test_the_clouds_prices_hold_until_others_are_given() -> None:
    (values,) = charts.rendered("opencost", {})
    assert values["opencost"]["customPricing"]["enabled"] is False
    feed = {"bucket": "b", "region": "us-east-1", "account": "111122223333"}
    (values,) = charts.rendered("opencost", {"opencost_spot_data_feed": feed})
    model = values["opencost"]["customPricing"]["costModel"]
    assert model["customPricesEnabled"] == "false"
    assert (model["awsSpotDataBucket"], model["projectID"]) == ("b", "111122223333")


def test_a_price_that_opencost_does_not_read_is_found() -> None:
    (found,) = charts.rendered("opencost", {"opencost_prices": {"CPU": 1}}, "addon_findings")
    assert len(found) == 1
    assert found[0].startswith("opencost_prices has CPU, which OpenCost does not read")


def test_pods_of_opencost_may_run_in_a_restricted_namespace() -> None:
    (values,) = charts.rendered("opencost", {})
    assert values["podSecurityContext"]["runAsNonRoot"] is True
    for part in ("exporter", "ui"):
        context = values["opencost"][part]["securityContext"]
        assert context == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


@pytest.mark.parametrize("path", DASHBOARDS.values(), ids=DASHBOARDS)
def test_dashboards_are_what_grafana_takes(path: Path) -> None:
    board = json.loads(path.read_text())
    assert board["title"]
    assert re.fullmatch(r"[a-z0-9-]{1,40}", board["uid"])
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        assert 0 < place["w"] <= 24 - place["x"], panel["title"]
        assert all(target["expr"] and target["refId"] for target in panel["targets"]), panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells)), "panels lie over each other"


def test_dashboards_have_names_of_their_own() -> None:
    """Grafana's sidecar writes all of them to one folder."""
    boards = [json.loads(path.read_text()) for path in house.ROLES.glob("*/files/dashboards/*.json")]
    assert len(DASHBOARDS) == len(boards)
    assert len({board["uid"] for board in boards}) == len(boards)


@pytest.mark.parametrize("name", OURS)
def test_dashboards_look_at_metrics_that_exporters_have(name: str) -> None:
    panels = json.loads(DASHBOARDS[name].read_text())["panels"]
    text = "\n".join(target["expr"] for panel in panels for target in panel["targets"])
    # Labels stand in braces or after by, on and their like; functions before a bracket.
    text = re.sub(r"\b(by|on|without|group_left) ?\([^)]*\)", "", text)
    text = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", text)
    words = set(re.findall(r"\b[a-zA-Z_][\w:]*\b(?! ?\()", text))
    assert {word for word in words if "_" in word or word.isupper()} <= METRICS
