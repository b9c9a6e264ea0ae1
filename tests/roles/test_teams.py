# SPDX-License-Identifier: Apache-2.0
"""Teams and priority classes on a real API server with its scheduler: what a team may have, and what it may not."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from contract import charts, house
from support.cluster import Cluster, eventually, node, started
from support.rehearsal import Run

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Json = dict[str, Any]
PLAYBOOK = "tests/support/addons.yml"
FACTS: Json = {"name": "lab", "exists": True, "node_groups": {}}
TEAMS: Json = {
    "alpha": {
        "groups": {"developer": ["alpha-developers"]},
        "quota": {
            "cpu": "2",
            "memory": "4Gi",
            "gpus": {"nvidia.com/gpu": 1},
            "priorities": {"service-critical": {"pods": 1}, "service-batch": {"cpu": "500m"}},
        },
    },
    "beta": {"namespaces": ["beta", "beta-training"], "groups": {"viewer": ["beta-viewers"]}},
}


def run(cluster: Cluster, teams: Json, *more: str, **variables: object) -> Run:
    """Bring the add-ons of teams to their state."""
    addons = ["priority_classes", "rbac_roles", "team"]
    given = {"terraform_stack_cluster": FACTS, "service_definitions": {}, "rbac_roles_bindings": []}
    extra = json.dumps({**given, "addons": addons, "team_definitions": teams, **variables})
    return cluster.site.playbook(PLAYBOOK, "-e", extra, *more)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start a cluster with one node and two teams."""
    with started(tmp_path_factory.mktemp("lab")) as cluster:
        cluster.create(node("node-0"))
        done = run(cluster, TEAMS)
        assert done.status == 0, done.output[-4000:]
        # The quota controller has to have counted once.
        eventually(lambda: all("used" in quota["status"] for quota in quotas(cluster)), 60)
        yield cluster


def quotas(cluster: Cluster) -> list[Json]:
    """Return all quotas."""
    return list(cluster.get("resourcequotas", "-A")["items"])


def pod(name: str, namespace: str = "alpha", resources: Json | None = None, **spec: object) -> Json:
    """Return a pod that Pod Security level restricted takes."""
    container = {
        "name": "main",
        "image": "registry.example.com/a:1",
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "resources": resources or {},
    }
    security = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "containers": [container],
            "securityContext": security,
            "tolerations": [{"operator": "Exists"}],
            "terminationGracePeriodSeconds": 1,
            **spec,
        },
    }


def asking(cpu: str, **more: str) -> Json:
    """Return resources of a container."""
    return {"requests": {"cpu": cpu, "memory": "64Mi"}, "limits": {"memory": "128Mi", **more}}


def refusal(cluster: Cluster, thing: Json) -> str:
    """Return what the API server says when it refuses an object, nothing when it takes it."""
    done = cluster.apply(thing, dry_run=True)
    return done.stderr if done.returncode else ""


SERVICE: Json = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "api", "namespace": "alpha"},
    "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
}
CLAIM: Json = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data", "namespace": "alpha"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Ti"}}},
}
BATCH = {"priorityClassName": "service-batch"}
REFUSED: dict[str, tuple[Json, str]] = {
    "more than the quota": (pod("a", resources=asking("3")), "exceeded quota: team, requested: requests.cpu=3, used"),
    "a GPU more": (pod("a", resources=asking("1", **{"nvidia.com/gpu": "2"})), "requests.nvidia.com/gpu=2"),
    "a GPU of a team without": (
        pod("a", "beta", asking("1", **{"nvidia.com/gpu": "1"})),
        "requested: requests.nvidia.com/gpu=1, used: requests.nvidia.com/gpu=0, limited: requests.nvidia.com/gpu=0",
    ),
    "more of a class": (pod("a", resources=asking("1"), **BATCH), "exceeded quota: team-service-batch"),
    "a class that it has none of": (
        pod("a", "beta", asking("1"), priorityClassName="service-critical"),
        "exceeded quota: team-service-critical",
    ),
    "the cluster's own class": (
        pod("a", resources=asking("1"), priorityClassName="system-cluster-critical"),
        "exceeded quota: team-system-cluster-critical, requested: pods=1, used: pods=0, limited: pods=0",
    ),
    "a load balancer": (SERVICE, "exceeded quota: team, requested: services.loadbalancers=1"),
    "a large volume": (CLAIM, "maximum storage usage per PersistentVolumeClaim is 500Gi, but request is 1Ti"),
    "many times what it asks for": (
        pod("a", resources={"requests": {"cpu": "1", "memory": "64Mi"}, "limits": {"memory": "1Gi"}}),
        "memory max limit to request ratio per Container is 8, but provided ratio is 16",
    ),
    "privileges": (pod("a", resources=asking("1"), hostNetwork=True), 'violates PodSecurity "restricted:latest"'),
}


@pytest.mark.parametrize(("thing", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_team_gets_no_more_than_it_has(shared: Cluster, thing: Json, sentence: str) -> None:
    assert sentence in refusal(shared, thing)


TAKEN: dict[str, Json] = {
    "within the quota": pod("a", resources=asking("1")),
    "a GPU of its own": pod("a", resources=asking("1", **{"nvidia.com/gpu": "1"})),
    "its share of a class": pod("a", resources=asking("500m"), **BATCH),
    "a class that nobody counts": pod("a", resources=asking("1"), priorityClassName="service-standard"),
    "a service in the cluster": {**SERVICE, "spec": {"ports": [{"port": 80}]}},
}


@pytest.mark.parametrize("thing", TAKEN.values(), ids=TAKEN)
def test_a_team_gets_what_it_has(shared: Cluster, thing: Json) -> None:
    assert refusal(shared, thing) == ""


def test_a_container_that_says_nothing_gets_something(shared: Cluster) -> None:
    given = json.dumps(pod("silent"))
    made = json.loads(shared.must("kubectl", "create", "--dry-run=server", "-o", "json", "-f", "-", given=given))
    assert made["spec"]["containers"][0]["resources"] == {
        "requests": {"cpu": "100m", "memory": "128Mi"},
        "limits": {"memory": "512Mi"},
    }


def test_a_pod_without_an_account_of_its_own_gets_no_token(shared: Cluster) -> None:
    given = json.dumps(pod("silent", "beta-training"))
    made = json.loads(shared.must("kubectl", "create", "--dry-run=server", "-o", "json", "-f", "-", given=given))
    assert made["spec"]["serviceAccountName"] == "default"
    assert "volumes" not in made["spec"], "the token would be one"
    # Elsewhere it is one, so that this proves something.
    given = json.dumps(pod("silent", "default"))
    made = json.loads(shared.must("kubectl", "create", "--dry-run=server", "-o", "json", "-f", "-", given=given))
    assert made["spec"]["volumes"][0]["name"].startswith("kube-api-access-")


# Who, what, where, and whether.
RIGHTS = [
    ("alpha-developers", "list pods", "alpha", True),
    ("alpha-developers", "create deployments.apps", "alpha", True),
    ("alpha-developers", "get secrets", "alpha", False),
    ("alpha-developers", "delete resourcequotas", "alpha", False),
    ("alpha-developers", "patch limitranges", "alpha", False),
    ("alpha-developers", "create rolebindings.rbac.authorization.k8s.io", "alpha", False),
    ("alpha-developers", "patch serviceaccounts", "alpha", False),
    ("alpha-developers", "list pods", "beta", False),
    ("alpha-developers", "get secrets", "beta", False),
    ("alpha-developers", "create deployments.apps", "beta", False),
    ("alpha-developers", "patch namespaces", "alpha", False),
    ("beta-viewers", "list pods", "beta", True),
    ("beta-viewers", "list pods", "beta-training", True),
    ("beta-viewers", "create deployments.apps", "beta", False),
    ("beta-viewers", "list pods", "alpha", False),
]


def test_people_of_a_team_see_and_change_that_team_alone(shared: Cluster) -> None:
    def may(who: str, what: str, where: str) -> bool:
        person = ("--as", "somebody", "--as-group", who, "--namespace", where)
        return shared.tool("kubectl", "auth", "can-i", *what.split(), *person).stdout.strip() == "yes"

    # The API server's authorizer learns of roles a moment later.
    eventually(lambda: may("beta-viewers", "list pods", "beta-training"), 30)
    wrong = [(who, what, where) for who, what, where, allowed in RIGHTS if may(who, what, where) != allowed]
    assert wrong == []


def test_a_developer_cannot_make_everything_critical(shared: Cluster) -> None:
    """The quota holds for people as for pipelines; other pods still come."""
    who = ("--as", "alice", "--as-group", "alpha-developers")

    def create(name: str, **spec: object) -> str:
        given = json.dumps(pod(name, resources=asking("100m"), **spec))
        return shared.tool("kubectl", "create", "-f", "-", *who, given=given).stderr

    assert create("first", priorityClassName="service-critical") == ""
    try:
        refused = create("second", priorityClassName="service-critical")
        assert "exceeded quota: team-service-critical, requested: pods=1, used: pods=1, limited: pods=1" in refused
        assert create("third") == ""
    finally:
        shared.must("kubectl", "delete", "pod", "first", "third", "-n", "alpha", "--ignore-not-found", "--wait=true")


def test_a_second_run_changes_nothing(shared: Cluster) -> None:
    again = run(shared, TEAMS)
    assert again.status == 0, again.output[-3000:]
    assert again.recap.changed == 0


def test_namespaces_bear_what_services_are_deployed_by(shared: Cluster) -> None:
    labels = {one: shared.get("namespace", one)["metadata"]["labels"] for one in ("alpha", "beta-training")}
    for name, team in {"alpha": "alpha", "beta-training": "beta"}.items():
        assert labels[name]["applied-ai.dev/team"] == team
        assert labels[name]["applied-ai.dev/policies"] == "enforced"
        assert labels[name]["pod-security.kubernetes.io/enforce"] == "restricted"
        assert labels[name]["istio.io/dataplane-mode"] == "ambient"
    (own,) = charts.rendered("team", {"team_definitions": TEAMS}, "addon_namespaces")
    assert own["alpha"].items() <= labels["alpha"].items()


# Priorities: what the scheduler does when the node is full. All in a namespace without quotas.


@pytest.fixture
def full(shared: Cluster) -> Iterator[Callable[[str], list[str]]]:
    """Return what fills the node with pods of a class, and returns their names."""
    selector = {"kubernetes.io/hostname": "node-0"}

    def fill(priority: str) -> list[str]:
        names = [f"fill-{number}" for number in range(8)]
        # With the pods of other tests on the node there may be no room for the last of them.
        shared.create(*(filler(name, priority) for name in names[:7]))
        eventually(lambda: all(placed(shared, name) for name in names[:7]), 60)
        return names[:7]

    def filler(name: str, priority: str) -> Json:
        return pod(name, "default", asking("1"), priorityClassName=priority, nodeSelector=selector)

    yield fill
    shared.must("kubectl", "delete", "pods", "--all", "-n", "default", "--wait=true")


def placed(cluster: Cluster, name: str) -> bool:
    """Say whether a pod has a node."""
    return bool(cluster.get("pod", name, "-n", "default")["spec"].get("nodeName"))


def running(cluster: Cluster) -> set[str]:
    """Return the pods that are there and not on their way out."""
    pods = cluster.get("pods", "-n", "default")["items"]
    return {one["metadata"]["name"] for one in pods if "deletionTimestamp" not in one["metadata"]}


@pytest.mark.parametrize(
    ("there", "comes"),
    [
        ("service-batch", "service-critical"),
        ("service-standard", "service-critical"),
        ("service-batch", "service-standard"),
        ("headroom", "service-standard"),
        ("headroom", ""),
    ],
    ids=lambda name: name or "no class",
)
def test_what_matters_more_takes_the_place_of_what_matters_less(
    shared: Cluster, full: Callable[[str], list[str]], there: str, comes: str
) -> None:
    names = full(there)
    shared.create(pod("urgent", "default", asking("2"), **({"priorityClassName": comes} if comes else {})))
    eventually(lambda: placed(shared, "urgent"), 60)
    assert len(running(shared) & set(names)) == len(names) - 1, "no more go than is needed"


@pytest.mark.parametrize(
    ("there", "comes"),
    [("headroom", "service-batch"), ("service-standard", "service-batch"), ("service-critical", "service-standard")],
)
def test_what_may_not_push_out_waits(shared: Cluster, full: Callable[[str], list[str]], there: str, comes: str) -> None:
    names = full(there)
    shared.create(pod("patient", "default", asking("2"), priorityClassName=comes))

    def refused() -> bool:
        conditions = shared.get("pod", "patient", "-n", "default")["status"].get("conditions", [])
        return any(one.get("reason") == "Unschedulable" for one in conditions)

    eventually(refused, 60)
    time.sleep(3)
    assert running(shared) == {*names, "patient"}
    assert not placed(shared, "patient")


# Removal.


def test_a_team_that_is_taken_out_keeps_its_namespaces_until_they_are_named(shared: Cluster) -> None:
    shared.create(pod("precious", "beta", asking("100m")))
    rest = {"alpha": TEAMS["alpha"]}

    def left() -> set[str]:
        return {one["metadata"]["namespace"] for one in quotas(shared)}

    # Named too early, one that was never a team's, and one with a release in it.
    early = run(shared, TEAMS, team_namespaces_to_remove=["beta", "kube-public"])
    assert early.status != 0
    said = " ".join(early.output.split())
    assert "team_namespaces_to_remove names beta, which is a namespace of a team or of a service;" in said
    assert "team_namespaces_to_remove names kube-public, which was never a namespace of a team;" in said
    assert left() == {"alpha", "beta", "beta-training"}

    gone = run(shared, rest)
    assert gone.status == 0, gone.output[-3000:]
    assert left() == {"alpha"}
    bindings = shared.get("rolebindings", "-n", "beta")["items"] + shared.get("limitranges", "-n", "beta")["items"]
    assert bindings == []
    assert shared.get("pod", "precious", "-n", "beta")["metadata"]["name"] == "precious"
    assert shared.get("serviceaccount", "default", "-n", "beta")["automountServiceAccountToken"] is False

    chart = str(house.ROLES / "addon/files/objects")
    shared.must("helm", "upgrade", "--install", "leftover", chart, "-n", "beta-training")
    named = {"team_namespaces_to_remove": ["beta", "beta-training"]}
    refused = run(shared, rest, **named)
    assert refused.status != 0
    assert "beta-training, where the releases beta-training/leftover still are" in " ".join(refused.output.split())
    assert shared.get("pod", "precious", "-n", "beta")

    shared.must("helm", "uninstall", "leftover", "-n", "beta-training")
    ahead = run(shared, rest, "--check", **named)
    assert ahead.recap.changed == 1
    assert shared.get("namespace", "beta")["status"]["phase"] == "Active"
    done = run(shared, rest, **named)
    assert done.status == 0, done.output[-3000:]
    names = {one["metadata"]["name"] for one in shared.get("namespaces")["items"]}
    assert "alpha" in names
    assert names.isdisjoint({"beta", "beta-training"})
    assert run(shared, rest, **named).recap.changed == 0


def test_without_the_add_on_nothing_of_it_is_left_but_namespaces(shared: Cluster) -> None:
    done = run(shared, {"alpha": TEAMS["alpha"]}, team_state="absent", priority_classes_state="absent")
    assert done.status == 0, done.output[-3000:]
    assert quotas(shared) == []
    assert shared.get("limitranges", "-A")["items"] == []
    assert shared.get("rolebindings", "-n", "alpha")["items"] == []
    classes = {one["metadata"]["name"] for one in shared.get("priorityclasses")["items"]}
    assert classes == {"system-cluster-critical", "system-node-critical"}
    assert shared.get("namespace", "alpha")["status"]["phase"] == "Active"
    again = run(shared, {"alpha": TEAMS["alpha"]}, team_state="absent", priority_classes_state="absent")
    assert again.recap.changed == 0
    # Who comes back takes over what stayed.
    back = run(shared, {"alpha": TEAMS["alpha"]})
    assert back.status == 0, back.output[-3000:]
    assert "team" in {one["metadata"]["name"] for one in quotas(shared)}


# Inputs, without a cluster.

IMAGE: Json = {"image": {"repository": "registry.example.com/a", "tag": "1"}, "team": "research"}
RESEARCH: Json = house.load(house.REPO / "inventories/local/group_vars/all/team.yml")["team_definitions"]["research"]


def findings(teams: Json, services: Json, **inputs: object) -> list[str]:
    """Return what the role says of its inputs."""
    given = {"team_definitions": teams, "service_definitions": services, **inputs}
    (found,) = charts.rendered("team", given, "addon_findings")
    return list(found)


def test_the_platforms_services_fit_into_the_rehearsals_team_at_their_largest() -> None:
    large = {"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"cpu": "2", "memory": "8Gi"}}
    each = {**IMAGE, "replicas": 6, "autoscaling": {"max_replicas": 6}, "resources": large}
    services = {"vibe_coder": each, "swe_agent": each, "mvra": {**each, "gpu": {"count": 1}}}
    assert findings({"research": RESEARCH}, services) == []
    small = copy.deepcopy(RESEARCH)
    small["quota"] |= {"cpu": "18", "gpus": {"nvidia.com/gpu": 6}}
    short = findings({"research": small}, services)
    assert len(short) == 2
    assert "quota.cpu is 18, and what runs in services (mvra, swe-agent, vibe-coder) needs 19.1" in short[0]
    assert "quota.gpus.nvidia.com/gpu is 6" in short[1]


def test_without_teams_nothing_is_asked_of_services() -> None:
    assert findings({}, {"mvra": IMAGE}) == []


def test_groups_and_queues_come_from_the_same_entry() -> None:
    objects = charts.rendered_objects("rbac_roles", {"team_definitions": {"research": RESEARCH}})
    bindings = [one for one in objects if one["kind"] == "RoleBinding"]
    assert {one["roleRef"]["name"] for one in bindings} == {"applied-ai-developer", "view"}
    assert {one["metadata"]["namespace"] for one in bindings} == {"services"}
    objects = charts.rendered_objects("kueue", {"team_definitions": {"research": RESEARCH}})
    assert [(one["kind"], one["metadata"]["name"]) for one in objects] == [
        ("ResourceFlavor", "gpu"),
        ("ClusterQueue", "research"),
        ("LocalQueue", "research"),
    ]
    absent = {"team_definitions": {"research": RESEARCH}, "team_state": "absent"}
    assert charts.rendered_objects("kueue", absent) == []


def test_explicit_bindings_and_queues_come_beside_those_of_teams() -> None:
    explicit = {"role": "developer", "groups": ["team-research"], "namespaces": ["services"]}
    inputs = {"team_definitions": {"research": RESEARCH}, "rbac_roles_bindings": [explicit]}
    names = [one["metadata"]["name"] for one in charts.rendered_objects("rbac_roles", inputs)]
    assert len(names) == len(set(names)), "the same right twice is one object"
    quota = {"nvidia.com/gpu": {"nominal": 1, "borrowing_limit": 1}}
    more = {"guests": {"namespaces": ["guests"], "quotas": quota}}
    objects = charts.rendered_objects("kueue", {"team_definitions": {"research": RESEARCH}, "kueue_teams": more})
    assert {one["metadata"]["name"] for one in objects if one["kind"] == "ClusterQueue"} == {"research", "guests"}
    hard = [one["metadata"] for one in objects if one["kind"] == "ResourceQuota"]
    assert hard == [{"name": "kueue-guests", "namespace": "guests"}], "teams have their own quotas"


def test_slices_of_gpus_are_counted_as_well() -> None:
    layouts = {"gpu_operator_mig_layouts": {"halves": {"3g.40gb": 2}, "mixed": {"1g.10gb+me": 1}}}
    objects = charts.rendered_objects("team", {"team_definitions": {"a": {}}, **layouts})
    hard = next(one for one in objects if one["metadata"]["name"] == "team" and one["kind"] == "ResourceQuota")
    counted = {name: amount for name, amount in hard["spec"]["hard"].items() if "nvidia" in name}
    assert counted == {
        "requests.nvidia.com/gpu": "0",
        "requests.nvidia.com/mig-1g.10gb.me": "0",
        "requests.nvidia.com/mig-3g.40gb": "0",
    }


def test_null_takes_a_default_away() -> None:
    teams = {"a": {"quota": {"cpu": None, "priorities": {"service-critical": None}}, "limits": {"max_ratio": None}}}
    objects = charts.rendered_objects("team", {"team_definitions": teams})
    quota = {one["metadata"]["name"]: one["spec"]["hard"] for one in objects if one["kind"] == "ResourceQuota"}
    assert "requests.cpu" not in quota["team"]
    assert "requests.memory" in quota["team"]
    assert "team-service-critical" not in quota
    (limits,) = (one["spec"]["limits"][0] for one in objects if one["kind"] == "LimitRange")
    assert "maxLimitRequestRatio" not in limits


CLASSES: dict[str, tuple[Json, str]] = {
    "default": ({"priority_classes_default": "normal"}, "priority_classes_default is normal, which is none of the"),
    "too high": (
        {"priority_classes_definitions": {"top": {"value": 2000000000}}},
        "gives top the value 2000000000; set a number up to 1000000000.",
    ),
    "no value": ({"priority_classes_definitions": {"top": {}}}, "gives top the value (none); set a number"),
    "Kubernetes' own": (
        {"priority_classes_definitions": {"system-mine": {"value": 1}}},
        "has system-mine, and names with system- are those of Kubernetes",
    ),
}


@pytest.mark.parametrize(("inputs", "sentence"), CLASSES.values(), ids=CLASSES)
def test_a_class_that_cannot_be_is_told(inputs: Json, sentence: str) -> None:
    ((found,),) = charts.rendered("priority_classes", inputs, "addon_findings")
    assert sentence in found


def test_the_class_of_pods_that_name_none_can_be_chosen() -> None:
    objects = charts.rendered_objects("priority_classes", {"priority_classes_default": "service-standard"})
    assert {one["metadata"]["name"] for one in objects if one["globalDefault"]} == {"service-standard"}
    (found,) = charts.rendered("priority_classes", {}, "addon_findings")
    assert found == []
