# SPDX-License-Identifier: Apache-2.0
"""A big cluster to look at: real etcd and kube-apiserver by kwokctl, up to 5,000 nodes of KWOK and 50,000 pods.

It is made once, 1,000 nodes, 2,000 and then 5,000, and each size is kept in the lab's cache as an etcd snapshot, so
that a later run only restores it. Its key is what it is made of: the objects and the versions of the tools.

Two nodes and twenty pods are made through the API server, with admission, and brought up by KWOK; all others are copies
of what the API server stored of these, with names, owners, addresses, zones, identifiers and times of their own, put
into etcd: one by one through the API server they would take most of an hour. So an object is what the API server makes
of it, ``managedFields`` among it, six and a half kilobytes of JSON each.

What is a stand-in: nodes and pods are simulated by KWOK (no kubelet, no container), pods belong to ReplicaSets that are
not there, and leases are never renewed: all have the same time in the far future. No controller runs.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import itertools
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from lab import cluster, ports, processes, tools
from lab.errors import LabError
from lab.kube import Kube
from lab.node_sync import NodeGroup, Subnet, node
from lab.paths import Paths
from lab.state import State, write_text

Json = dict[str, Any]
UID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
Say = Callable[[str], None]
HERE = Path(__file__).resolve().parent
SIZES = (1000, 2000, 5000)
PODS_A_NODE = 10
SYSTEM = ("kube-proxy", "aws-node", "ebs-csi-node")
SERVICES_A_NODE = 0.1
ZONES = tuple(Subnet(f"us-east-1{zone}", f"10.{index}.0.0/16") for index, zone in enumerate("abc"))
GROUPS = {"general": ("m5.2xlarge", 9), "gpu": ("g5.xlarge", 1)}
# In the far future: leases are held against each other, and nobody renews these.
RENEWED = "2099-01-01T00:00:00.000000Z"
MAKER = "kube-controller-manager"
VOLUMES: list[Json] = [{"name": "tmp", "emptyDir": {}}]
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


def big_node(number: int, version: str) -> Json:
    """Return one node: every tenth has a GPU."""
    name = group_of(number)
    taints = ({"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"},) if name == "gpu" else ()
    labels = {"workload": name, "karpenter.k8s.aws/instance-hypervisor": "nitro"}
    group = NodeGroup("big", name, "us-east-1", 1, GROUPS[name][0], "ON_DEMAND", version, ZONES, labels, taints)
    # Names of one length, so that an object can be copied as it is stored.
    made: Json = json.loads(json.dumps(node(group, number)).replace(f"big-{name}-{number}", name_of(number)))
    made["status"]["addresses"][0]["address"] = address_of(number)
    # The lab's own agents do not look after this cluster.
    made["metadata"]["annotations"] = {
        "kwok.x-k8s.io/node": "fake",
        "csi.volume.kubernetes.io/nodeid": json.dumps({"ebs.csi.aws.com": f"i-{number:017x}"}),
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
    }
    if name == "gpu":
        for field in ("capacity", "allocatable"):
            made["status"][field] |= {"nvidia.com/gpu": "1"}
    made["status"]["images"] = [
        {"names": [f"{IMAGE}/image-{one}@sha256:{one:064x}", f"{IMAGE}/image-{one}:1.{one}.0"], "sizeBytes": 10**8}
        for one in range(10)
    ]
    return made


def service_name(number: int) -> str:
    """Return the name of the service with this number."""
    return f"service-{number:03d}"


def owner(number: int, services: int) -> tuple[str, str, str]:
    """Return kind, namespace and name of what the pod with this number belongs to."""
    place, spot = divmod(number, PODS_A_NODE)
    if spot < len(SYSTEM):
        return "DaemonSet", "kube-system", SYSTEM[spot]
    one = (place * (PODS_A_NODE - len(SYSTEM)) + spot - len(SYSTEM)) % services
    return "ReplicaSet", f"team-{one % 20:02d}", service_name(one)


def container(name: str) -> Json:
    """Return a container as a chart writes it."""
    probe = {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 10, "timeoutSeconds": 2}
    return {
        "name": name,
        "image": f"{IMAGE}/{name}:1.4.2",
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "env": [
            {"name": "LOG_LEVEL", "value": "info"},
            {"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://otel-collector.observability:4317"},
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": f"{name}-database", "key": "url"}}},
        ],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}},
        "livenessProbe": probe,
        "readinessProbe": {**probe, "httpGet": {"path": "/ready", "port": "http"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }


def big_pod(number: int, services: int, node_name: str) -> Json:
    """Return one pod of a DaemonSet or of a service, at its node."""
    kind, space, name = owner(number, services)
    owner_name = name if kind == "DaemonSet" else f"{name}-5d8f7c9b64"
    owned = {
        "apiVersion": "apps/v1",
        "kind": kind,
        "name": owner_name,
        "uid": f"00000000-0000-4000-8000-{abs(hash_of(owner_name)):012x}",
        "controller": True,
        "blockOwnerDeletion": True,
    }
    labels = {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/version": "1.4.2",
        "app.kubernetes.io/managed-by": "Helm",
        **({"pod-template-hash": "5d8f7c9b64"} if kind == "ReplicaSet" else {"controller-revision-hash": "78c9f5b6d4"}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{owner_name}-{number:05x}",
            "namespace": space,
            "labels": labels,
            "annotations": {"checksum/config": f"{number % 7:064x}", "prometheus.io/scrape": "true"},
            "ownerReferences": [owned],
        },
        "spec": {
            "nodeName": node_name,
            "containers": [container(name)],
            "tolerations": [{"operator": "Exists"}],
            "volumes": VOLUMES,
            "terminationGracePeriodSeconds": 30,
        },
    }


def hash_of(text: str) -> int:
    """Return a number of twelve hexadecimal digits that is the same in each run."""
    return int(tools.cache_key(text)[:12], 16)


def workload(kind: str, space: str, name: str, count: int) -> Json:
    """Return a Deployment or DaemonSet that has all its pods."""
    labels = {"app.kubernetes.io/name": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container(name)], "volumes": VOLUMES}}
    spec: Json = {"selector": {"matchLabels": labels}, "template": template}
    if kind == "DaemonSet":
        status: Json = {
            "currentNumberScheduled": count,
            "desiredNumberScheduled": count,
            "numberAvailable": count,
            "numberMisscheduled": 0,
            "numberReady": count,
        }
    else:
        spec["replicas"] = count
        status = {"replicas": count, "readyReplicas": count, "availableReplicas": count, "updatedReplicas": count}
        status["conditions"] = [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"}]
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": space, "labels": labels},
        "spec": spec,
        "status": {**status, "observedGeneration": 1},
    }


def endpoint_slice(space: str, name: str, count: int) -> Json:
    """Return the endpoints of a service."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{name}-x7k2p",
            "namespace": space,
            "labels": {"kubernetes.io/service-name": name},
        },
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": [
            {
                "addresses": [f"10.9.{one // 250}.{one % 250 + 1}"],
                "conditions": {"ready": True, "serving": True, "terminating": False},
                "targetRef": {"kind": "Pod", "namespace": space, "name": f"{name}-5d8f7c9b64-{one:05x}"},
                "zone": ZONES[one % 3].zone,
            }
            for one in range(count)
        ],
    }


def release(space: str, name: str) -> Json:
    """Return Helm's record of a release, of the size that a small chart's has."""
    labels = {"owner": "helm", "name": name, "status": "deployed", "version": "1"}
    metadata = {"name": f"sh.helm.release.v1.{name}.v1", "namespace": space, "labels": labels}
    body = {"stringData": {"release": "H4sIAAAAAAAC" * 1500}}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "helm.sh/release.v1", **body}


def content_key(version: str) -> str:
    """Return the key of the snapshots: everything that they are made of."""
    samples = [
        big_node(0, version),
        big_node(1, version),
        big_pod(0, 100, "n"),
        big_pod(9, 100, "n"),
        workload("Deployment", "s", "n", 1),
        workload("DaemonSet", "s", "n", 1),
        endpoint_slice("s", "n", 1),
        release("s", "n"),
        {"sizes": SIZES, "pods": PODS_A_NODE, "services": SERVICES_A_NODE, "leases": RENEWED},
    ]
    modules = [(folder / "go.mod").read_bytes() for folder in (tools.TOOLS_MODULE, HERE / "etcd")]
    return tools.cache_key(json.dumps(samples, sort_keys=True), *modules)


class Writer:
    """Creates what the mold is, as a controller would, through the API server."""

    def __init__(self, paths: Paths, state: State) -> None:
        self.kube = Kube(cluster.server(state), paths.cluster / "pki")

    def create(self, path: str, content: Json) -> None:
        """Create an object; that it is there already is fine."""
        self.kube.create(f"{path}?fieldManager={MAKER}", content)

    def resize(self, path: str, content: Json) -> None:
        """Make or resize a workload, and set what its controller would report."""
        one = f"{path}/{content['metadata']['name']}"
        self.create(path, content)
        self.kube.patch(f"{one}?fieldManager={MAKER}", {"spec": content["spec"]})
        # Read back: each change of the size is a generation of its own.
        generation = self.kube.request("GET", one)["metadata"]["generation"]
        status = {**content["status"], "observedGeneration": generation}
        self.kube.patch(f"{one}/status?fieldManager={MAKER}", {"status": status})


class Etcd:
    """etcd's own gateway: so many objects one by one through the API server take the better part of an hour."""

    def __init__(self, state: State) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", state.ports["etcd"], timeout=60)

    def _ask(self, path: str, body: Json) -> Json:
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        told: Json = json.loads(answer.read())
        if answer.status != HTTPStatus.OK:
            raise LabError(f"etcd refuses {path}: {answer.status} {told}.")
        return told

    def get(self, key: str) -> Mold:
        """Return what the API server stored under a key."""
        return Mold.of(base64.b64decode(self._ask("/v3/kv/range", {"key": b64(key.encode())})["kvs"][0]["value"]))

    def put(self, wanted: Iterable[tuple[str, bytes]]) -> None:
        """Store objects, a hundred in each transaction."""
        for some in itertools.batched(wanted, 100):
            puts = [{"requestPut": {"key": b64(key.encode()), "value": b64(value)}} for key, value in some]
            self._ask("/v3/kv/txn", {"success": puts})


def b64(data: bytes) -> str:
    """Return bytes as etcd's gateway takes them."""
    return base64.b64encode(data).decode()


@dataclass(frozen=True)
class Mold:
    """An object as the API server stored it, and the times in it, as seconds since 1970."""

    value: bytes
    times: tuple[int, ...]

    @classmethod
    def of(cls, value: bytes) -> Mold:
        """Find the times: all lie in the last hour, in which the object was made."""
        now = int(time.time())
        return cls(value, tuple(one for one in range(now - 3600, now + 1) if varint(one) in value))

    def cast(self, swaps: Iterable[tuple[str, str]], moved: int, own: str) -> bytes:
        """Return a copy with other names, its times ``moved`` seconds earlier, and an identifier of its own.

        Protobuf writes lengths before texts: with another length it would be another object, or none.
        """
        value = self.value
        for old, new in swaps:
            if len(old) != len(new):
                raise LabError(f"{old} and {new} differ in length: a copy would be no object.")
            value = value.replace(old.encode(), new.encode())
        for second in self.times:
            value = value.replace(varint(second), varint(second - moved))
        # The first identifier in an object is its own.
        found = UID.search(value)
        return value.replace(found[0], uid(own).encode()) if found else value


def varint(number: int) -> bytes:
    """Return a number as protobuf writes it."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def uid(text: str) -> str:
    """Return what looks like a random identifier, the same in each run."""
    one = tools.cache_key(text).ljust(32, "0")
    return f"{one[:8]}-{one[8:12]}-4{one[13:16]}-8{one[17:20]}-{one[20:32]}"


def spaces() -> list[str]:
    """Return the namespaces of the teams, and the system's."""
    return ["kube-system", *(f"team-{one:02d}" for one in range(20))]


def mold(writer: Writer, version: str) -> None:
    """Make the objects that all others are copies of: two nodes with their pods, one of each service's objects."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    for space in spaces():
        writer.create("/api/v1/namespaces", {"metadata": {"name": space}})
        # Admission asks for it; its controller does not run.
        writer.create(f"/api/v1/namespaces/{space}/serviceaccounts", account)
    leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
    for place in range(2):
        node = big_node(place, version)
        name = node["metadata"]["name"]
        writer.create("/api/v1/nodes", node)
        # Admission adds the taint of a node that is not ready; the controller that takes it away does not run.
        writer.kube.patch(f"/api/v1/nodes/{name}", {"spec": {"taints": node["spec"]["taints"]}})
        lease = {"leaseDurationSeconds": 40, "renewTime": RENEWED, "holderIdentity": name}
        writer.create(leases, {"metadata": {"name": name}, "spec": lease})
        for number in range(place * PODS_A_NODE, (place + 1) * PODS_A_NODE):
            pod = big_pod(number, services(), name)
            writer.create(f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods", pod)


def services() -> int:
    """Return how many services there are, at each size: a pod's owner does not change as the cluster grows."""
    return round(SIZES[-1] * SERVICES_A_NODE)


def resize(writer: Writer, size: int) -> None:
    """Bring the workloads that others are copies of to the size of the cluster."""
    share = size * (PODS_A_NODE - len(SYSTEM)) // services()
    apps, space, name = "/apis/apps/v1/namespaces", "team-00", service_name(0)
    for one in SYSTEM:
        writer.resize(f"{apps}/kube-system/daemonsets", workload("DaemonSet", "kube-system", one, size))
    writer.resize(f"{apps}/{space}/deployments", workload("Deployment", space, name, share))
    slices = f"/apis/discovery.k8s.io/v1/namespaces/{space}/endpointslices"
    ends = endpoint_slice(space, name, share)
    writer.create(slices, ends)
    writer.kube.patch(f"{slices}/{ends['metadata']['name']}", {"endpoints": ends["endpoints"]})
    writer.create(f"/api/v1/namespaces/{space}/secrets", release(space, name))


def copied(etcd: Etcd, size: int, version: str) -> Iterator[tuple[str, bytes]]:
    """Return keys and values of a cluster of this size, all but the molds themselves."""
    yield from copied_nodes(etcd, size, version)
    yield from copied_pods(etcd, size, version)
    yield from copied_services(etcd)


def name_of(number: int) -> str:
    """Return the name of the node with this number."""
    return f"ip-{address_of(number).replace('.', '-')}.ec2.internal"


def group_of(number: int) -> str:
    """Return the node group of the node with this number: every tenth has a GPU."""
    return "gpu" if number % 10 == 0 else "general"


def address_of(number: int) -> str:
    """Return the address of the node with this number."""
    return f"10.1{number // 100:02d}.1{number % 100:02d}.100"


def copied_nodes(etcd: Etcd, size: int, version: str) -> Iterator[tuple[str, bytes]]:
    """Return the nodes and their leases."""
    kinds = ("minions/", "leases/kube-node-lease/")
    molds = {(kind, place): etcd.get(f"/registry/{kind}{name_of(place)}") for kind in kinds for place in range(2)}
    for number in range(2, size):
        place = 0 if group_of(number) == "gpu" else 1
        swaps = (
            (name_of(place), name_of(number)),
            (address_of(place), address_of(number)),
            (zone_of(place, version), zone_of(number, version)),
        )
        for kind in kinds:
            value = molds[kind, place].cast(swaps, number * 977 % 2_000_000, f"{kind}{number}")
            yield f"/registry/{kind}{name_of(number)}", value


def zone_of(number: int, version: str) -> str:
    """Return the zone of the node with this number."""
    return str(big_node(number, version)["metadata"]["labels"]["topology.kubernetes.io/zone"])


def pod_facts(number: int) -> tuple[str, str, str]:
    """Return namespace, owner's name and own name of the pod with this number."""
    metadata = big_pod(number, services(), "")["metadata"]
    return metadata["namespace"], metadata["ownerReferences"][0]["name"], metadata["name"]


def copied_pods(etcd: Etcd, size: int, version: str) -> Iterator[tuple[str, bytes]]:
    """Return the pods of all nodes but the two first."""
    molds = {}
    for spot in range(PODS_A_NODE):
        # Those on the second node: what a pod tolerates does not depend on its node.
        space, owned, name = pod_facts(PODS_A_NODE + spot)
        molds[spot] = (space, owned, name, etcd.get(f"/registry/pods/{space}/{name}"))
    for number in range(2 * PODS_A_NODE, size * PODS_A_NODE):
        place, spot = divmod(number, PODS_A_NODE)
        space, owned, name, value = molds[spot]
        new_space, new_owned, new_name = pod_facts(number)
        swaps = [
            (name_of(1), name_of(place)),
            (address_of(1), address_of(place)),
            (zone_of(1, version), zone_of(place, version)),
            (name, new_name),
            (f"{hash_of(owned):012x}", f"{hash_of(new_owned):012x}"),
        ]
        if spot >= len(SYSTEM):
            old, new = owned.rpartition("-")[0], new_owned.rpartition("-")[0]
            swaps += [(owned, new_owned), (old, new), (space, new_space)]
        yield f"/registry/pods/{new_space}/{new_name}", value.cast(swaps, number * 31 % 2_000_000, new_name)


def copied_services(etcd: Etcd) -> Iterator[tuple[str, bytes]]:
    """Return Deployments, endpoints and, for every fifth, a Helm release of all services but the first."""
    name = service_name(0)
    kinds = {"deployments": "{}", "endpointslices": "{}-x7k2p", "secrets": "sh.helm.release.v1.{}.v1"}
    molds = {kind: etcd.get(f"/registry/{kind}/team-00/{form.format(name)}") for kind, form in kinds.items()}
    for number in range(1, services()):
        for kind, form in kinds.items():
            if kind == "secrets" and number % 5:
                continue
            new, space = service_name(number), f"team-{number % 20:02d}"
            value = molds[kind].cast(((name, new), ("team-00", space)), number * 3571 % 2_000_000, f"{kind}{number}")
            yield f"/registry/{kind}/{space}/{form.format(new)}", value


def configured(paths: Paths, state: State, version: str, etcd_tools: Path, *, simulated: bool) -> str:
    """Return kwokctl's configuration: no controllers and no scheduler, and KWOK only while the cluster is made."""
    configuration = cluster.configuration(paths, state, version)
    configuration["options"] |= {
        "etcdctlBinary": str(etcd_tools / "etcdctl"),
        "etcdutlBinary": str(etcd_tools / "etcdutl"),
        "disable": ["kube-controller-manager", "kube-scheduler", *([] if simulated else ["kwok-controller"])],
    }
    # Of so many nodes, leases would be all that the API server writes; zero in the options means kwokctl's default.
    (kwok,) = [one for one in configuration["componentsPatches"] if one["name"] == "kwok-controller"]
    kwok["extraArgs"].append({"key": "node-lease-duration-seconds", "value": "0"})
    stages = [one for one in cluster.stage_documents() if one["kind"] == "Stage"]
    return cluster.yaml.safe_dump_all([configuration, *stages], sort_keys=False)


def ready(paths: Paths, state: State) -> None:
    """Wait for the API server; with so many objects on a busy machine it takes longer than a rehearsal's."""
    for _ in range(4):
        with contextlib.suppress(LabError):
            cluster.wait(paths, state)
            return
    cluster.wait(paths, state)


@contextlib.contextmanager
def control_plane(folder: Path, cache: Path, say: Say, *, simulated: bool) -> Iterator[tuple[Paths, State, str]]:
    """Run a control plane of its own in a folder; it ends with the block."""
    paths, state = Paths(dir=folder, cache=cache), State()
    state.ports = ports.choose({}, {})
    tools.link(tools.build_tools(paths, say), paths.bin)
    etcd_tools = tools.build_module(cache, "etcd-tools", HERE / "etcd", say)
    version = tools.kubernetes_version((tools.TOOLS_MODULE / "go.mod").read_text())
    documents = cluster.stage_documents()
    others = [one for one in documents if one["kind"] != "Stage"]
    write_text(cluster.usage_file(paths), cluster.yaml.safe_dump_all(others, sort_keys=False))
    file = folder / "kwokctl.yaml"
    write_text(file, configured(paths, state, version, etcd_tools, simulated=simulated))
    try:
        options = ("--config", str(file), "--kubeconfig", str(folder / "kwokctl.kubeconfig"), "--wait", "0s")
        cluster.kwokctl(paths, version, "create", "cluster", *options)
        ready(paths, state)
        yield paths, state, version
    finally:
        cluster.stop(paths)


def pending(paths: Paths, state: State) -> bool:
    """Say whether a pod is not running yet."""
    kube = Kube(cluster.server(state), paths.cluster / "pki")
    with contextlib.suppress(OSError):
        return bool(kube.items("/api/v1/pods?fieldSelector=status.phase%21%3DRunning&limit=1"))
    return True


def unready(paths: Paths, state: State) -> bool:
    """Say whether a node is not ready yet."""
    content = cluster.get(paths, state, "/api/v1/nodes?resourceVersion=0", 60.0)
    nodes = json.loads(content)["items"] if content else [{}]
    return not all(("Ready", "True") in conditions_of(one) for one in nodes)


def conditions_of(node: Json) -> set[tuple[str, str]]:
    """Return type and status of a node's conditions."""
    return {(one["type"], one["status"]) for one in (node.get("status") or {}).get("conditions", ())}


def etcdctl(paths: Paths, state: State, etcd_tools: Path, *arguments: str) -> str:
    """Run etcdctl against this cluster's data."""
    argv = [str(etcd_tools / "etcdctl"), "--endpoints", f"127.0.0.1:{state.ports['etcd']}", "--command-timeout=300s"]
    return tools.run([*argv, *arguments], paths.dir).stdout


def compact(paths: Paths, state: State, etcd_tools: Path) -> None:
    """Forget what objects were before: three quarters of the snapshot would be that."""
    told = json.loads(etcdctl(paths, state, etcd_tools, "endpoint", "status", "--write-out=json"))
    revision = str(told[0]["Status"]["header"]["revision"])
    etcdctl(paths, state, etcd_tools, "compact", "--physical", revision)
    etcdctl(paths, state, etcd_tools, "defrag")


def snapshots(cache: Path, scratch: Path, say: Say) -> Path:
    """Return the folder with a snapshot per size, ``<nodes>.db``; making them takes some ten minutes, once."""
    version = tools.kubernetes_version((tools.TOOLS_MODULE / "go.mod").read_text())
    minor = version.removeprefix("v").rpartition(".")[0]

    def make(target: Path) -> None:
        with control_plane(scratch, cache, say, simulated=True) as (paths, state, kubernetes):
            etcd_tools = tools.build_module(cache, "etcd-tools", HERE / "etcd", lambda _: None)
            mold(Writer(paths, state), minor)
            settled = processes.wait_until(lambda: not (pending(paths, state) or unready(paths, state)), 300.0, 1.0)
            if not settled:
                raise LabError(f"The first nodes and pods do not come up; see {paths.cluster / 'logs'}.")
            # From here on it would only watch what is copied.
            processes.stop(cluster.component_processes(paths)["kwok-controller"])
            for size in SIZES:
                # A connection that was idle while objects were copied may be closed.
                resize(Writer(paths, state), size)
                Etcd(state).put(copied(Etcd(state), size, minor))
                compact(paths, state, etcd_tools)
                cluster.kwokctl(paths, kubernetes, "snapshot", "save", "--path", str(target / f"{size}.db"))
                say(f"snapshot of {size} nodes and {size * PODS_A_NODE} pods")

    return tools.cached(cache, "health-snapshots", content_key(version), make, say)


@contextlib.contextmanager
def restored(snapshot: Path, folder: Path, cache: Path, say: Say) -> Iterator[tuple[Paths, State]]:
    """Run etcd and kube-apiserver, and nothing else, over a snapshot."""
    with control_plane(folder, cache, say, simulated=False) as (paths, state, version):
        cluster.kwokctl(paths, version, "snapshot", "restore", "--path", str(snapshot))
        ready(paths, state)
        yield paths, state


def main() -> None:
    """Make the snapshots, unless they are there."""
    paths = Paths.from_environment(os.environ)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        snapshots(
            paths.cache, Path(scratch), lambda text: print(f"[{time.monotonic() - begun:6.1f} s] {text}", flush=True)
        )


if __name__ == "__main__":
    main()
