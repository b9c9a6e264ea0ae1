# SPDX-License-Identifier: Apache-2.0
"""The table of faults: how each is put in, which check must name it, what else is a true consequence, how it ends."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from health import faults_base as base
from health.faults_world import World, at

Json = dict[str, Any]
Act = Callable[[World], Any]
SPACE: Final = base.SPACE
FAULT: Final = "lab.applied-ai.dev/fault"


@dataclass(frozen=True)
class Sign:
    """A finding: its check, its subject (with ``*``), and what its text must say (a pattern)."""

    check: str
    subject: str
    seen: str = ""
    status: str = "failed"

    def fits(self, check: Mapping[str, str]) -> bool:
        """Say whether a check of a result is this one."""
        return (
            self.status == check["status"]
            and self.check == check["id"]
            and fnmatch.fnmatchcase(check["subject"], self.subject)
            and bool(re.search(self.seen, check["seen"]))
        )


@dataclass(frozen=True)
class Fault:
    """One row."""

    name: str
    how: str
    look: str
    sign: Sign
    put_in: Act
    take_back: Act
    also: tuple[Sign, ...] = ()
    # What of it is not the real thing.
    stand_in: str = ""


def noted(name: str, **notes: str) -> tuple[Act, Act]:
    """Return what annotates the pods of a Deployment, and what takes that off."""
    keys = {
        f"{FAULT}" if key == "fault" else f"kwok.x-k8s.io/{key.replace('_', '-')}": text for key, text in notes.items()
    }
    return lambda w: w.mark(name, keys), lambda w: w.mark(name, dict.fromkeys(keys))


def labelled(node: str, key: str, wrong: str, right: str) -> tuple[Act, Act]:
    """Return what sets a wrong label on a node, and the right one."""
    return (
        lambda w: w.patch("Node", node, {"metadata": {"labels": {key: wrong}}}),
        lambda w: w.patch("Node", node, {"metadata": {"labels": {key: right}}}),
    )


def created(one: Json) -> tuple[Act, Act]:
    """Return what creates an object, and what deletes it."""
    space = one["metadata"].get("namespace", "")
    return lambda w: w.create(one), lambda w: w.delete(one["kind"], one["metadata"]["name"], space)


def deleted(one: Json) -> tuple[Act, Act]:
    """Return what deletes an object, and what creates it anew."""
    create, delete = created(one)
    return delete, create


def scaled(name: str, replicas: int, back: int, space: str = SPACE) -> tuple[Act, Act]:
    """Return what sets how many pods a Deployment wants, and what sets it back."""
    return partial(World.scale, name=name, replicas=replicas, space=space), partial(
        World.scale, name=name, replicas=back, space=space
    )


def told(node: str, gpu: int, now: bool, **metrics: float) -> tuple[Act, Act]:
    """Return what makes a GPU say something else, now or for two hours, and what makes it well."""

    def change(w: World) -> None:
        (w.gpus if now else w.history.gpus).other[node, gpu] = metrics

    def back(w: World) -> None:
        (w.gpus if now else w.history.gpus).other.pop((node, gpu), None)

    return change, back


def answered(path: str, status: int = 200, after: float = 0) -> tuple[Act, Act]:
    """Return what spoils an address outside, and what mends it."""

    def change(w: World) -> None:
        w.answers.status[path], w.answers.after[path] = status, after

    def back(w: World) -> None:
        w.answers.status.pop(path), w.answers.after.pop(path)

    return change, back


def node(name: str) -> Json:
    """Return one of the base's nodes, to create it anew."""
    return next(one for one in base.all_nodes("1.36") if one["metadata"]["name"] == name)


def cordon(w: World) -> None:
    """Close a node, as if two hours ago."""
    own = w.get("Node", "spare-cordon-0")["spec"]["taints"]
    closed = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule", "timeAdded": at(-7200)}
    w.patch("Node", "spare-cordon-0", {"spec": {"unschedulable": True, "taints": [*own, closed]}})


def uncordon(w: World) -> None:
    """Open it; its taint the controller takes off."""
    w.patch("Node", "spare-cordon-0", {"spec": {"unschedulable": None}})


def hold_lease(w: World) -> None:
    """Let somebody hold a node's lease and not renew it, so that its kubelet cannot."""
    spec = {"holderIdentity": "nobody", "leaseDurationSeconds": 3600, "renewTime": at(-120).replace("Z", ".000000Z")}
    w.patch("Lease", "spare-lease-0", {"spec": spec}, "kube-node-lease")


def free_lease(w: World) -> None:
    """Give the lease back."""
    w.delete("Lease", "spare-lease-0", "kube-node-lease")


def versioned(name: str, version: str) -> tuple[Act, Act]:
    """Return what makes a kubelet say another version, and its own."""
    return (
        lambda w: w.say("Node", name, {"nodeInfo": {"kubeletVersion": version}}),
        lambda w: w.say("Node", name, {"nodeInfo": {"kubeletVersion": w.version}}),
    )


def pressed(w: World) -> None:
    """Let a kubelet say that its disk is full."""
    w.condition("spare-pressure-0", "DiskPressure", "True", "the disk of images is full")


def relieved(w: World) -> None:
    """Let it say that there is room."""
    w.condition("spare-pressure-0", "DiskPressure", "False", "there is room")


def untainted(w: World) -> None:
    """Take the taint of GPUs off a node."""
    w.patch("Node", "gpu-taint-0", {"spec": {"taints": []}})


def tainted(w: World) -> None:
    """Put it on again."""
    w.patch("Node", "gpu-taint-0", {"spec": {"taints": node("gpu-taint-0")["spec"]["taints"]}})


def foreign_taint(w: World, extra: bool) -> None:
    """Put a taint on a node that no pod with a GPU tolerates, or take it off."""
    own = node("gpu-closed-0")["spec"]["taints"]
    more = [{"key": "example.com/maintenance", "effect": "NoSchedule"}] if extra else []
    w.patch("Node", "gpu-closed-0", {"spec": {"taints": [*own, *more]}})


def share(w: World, replicas: int) -> None:
    """Change time slices: the plugin's configuration, and the label that feature discovery makes of it."""
    w.patch("ConfigMap", "slices", {"data": base.sharing(replicas)["data"]}, "kube-system")
    w.patch("Node", "gpu-shared-0", {"metadata": {"labels": {base.REPLICAS: str(replicas)}}})


def silent(w: World) -> None:
    """Let dcgm-exporter of a node answer nothing."""
    w.gpus.silent.add("gpu-silent-0")


def heard(w: World) -> None:
    """Let it answer again."""
    w.gpus.silent.clear()


CROWD: Final = base.deployment(
    "crowd",
    nodeSelector={base.GROUP_LABEL: "gpu-crowded"},
    tolerations=base.TOLERATES_ALL,
    containers=[{"name": "main", "image": "example.com/app:1", "resources": {"requests": {"cpu": "47500m"}}}],
)


def stuck(name: str, **template: Any) -> tuple[Act, Act]:
    """Return what creates a Deployment whose pod finds no place, and what deletes it."""
    return created(base.deployment(name, **template))


def waits(name: str, seen: str) -> tuple[Sign, tuple[Sign, ...]]:
    """Return how a pod that waits is named, and that its Deployment lacks it."""
    return Sign("pods_settled", f"Deployment {SPACE}/{name}", seen), short(name)


def short(name: str, space: str = SPACE) -> tuple[Sign, ...]:
    """Return that a Deployment lacks pods, as both looks say it."""
    return (
        Sign("workloads_ready", f"Deployment {space}/{name}"),
        Sign("services_rolled_out", f"Deployment {space}/{name}"),
        Sign("services_have_endpoints", f"Service {space}/{name}"),
    )


def placed_pod(w: World) -> None:
    """Start a pod in one zone whose volume lies in another."""
    mount = [{"name": "data", "persistentVolumeClaim": {"claimName": "placed"}}]
    zone = {"topology.kubernetes.io/zone": f"{base.REGION}a"}
    w.create(base.deployment("elsewhere", nodeSelector=zone, volumes=mount))


def lose_volume(w: World) -> None:
    """Remove a volume from under its claim."""
    w.delete("PersistentVolume", "lost")
    w.patch("PersistentVolume", "lost", {"metadata": {"finalizers": None}})


def restore_volume(w: World) -> None:
    """Make claim and volume anew."""
    w.delete("PersistentVolumeClaim", "lost")
    w.create_again(base.volume("lost"))
    w.create_again(base.claim("lost", "", "lost"))


def restore_failed(w: World) -> None:
    """Make volume and claim anew."""
    w.delete("PersistentVolume", "failed")
    w.create_again(base.volume("failed", "Delete"))
    w.create(base.claim("failed", "", "failed"))


HELD: Final[Json] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": base.meta("held", finalizers=["example.com/held"]),
    "spec": {"containers": [base.container()]},
}


def hold_pod(w: World) -> None:
    """Delete a pod that a finalizer holds."""
    w.create(HELD)
    w.delete("Pod", "held")


def free_pod(w: World) -> None:
    """Let it go."""
    w.patch("Pod", "held", {"metadata": {"finalizers": None}})


def hold_namespace(w: World) -> None:
    """Delete a namespace that holds an object with a finalizer."""
    kept = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": base.meta("kept", "leaving", finalizers=["example.com/held"]),
    }
    w.create(base.namespace("leaving"), kept)
    w.delete("Namespace", "leaving")


def free_namespace(w: World) -> None:
    """Let it go."""
    w.patch("ConfigMap", "kept", {"metadata": {"finalizers": None}}, "leaving")


JOB: Final[Json] = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": base.meta("import"),
    "spec": base.cron_job("import", "false")["spec"]["jobTemplate"]["spec"],
}


def run_cron_job(w: World) -> None:
    """Start a CronJob's job by hand, as its run book says."""
    w.cluster.must("kubectl", "create", "job", "--from=cronjob/report", "report-1", "-n", SPACE)


def new_hpa(w: World) -> None:
    """Create an autoscaler of a Deployment that asks for no CPU."""
    w.create(
        base.deployment("unasked", containers=[{"name": "main", "image": "example.com/app:1"}]),
        base.hpa("unasked", 1, 2),
    )


def no_hpa(w: World) -> None:
    """Delete both."""
    w.delete("HorizontalPodAutoscaler", "unasked")
    w.delete("Deployment", "unasked")


GONE_API: Final[Json] = {
    "apiVersion": "apiregistration.k8s.io/v1",
    "kind": "APIService",
    "metadata": base.meta("v1.gone.example.com", ""),
    "spec": {
        "group": "gone.example.com",
        "version": "v1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "insecureSkipTLSVerify": True,
        "service": {"name": "gone", "namespace": "policies"},
    },
}


def metrics_to(w: World, host: str) -> None:
    """Lead the metrics API's Service to a host."""
    w.patch("Service", "metrics-server", {"spec": {"externalName": host}}, "kube-system")


def roll(w: World, fault: str | None) -> None:
    """Give a service a new version, whose pods never get ready, or one whose pods do."""
    w.patch("Deployment", "rolling", {"spec": {"template": {"metadata": {"annotations": {FAULT: fault}}}}})


def select(w: World, app: str) -> None:
    """Let a Service select the pods of an app."""
    w.patch("Service", "unselected", {"spec": {"selector": {"app": app}}})


EVENT: Final = "no-capacity"


def failed_scale_up(w: World) -> None:
    """Write the event of Cluster Autoscaler that a node did not come."""
    about = {"kind": "ConfigMap", "namespace": "kube-system", "name": "cluster-autoscaler-status"}
    w.create(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": base.meta(EVENT, "kube-system"),
            "involvedObject": about,
            "reason": "FailedScaleUp",
            "type": "Warning",
            "message": "InsufficientInstanceCapacity in eu-central-1a",
            "firstTimestamp": at(),
            "lastTimestamp": at(),
        }
    )


def backoff(w: World, on: bool) -> None:
    """Let Cluster Autoscaler say that a node group is in backoff."""
    w.scale_up, w.beat = None, 0
    if on:
        info = {"errorCode": "QuotaExceeded", "errorMessage": "vCPU limit exceeded"}
        w.scale_up = {"status": "Backoff", "lastTransitionTime": at(), "backoffInfo": info}


def writing(w: World, on: bool) -> None:
    """Let Cluster Autoscaler write its status, or not."""
    w.autoscaler_writes, w.beat = on, 0


def down(w: World) -> None:
    """Ask a Prometheus that does not run."""
    w.healthy_prometheus, w.prometheus = w.prometheus, f"http://127.0.0.1:{w.dead_port}"


def up(w: World) -> None:
    """Ask the one that runs."""
    w.prometheus = w.healthy_prometheus


def without(w: World, kind: str) -> None:
    """Take a right from whoever looks, or give all."""
    (role,) = (one for one in base.rights(kind) if one["kind"] == "ClusterRole")
    w.patch("ClusterRole", "looks", {"rules": role["rules"]})


def edit(w: World, size: str) -> None:
    """Edit an object of a release."""
    w.patch("ConfigMap", "edited", {"data": {"size": size}}, "releases")


def near_end(w: World, days: float) -> None:
    """Let the blackbox exporter see a certificate that ends in so many days."""
    w.inside.days_left = days


def hang(w: World) -> None:
    """Interrupt an installation."""
    w.interrupted("hanging")


def no_hang(w: World) -> None:
    """Uninstall what is left of it."""
    w.helm("uninstall", "hanging", "-n", "releases", "--no-hooks")
    w.delete("Job", "hanging", "releases")


def elsewhere(w: World, *arguments: str) -> None:
    """End the fault of the proxy, and look straight again."""
    if arguments:
        w.lab_fault(*arguments)
    w.remote = ""


def certified(name: str, **status: Callable[[], str]) -> tuple[Act, Act]:
    """Return what makes a certificate say something else, and what makes it well."""
    return lambda w: w.valid(name, **{key: make() for key, make in status.items()}), lambda w: w.valid(name)


def refused(w: World) -> None:
    """Let cert-manager say that a certificate is not issued."""
    one = {"type": "Ready", "status": "False", "reason": "DoesNotExist", "message": "the issuer refused the order"}
    w.say("Certificate", "refused", {"conditions": [{**one, "lastTransitionTime": at()}]})


OF_KWOK = "no kubelet: the rehearsal says what one would"
OF_DCGM = "no GPU: dcgm-exporter's text"
OF_PAST = "no GPU: two hours of metrics put into Prometheus at once, so the rule's own wait is not in the time"
OF_CERT = "no cert-manager: the status it would write"
OF_CA = "no Cluster Autoscaler: what it would write"
OF_KARPENTER = "no Karpenter: the real kind, and the status it would write"

NODES: Final = (
    Fault(
        "node not ready",
        "its kubelet stops reporting",
        "cluster",
        Sign("nodes_ready", "Node spare-lost-0", "NodeStatusUnknown"),
        lambda w: w.lab_fault("node-lost", "spare-lost-0"),
        lambda w: w.lab_fault("node-lost", "spare-lost-0", "--clear"),
        stand_in=OF_KWOK,
    ),
    Fault(
        "stale lease",
        "its lease is held and not renewed",
        "cluster",
        Sign("node_leases_fresh", "Node spare-lease-0", "not renewed for"),
        hold_lease,
        free_lease,
        # The node controller gives such a node up after a while.
        (Sign("nodes_ready", "Node spare-lease-0"),),
    ),
    Fault(
        "node under pressure",
        "its kubelet says DiskPressure",
        "cluster",
        Sign("nodes_without_pressure", "Node spare-pressure-0", "DiskPressure"),
        pressed,
        relieved,
        stand_in=OF_KWOK,
    ),
    Fault(
        "forgotten cordon",
        "closed, its taint two hours old",
        "cluster",
        Sign("nodes_schedulable", "Node spare-cordon-0", "cordoned"),
        cordon,
        uncordon,
        stand_in="the taint's time is set back",
    ),
    Fault(
        "kubelet too old",
        "four minor versions behind the API server",
        "cluster",
        Sign("nodes_same_version", "Node spare-old-0", r"kubelet v1\.32"),
        *versioned("spare-old-0", "v1.32.9"),
        stand_in=OF_KWOK,
    ),
    Fault(
        "kubelet newer than the API server",
        "one minor version ahead",
        "cluster",
        Sign("nodes_same_version", "Node spare-new-0", r"kubelet v1\.37"),
        *versioned("spare-new-0", "v1.37.0"),
        stand_in=OF_KWOK,
    ),
    Fault(
        "node group incomplete",
        "one of its two nodes is deleted",
        "cluster",
        Sign("node_groups_complete", "node group batch", "1 ready node"),
        *deleted(node("batch-1")),
    ),
    Fault(
        "zone lost",
        "the only node in its zone is deleted, as many as promised stay",
        "cluster",
        Sign("zones_balanced", "node group spread", "1 zone: eu-central-1a"),
        *deleted(node("spread-2")),
    ),
)
GPUS: Final = (
    Fault(
        "GPU gone",
        "one of four falls off the bus",
        "cluster",
        Sign("gpus_advertised", "Node gpu-bus-0", "3 allocatable"),
        lambda w: w.lab_fault("gpu-lost", "gpu-bus-0", "--count", "1"),
        lambda w: w.lab_fault("gpu-lost", "gpu-bus-0", "--clear"),
        (Sign("gpus_complete", "node group gpu-bus", "3 nvidia"),),
        stand_in="no GPU: what the device plugin would advertise",
    ),
    Fault(
        "GPU plugin missing",
        "its DaemonSet is deleted",
        "cluster",
        Sign("gpus_advertised", "Node gpu-plugin-0", " 0 allocatable"),
        *deleted(base.plugin("device-plugin-alone", [base.PLUGIN_ALONE])),
        (Sign("gpus_complete", "node group gpu-plugin", "^0 nvidia"),),
        stand_in="no GPU: what the kubelet would say",
    ),
    Fault(
        "GPU taint lost",
        "the taint is taken off a GPU node",
        "gpus",
        Sign("gpu_nodes_tainted", "Node gpu-taint-0", "missing"),
        untainted,
        tainted,
    ),
    Fault(
        "wrong driver",
        "a node's label says driver 535, 570 is needed",
        "gpus",
        Sign("gpu_drivers_fit", "Node gpu-driver-0", r"driver 535\.104"),
        *labelled("gpu-driver-0", base.DRIVER, "535.104.05", "570.86.15"),
        stand_in="no GPU: the label of gpu-feature-discovery",
    ),
    Fault(
        "wrong GPU model",
        "a node's label says another model than was bought",
        "gpus",
        Sign("gpus_complete", "Node gpu-model-0", "model Tesla-T4"),
        *labelled("gpu-model-0", base.PRODUCT, "Tesla-T4", base.MODEL),
        stand_in="no GPU: the label of gpu-feature-discovery",
    ),
    Fault(
        "time slices other than asked",
        "the plugin's configuration says four for each GPU, two are asked",
        "gpus",
        Sign("gpus_shared_as_asked", "Node gpu-shared-0", "shared by 4"),
        partial(share, replicas=4),
        partial(share, replicas=base.SHARED_BY),
        stand_in="no GPU: the label of gpu-feature-discovery",
    ),
    Fault(
        "GPUs without CPU beside them",
        "a pod without a GPU takes the node's CPU",
        "gpus",
        Sign("gpus_schedulable", "Node gpu-crowded-0", "CPU left"),
        *created(CROWD),
    ),
    Fault(
        "GPUs behind a foreign taint",
        "a taint that no pod tolerates",
        "gpus",
        Sign("gpus_schedulable", "Node gpu-closed-0", "taint example.com/maintenance"),
        partial(foreign_taint, extra=True),
        partial(foreign_taint, extra=False),
    ),
    Fault(
        "XID error",
        "DCGM tells XID 79 of a GPU",
        "gpus",
        Sign("gpus_without_errors", "GPU 1 of node gpu-0", "XID 79"),
        *told("gpu-0", 1, True, DCGM_FI_DEV_XID_ERRORS=79),
        stand_in=OF_DCGM,
    ),
    Fault(
        "no spare memory rows",
        "DCGM tells a failed row remap",
        "gpus",
        Sign("gpus_without_errors", "GPU 2 of node gpu-0", "spare memory rows"),
        *told("gpu-0", 2, True, DCGM_FI_DEV_ROW_REMAP_FAILURE=1),
        stand_in=OF_DCGM,
    ),
    Fault(
        "GPU metrics vanished",
        "dcgm-exporter of a node answers nothing",
        "gpus",
        Sign("gpus_watched", "Node gpu-silent-0", "no metrics"),
        silent,
        heard,
        stand_in=OF_DCGM,
    ),
    Fault(
        "GPU too hot",
        "DCGM tells 92 °C",
        "history",
        Sign("gpus_cool", "GPU 0 of node gpu-1", "92 °C"),
        *told("gpu-1", 0, False, DCGM_FI_DEV_GPU_TEMP=92),
        stand_in=OF_PAST,
    ),
    Fault(
        "GPU slowed down",
        "DCGM tells a thermal slowdown",
        "history",
        Sign("gpus_cool", "GPU 1 of node gpu-1", "slowed down"),
        *told("gpu-1", 1, False, DCGM_FI_DEV_CLOCKS_EVENT_REASONS=64),
        stand_in=OF_PAST,
    ),
    Fault(
        "memory errors of a GPU",
        "DCGM counts errors that ECC cannot correct",
        "history",
        Sign("gpus_without_errors", "GPU 2 of node gpu-1", "memory errors"),
        *told("gpu-1", 2, False, DCGM_FI_DEV_ECC_DBE_VOL_TOTAL=3),
        stand_in=OF_PAST,
    ),
)
CONTROL: Final = (
    Fault(
        "webhook down that refuses",
        "its pods are gone, its policy is Fail",
        "cluster",
        Sign("webhooks_answer", "ValidatingWebhookConfiguration closed*", "changes to pods are refused"),
        *scaled("closed", 0, 1, "policies"),
    ),
    Fault(
        "webhook down that lets pass",
        "its pods are gone, its policy is Ignore",
        "cluster",
        Sign("webhooks_answer", "ValidatingWebhookConfiguration open*", "not enforced"),
        *scaled("open", 0, 1, "policies"),
    ),
    Fault(
        "cluster DNS down",
        "its pods are gone",
        "cluster",
        Sign("dns_answers", "Service kube-system/kube-dns", "no ready endpoint"),
        *scaled("coredns", 0, 2, "kube-system"),
    ),
    Fault(
        "certificate expired",
        "ended an hour ago",
        "cluster",
        Sign("certificates_valid", f"Certificate {SPACE}/ended", "expired"),
        *certified("ended", notAfter=lambda: at(-3600), renewalTime=lambda: at(-7200)),
        stand_in=OF_CERT,
    ),
    Fault(
        "certificate not renewed",
        "its renewal is a day late",
        "cluster",
        Sign("certificates_valid", f"Certificate {SPACE}/late", "not renewed"),
        *certified("late", renewalTime=lambda: at(-86400)),
        stand_in=OF_CERT,
    ),
    Fault(
        "certificate not issued",
        "its issuer refuses",
        "cluster",
        Sign("certificates_valid", f"Certificate {SPACE}/refused", "the issuer refused"),
        refused,
        lambda w: w.valid("refused"),
        stand_in=OF_CERT,
    ),
    Fault(
        "quota used up",
        "a Deployment wants more pods than its namespace may have",
        "cluster",
        Sign("quotas_have_room", "ResourceQuota team-a/team", "pods 3 of 3 and pods are refused"),
        *scaled("worker", 5, 2, "team-a"),
        (Sign("quotas_have_room", "ResourceQuota team-a/team", "used up: pods 3 of 3"), *short("worker", "team-a")),
    ),
    Fault(
        "namespace that does not end",
        "deleted, and an object in it has a finalizer",
        "cluster",
        Sign("namespaces_end", "Namespace leaving", "does not end"),
        hold_namespace,
        free_namespace,
    ),
    Fault(
        "node group in backoff",
        "Cluster Autoscaler's status says Backoff",
        "cluster",
        Sign("autoscaler_moves", "node group eks-general", "backoff: vCPU limit"),
        partial(backoff, on=True),
        partial(backoff, on=False),
        stand_in=OF_CA,
    ),
    Fault(
        "scale-up failed",
        "an event FailedScaleUp",
        "cluster",
        Sign("autoscaler_moves", "ConfigMap kube-system/cluster-autoscaler-status", "InsufficientInstanceCapacity"),
        failed_scale_up,
        lambda w: w.delete("Event", EVENT, "kube-system"),
        stand_in=OF_CA,
    ),
    Fault(
        "node claim that does not come",
        "nobody launches it",
        "cluster",
        Sign("autoscaler_moves", "NodeClaim main-1", "not Launched"),
        *created(base.node_claim("main-1")),
        stand_in=OF_KARPENTER,
    ),
    Fault(
        "node pool not ready",
        "its node class is not ready",
        "cluster",
        Sign("autoscaler_moves", "NodePool unready", "not ready"),
        lambda w: w.pool_ready("unready", "False"),
        lambda w: w.pool_ready("unready", "True"),
        stand_in=OF_KARPENTER,
    ),
)
WORKLOADS: Final = (
    Fault(
        "expected workload missing",
        "it is deleted",
        "cluster",
        Sign("workloads_ready", f"Deployment {SPACE}/ledger", "missing"),
        *deleted(base.deployment("ledger")),
    ),
    Fault(
        "crash loop",
        "its container ends again and again",
        "cluster",
        Sign("pods_settled", f"Deployment {SPACE}/crashing", "CrashLoopBackOff"),
        lambda w: w.lab_fault("pods-crash-looping", "app=crashing", "-n", SPACE),
        lambda w: w.lab_fault("pods-crash-looping", "app=crashing", "-n", SPACE, "--clear"),
        short("crashing"),
        stand_in=OF_KWOK,
    ),
    Fault(
        "out of memory",
        "its container is killed for it",
        "cluster",
        Sign("pods_settled", f"Deployment {SPACE}/greedy", "OOMKilled"),
        *noted("greedy", fault="out-of-memory"),
        short("greedy"),
        stand_in=OF_KWOK,
    ),
    Fault(
        "image cannot be pulled",
        "the registry has none of this name",
        "cluster",
        Sign("pods_settled", f"Deployment {SPACE}/unpulled", "ImagePullBackOff"),
        *noted("unpulled", fault="image-pull-error"),
        short("unpulled"),
        stand_in=OF_KWOK,
    ),
    Fault(
        "unschedulable by its selector",
        "no node has the label",
        "cluster",
        waits("selecting", "node affinity/selector")[0],
        *stuck("selecting", nodeSelector={"example.com/disk": "fast"}),
        short("selecting"),
    ),
    Fault(
        "unschedulable by a taint",
        "the only nodes that fit are tainted",
        "cluster",
        waits("tainted", "untolerated taint")[0],
        *stuck("tainted", nodeSelector={base.GROUP_LABEL: "gpu"}),
        short("tainted"),
    ),
    Fault(
        "unschedulable by GPUs",
        "it asks for more GPUs than a node has",
        "cluster",
        waits("hungry", "Insufficient nvidia.com/gpu")[0],
        *stuck(
            "hungry",
            tolerations=base.TOLERATES_ALL,
            containers=[{"name": "main", "image": "x", "resources": {"limits": {"nvidia.com/gpu": "64"}}}],
        ),
        short("hungry"),
    ),
    Fault(
        "unschedulable by zone",
        "its volume lies in another zone",
        "cluster",
        waits("elsewhere", "volume node affinity conflict|didn't match PersistentVolume's node affinity")[0],
        placed_pod,
        lambda w: w.delete("Deployment", "elsewhere"),
        short("elsewhere"),
    ),
    Fault(
        "pod that does not end",
        "deleted, and a finalizer holds it",
        "cluster",
        Sign("pods_settled", f"Pod {SPACE}/held", "Terminating"),
        hold_pod,
        free_pod,
    ),
    Fault(
        "job fails",
        "its pod ends with an error",
        "cluster",
        Sign("jobs_succeed", f"Job {SPACE}/import", "failed"),
        *created(JOB),
    ),
    Fault(
        "CronJob fails",
        "its last job gave up",
        "cluster",
        Sign("jobs_succeed", f"CronJob {SPACE}/report", "last run failed"),
        run_cron_job,
        lambda w: w.delete("Job", "report-1"),
    ),
    Fault(
        "autoscaler without metrics",
        "its pods ask for no CPU",
        "cluster",
        Sign("hpas_see_metrics", f"HorizontalPodAutoscaler {SPACE}/unasked", "missing request for cpu"),
        new_hpa,
        no_hpa,
        # Before it knows that, it has seen no usage.
        (Sign("hpas_see_metrics", f"HorizontalPodAutoscaler {SPACE}/unasked"),),
    ),
    Fault(
        "claim without its class",
        "the storage class does not exist",
        "cluster",
        Sign("claims_bound", f"PersistentVolumeClaim {SPACE}/classless", "no-such does not exist"),
        *created(base.claim("classless", "no-such")),
    ),
    Fault(
        "claim without a default class",
        "it names no class and there is no default",
        "cluster",
        Sign("claims_bound", f"PersistentVolumeClaim {SPACE}/undefined", "there is no default"),
        *created(base.claim("undefined", None)),
    ),
    Fault(
        "claim lost",
        "its volume is deleted under it",
        "cluster",
        Sign("claims_bound", f"PersistentVolumeClaim {SPACE}/lost", "Lost"),
        lose_volume,
        restore_volume,
    ),
    Fault(
        "volume failed",
        "its claim is deleted, and it cannot be",
        "cluster",
        Sign("volumes_usable", "PersistentVolume failed", "Failed"),
        lambda w: w.delete("PersistentVolumeClaim", "failed"),
        restore_failed,
    ),
)
RELEASES: Final = (
    Fault(
        "release failed",
        "an upgrade that the API server refuses",
        "releases",
        Sign("releases_deployed", "release releases/failing", "is failed"),
        lambda w: w.small("failing", "--set", "broken=true"),
        lambda w: w.small("failing"),
    ),
    Fault(
        "release pending",
        "Helm is killed in the middle of an installation",
        "releases",
        Sign("releases_deployed", "release releases/hanging", "is pending-install"),
        hang,
        no_hang,
    ),
    Fault(
        "release behind its pin",
        "the chart's older version is installed",
        "releases",
        Sign("releases_as_pinned", "release releases/pinned", "behind its pin"),
        lambda w: w.small("pinned", version="1.0.0"),
        lambda w: w.small("pinned"),
    ),
    Fault(
        "release changed by hand",
        "a value of its ConfigMap is edited",
        "releases",
        Sign("releases_without_drift", "ConfigMap releases/edited of release releases/edited", "data.size"),
        partial(edit, size="large"),
        partial(edit, size="small"),
    ),
    Fault(
        "release missing",
        "it is uninstalled",
        "releases",
        Sign("releases_present", "release releases/wanted", "missing"),
        lambda w: w.helm("uninstall", "wanted", "-n", "releases"),
        lambda w: w.small("wanted"),
    ),
)
SERVICES: Final = (
    Fault(
        "service without endpoints",
        "it selects labels that no pod has",
        "services",
        Sign("services_have_endpoints", f"Service {SPACE}/unselected", "no ready endpoint"),
        partial(select, app="nobody"),
        partial(select, app="unselected"),
    ),
    Fault(
        "service answers 500",
        "a real HTTP server outside",
        "services",
        Sign("services_answer", f"{SPACE}/broken at *", "answers 500"),
        *answered("/broken", status=500),
    ),
    Fault(
        "service slow",
        "a real HTTP server outside answers after 1.5 s",
        "services",
        Sign("services_answer", f"{SPACE}/slow at *", r"answers after 1\.\d"),
        *answered("/slow", after=1.5),
    ),
    Fault(
        "TLS certificate expired",
        "a real TLS server outside",
        "services",
        Sign("services_answer", f"{SPACE}/secure at *", "certificate has expired"),
        lambda w: w.authority.renew(-1),
        lambda w: w.authority.renew(90),
    ),
    Fault(
        "certificate near its end, seen from inside",
        "the blackbox exporter tells three days",
        "services",
        Sign("probes_succeed", "probe app", "certificate ends in 3 d"),
        partial(near_end, days=3),
        partial(near_end, days=60),
        stand_in="no blackbox exporter: its text",
    ),
    Fault(
        "service out of memory",
        "its container was killed for it",
        "services",
        Sign("services_steady", f"Deployment {SPACE}/restarting", "ran out of memory"),
        *noted("restarting", fault="out-of-memory"),
        (Sign("pods_settled", f"Deployment {SPACE}/restarting", "OOMKilled"), *short("restarting")),
        stand_in=OF_KWOK,
    ),
    Fault(
        "service near its memory limit",
        "its pod uses 125 of 128 MiB, by the real metrics-server",
        "services",
        Sign("services_have_room", f"Deployment {SPACE}/crowded", "98 % of its memory limit"),
        *noted("crowded", usage_memory="125Mi"),
        stand_in="no container: its usage is announced",
    ),
    Fault(
        "rollout that does not come",
        "the new version's pods never get ready",
        "services",
        Sign("services_rolled_out", f"Deployment {SPACE}/rolling", "progress|deadline"),
        partial(roll, fault="never-ready"),
        partial(roll, fault=None),
        (Sign("workloads_ready", f"Deployment {SPACE}/rolling"),),
        stand_in=OF_KWOK,
    ),
)
# Those that would stand in the way of others.
ALONE: Final = (
    Fault(
        "API of an add-on down",
        "its Service is gone",
        "cluster",
        Sign("apiservices_available", "APIService v1.gone.example.com", "ServiceNotFound"),
        *created(GONE_API),
    ),
    Fault(
        "metrics API down",
        "its Service leads nowhere",
        "cluster",
        Sign("apiservices_available", "APIService v1beta1.metrics.k8s.io", "FailedDiscoveryCheck"),
        partial(metrics_to, host="metrics.invalid"),
        partial(metrics_to, host="localhost"),
        (
            Sign("hpas_see_metrics", f"HorizontalPodAutoscaler {SPACE}/app"),
            Sign("services_have_room", "cluster", status="unknown"),
            Sign("releases_without_drift", "Service kube-system/metrics-server of release *"),
        ),
    ),
    Fault(
        "Cluster Autoscaler silent",
        "its status is 15 minutes old",
        "cluster",
        Sign("autoscaler_moves", "Cluster Autoscaler", "wrote no status"),
        partial(writing, on=False),
        partial(writing, on=True),
        stand_in=OF_CA,
    ),
    Fault(
        "GPUs idle",
        "DCGM tells no use for two hours of more than half of them",
        "history",
        Sign("gpus_used", "GPUs", "idle for 2 h"),
        lambda w: w.history.gpus.other.update(
            {(name, gpu): {"DCGM_FI_DEV_GPU_UTIL": 0.0} for name in w.history.gpus.nodes for gpu in range(base.GPUS)}
        ),
        lambda w: w.history.gpus.other.clear(),
        stand_in=OF_PAST,
    ),
    Fault(
        "Prometheus down",
        "nobody listens at its address",
        "gpus",
        Sign("gpus_watched", "cluster", "Prometheus", "unknown"),
        down,
        up,
        tuple(
            Sign(name, "cluster", "Prometheus", "unknown")
            for name in ("gpus_without_errors", "gpus_cool", "gpus_used", "probes_succeed")
        ),
    ),
    Fault(
        "right to look lost",
        "the role lists no quotas any more",
        "limited",
        Sign("quotas_have_room", "cluster", "403 Forbidden", "unknown"),
        partial(without, kind="resourcequotas"),
        partial(without, kind=""),
    ),
    Fault(
        "API server answers 500",
        "a proxy in front of it answers nothing else",
        "elsewhere",
        Sign("api_answers", "cluster", "500"),
        lambda w: w.through_proxy("api-errors", "1.0"),
        lambda w: elsewhere(w, "api-errors", "--clear"),
        (Sign("*", "cluster", "500", "unknown"),),
    ),
)
SLOW: Final = (
    Fault(
        "API server slow",
        "a proxy in front of it answers after 5 s, 2 s are given",
        "elsewhere",
        Sign("api_answers", "cluster", "timed out|timeout"),
        lambda w: w.through_proxy("api-slow", "5"),
        lambda w: elsewhere(w, "api-slow", "--clear"),
        (Sign("*", "cluster", "", "unknown"),),
    ),
)
DEAD: Final = (
    Fault(
        "API server dead",
        "nobody listens at its address",
        "elsewhere",
        Sign("api_answers", "cluster", "refused|does not answer"),
        World.unplugged,
        elsewhere,
        (Sign("*", "cluster", "", "unknown"),),
    ),
)
# Those of one wave are in at the same time.
WAVES: Final[tuple[tuple[Fault, ...], ...]] = (
    (*NODES, *GPUS, *CONTROL, *WORKLOADS, *RELEASES, *SERVICES),
    ALONE,
    SLOW,
    DEAD,
)
FAULTS: Final = tuple(fault for wave in WAVES for fault in wave)
