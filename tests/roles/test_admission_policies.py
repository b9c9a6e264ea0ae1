# SPDX-License-Identifier: Apache-2.0
"""Policies, roles and storage classes on a real API server: each refuses what it is for, and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from contract import charts
from support.cluster import Cluster, eventually, started

pytestmark = pytest.mark.lab

Json = dict[str, Any]
REPO = Path(__file__).resolve().parents[2]
REGISTRY = "registry.example.com/"
PROBE: Json = {"httpGet": {"path": "/health", "port": 8000}}
CONTAINER: Json = {
    "name": "main",
    "image": f"{REGISTRY}team/api:1.2.3",
    "securityContext": {"allowPrivilegeEscalation": False},
    "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
    "readinessProbe": PROBE,
    "livenessProbe": PROBE,
}
SETUP: Json = {key: CONTAINER[key] for key in ("securityContext", "resources", "image")} | {"name": "setup"}
POD: Json = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "api", "namespace": "guarded", "labels": {"team": "research", "service": "api"}},
    "spec": {"containers": [CONTAINER]},
}


def changed(work: Callable[[Json, Json], object]) -> Json:
    """Return the good pod after some work on it and its container."""
    pod = copy.deepcopy(POD)
    work(pod, pod["spec"]["containers"][0])
    return pod


def nightly(pod: Json) -> Json:
    """Return a CronJob of such pods."""
    template = {"metadata": {"labels": pod["metadata"]["labels"]}, "spec": {**pod["spec"], "restartPolicy": "Never"}}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "nightly", "namespace": pod["metadata"]["namespace"]},
        "spec": {"schedule": "0 2 * * *", "jobTemplate": {"spec": {"template": template}}},
    }


def deployment(pod: Json) -> Json:
    """Return a Deployment of such pods."""
    labels = pod["metadata"]["labels"]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "api", "namespace": pod["metadata"]["namespace"]},
        "spec": {
            "selector": {"matchLabels": {"team": "research"}},
            "template": {"metadata": {"labels": labels}, "spec": pod["spec"]},
        },
    }


REFUSED: dict[str, tuple[Json, str]] = {
    "privileged": (
        changed(lambda _, c: c.update(securityContext={"privileged": True})),
        "A container is privileged, which gives it the node; remove securityContext.privileged.",
    ),
    "escalation": (
        changed(lambda _, c: c.pop("securityContext")),
        "A container may gain privileges; set securityContext.allowPrivilegeEscalation to false.",
    ),
    "capabilities": (
        changed(lambda _, c: c["securityContext"].update(capabilities={"add": ["SYS_ADMIN"]})),
        "A container asks for capabilities of the administrator; remove securityContext.capabilities.add.",
    ),
    "host network": (changed(lambda p, _: p["spec"].update(hostNetwork=True)), "The pod shares the node's network"),
    "host path": (
        changed(lambda p, _: p["spec"].update(volumes=[{"name": "v", "hostPath": {"path": "/"}}])),
        "The pod mounts a folder of the node; use a volume claim in place of hostPath.",
    ),
    "latest": (
        changed(lambda _, c: c.update(image=f"{REGISTRY}api:latest")),
        f"The image {REGISTRY}api:latest may be another one tomorrow; give it a digest or a tag other than latest.",
    ),
    "no tag": (changed(lambda _, c: c.update(image=f"{REGISTRY}api")), f"The image {REGISTRY}api may be another one"),
    "registry": (
        changed(lambda _, c: c.update(image="docker.io/library/api:1")),
        "The image docker.io/library/api:1 is from no allowed registry; use one from registry.example.com/",
    ),
    "init container": (
        changed(lambda p, c: p["spec"].update(initContainers=[{**SETUP, "image": "busybox:1"}])),
        "The image busybox:1 is from no allowed registry",
    ),
    "resources": (
        changed(lambda _, c: c.update(resources={"requests": {"cpu": "1"}})),
        "The container main does not say what it needs; set resources.requests.cpu",
    ),
    "probes": (
        changed(lambda _, c: c.pop("livenessProbe")),
        "The container main cannot be asked how it is; set readinessProbe and livenessProbe.",
    ),
    "labels": (changed(lambda p, _: p["metadata"]["labels"].pop("service")), "The pod lacks the labels service, by"),
    "cron job": (
        nightly(changed(lambda _, c: c.update(image=f"{REGISTRY}api:latest"))),
        f"The image {REGISTRY}api:latest may be another one tomorrow",
    ),
    "deployment": (
        deployment(changed(lambda _, c: c.update(securityContext={"privileged": True}))),
        "A container is privileged",
    ),
}
TAKEN: dict[str, Json] = {
    "good": POD,
    "digest": changed(lambda _, c: c.update(image=f"{REGISTRY}api@sha256:{'a' * 64}")),
    "registry with a port has no tag there": changed(lambda _, c: c.update(image=f"{REGISTRY}api:1")),
    "ends by itself": changed(lambda p, c: (p["spec"].update(restartPolicy="Never"), c.pop("livenessProbe"))),
    "deployment": deployment(POD),
    "cron job": nightly(changed(lambda _, c: c.pop("livenessProbe"))),
    "harmless capability": changed(
        lambda _, c: c["securityContext"].update(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]})
    ),
    "exempt": changed(lambda p, c: (p["metadata"].update(namespace="legacy"), c.pop("livenessProbe"))),
    "elsewhere": changed(
        lambda p, c: (p["metadata"].update(namespace="default"), c.update(securityContext={"privileged": True}))
    ),
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start a cluster with the role's objects and a namespace in which they hold."""
    with started(tmp_path_factory.mktemp("lab")) as cluster:
        labels = {"applied-ai.dev/policies": "enforced"}
        for name, more in {"guarded": {}, "legacy": {}, "both": {"mirrored": "yes"}}.items():
            metadata = {"name": name, "labels": {**labels, **more}}
            cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        mirror = {"image_mirror_registry": "mirror.example.com/cache"}
        exemption = {"policies": ["probes"], "namespaces": ["legacy"], "reason": "It goes in spring."}
        inputs = {"admission_policies_registries": [REGISTRY], "admission_policies_exemptions": [exemption], **mirror}
        cluster.create(*charts.rendered_objects("admission_policies", inputs))
        for one in charts.rendered_objects("image_mirror", mirror):
            if one["kind"].endswith("Binding"):
                selector = {"matchLabels": {"mirrored": "yes"}}
                one["spec"]["matchResources"] = {"namespaceSelector": selector}
            cluster.create(one)
        mirrored = {"name": "mirrored", "labels": {"mirrored": "yes"}}
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": mirrored})
        bad = REFUSED["privileged"][0]
        # The API server reads new policies every second or so.
        eventually(lambda: cluster.apply(bad, dry_run=True).returncode != 0, 60)
        yield cluster


@pytest.mark.parametrize(("thing", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_breaks_a_policy_is_refused_with_its_sentence(guarded: Cluster, thing: Json, sentence: str) -> None:
    done = guarded.apply(thing, dry_run=True)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert done.stderr.count("ValidatingAdmissionPolicy") == 1, done.stderr


@pytest.mark.parametrize("thing", TAKEN.values(), ids=TAKEN)
def test_what_breaks_none_is_taken(guarded: Cluster, thing: Json) -> None:
    done = guarded.apply(thing, dry_run=True)
    assert done.returncode == 0, done.stderr


def test_a_service_of_our_chart_passes(guarded: Cluster, tmp_path: Path) -> None:
    values = tmp_path / "values.json"
    image = {"repository": f"{REGISTRY}team/api", "tag": "1.2.3"}
    values.write_text(json.dumps({"image": image, "team": "research"}))
    argv = ["template", "api", str(REPO / "charts/ai_service"), "--namespace", "guarded", "--values", str(values)]
    done = guarded.tool("kubectl", "apply", "--dry-run=server", "-f", "-", given=guarded.must("helm", *argv))
    assert done.returncode == 0, done.stderr


MIRRORED = {
    "quay.io/jetstack/cert-manager-controller:v1": "quay.io/jetstack/cert-manager-controller:v1",
    "grafana/grafana:12": "docker.io/grafana/grafana:12",
    "busybox:1": "docker.io/library/busybox:1",
    "localhost:5000/a:1": "localhost:5000/a:1",
}


@pytest.mark.parametrize("image", MIRRORED)
def test_images_come_from_the_mirror(guarded: Cluster, image: str) -> None:
    pod = changed(lambda p, c: (p["metadata"].update(namespace="mirrored"), c.update(image=image)))
    pod["spec"]["initContainers"] = [{"name": "init", "image": image}]
    done = guarded.tool("kubectl", "create", "--dry-run=server", "-o", "json", "-f", "-", given=json.dumps(pod))
    assert done.returncode == 0, done.stderr
    spec = json.loads(done.stdout)["spec"]
    want = f"mirror.example.com/cache/{MIRRORED[image]}"
    assert [one["image"] for one in (*spec["initContainers"], *spec["containers"])] == [want, want]


def test_an_image_of_the_mirror_stays(guarded: Cluster) -> None:
    image = "mirror.example.com/cache/quay.io/a:1"
    pod = changed(lambda p, c: (p["metadata"].update(namespace="mirrored"), c.update(image=image)))
    done = guarded.tool("kubectl", "create", "--dry-run=server", "-o", "json", "-f", "-", given=json.dumps(pod))
    assert json.loads(done.stdout)["spec"]["containers"][0]["image"] == image


def test_an_exemption_holds_for_its_policy_alone(guarded: Cluster) -> None:
    pod = changed(lambda p, c: (p["metadata"].update(namespace="legacy"), c.update(image=f"{REGISTRY}api:latest")))
    assert "may be another one tomorrow" in guarded.apply(pod, dry_run=True).stderr


def test_from_the_mirror_comes_what_is_allowed_and_nothing_else(guarded: Cluster) -> None:
    good = changed(lambda p, _: p["metadata"].update(namespace="both"))
    assert guarded.apply(good, dry_run=True).returncode == 0
    other = changed(lambda p, c: (p["metadata"].update(namespace="both"), c.update(image="busybox:1")))
    assert "The image mirror.example.com/cache/docker.io/library/busybox:1 is from no" in guarded.apply(other).stderr


def test_who_looks_into_a_running_pod_is_bound_by_the_same(guarded: Cluster) -> None:
    guarded.create(changed(lambda p, _: p["metadata"].update(namespace="both")))

    def debug(image: str, profile: str) -> tuple[int, str]:
        argv = ("debug", "api", "-n", "both", "--image", image, "--profile", profile)
        done = guarded.tool("kubectl", *argv)
        return done.returncode, done.stderr

    status, said = debug("busybox:1", "restricted")
    assert status != 0
    assert "The image mirror.example.com/cache/docker.io/library/busybox:1 is from no allowed registry" in said
    status, said = debug(f"{REGISTRY}tools:1", "sysadmin")
    assert status != 0
    assert "A container is privileged" in said
    for _ in range(2):
        status, said = debug(f"{REGISTRY}tools:1", "restricted")
        assert status == 0, said
    pod = guarded.get("pod", "api", "-n", "both")
    images = {one["image"] for one in pod["spec"]["ephemeralContainers"]}
    assert images == {f"mirror.example.com/cache/{REGISTRY}tools:1"}


def test_kyverno_asks_for_the_same() -> None:
    """The same expressions and sentences, in the same order, for the same objects, with any inputs."""
    exemption = {"policies": ["probes", "labels"], "namespaces": ["b", "a"], "reason": "Old."}
    inputs = {
        "admission_policies_registries": [REGISTRY],
        "admission_policies_required_labels": ["team"],
        "admission_policies_disabled": ["fixed-tags"],
        "admission_policies_exemptions": [exemption],
        "image_mirror_registry": "mirror.example.com/cache",
    }
    for given in ({}, inputs):
        theirs = charts.rendered_objects("kyverno", given)
        ours = charts.rendered_objects("admission_policies", given)
        policies, bindings = ours[::2], ours[1::2]
        assert [one["metadata"] for one in theirs] == [one["metadata"] for one in policies]
        for their, policy, binding in zip(theirs, policies, bindings, strict=True):
            for one in policy["spec"]["validations"]:
                one.pop("reason")
            selector = binding["spec"]["matchResources"]
            assert their["spec"]["validations"] == policy["spec"]["validations"]
            assert their["spec"]["variables"] == policy["spec"]["variables"]
            assert their["spec"]["matchConstraints"] == policy["spec"]["matchConstraints"] | selector


def test_only_one_of_the_two_refuses() -> None:
    def ways(inputs: Json) -> tuple[set[tuple[str, bool]], list[str]]:
        specs = [one["spec"] for one in charts.rendered_objects("kyverno", inputs)]
        (findings,) = charts.rendered("kyverno", inputs, "addon_findings")
        return {(one["validationActions"][0], one["evaluation"]["admission"]["enabled"]) for one in specs}, findings

    assert ways({}) == ({("Audit", False)}, [])
    assert ways({"kyverno_baseline": "none"}) == (set(), [])
    enforced, (finding,) = ways({"kyverno_baseline": "enforce"})
    assert enforced == {("Deny", True)}
    assert "who deploys would be told twice" in finding
    assert ways({"kyverno_baseline": "enforce", "admission_policies_actions": ["Audit"]})[1] == []


def test_a_team_gets_no_gpu_beyond_its_share(guarded: Cluster) -> None:
    """The hard limit that Kueue's role gives a namespace; Kueue itself does not run here."""
    guarded.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "research"}})
    quotas = {"nvidia.com/gpu": {"nominal": 1, "borrowing_limit": 1}}
    teams = {"kueue_teams": {"research": {"namespaces": ["research"], "quotas": quotas}}}
    objects = charts.rendered_objects("kueue", teams)
    guarded.create(*(one for one in objects if one["kind"] == "ResourceQuota"))

    def pod(name: str) -> Json:
        gpus = {"limits": {"nvidia.com/gpu": "1"}}
        return changed(lambda p, c: (p["metadata"].update(namespace="research", name=name), c.update(resources=gpus)))

    # The quota controller has to have counted once.
    eventually(lambda: guarded.apply(pod("first")).returncode == 0, 60)
    guarded.create(pod("second"))
    refused = guarded.apply(pod("third"))
    assert refused.returncode != 0
    assert "exceeded quota: kueue-research, requested: requests.nvidia.com/gpu=1" in refused.stderr


BINDINGS = [
    {"role": "viewer", "groups": ["viewers"]},
    {"role": "developer", "groups": ["developers"], "namespaces": ["guarded"]},
    {"role": "operator", "groups": ["operators"]},
    {"role": "auditor", "groups": ["auditors"]},
    {"role": "break-glass", "users": ["on-call"], "reason": "INC-1", "until": "2999-01-01"},
    {"role": "break-glass", "users": ["was-on-call"], "reason": "INC-0", "until": "2026-01-01"},
]
# Who, what, where, and whether.
RIGHTS = [
    ("viewers", "list pods", "legacy", True),
    ("viewers", "list nodes", "", True),
    ("viewers", "get secrets", "guarded", False),
    ("viewers", "delete pods", "guarded", False),
    ("developers", "create deployments.apps", "guarded", True),
    ("developers", "patch deployments.apps --subresource=scale", "guarded", True),
    ("developers", "create pods --subresource=portforward", "guarded", True),
    ("developers", "get pods --subresource=log", "guarded", True),
    ("developers", "create deployments.apps", "legacy", False),
    ("developers", "get secrets", "guarded", False),
    ("developers", "list secrets", "guarded", False),
    ("developers", "create secrets", "guarded", False),
    ("developers", "create pods --subresource=exec", "guarded", False),
    ("developers", "create serviceaccounts --subresource=token", "guarded", False),
    ("developers", "impersonate serviceaccounts", "guarded", False),
    ("developers", "delete networkpolicies.networking.k8s.io", "guarded", False),
    ("developers", "create rolebindings.rbac.authorization.k8s.io", "guarded", False),
    ("operators", "patch nodes", "", True),
    ("operators", "create pods --subresource=eviction", "legacy", True),
    ("operators", "patch deployments.apps", "legacy", True),
    ("operators", "create pods --subresource=exec", "legacy", True),
    ("operators", "get secrets", "legacy", False),
    ("operators", "create clusterrolebindings.rbac.authorization.k8s.io", "", False),
    ("operators", "escalate clusterroles.rbac.authorization.k8s.io", "", False),
    ("auditors", "list clusterrolebindings.rbac.authorization.k8s.io", "", True),
    ("auditors", "list validatingadmissionpolicies.admissionregistration.k8s.io", "", True),
    ("auditors", "get pods --subresource=log", "legacy", True),
    ("auditors", "get secrets", "legacy", False),
    ("auditors", "delete pods", "legacy", False),
    ("on-call", "delete secrets", "kube-system", True),
    ("was-on-call", "get pods", "guarded", False),
]


def test_roles_may_what_they_are_for_and_no_more(guarded: Cluster) -> None:
    guarded.create(*charts.rendered_objects("rbac_roles", {"rbac_roles_bindings": BINDINGS}))

    def may(who: str, what: str, where: str) -> bool:
        person = ("--as", who if who.endswith("on-call") else "somebody", "--as-group", who)
        place = ("--namespace", where) if where else ("--all-namespaces",)
        return guarded.tool("kubectl", "auth", "can-i", *what.split(), *person, *place).stdout.strip() == "yes"

    # The API server's authorizer learns of roles a moment later.
    eventually(lambda: may("on-call", "delete secrets", "kube-system"), 30)
    wrong = [(who, what, where) for who, what, where, allowed in RIGHTS if may(who, what, where) != allowed]
    assert wrong == []


def test_a_right_that_cannot_be_meant_is_told() -> None:
    def findings(**binding: object) -> list[str]:
        (found,) = charts.rendered("rbac_roles", {"rbac_roles_bindings": [binding]}, "addon_findings")
        return list(found)

    assert findings(role="viewer", groups=["a"]) == []
    assert "which rbac_roles_definitions lacks" in findings(role="king", groups=["a"])[0]
    assert "to nobody" in findings(role="viewer")[0]
    assert "which Kubernetes fills itself" in findings(role="viewer", groups=["system:authenticated"])[0]
    assert "write the day as YYYY-MM-DD" in findings(role="viewer", groups=["a"], until="1.2.2027")[0]
    assert "without reason and until" in findings(role="break-glass", users=["a"])[0]
    assert "it may last 7 days" in findings(role="break-glass", users=["a"], reason="b", until="2999-01-01")[0]
    # What is over goes with this run; it need not be taken out of the inventory for that.
    assert findings(role="break-glass", users=["a"], reason="b", until="2020-01-01") == []


def test_a_claim_that_names_no_class_gets_the_default_one(guarded: Cluster) -> None:
    """Of two defaults Kubernetes takes the newer: that of a cluster which was there before us does not win."""
    annotation = "storageclass.kubernetes.io/is-default-class=true"
    guarded.must("kubectl", "annotate", "storageclass", "gp2", annotation, "--overwrite")
    guarded.create(*charts.rendered_objects("storage_classes", {}))
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "legacy"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }

    def given() -> str:
        done = guarded.tool("kubectl", "create", "--dry-run=server", "-o", "json", "-f", "-", given=json.dumps(claim))
        return str(json.loads(done.stdout)["spec"].get("storageClassName"))

    eventually(lambda: given() == "gp3", 30, given)
