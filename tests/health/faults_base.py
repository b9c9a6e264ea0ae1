# SPDX-License-Identifier: Apache-2.0
"""The healthy cluster that faults are put into: nodes, workloads, storage, webhooks, releases, each for its fault."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from lab.node_sync import MANAGED_BY, NodeGroup, Subnet, node

Json = dict[str, Any]
SPACE, REGION = "services", "eu-central-1"
GROUP_LABEL = "eks.amazonaws.com/nodegroup"
GPU_TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}
SPARE_TAINT = {"key": "example.com/spare", "value": "yes", "effect": "NO_SCHEDULE"}
TOLERATES_ALL = [{"operator": "Exists"}]
DRIVER = "nvidia.com/cuda.driver-version.full"
PRODUCT = "nvidia.com/gpu.product"
REPLICAS = "nvidia.com/gpu.replicas"
MODEL, GPUS = "NVIDIA-A10G", 4
# Name, size, zones.
GENERAL = (("general", 3, "abc"),)
# Groups that lose a node: no pod of another fault may stand on it, and vanish with it.
LOSING = (("batch", 2, "ab"), ("spread", 3, "aab"))
SPARE = ("lost", "lease", "pressure", "cordon", "old", "new")
GPU_GROUPS = {
    "gpu": 2,
    **dict.fromkeys(
        (
            "gpu-bus",
            "gpu-plugin",
            "gpu-taint",
            "gpu-driver",
            "gpu-model",
            "gpu-shared",
            "gpu-crowded",
            "gpu-closed",
            "gpu-silent",
        ),
        1,
    ),
}
SHARED_BY = 2
# Where the plugin runs as a DaemonSet of its own, so that it can be missing.
PLUGIN_ALONE = "gpu-plugin"


def nodes_of(name: str, size: int, zones: str, machine: str, version: str, *taints: Json) -> list[Json]:
    """Return the nodes of a group as EKS would register them; the rehearsal's agent leaves them alone."""
    subnets = tuple(Subnet(f"{REGION}{zone}", "10.0.0.0/24") for zone in zones)
    group = NodeGroup("x", name, REGION, size, machine, "ON_DEMAND", version, subnets, {}, taints)
    made = [node(group, index) for index in range(size)]
    for one in made:
        del one["metadata"]["labels"][MANAGED_BY]
        one["metadata"]["name"] = one["metadata"]["name"].removeprefix("x-")
        one["metadata"]["labels"]["kubernetes.io/hostname"] = one["metadata"]["name"]
        path = f"/metrics/nodes/{one['metadata']['name']}/metrics/resource"
        one["metadata"]["annotations"]["metrics.k8s.io/resource-metrics-path"] = path
    return made


def gpu_node(one: Json) -> Json:
    """Add what gpu-feature-discovery and the driver would say of a node; the rehearsal says only the rest."""
    told = {"nvidia.com/gpu.present": "true", PRODUCT: MODEL, DRIVER: "570.86.15", REPLICAS: "1"}
    if one["metadata"]["labels"][GROUP_LABEL] == "gpu-shared":
        told[REPLICAS] = str(SHARED_BY)
    one["metadata"]["labels"] |= told
    return one


def all_nodes(version: str) -> list[Json]:
    """Return all nodes."""
    return [
        *(one for name, size, zones in GENERAL for one in nodes_of(name, size, zones, "m5.2xlarge", version)),
        *(
            one
            for name, size, zones in LOSING
            for one in nodes_of(name, size, zones, "m5.2xlarge", version, SPARE_TAINT)
        ),
        *(one for name in SPARE for one in nodes_of(f"spare-{name}", 1, "a", "m5.large", version, SPARE_TAINT)),
        *(
            gpu_node(one)
            for name, size in GPU_GROUPS.items()
            for one in nodes_of(name, size, "ab", "g5.12xlarge", version, GPU_TAINT)
        ),
    ]


def meta(name: str, space: str = SPACE, **more: Any) -> Json:
    """Return an object's metadata."""
    return {"name": name, **({"namespace": space} if space else {}), **more}


def container(**more: Any) -> Json:
    """Return a container that asks for little."""
    asked = {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}
    return {"name": "main", "image": "example.com/app:1", "resources": asked, **more}


def deployment(name: str, replicas: int = 1, space: str = SPACE, spec: Json | None = None, **template: Any) -> Json:
    """Return a Deployment; ``template`` changes its pods, ``spec`` the rest."""
    labels = {"app": name}
    pod = {"containers": [container()], "terminationGracePeriodSeconds": 0, **template}
    notes = pod.pop("annotations", {})
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": meta(name, space),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels, "annotations": notes}, "spec": pod},
            **(spec or {}),
        },
    }


def service(name: str, space: str = SPACE, app: str = "") -> Json:
    """Return a Service of the Deployment of this name."""
    spec = {"selector": {"app": app or name}, "ports": [{"port": 80, "targetPort": 8080}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta(name, space), "spec": spec}


def plugin(name: str, groups: list[str], config: str = "") -> Json:
    """Return the device plugin's DaemonSet for some node groups."""
    labels = {"app.kubernetes.io/name": "nvidia-device-plugin", "app.kubernetes.io/instance": name}
    term = {"matchExpressions": [{"key": GROUP_LABEL, "operator": "In", "values": groups}]}
    pod: Json = {
        "tolerations": TOLERATES_ALL,
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}},
        "containers": [{"name": "nvidia-device-plugin-ctr", "image": "example.com/plugin:1"}],
        "terminationGracePeriodSeconds": 0,
    }
    if config:
        pod["volumes"] = [{"name": "config", "configMap": {"name": config}}]
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": meta(name, "kube-system"),
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def sharing(replicas: int) -> Json:
    """Return the device plugin's configuration of time slices."""
    text = json.dumps({"sharing": {"timeSlicing": {"resources": [{"name": "nvidia.com/gpu", "replicas": replicas}]}}})
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": meta("slices", "kube-system"),
        "data": {"default": text},
    }


def webhook(name: str, policy: str, resource: str) -> Json:
    """Return an admission webhook that looks only at a namespace that holds nothing."""
    what = {"operations": ["CREATE"]}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": meta(name, ""),
        "webhooks": [
            {
                "name": f"{name}.example.com",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": policy,
                "namespaceSelector": {"matchLabels": {"example.com/looked-at": "yes"}},
                "clientConfig": {"service": {"namespace": "policies", "name": name}},
                "rules": [{**what, "apiGroups": [""], "apiVersions": ["v1"], "resources": [resource]}],
            }
        ],
    }


def claim(name: str, storage_class: str | None, volume: str = "") -> Json:
    """Return a claim; a class of None is left out."""
    spec: Json = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    if storage_class is not None:
        spec["storageClassName"] = storage_class
    if volume:
        spec["volumeName"] = volume
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta(name), "spec": spec}


def volume(name: str, policy: str = "Retain", zone: str = "") -> Json:
    """Return a volume that is promised to the claim of the same name."""
    spec: Json = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": policy,
        "storageClassName": "",
        "claimRef": {"namespace": SPACE, "name": name},
        "hostPath": {"path": f"/data/{name}"},
    }
    if zone:
        term = {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": meta(name, ""), "spec": spec}


def certificate(name: str) -> Json:
    """Return a Certificate of cert-manager."""
    spec = {"secretName": name, "dnsNames": [f"{name}.example.com"], "issuerRef": {"name": "main"}}
    return {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": meta(name), "spec": spec}


def pool(name: str) -> Json:
    """Return a NodePool of Karpenter."""
    reference = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"}
    need = {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}
    spec = {"template": {"spec": {"nodeClassRef": reference, "requirements": [need]}}}
    return {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": meta(name, ""), "spec": spec}


def node_claim(name: str) -> Json:
    """Return a NodeClaim of Karpenter."""
    reference = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"}
    need = {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}
    spec = {"nodeClassRef": reference, "requirements": [need]}
    return {"apiVersion": "karpenter.sh/v1", "kind": "NodeClaim", "metadata": meta(name, ""), "spec": spec}


def autoscaler_status(at: str, scale_up: Json | None = None, health: str = "Healthy") -> Json:
    """Return what Cluster Autoscaler writes, as of version 1.30."""
    status = {
        "time": at,
        "autoscalerStatus": "Running",
        "clusterWide": {"health": {"status": health, "lastTransitionTime": at}},
        "nodeGroups": [{"name": "eks-general", "scaleUp": scale_up or {"status": "NoActivity"}}],
    }
    notes = {"cluster-autoscaler.kubernetes.io/last-updated": f"{at.replace('T', ' ').rstrip('Z')}.0 +0000 UTC"}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": meta("cluster-autoscaler-status", "kube-system", annotations=notes),
        "data": {"status": json.dumps(status)},
    }


def quota(name: str, pods: int) -> Json:
    """Return a quota of pods."""
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": meta("team", name),
        "spec": {"hard": {"pods": str(pods)}},
    }


def namespace(name: str, **labels: str) -> Json:
    """Return a namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": meta(name, "", labels=labels)}


def hpa(name: str, least: int, most: int) -> Json:
    """Return an autoscaler of the Deployment of this name."""
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
    }
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": meta(name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": [metric],
        },
    }


def cron_job(name: str, command: str) -> Json:
    """Return a CronJob that would run on New Year only; runs are made by hand."""
    pod = {"restartPolicy": "Never", "containers": [container(command=[command])]}
    job = {"backoffLimit": 0, "template": {"spec": pod}}
    spec = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": job}}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta(name), "spec": spec}


# Services that health_service_info looks at, each for its fault.
SERVICES = ("app", "unselected", "broken", "slow", "secure", "restarting", "crowded", "rolling")
# Deployments that must be there, each for its fault.
WORKLOADS = ("app", "ledger")
HOOKS = (("closed", "Fail", "pods"), ("open", "Ignore", "secrets"))
CERTIFICATES = ("good", "ended", "late", "refused")
ORDINARY = ("crashing", "greedy", "unpulled", "waiting")


def objects() -> list[Json]:
    """Return all that needs no custom resource."""
    careful = {"rollingUpdate": {"maxUnavailable": 0}}
    spread = [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app": "app"}},
        }
    ]
    return [
        *(namespace(name) for name in ("policies", "team-a", "monitoring", "releases")),
        namespace("empty", **{"example.com/looked-at": "yes"}),
        deployment("app", 3, topologySpreadConstraints=spread),
        hpa("app", 3, 5),
        *(deployment(name) for name in (*SERVICES[1:-1], *WORKLOADS[1:], *ORDINARY)),
        deployment("rolling", spec={"progressDeadlineSeconds": 5, "strategy": careful}),
        *(service(name) for name in SERVICES),
        deployment("coredns", 2, "kube-system"),
        {**service("kube-dns", "kube-system", "coredns")},
        *(deployment(name, space="policies") for name, _policy, _what in HOOKS),
        *(service(name, "policies") for name, _policy, _what in HOOKS),
        *(webhook(*one) for one in HOOKS),
        plugin("device-plugin", [name for name in GPU_GROUPS if name not in {PLUGIN_ALONE, "gpu-shared"}]),
        plugin("device-plugin-alone", [PLUGIN_ALONE]),
        sharing(SHARED_BY),
        plugin("device-plugin-shared", ["gpu-shared"], "slices"),
        quota("team-a", 3),
        deployment("worker", 2, "team-a"),
        cron_job("backup", "true"),
        cron_job("report", "false"),
        volume("lost"),
        volume("placed", zone=f"{REGION}b"),
        volume("failed", "Delete"),
        *(claim(name, "", name) for name in ("lost", "placed", "failed")),
        # Waits for a pod by intent.
        claim("unused", "gp2"),
    ]


def custom_objects() -> list[Json]:
    """Return what needs the custom resources of charts."""
    return [*(certificate(name) for name in CERTIFICATES), pool("main"), pool("unready")]


def chart(folder: Path, version: str) -> Path:
    """Write a chart whose values make it fail, or hang in its first step."""
    where = folder / f"small-{version}"
    (where / "templates").mkdir(parents=True, exist_ok=True)
    (where / "Chart.yaml").write_text(f"apiVersion: v2\nname: small\nversion: {version}\n")
    (where / "values.yaml").write_text("broken: false\nhangs: false\n")
    (where / "templates/all.yaml").write_text(
        textwrap.dedent("""\
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "{{ .Release.Name }}"}
        data: {size: small}
        {{- if .Values.broken }}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: "{{ .Release.Name }}"}
        spec: {ports: [{port: 99999}]}
        {{- end }}
        {{- if .Values.hangs }}
        ---
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: "{{ .Release.Name }}"
          annotations: {helm.sh/hook: pre-install, helm.sh/hook-delete-policy: before-hook-creation}
        spec:
          template:
            metadata: {annotations: {lab.applied-ai.dev/fault: never-ready}}
            spec: {restartPolicy: Never, containers: [{name: main, image: "example.com/app:1"}]}
        {{- end }}
        """)
    )
    return where


def expected_cluster(grace: int) -> Json:
    """Return what health_cluster_info is told to expect."""
    groups: Json = {
        "general": {"count": 3, "zones": 3},
        "batch": {"count": 2},
        "spread": {"count": 2, "zones": 2},
        "gpu": {"count": 2, "gpus_per_node": GPUS},
        "gpu-bus": {"count": 1, "gpus_per_node": GPUS},
        "gpu-plugin": {"count": 1, "gpus_per_node": GPUS},
    }
    workloads = [{"kind": "Deployment", "namespace": SPACE, "name": name} for name in WORKLOADS]
    return {"node_groups": groups, "workloads": workloads, "grace": grace}


def expected_gpus(idle_limit: int = 100) -> Json:
    """Return what health_gpu_info is told to expect."""
    groups = [
        {
            "name": name,
            "count": count,
            "gpus_per_node": GPUS,
            "model": MODEL,
            "driver": "570",
            "tainted": True,
            "replicas": SHARED_BY if name == "gpu-shared" else 1,
        }
        for name, count in GPU_GROUPS.items()
    ]
    return {"groups": groups, "idle_limit": idle_limit}


RIGHTS = {
    "": [
        *("nodes", "pods", "secrets", "namespaces", "configmaps", "events"),
        *("persistentvolumeclaims", "persistentvolumes", "resourcequotas"),
    ],
    "apps": ["deployments", "daemonsets", "statefulsets"],
    "autoscaling": ["horizontalpodautoscalers"],
    "apiregistration.k8s.io": ["apiservices"],
    "coordination.k8s.io": ["leases"],
    "admissionregistration.k8s.io": ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
    "discovery.k8s.io": ["endpointslices"],
    "storage.k8s.io": ["storageclasses"],
    "batch": ["cronjobs", "jobs"],
    "cert-manager.io": ["certificates"],
    "karpenter.sh": ["nodeclaims", "nodepools"],
}


def rights(without: str = "") -> list[Json]:
    """Return a ServiceAccount that may look and nothing else, by the list of docs/health.md."""
    rules: list[Json] = [
        {"apiGroups": [group], "resources": [one for one in kinds if one != without], "verbs": ["list"]}
        for group, kinds in RIGHTS.items()
        if [one for one in kinds if one != without]
    ]
    rules.append({"nonResourceURLs": ["/metrics"], "verbs": ["get"]})
    group = "rbac.authorization.k8s.io"
    subject = {"kind": "ServiceAccount", "name": "looks", "namespace": "monitoring"}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta("looks", "monitoring")},
        {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": meta("looks", ""), "rules": rules},
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": meta("looks", ""),
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "looks"},
            "subjects": [subject],
        },
    ]
