# SPDX-License-Identifier: Apache-2.0
"""All add-ons of the rehearsal's inventory on a real API server: first run, rerun, prediction, one change, removal.

The first run has no network but the API server and a mirror of the charts. Terraform has its own tests: what it would
tell of the cluster is given here.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract import house
from support import mirror, sealed
from support.cluster import Cluster, documents, node, started
from support.rehearsal import BIN, REPO, Run

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Json = dict[str, Any]
PLAYBOOK = "playbooks/install_addons.yml"
CATALOGUE: Json = house.load(house.ROLES / "addon/vars/main.yml")["addon_catalogue"]
FACTS: Json = {"name": "lab", "exists": True, "node_groups": {}, "oidc_provider_arn": "arn:aws:iam::123456789012:x"}
IMAGES = "mirror.example.com/cache"
OWN_NAMESPACES = {"default", "kube-system", "kube-public", "kube-node-lease", "services"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start a cluster with three nodes."""
    with started(tmp_path_factory.mktemp("lab")) as one:
        one.create(*(node(f"node-{number}") for number in range(3)))
        yield one


def arguments(variables: Json) -> list[str]:
    """Return the arguments of every run: what Terraform would tell, a team, the mirror of images."""
    # A team whose namespace nobody has made.
    quotas = {"nvidia.com/gpu": {"nominal": 1, "borrowing_limit": 1}}
    teams = {"new": {"namespaces": ["new-team"], "quotas": quotas}}
    extra = {"terraform_stack_cluster": FACTS, "kueue_teams": teams, "image_mirror_registry": IMAGES}
    return ["-e", json.dumps({**extra, **variables})]


def run(cluster: Cluster, variables: Json | None = None, *more: str, playbook: str = PLAYBOOK) -> Run:
    """Run a playbook with extra variables."""
    return cluster.site.playbook(playbook, *arguments(variables or {}), *more)


def run_sealed(cluster: Cluster, source: mirror.Mirror, folder: Path) -> Run:
    """Install from a mirror, where only that and the API server can be reached."""
    argv = [str(BIN / "ansible-playbook"), PLAYBOOK, "-i", "inventories/local"]
    argv += arguments({"addon_chart_source": source.address})
    ports: Any = cluster.site.facts["ports"]
    reached = [ports["kube_apiserver"], source.port]
    with sealed.running(argv, reached, folder, cluster.site.environment, REPO) as process:
        status = process.wait(1800)
    return Run(status, (folder / "log").read_text())


def revisions(cluster: Cluster) -> dict[str, int]:
    """Return the revision of every release."""
    releases = json.loads(cluster.must("helm", "list", "-A", "-o", "json"))
    return {f"{one['namespace']}/{one['name']}": int(one["revision"]) for one in releases}


@pytest.fixture(scope="module")
def charts(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[mirror.Mirror]:
    """Serve the charts as a repository."""
    folder = tmp_path_factory.mktemp("mirror") / "charts"
    shutil.copytree(cluster.site.lab_dir / "charts", folder)
    cluster.must("helm", "repo", "index", str(folder))
    with mirror.serving(folder) as one:
        yield one


@pytest.fixture(scope="module")
def installed(cluster: Cluster, charts: mirror.Mirror, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """Install everything once."""
    first = run_sealed(cluster, charts, tmp_path_factory.mktemp("sealed"))
    assert first.status == 0, first.output[-6000:]
    assert "rescued=0" in first.output
    return cluster


def test_charts_crd_files_and_images_came_from_the_mirror(installed: Cluster, charts: mirror.Mirror) -> None:
    releases = json.loads(installed.must("helm", "list", "-A", "-o", "json"))
    wanted = {f"/{one['chart']}.tgz" for one in releases if not one["chart"].startswith("objects-")}
    assert wanted <= set(charts.asked)
    assert any(path.startswith("/crds/") for path in charts.asked)
    assert images(installed)
    assert all(image.startswith(f"{IMAGES}/") for image in images(installed))


def images(cluster: Cluster) -> set[str]:
    """Return the images of all pods."""
    pods = cluster.get("pods", "-A")["items"]
    return {container["image"] for pod in pods for container in pod["spec"]["containers"]}


def test_a_second_run_changes_nothing(installed: Cluster) -> None:
    before = revisions(installed)
    again = run(installed)
    assert again.status == 0, again.output[-6000:]
    assert again.recap.changed == 0
    assert revisions(installed) == before
    assert len(before) > len(CATALOGUE)


def test_every_kind_of_custom_resource_was_taken_by_its_real_crd(installed: Cluster) -> None:
    """Objects of these kinds are there, and none was pruned of a field that its CRD does not know."""
    for kind, minimum in {
        "nodepools": 4,
        "ec2nodeclasses": 1,
        "clusterqueues": 1,
        "clustersecretstores.external-secrets.io": 1,
        "clusterissuers": 1,
        "validatingpolicies.policies.kyverno.io": 6,
        "imagevalidatingpolicies.policies.kyverno.io": 1,
        "elasticsearches": 1,
        "kibanas": 1,
        "schedules.velero.io": 1,
        "prometheusrules": 3,
        "probes.monitoring.coreos.com": 1,
        "gateways.gateway.networking.k8s.io": 2,
        "authorizationpolicies": 2,
        "peerauthentications": 1,
        "validatingadmissionpolicies": 6,
        "resourcequotas": 4,
        "limitranges": 1,
    }.items():
        assert len(installed.get(kind, "-A")["items"]) >= minimum, kind
    releases = json.loads(installed.must("helm", "list", "-A", "-o", "json"))
    for one in (one for one in releases if one["chart"].startswith("objects-")):
        given = yaml.safe_load(installed.must("helm", "get", "values", one["name"], "-n", one["namespace"]))["objects"]
        for thing in given:
            done = installed.tool(
                "kubectl",
                "create",
                "--dry-run=server",
                "--validate=strict",
                "-f",
                "-",
                given=json.dumps(renamed(thing)),
            )
            assert done.returncode == 0, f"{one['name']}: {done.stderr}"


# A service with everything that a definition can ask for.
SERVICE: Json = {
    "image": {"repository": "registry.example.com/applied-ai/example-api", "tag": "1.0.0", "pullSecrets": ["registry"]},
    "team": "research",
    "environment": "local",
    "priorityClassName": "service-standard",
    "canary": {"enabled": True, "image": {"tag": "1.1.0"}, "weight": 10},
    "gpu": {"count": 1, "model": "a10g"},
    "env": {"LOG_LEVEL": "info"},
    "secretEnv": [{"name": "KEY", "secretName": "models", "secretKey": "key"}],
    "externalSecrets": {"keys": [{"variable": "MODEL_KEY", "key": "models/key"}, {"file": "ca.pem", "key": "ca"}]},
    "rbac": {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
    "migration": {"command": ["migrate"]},
    "smokeTest": {"enabled": True},
    "modelCache": {"command": ["fetch"], "size": "10Gi"},
    "autoscaling": {"triggers": [{"type": "prometheus", "metadata": {"serverAddress": "http://p", "query": "up"}}]},
    "verticalPodAutoscaler": {"enabled": True},
    "network": {
        "enabled": True,
        "callers": [{"namespace": "services", "name": "a", "serviceAccount": "a-sa"}],
        "callees": [{"namespace": "services", "name": "b", "port": 8080}],
        "external": [{"cidr": "0.0.0.0/0", "ports": [443]}],
    },
    "mesh": {"kind": "istio_ambient", "hosts": ["a.example.com"]},
    "monitoring": {"enabled": True},
    "slo": {"availability": 99.9, "latencyP95Milliseconds": 200},
}
STATEFUL: Json = {
    **SERVICE,
    "canary": {"enabled": False},
    "workload": {"kind": "StatefulSet"},
    "modelCache": {"command": ["fetch"], "shared": False},
}


@pytest.mark.parametrize("values", [SERVICE, STATEFUL], ids=["canary", "stateful"])
def test_all_that_a_service_can_be_is_taken_by_kinds_policies_and_admission(installed: Cluster, values: Json) -> None:
    """Strictly, in a namespace with policies, quotas and Pod Security restricted; nothing is kept."""
    chart = str(REPO / "charts/ai_service")
    argv = ["template", "example-api", chart, "--namespace", "services", "--values", "-"]
    objects = [one for one in yaml.safe_load_all(installed.must("helm", *argv, given=json.dumps(values))) if one]
    kinds = {one["kind"] for one in objects}
    assert {"ExternalSecret", "ScaledObject", "VirtualService", "ServiceMonitor", "VerticalPodAutoscaler"} <= kinds
    for one in objects:
        if one["kind"] == "Pod":
            # A dry run makes no account, and admission asks for it.
            one["spec"]["serviceAccountName"] = "default"
    how = ["--server-side", "--dry-run=server", "--validate=strict", "-f", "-"]
    done = installed.tool("kubectl", "apply", *how, given=documents(objects))
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    # The policies are at work: the same pod with a right more is refused.
    (pod,) = (one for one in objects if one["kind"] == "Pod")
    pod["spec"]["containers"][0]["image"] = "elsewhere.example.com/a:1"
    refused = installed.tool("kubectl", "apply", *how, given=json.dumps(pod))
    assert "is from no allowed registry" in refused.stderr


def renamed(thing: Json) -> Json:
    """Return an object under another name, so that it can be tried beside itself."""
    return {**thing, "metadata": {**thing["metadata"], "name": f"{thing['metadata']['name']}-x"[-60:].lstrip("-")}}


def test_check_mode_predicts_a_changed_value_exactly_and_changes_nothing(installed: Cluster) -> None:
    before = revisions(installed)
    ahead = run(installed, {"keda_replicas": 3}, "--check", "--diff")
    assert ahead.status == 0, ahead.output[-4000:]
    assert ahead.recap.changed == 1
    diff = ahead.output.splitlines()
    assert any(re.fullmatch(r"\+\s+replicaCount: 3", line.strip()) for line in diff)
    assert any(re.fullmatch(r"-\s+replicaCount: 1", line.strip()) for line in diff)
    assert revisions(installed) == before


def test_a_run_where_one_add_on_differs_touches_that_one_alone(installed: Cluster) -> None:
    before = revisions(installed)
    done = run(installed, {"keda_replicas": 3})
    assert done.status == 0, done.output[-4000:]
    after = revisions(installed)
    assert {name for name in after if after[name] != before.get(name)} == {"keda/keda"}
    assert installed.get("deployment", "keda-operator", "-n", "keda")["spec"]["replicas"] == 3


def test_the_list_for_a_mirror_has_every_image_that_runs(
    installed: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("artifacts") / "artifacts.yml"
    listed = run(installed, {"list_artifacts_file": str(file)}, playbook="playbooks/list_artifacts.yml")
    assert listed.status == 0, listed.output[-4000:]
    content = yaml.safe_load(file.read_text())
    assert {image.removeprefix(f"{IMAGES}/") for image in images(installed)} <= {*map(full, content["images"])}
    assert {one["chart"] for one in content["charts"]} > {"keda", "istiod", "karpenter"}
    assert all(address.endswith(".yaml") for address in content["crd_files"])


def full(image: str) -> str:
    """Return an image's whole name, as it is found on the mirror."""
    first, _, rest = image.partition("/")
    if rest and ("." in first or ":" in first):
        return image
    return f"docker.io/{image}" if rest else f"docker.io/library/{image}"


def removal() -> Json:
    """Return the variables that remove every add-on with all that it leaves if one does not ask."""
    found: Json = {}
    for role in CATALOGUE:
        options = house.options(role)
        found[f"{role}_state"] = "absent"
        found |= {f"{role}_{what}": True for what in ("remove_crds", "remove_namespace") if f"{role}_{what}" in options}
    return found


def test_removal_leaves_nothing(installed: Cluster) -> None:
    done = run(installed, removal())
    assert done.status == 0, done.output[-6000:]
    assert revisions(installed) == {}
    groups = {one["spec"]["group"] for one in installed.get("crds")["items"]}
    assert groups <= {"gateway.networking.k8s.io"}
    for kind in (
        "validatingwebhookconfigurations",
        "mutatingwebhookconfigurations",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
    ):
        assert installed.get(kind)["items"] == [], kind
    assert installed.get("networkpolicies,resourcequotas,limitranges,jobs,deployments", "-A")["items"] == []
    # Shared ones stay, and are empty.
    left = {one["metadata"]["name"] for one in installed.get("namespaces")["items"]} - OWN_NAMESPACES
    assert left <= {
        "observability",
        "istio-system",
        "istio-ingress",
        "kueue-system",
        "monitoring",
        "elastic-system",
        "new-team",
    }
    again = run(installed, removal())
    assert again.recap.changed == 0
