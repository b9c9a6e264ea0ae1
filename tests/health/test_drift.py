# SPDX-License-Identifier: Apache-2.0
"""Live objects against their release, with real Helm, a real API server and its real controllers."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import connect
from ansible_collections.applied_ai.platform.plugins.modules import health_release_info
from support.cluster import Cluster, eventually, started
from support.rehearsal import REPO

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Json = dict[str, Any]
RUNBOOK = REPO / "docs/runbooks/releases_without_drift.md"

# What charts write and API servers write in another way: defaults, amounts, empty values, a port without its protocol.
TEMPLATE = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web, tier: {{ .Values.tier }}}
spec:
  replicas: 1
  paused: false
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {}
    spec:
      hostNetwork: false
      nodeSelector: {}
      priorityClassName: ""
      securityContext:
      tolerations: [{key: a, operator: Exists}]
      containers:
        - name: web
          image: example.com/web:{{ .Values.tag }}
          args: ["--a"]
          env: [{name: A, value: "1"}, {name: EMPTY, value: ""}]
          ports: [{containerPort: 53}, {containerPort: 53, protocol: UDP}]
          resources: {requests: {cpu: 1000m, memory: 1024Mi}, limits: {}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: scaled}
spec:
  replicas: 1
  selector: {matchLabels: {app: scaled}}
  template:
    metadata: {labels: {app: scaled}}
    spec: {containers: [{name: web, image: "example.com/web:1"}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: scaled}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: scaled}
  minReplicas: 2
  maxReplicas: 4
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: dns, port: 53}, {name: dns-udp, port: 53, protocol: UDP, targetPort: 53}]
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {app.conf: "a: 1", day: 2026-11-28}}
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: other}, data: {a: "1"}}
---
apiVersion: v1
kind: Secret
metadata: {name: key}
stringData: {words: first-hush}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "{{ .Release.Namespace }}:reader"}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "{{ .Release.Namespace }}:all"}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {part: view}}]}
rules: []
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: "once-{{ .Release.Revision }}"}
spec:
  ttlSecondsAfterFinished: 0
  template: {spec: {restartPolicy: Never, containers: [{name: a, image: "example.com/web:1"}]}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: "{{ .Release.Namespace }}-hook"}
webhooks:
  - name: a.example.com
    clientConfig: {service: {name: web, namespace: x, path: /}, caBundle: "{{ b64enc "old" }}"}
    failurePolicy: Ignore
    rules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [things]}]
    admissionReviewVersions: [v1]
    sideEffects: None
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.{{ .Release.Namespace }}.example.com}
spec:
  group: {{ .Release.Namespace }}.example.com
  scope: Namespaced
  names: {kind: Thing, plural: things}
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, description: a thing}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: hook, annotations: {helm.sh/hook: pre-install, helm.sh/hook-delete-policy: hook-succeeded}}
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start a cluster."""
    with started(tmp_path_factory.mktemp("lab")) as one:
        yield one


@pytest.fixture(scope="module", autouse=True)
def installed(cluster: Cluster, chart: Path) -> None:
    """Install all first, so that the autoscaler has looked when it is asked for: it does every 15 seconds."""
    for namespace in ("calm", "hand", "blind"):
        install(cluster, chart, namespace)


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the chart."""
    folder = tmp_path_factory.mktemp("chart")
    (folder / "templates").mkdir()
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: demo\nversion: 1.0.0\n")
    (folder / "values.yaml").write_text('tag: "1"\ntier: front\n')
    (folder / "templates/all.yaml").write_text(TEMPLATE)
    return folder


def install(cluster: Cluster, chart: Path, namespace: str, *more: str) -> None:
    """Install or upgrade the release ``demo`` in a namespace of its own."""
    # To check values Helm waits 32 seconds for all schemas, which a busy API server takes longer for.
    given = ["-n", namespace, "--create-namespace", "--disable-openapi-validation", *more]
    cluster.must("helm", "upgrade", "--install", "demo", str(chart), *given)


def look(kubeconfig: str, namespace: str) -> tuple[list[Json], Json]:
    """Return the checks about drift of one namespace's release, and the whole result."""
    params = {
        "expected": {"releases": [], "charts": {}, "grace": 60},
        "exceptions": [],
        "summary_lines": 99,
        "drift": True,
        "drift_seconds": 60,
    }
    told = health_release_info.look(connect(kubeconfig), params, now=datetime.now(UTC), clock=time.monotonic)
    mine = [one for one in told["checks"] if one["id"] == "releases_without_drift"]
    return [one for one in mine if one["status"] != "failed" or f"release {namespace}/demo" in one["subject"]], told


def failed(cluster: Cluster, namespace: str) -> dict[str, str]:
    """Return what was seen by the object it is about."""
    checks, _told = look(cluster.kubeconfig, namespace)
    assert "unknown" not in [one["status"] for one in checks], checks
    return {one["subject"].partition(" of ")[0]: one["seen"] for one in checks if one["status"] == "failed"}


def change(cluster: Cluster, namespace: str, *arguments: str) -> None:
    cluster.must("kubectl", "-n", namespace, *arguments)


def patched(path: str, value: object = None) -> str:
    """Return a JSON patch that sets a path, or removes it."""
    step = {"op": "remove", "path": path} if value is None else {"op": "add", "path": path, "value": value}
    return json.dumps([step])


def changed_by_hand(cluster: Cluster, namespace: str) -> None:
    """Do what people do."""
    change(cluster, namespace, "set", "image", "deployment/web", "web=example.com/evil:2")
    change(cluster, namespace, "label", "deployment", "web", "tier-")
    change(cluster, namespace, "scale", "deployment/web", "--replicas=5")
    away = patched("/spec/template/spec/tolerations")
    change(cluster, namespace, "patch", "deployment", "web", "--type=json", "-p", away)
    secret = json.dumps({"data": {"app.conf": "words: second-hush"}})
    change(cluster, namespace, "patch", "configmap", "settings", "-p", secret)
    change(cluster, namespace, "patch", "secret", "key", "-p", json.dumps({"stringData": {"words": "third-hush"}}))
    # It has lost the label by which objects are listed.
    change(cluster, namespace, "label", "configmap", "other", "app.kubernetes.io/managed-by-")
    change(cluster, namespace, "patch", "configmap", "other", "-p", json.dumps({"data": {"a": "2"}}))
    change(cluster, namespace, "delete", "serviceaccount", "web")
    rule = patched("/rules/0/verbs/-", "delete")
    change(cluster, namespace, "patch", "clusterrole", f"{namespace}:reader", "--type=json", "-p", rule)
    port = patched("/spec/ports/1")
    change(cluster, namespace, "patch", "service", "web", "--type=json", "-p", port)
    words = patched("/spec/versions/0/schema/openAPIV3Schema/description", "another")
    crd = f"things.{namespace}.example.com"
    change(cluster, namespace, "patch", "customresourcedefinition", crd, "--type=json", "-p", words)


def test_what_is_done_by_hand_is_found_and_the_run_book_undoes_it(cluster: Cluster, chart: Path) -> None:
    """Each change has its path and who made it; no value is told; then the run book's own commands are run."""
    begin = datetime.now(UTC).replace(microsecond=0)
    changed_by_hand(cluster, "hand")
    checks, told = look(cluster.kubeconfig, "hand")
    assert failed(cluster, "hand") == {
        "ClusterRole hand:reader": "rules changed by kubectl-patch",
        "ConfigMap hand/other": "data.a changed by kubectl-patch",
        "ConfigMap hand/settings": "data[app.conf] changed by kubectl-patch",
        "CustomResourceDefinition things.hand.example.com": "spec.versions changed by kubectl-patch",
        "Deployment hand/web": "metadata.labels.tier removed by somebody, spec.replicas changed by kubectl, "
        "spec.template.spec.containers[name=web].image changed by kubectl-set and 1 more",
        "Service hand/web": "spec.ports[port=53,protocol=UDP] removed by somebody",
        "ServiceAccount hand/web": "missing",
    }
    assert "hush" not in json.dumps(told)
    assert [one["subject"] for one in checks if one["severity"] == "major"] == [
        "ServiceAccount hand/web of release hand/demo"
    ]
    (settings,) = (one for one in checks if "settings" in one["subject"])
    assert datetime.fromisoformat(settings["since"]) >= begin
    # What the run book warns of.
    refused = cluster.tool("helm", "upgrade", "demo", str(chart), "-n", "hand")
    assert "conflict occurred while applying object" in refused.stderr
    assert failed(cluster, "hand")["ConfigMap hand/other"] == "data.a changed by kubectl-patch"
    for command in commands():
        cluster.must(*command)
    assert failed(cluster, "hand") == {}


def commands() -> list[list[str]]:
    """Return the commands of the run book for the release in ``hand``."""
    places = {"namespace": "hand", "release": "demo", "revision": "1", "kind": "deployment", "name": "web"}
    found = re.findall(r"`((?:helm|kubectl) -n [^`]+)`", RUNBOOK.read_text())
    assert len(found) == 3
    return [re.sub(r"<(\w+)>", lambda place: places[place[1]], one).split() for one in found]


def test_what_helm_applied_on_the_client_is_compared_too(cluster: Cluster, chart: Path) -> None:
    """As Helm 3 does: its entry lists what the API server made of the manifest, not what was applied."""
    install(cluster, chart, "plain", "--server-side=false")
    assert failed(cluster, "plain") == {}
    change(cluster, "plain", "set", "image", "deployment/web", "web=example.com/evil:2")
    change(cluster, "plain", "label", "deployment", "web", "tier-")
    change(cluster, "plain", "scale", "deployment/web", "--replicas=0")
    assert failed(cluster, "plain") == {
        "Deployment plain/web": "metadata.labels.tier removed by somebody, spec.replicas changed by somebody, "
        "spec.template.spec.containers[name=web].image changed by kubectl-set"
    }


def test_what_may_not_be_read_is_unknown_with_its_kind(cluster: Cluster, tmp_path: Path) -> None:
    """An account without a right to cluster roles; what it may read is judged all the same."""
    change(cluster, "blind", "delete", "configmap", "other")
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(account_without_cluster_roles(cluster))
    checks, told = look(str(kubeconfig), "blind")
    assert told["verdict"] == "unknown"
    assert {one["status"]: one["seen"] for one in checks if "hand" not in one["subject"]}["failed"] == "missing"
    (unknown,) = (one["seen"] for one in checks if one["status"] == "unknown")
    assert unknown.startswith("ClusterRole of rbac.authorization.k8s.io/v1, ")
    assert "403 Forbidden" in unknown


def account_without_cluster_roles(cluster: Cluster) -> str:
    """Make an account and return its kubeconfig."""
    groups = ["apps", "autoscaling", "policy", "batch", "admissionregistration.k8s.io", "apiextensions.k8s.io", ""]
    rules = [{"apiGroups": groups, "resources": ["*"], "verbs": ["get", "list"]}]
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "half-blind"}
    subject = {"kind": "ServiceAccount", "name": "half-blind", "namespace": "blind"}
    rbac = "rbac.authorization.k8s.io/v1"
    cluster.create(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "half-blind", "namespace": "blind"}},
        {"apiVersion": rbac, "kind": "ClusterRole", "metadata": {"name": "half-blind"}, "rules": rules},
        {
            "apiVersion": rbac,
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "half-blind"},
            "roleRef": reference,
            "subjects": [subject],
        },
    )
    config = yaml.safe_load(Path(cluster.kubeconfig).read_text())
    token = cluster.must("kubectl", "create", "token", "half-blind", "-n", "blind").strip()
    config["users"] = [{"name": one["name"], "user": {"token": token}} for one in config["users"]]
    return yaml.safe_dump(config)


def test_what_helm_and_controllers_do_is_no_drift(cluster: Cluster, chart: Path) -> None:
    """Install, upgrade and rollback; an autoscaler scales, rules are aggregated, a finished job is removed."""
    cluster.must("kubectl", "create", "clusterrole", "viewer", "--verb=get", "--resource=services")
    cluster.must("kubectl", "label", "clusterrole", "viewer", "part=view")
    # 15 seconds, where the machine has nothing else to do.
    eventually(lambda: replicas(cluster, "scaled") == 2, 150, lambda: str(cluster.get("hpa", "-n", "calm")["items"]))
    eventually(lambda: cluster.get("clusterrole", "calm:all")["rules"], 20)
    assert failed(cluster, "calm") == {}
    # Helm refuses to write what controllers have, unless it is forced to.
    install(cluster, chart, "calm", "--force-conflicts", "--set", "tag=2,tier=back")
    assert failed(cluster, "calm") == {}
    cluster.must("helm", "rollback", "demo", "1", "-n", "calm", "--force-conflicts")
    assert failed(cluster, "calm") == {}
    # An autoscaler's target may be scaled by hand, an operator renews its authority, a restart only adds.
    change(cluster, "calm", "scale", "deployment/scaled", "--replicas=3")
    change(cluster, "calm", "rollout", "restart", "deployment/web")
    bundle = patched("/webhooks/0/clientConfig/caBundle", "bmV3")
    change(cluster, "calm", "patch", "validatingwebhookconfiguration", "calm-hook", "--type=json", "-p", bundle)
    change(cluster, "calm", "label", "configmap", "settings", "added=1")
    assert failed(cluster, "calm") == {}


def replicas(cluster: Cluster, name: str) -> int:
    return int(cluster.get("deployment", name, "-n", "calm")["spec"]["replicas"])
