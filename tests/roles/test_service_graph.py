# SPDX-License-Identifier: Apache-2.0
"""Who may reach whom, by the policies that are made of the services' definitions."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from contract import charts, house

Json = dict[str, Any]
IMAGE = {"image": {"repository": "a", "tag": "1"}, "team": "research"}
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
    "gone": {"state": "absent"},
}
INPUTS = {"service_definitions": DEFINITIONS, "terraform_stack_cluster": {"vpc_cidr": "10.40.0.0/16"}}
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
        for rule in spec[way]
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
    policies = charts.rendered_objects("network_policies", {**INPUTS, "addon_mesh": mesh})
    found = {name: may(policies, source, target, port) for name, (source, target, port, _) in WAYS.items()}
    # Where the mesh has no waypoints, their pods are strangers to its policies, and nobody's.
    waypoints = {name for name, way in WAYS.items() if WAYPOINT in way[:2]} if mesh != "istio_ambient" else set()
    assert {name: let for name, let in found.items() if name not in waypoints} == {
        name: mesh in meshes for name, (_, _, _, meshes) in WAYS.items() if name not in waypoints
    }


def objects(mesh: str, kind: str, **more: object) -> dict[str, Json]:
    """Return the policies of a kind by namespace and name."""
    made = charts.rendered_objects("mesh_policies", {**INPUTS, "addon_mesh": mesh, **more})
    return {
        f"{one['metadata']['namespace']}/{one['metadata']['name']}": one["spec"] for one in made if one["kind"] == kind
    }


@pytest.mark.parametrize("mesh", ["istio_ambient", "istio_sidecar"])
def test_istio_lets_in_callers_by_identity_and_nobody_else(mesh: str) -> None:
    policies = objects(mesh, "AuthorizationPolicy", mesh_policies_scrapers=[])
    waypoint = ["cluster.local/ns/services/sa/waypoint"] if mesh == "istio_ambient" else []
    callers = [
        f"cluster.local/ns/{one}"
        for one in ("services/sa/swe-agent-sa", "other/sa/router-sa", "istio-ingress/sa/gateway-istio")
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
        {"kind": "ServiceAccount", "namespace": "services", "name": "swe-agent-sa"},
        {"kind": "ServiceAccount", "namespace": "other", "name": "router-sa"},
    ]
    assert objects("linkerd", "MeshTLSAuthentication", mesh_policies_scrapers=[]) == {
        "services/coder-callers": {"identityRefs": callers}
    }
    probe = {"kind": "ServiceAccount", "namespace": "monitoring", "name": "probe"}
    scraped = objects(
        "linkerd", "MeshTLSAuthentication", mesh_policies_scrapers=["cluster.local/ns/monitoring/sa/probe"]
    )
    assert scraped["services/coder-callers"]["identityRefs"] == [probe, *callers]
    assert scraped["services/swe-agent-callers"]["identityRefs"] == [probe]
    assert objects("linkerd", "NetworkAuthentication")["services/coder-public"] == {
        "networks": [{"cidr": "10.40.0.0/16"}]
    }
    named = {
        name: one["requiredAuthenticationRefs"][0]["name"]
        for name, one in objects("linkerd", "AuthorizationPolicy", mesh_policies_scrapers=[]).items()
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
    made = charts.rendered_objects("mesh_policies", {**INPUTS, "addon_mesh": "istio_ambient"})
    (parameters,) = (
        one["data"]
        for one in made
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
    """By labels of their namespace, or by annotations, beside which what the service says itself stays."""
    own = {"service": {"port": 9000}, "podAnnotations": {"linkerd.io/inject": "ingress"}}
    inputs = {**INPUTS, "addon_mesh": mesh, "__service": {"name": "coder", "namespace": "services", "values": own}}
    (labels,) = charts.rendered("service", inputs, "addon_namespace_labels")
    (values,) = charts.rendered("service", inputs)
    assert labels == {"applied-ai.dev/policies": "enforced", **LABELS[mesh]}
    if mesh == "linkerd":
        assert values["podAnnotations"] == {
            "config.linkerd.io/default-inbound-policy": "deny",
            "linkerd.io/inject": "ingress",
        }
        assert values["service"]["port"] == 9000
        assert values["service"]["annotations"]["timeout.linkerd.io/request"] == "30s"
    else:
        assert values == own
