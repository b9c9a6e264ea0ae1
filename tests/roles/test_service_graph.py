# SPDX-License-Identifier: Apache-2.0
"""Who may reach whom, by the policies of namespaces and those that come with each service's release."""

from __future__ import annotations

import functools
import json
import subprocess
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.modules import service_plan_info
from contract import charts, house
from support.tools import find_tool

Json = dict[str, Any]
CHART = house.REPO / "charts/ai_service"
IMAGE = {"image": {"repository": "registry.example.com/a", "tag": "1"}, "team": "research"}
# What an inventory says: agent calls coder, and so does router from another namespace; the gateway calls coder.
DEFINITIONS = {
    "swe_agent": {**IMAGE, "external": [{"cidr": "0.0.0.0/0", "ports": [443]}]},
    "coder": {
        **IMAGE,
        "callers": ["swe_agent", "other/router"],
        "hosts": ["coder.example.com"],
        "port": 9000,
        "database": {"secret_name": ""},
    },
    "router": {**IMAGE, "namespace": "other"},
    "gone": {**IMAGE, "state": "absent"},
}
INPUTS = {
    "service_definitions": DEFINITIONS,
    "terraform_stack_cluster": {"vpc_cidr": "10.40.0.0/16"},
    "service_scrapers": [],
}
AGENT, CODER = ("services", {"app": "swe-agent"}), ("services", {"app": "coder"})
ROUTER = ("other", {"app": "router"})
WAYPOINT = ("services", {"gateway.networking.k8s.io/gateway-name": "waypoint"})
GATEWAY = ("istio-ingress", {"gateway.networking.k8s.io/gateway-name": "gateway"})
PROMETHEUS = ("monitoring", {"app.kubernetes.io/name": "prometheus"})
ISTIOD, LINKERD = ("istio-system", {"app": "istiod"}), ("linkerd", {"linkerd.io/control-plane-component": "identity"})
DNS, COLLECTOR = ("kube-system", {"k8s-app": "kube-dns"}), ("observability", {"app": "collector"})
STRANGER = ("default", {"app": "stranger"})
KUBELET, DATABASE, INTERNET, BALANCER = "169.254.7.127", "10.40.9.9", "203.0.113.1", "10.40.1.1"
MESHES = ["istio_ambient", "istio_sidecar", "linkerd", "none"]
Peer = tuple[str, Json] | str


@functools.cache
def released(mesh: str, scrapers: tuple[str, ...] = (), smoke_test: bool = False) -> list[Json]:
    """Return the objects that the chart makes of the definitions, with what the role gives to all services."""
    inputs = {**INPUTS, "addon_mesh": mesh, "service_scrapers": list(scrapers), "service_smoke_test": smoke_test}

    def run(argv: list[str], given: str) -> tuple[int, str, str]:
        done = subprocess.run([find_tool(argv[0]), *argv[1:]], input=given, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    params = {
        **{name: option["default"] for name, option in service_plan_info.ARGUMENTS.items() if "default" in option},
        "definitions": DEFINITIONS,
        "spec": house.load(house.ROLES / "service/meta/argument_specs.yml")["argument_specs"]["definition"]["options"],
        "chart": str(CHART),
        "namespace": "services",
        "values": charts.variable("service", inputs, "__service_platform_values"),
    }
    objects = []
    for one in service_plan_info.plan(params, run, None)["services"]:
        if one["state"] == "present":
            argv = ["helm", "template", one["name"], str(CHART), "--namespace", one["namespace"], "--values", "-"]
            code, out, err = run(argv, json.dumps(one["values"]))
            assert code == 0, err
            objects += [item for item in yaml.safe_load_all(out) if item]
    return objects


def made(role: str, mesh: str, **more: object) -> list[Json]:
    """Return the objects of a role of policies and of the services' releases."""
    scrapers = more.pop("scrapers", ())
    assert isinstance(scrapers, tuple)
    return charts.rendered_objects(role, {**INPUTS, "addon_mesh": mesh, **more}) + released(mesh, scrapers)


def selects(selector: Json, labels: Json) -> bool:
    """Say whether a selector of labels selects."""
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())


def is_peer(peer: Json, other: Peer, namespace: str) -> bool:
    """Say whether a peer of a policy in the namespace is the other side."""
    if "ipBlock" in peer:
        network = ip_network(peer["ipBlock"]["cidr"])
        return isinstance(other, str) and ip_address(other) in network
    if isinstance(other, str):
        return False
    in_namespace = (
        selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": other[0]})
        if "namespaceSelector" in peer
        else other[0] == namespace
    )
    return in_namespace and selects(peer.get("podSelector") or {}, other[1])


def lets(policies: list[Json], pod: Peer, other: Peer, port: int, way: str) -> bool:
    """Say whether NetworkPolicies let a pod's traffic through: one of those that select it has to, if there are any."""
    if isinstance(pod, str):
        return True
    mine = [
        one["spec"]
        for one in policies
        if one["metadata"]["namespace"] == pod[0] and selects(one["spec"]["podSelector"], pod[1])
    ]
    side = "from" if way == "ingress" else "to"
    return not mine or any(
        (side not in rule or any(is_peer(peer, other, pod[0]) for peer in rule[side]))
        and ("ports" not in rule or port in [one["port"] for one in rule["ports"]])
        for spec in mine
        for rule in spec.get(way) or []
    )


def may(policies: list[Json], source: Peer, target: Peer, port: int) -> bool:
    """Say whether the network lets a connection through."""
    return lets(policies, source, target, port, "egress") and lets(policies, target, source, port, "ingress")


WAYS = {
    "a caller": (AGENT, CODER, 9000, MESHES),
    "a caller from another namespace": (ROUTER, CODER, 9000, MESHES),
    "nobody calls the caller": (CODER, AGENT, 8080, []),
    "a stranger": (STRANGER, CODER, 9000, []),
    "the gateway": (GATEWAY, CODER, 9000, ["istio_ambient", "istio_sidecar"]),
    "the gateway, to what is not public": (GATEWAY, AGENT, 8080, []),
    "a load balancer where there is no gateway": (BALANCER, CODER, 9000, ["linkerd", "none"]),
    "a load balancer, to what is not public": (BALANCER, AGENT, 8080, []),
    "metrics": (PROMETHEUS, AGENT, 8080, MESHES),
    "metrics of sidecars": (PROMETHEUS, AGENT, 15020, ["istio_sidecar"]),
    "metrics of Linkerd's proxies": (PROMETHEUS, AGENT, 4191, ["linkerd"]),
    "metrics of waypoints": (PROMETHEUS, WAYPOINT, 15020, ["istio_ambient"]),
    "probes of the ambient mesh": (KUBELET, AGENT, 8080, ["istio_ambient"]),
    "calls inside of the ambient mesh": (AGENT, CODER, 15008, ["istio_ambient"]),
    "to the waypoint": (ROUTER, WAYPOINT, 15008, ["istio_ambient"]),
    "from the gateway by the ambient mesh": (GATEWAY, CODER, 15008, ["istio_ambient"]),
    "from the waypoint": (WAYPOINT, CODER, 15008, ["istio_ambient"]),
    "calls inside of Linkerd": (AGENT, CODER, 4143, ["linkerd"]),
    "waypoint to istiod": (WAYPOINT, ISTIOD, 15012, ["istio_ambient"]),
    "sidecar to istiod": (AGENT, ISTIOD, 15012, ["istio_sidecar"]),
    "proxy to Linkerd": (AGENT, LINKERD, 8080, ["linkerd"]),
    "names": (AGENT, DNS, 53, MESHES),
    "traces": (AGENT, COLLECTOR, 4317, MESHES),
    "a database": (AGENT, DATABASE, 5432, MESHES),
    "a database of a service that has none": (CODER, DATABASE, 5432, []),
    "what a definition lets out": (AGENT, INTERNET, 443, MESHES),
    "what it does not": (AGENT, INTERNET, 80, []),
}


@pytest.mark.parametrize("mesh", MESHES)
def test_the_network_lets_through_what_the_graph_says(mesh: str) -> None:
    policies = [one for one in made("network_policies", mesh) if one["kind"] == "NetworkPolicy"]
    found = {name: may(policies, source, target, port) for name, (source, target, port, _) in WAYS.items()}
    # Where the mesh has no waypoints, their pods are strangers to its policies, and nobody's.
    waypoints = {name for name, way in WAYS.items() if WAYPOINT in way[:2]} if mesh != "istio_ambient" else set()
    assert {name: let for name, let in found.items() if name not in waypoints} == {
        name: mesh in meshes for name, (_, _, _, meshes) in WAYS.items() if name not in waypoints
    }


def objects(mesh: str, kind: str, **more: object) -> dict[str, Json]:
    """Return the policies of a kind by namespace and name."""
    return {
        f"{one['metadata']['namespace']}/{one['metadata']['name']}": one.get("spec") or {}
        for one in made("mesh_policies", mesh, **more)
        if one["kind"] == kind
    }


@pytest.mark.parametrize("mesh", ["istio_ambient", "istio_sidecar"])
def test_istio_lets_in_callers_by_identity_and_nobody_else(mesh: str) -> None:
    policies = objects(mesh, "AuthorizationPolicy")
    waypoint = ["cluster.local/ns/services/sa/waypoint"] if mesh == "istio_ambient" else []
    callers = [
        f"cluster.local/ns/{one}"
        for one in ("other/sa/router-sa", "services/sa/swe-agent-sa", "istio-ingress/sa/gateway-istio")
    ]
    assert policies["services/default-deny"] == policies["other/default-deny"] == {}
    assert policies["services/coder"]["rules"] == [{"from": [{"source": {"principals": callers + waypoint}}]}]
    if mesh == "istio_ambient":
        assert policies["services/coder-waypoint"]["rules"] == [{"from": [{"source": {"principals": callers}}]}]
        # Nobody calls it: its waypoint stays shut.
        assert "services/swe-agent-waypoint" not in policies
    else:
        assert "services/swe-agent" not in policies


def test_linkerd_lets_in_callers_by_identity_and_load_balancers_by_address() -> None:
    servers = objects("linkerd", "Server")
    assert (servers["services/coder"]["port"], servers["services/coder"]["accessPolicy"]) == (9000, "deny")
    callers = [
        {"kind": "ServiceAccount", "namespace": "other", "name": "router-sa"},
        {"kind": "ServiceAccount", "namespace": "services", "name": "swe-agent-sa"},
    ]
    assert objects("linkerd", "MeshTLSAuthentication") == {"services/coder-callers": {"identityRefs": callers}}
    probe = {"kind": "ServiceAccount", "namespace": "monitoring", "name": "probe"}
    scraped = objects("linkerd", "MeshTLSAuthentication", scrapers=("cluster.local/ns/monitoring/sa/probe",))
    assert scraped["services/coder-callers"]["identityRefs"] == [probe, *callers]
    assert scraped["services/swe-agent-callers"]["identityRefs"] == [probe]
    assert objects("linkerd", "NetworkAuthentication")["services/coder-public"] == {
        "networks": [{"cidr": "10.40.0.0/16"}]
    }
    named = {
        name: one["requiredAuthenticationRefs"][0]["name"]
        for name, one in objects("linkerd", "AuthorizationPolicy").items()
    }
    assert {name for name in named if name.startswith("services/swe-agent")} == set()
    assert named["services/coder-callers"] == "coder-callers"


@pytest.mark.parametrize("mesh", ["istio_ambient", "istio_sidecar"])
def test_the_gateway_has_a_route_for_each_service_with_names(mesh: str) -> None:
    (name, route), *more = objects(mesh, "HTTPRoute").items()
    assert (name, more, route["hostnames"]) == ("services/coder", [], ["coder.example.com"])
    assert route["rules"][0]["backendRefs"] == [{"name": "coder", "port": 9000}]


def test_a_waypoint_keeps_the_policies_on_pods() -> None:
    """Its namespace enforces them; istiod makes its pods of what it is told here, and of its chart's values."""
    (istiod,) = charts.rendered("istiod", {})
    assert (
        istiod["gateways"]["seccompProfile"]
        == istiod["global"]["proxy"]["seccompProfile"]
        == {"type": "RuntimeDefault"}
    )
    gateway = objects("istio_ambient", "Gateway")["services/waypoint"]["infrastructure"]
    required = house.defaults("admission_policies")["admission_policies_required_labels"]
    assert set(required) <= set(gateway["labels"])
    (parameters,) = (
        one["data"]
        for one in made("mesh_policies", "istio_ambient")
        if one["kind"] == "ConfigMap"
        and one["metadata"] == {"name": gateway["parametersRef"]["name"], "namespace": "services"}
    )
    assert "livenessProbe" in parameters["deployment"]


LABELS = {
    "istio_ambient": {"istio.io/dataplane-mode": "ambient", "istio.io/use-waypoint": "waypoint"},
    "istio_sidecar": {"istio-injection": "enabled"},
    "linkerd": {},
    "none": {},
}


@pytest.mark.parametrize("mesh", MESHES)
def test_services_are_taken_into_the_mesh(mesh: str) -> None:
    """By labels of their namespace, or by annotations."""
    namespaces = charts.variable("service", {**INPUTS, "addon_mesh": mesh}, "addon_service_namespaces")
    for labels in (namespaces["services"], namespaces["other"]):
        assert {**labels, **LABELS[mesh], "applied-ai.dev/policies": "enforced"} == labels
    (pod,) = (
        one["spec"]["template"]["metadata"].get("annotations", {})
        for one in released(mesh)
        if one["kind"] == "Deployment" and one["metadata"]["name"] == "coder"
    )
    (service,) = (
        one["metadata"].get("annotations", {})
        for one in released(mesh)
        if one["kind"] == "Service" and one["metadata"]["name"] == "coder"
    )
    if mesh == "linkerd":
        assert pod == {"config.linkerd.io/default-inbound-policy": "deny", "linkerd.io/inject": "enabled"}
        assert service["timeout.linkerd.io/request"] == "30s"
    elif mesh == "istio_sidecar":
        assert json.loads(pod.pop("proxy.istio.io/config"))["holdApplicationUntilProxyStarts"] is True
        assert pod == service == {}
    else:
        assert pod == service == {}


@pytest.mark.parametrize("mesh", MESHES)
def test_a_smoke_test_reaches_its_service_and_nothing_else(mesh: str) -> None:
    smoke = ("services", {"service": "coder", "app.kubernetes.io/component": "smoke-test"})
    objects = charts.rendered_objects("network_policies", {**INPUTS, "addon_mesh": mesh}) + released(mesh, (), True)
    policies = [one for one in objects if one["kind"] == "NetworkPolicy"]
    assert may(policies, smoke, CODER, 9000)
    assert not may(policies, smoke, AGENT, 8080)
    assert not may(policies, smoke, INTERNET, 443)
