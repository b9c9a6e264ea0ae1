# SPDX-License-Identifier: Apache-2.0
"""What is said of teams, measured by the options that the roles declare and by the chart's own values."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.inventory.values import plain
from ansible_collections.applied_ai.platform.plugins.module_utils.team.findings import Platform, findings

Json = dict[str, Any]
REPO = Path(__file__).resolve().parents[9]


def spec(role: str) -> Json:
    """Return what a role declares of one entry of its definitions."""
    entries = yaml.safe_load((REPO / f"roles/{role}/meta/argument_specs.yml").read_text())["argument_specs"]
    return {name: plain(option) for name, option in entries["definition"]["options"].items()}


PLATFORM = Platform(
    spec=spec("team"),
    defaults={"quota": {"priorities": {"service-critical": {"pods": 0}}}, "limits": {"max_ratio": {"memory": 8}}},
    services={},
    service_spec=spec("service"),
    chart={
        "replicaCount": 2,
        "autoscaling": {"enabled": True, "minReplicas": 2},
        "image": {"tag": "", "digest": ""},
        "resources": {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
        "gpu": {"count": 0, "resource": "nvidia.com/gpu"},
        "rollout": {"maxSurge": 1},
        "workload": {"kind": "Deployment", "storage": {"size": "10Gi"}},
        "modelCache": {"command": [], "shared": True, "size": "100Gi"},
    },
    service_namespace="services",
    priorities=("service-critical", "service-batch"),
    roles=("viewer", "developer"),
    flavors=("gpu", "cpu"),
)
SERVICE: Json = {"image": {"repository": "registry.example.com/a", "tag": "1"}, "team": "a"}


def said(teams: Json, services: Json | None = None, **changes: Any) -> list[str]:
    """Return what is said."""
    return findings(teams, dataclasses.replace(PLATFORM, services=services or {}, **changes))


SHAPES: dict[str, tuple[Json, str]] = {
    "unknown option": ({"a": {"quotas": {}}}, "team_definitions.a: quotas is not an option, did you mean quota?"),
    "unknown option inside": (
        {"a": {"quota": {"gpu": {}}}},
        "team_definitions.a: quota.gpu is not an option, did you mean gpus?",
    ),
    "type": ({"a": {"quota": {"pods": "many"}}}, "pods"),
    "no map": ({"a": ["b"]}, "team_definitions.a is ['b']; write a map of options such as namespaces and quota."),
    "no amount": (
        {"a": {"quota": {"memory": "4GB"}}},
        "team_definitions.a.quota.memory is 4GB, which is no amount; write it like 2, 500m or 16Gi.",
    ),
    "no amount of a class": (
        {"a": {"quota": {"priorities": {"service-batch": {"cpu": "much"}}}}},
        "team_definitions.a.quota.priorities.service-batch.cpu is much, which is no amount",
    ),
    "no amounts": (
        {"a": {"quota": {"priorities": {"service-batch": 3}}}},
        "team_definitions.a.quota.priorities.service-batch is 3; write amounts by name, such as {cpu: 2, memory: 4Gi}.",
    ),
    "cluster's own namespace": (
        {"a": {"namespaces": ["kube-node-lease"]}},
        "team_definitions.a has the namespace kube-node-lease, which is the cluster's own; choose another.",
    ),
    "default": ({"a": {"namespaces": ["default"]}}, "has the namespace default, which is the cluster's own;"),
    "two teams": (
        {"a": {"namespaces": ["x"]}, "b": {"namespaces": ["y", "x"]}},
        "team_definitions.b has the namespace x, which is one of a already; leave it with one of the two.",
    ),
    "two teams by default": ({"a-b": {}, "a_b": {}}, "team_definitions.a_b has the namespace a-b, which is one of a-b"),
    "no name": ({"a": {"namespaces": ["A b"]}}, "has the namespace A b, which is no name for one; use at most 63"),
    "role": (
        {"a": {"groups": {"develper": ["x"]}}},
        "a.groups names the role develper, which rbac_roles_definitions lacks; did you mean developer.",
    ),
    "class": (
        {"a": {"quota": {"priorities": {"urgent": {"pods": 1}}}}},
        "names the class urgent, which priority_classes_definitions lacks; use one of service-critical, service-batch.",
    ),
    "default above the most": (
        {"a": {"limits": {"default": {"memory": "2Gi"}, "max": {"memory": "1Gi"}}}},
        "team_definitions.a.limits has default.memory 2Gi, above max.memory 1Gi; lower the one or raise the other.",
    ),
    "request above the most": (
        {"a": {"limits": {"default_request": {"cpu": "2"}, "max": {"cpu": "1"}}}},
        "team_definitions.a.limits has default_request.cpu 2, above max.cpu 1; lower the one or raise the other.",
    ),
    "volume": (
        {"a": {"limits": {"volume": {"min": "2Gi", "max": "1Gi"}}}},
        "team_definitions.a.limits.volume has min 2Gi, above max 1Gi; lower the one or raise the other.",
    ),
    "queue": (
        {"a": {"quota": {"gpus": {"nvidia.com/gpu": 3}}, "queue": {"quotas": {"nvidia.com/gpu": {"nominal": 2}}}}},
        "team_definitions.a.queue promises 4 nvidia.com/gpu, and quota.gpus allows 3; raise the quota or promise less.",
    ),
}


@pytest.mark.parametrize(("teams", "sentence"), SHAPES.values(), ids=SHAPES)
def test_a_team_that_cannot_work_is_told_in_one_sentence(teams: Json, sentence: str) -> None:
    (found,) = said(teams)
    assert sentence in found
    assert found.endswith((".", "?"))


def test_defaults_are_looked_at_as_entries_are() -> None:
    (found,) = said({"a": {}}, defaults={"quota": {"cpus": "1"}})
    assert found == "team_defaults: quota.cpus is not an option, did you mean cpu?"


def test_a_queue_may_promise_what_the_quota_allows_in_all_namespaces() -> None:
    queue = {"flavor_quotas": {"gpu": {"nvidia.com/gpu": {"nominal": 4}}, "cpu": {"cpu": {"nominal": 64}}}}
    assert said({"a": {"namespaces": ["x", "y"], "quota": {"gpus": {"nvidia.com/gpu": 2}}, "queue": queue}}) == []


SHORT: dict[str, tuple[Json, Json, Json, str]] = {
    # Two pods of 250m, and one more in an update.
    "cpu": ({"cpu": "700m"}, {}, {}, "quota.cpu is 0.7, and what runs in a (api) needs 0.75 at its least replicas"),
    "memory": ({"memory": "1Gi"}, {}, {}, "quota.memory is 1Gi, and what runs in a (api) needs 1536Mi at its"),
    "pods": ({"pods": 2}, {}, {}, "quota.pods is 2, and what runs in a (api) needs 3 at its least replicas while one"),
    "GPUs": ({}, {"gpu": {"count": 2}}, {}, "quota.gpus.nvidia.com/gpu is 0, and what runs in a (api) needs 6"),
    "slices": (
        {"gpus": {"nvidia.com/gpu": 9}},
        {"gpu": {"count": 1, "resource": "nvidia.com/mig-1g.10gb"}},
        {},
        "quota.gpus.nvidia.com/mig-1g.10gb is 0, and what runs in a (api) needs 3",
    ),
    "volumes of its own": ({"storage": "29Gi"}, {"storage": {"size": "15Gi"}}, {}, "quota.storage is 29Gi, and"),
    "a shared cache": ({"storage": "99Gi"}, {"model_cache": {"command": ["get"]}}, {}, "(api) needs 100Gi at its"),
    "a cache each": (
        {"storage": "29Gi"},
        {"model_cache": {"command": ["get"], "shared": False, "size": "10Gi"}},
        {},
        "(api) needs 30Gi at its",
    ),
    "a class": ({}, {"priority": "service-critical"}, {}, "quota.priorities.service-critical.pods is 0, and what"),
    "a canary": ({"pods": 4}, {"strategy": "canary", "canary": {"replicas": 3}}, {}, "quota.pods is 4, and"),
    "blue and green": ({"pods": 3}, {"strategy": "blue_green"}, {}, "what runs in a (api) needs 4 at its"),
    "share of a surge": (
        {"pods": 11},
        {"replicas": 8, "extra_values": {"rollout": {"maxSurge": "50%"}}},
        {},
        "what runs in a (api) needs 12 at its",
    ),
    "proxies beside pods": (
        {"cpu": "1"},
        {},
        {"mesh": "istio_sidecar"},
        "quota.cpu is 1, and what runs in a (api) needs 1.05",
    ),
    "the waypoint": ({"pods": 3}, {}, {"mesh": "istio_ambient", "waypoints": 2}, "(api) needs 5 at its least replicas"),
}


@pytest.mark.parametrize(("quota", "service", "platform", "sentence"), SHORT.values(), ids=SHORT)
def test_a_quota_below_what_services_need_is_told(quota: Json, service: Json, platform: Json, sentence: str) -> None:
    (found,) = said({"a": {"quota": quota}}, {"api": {**SERVICE, **service}}, **platform)
    assert found.startswith("team_definitions.a.quota.")
    assert sentence in found


def test_quotas_that_are_just_enough_are_enough() -> None:
    quota = {"cpu": "750m", "memory": "1536Mi", "pods": 3, "gpus": {"nvidia.com/gpu": 3}}
    assert said({"a": {"quota": quota}}, {"api": {**SERVICE, "gpu": {"count": 1}}}) == []
    # Only one service is updated at a time.
    assert said({"a": {"quota": {"pods": 5}}}, {"api": SERVICE, "web": SERVICE}) == []
    assert said({"a": {"quota": {"pods": 2}}}, {"api": {**SERVICE, "storage": {"size": "1Gi"}}}) == []
    assert said({"a": {"quota": {"pods": 0}}}, {"api": {**SERVICE, "state": "absent"}}) == []


def test_what_is_wrong_with_a_service_itself_is_not_counted() -> None:
    assert said({"a": {"quota": {"pods": 0}}}, {"api": {"team": "a"}, "web": ["no map"]}) == []


PLACES: dict[str, tuple[Json, str]] = {
    "no team": (
        {**SERVICE, "team": "A"},
        "service_definitions: the-api names the team A, which team_definitions lacks; add it there.",
    ),
    "a misspelt one": (
        {**SERVICE, "team": "other-taem"},
        "names the team other-taem, which team_definitions lacks; did you mean other-team.",
    ),
    "a namespace of nobody": (
        {**SERVICE, "namespace": "services"},
        "the-api is in namespace services, which is none of its team a (a, b); leave namespace out, or add it",
    ),
    "another team's": ({**SERVICE, "namespace": "other-team"}, "which is none of its team a (a, b)"),
}


@pytest.mark.parametrize(("service", "sentence"), PLACES.values(), ids=PLACES)
def test_a_service_outside_of_its_team_is_told(service: Json, sentence: str) -> None:
    teams: Json = {"a": {"namespaces": ["a", "b"]}, "other-team": {}}
    (found,) = said(teams, {"the_api": service})
    assert sentence in found
    assert said(teams, {"the_api": {**SERVICE, "namespace": "b"}}) == []


def test_without_teams_a_service_may_be_anybodys() -> None:
    assert said({}, {"api": SERVICE}) == []


def test_a_priority_that_there_is_not_is_told() -> None:
    (found,) = said({"a": {}}, {"api": {**SERVICE, "priority": "service-critcal"}})
    assert found.startswith("service_definitions: api has the priority service-critcal, which priority_classes_def")
    assert found.endswith("; did you mean service-critical.")


LIMITS: dict[str, tuple[Json, Json, str]] = {
    "most": (
        {"max": {"memory": "512Mi"}},
        {},
        "service_definitions: api has resources.limits.memory 1Gi, and team_definitions.a.limits.max.memory is 512Mi;",
    ),
    "most of CPU": (
        {"max": {"cpu": "500m"}},
        {},
        "api has resources.limits.cpu 1, and team_definitions.a.limits.max.cpu",
    ),
    "volume": (
        {"volume": {"max": "50Gi"}},
        {"model_cache": {"command": ["get"]}},
        "api has a volume of 100Gi, and team_definitions.a.limits.volume.max is 50Gi; lower the one",
    ),
    "ratio": (
        {},
        {"resources": {"requests": {"memory": "128Mi"}, "limits": {"memory": "2Gi"}}},
        "api may use 16 times the memory that it asks for, and team_definitions.a.limits.max_ratio.memory is 8;",
    ),
}


@pytest.mark.parametrize(("limits", "service", "sentence"), LIMITS.values(), ids=LIMITS)
def test_a_service_that_limits_refuse_is_told(limits: Json, service: Json, sentence: str) -> None:
    (found,) = said({"a": {"limits": limits}}, {"api": {**SERVICE, **service}})
    assert sentence in found


def test_limits_that_refuse_the_proxies_of_the_mesh_are_told() -> None:
    tight: Json = {"a": {"limits": {"max_ratio": {"memory": 2}, "max": {"cpu": "1"}}}}
    assert said(tight) == []
    assert said(tight, mesh="istio_ambient") == [
        "team_definitions.a.limits.max.cpu is 1, and proxies of the mesh may use 2; set that or more.",
        "team_definitions.a.limits.max_ratio.memory is 2, and proxies of the mesh may use 8 times what they ask for;"
        " set that or more.",
    ]
