# SPDX-License-Identifier: Apache-2.0
"""Rollouts that fail are told apart, taken back and recorded; canaries are judged.

The API server, its controllers and scheduler, and Helm are real. Pods are simulated and fail as their annotation says;
Prometheus is an HTTP server that answers as a real one would.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from support.cluster import Cluster, node, started
from support.rehearsal import Run

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Json = dict[str, Any]
PLAY = "tests/roles/service_rollout/play.yml"
FAULT = "lab.applied-ai.dev/fault"
OLD, NEW = "1.0.0", "2.0.0"


def service(name: str, tag: str = OLD, **more: Any) -> Json:
    """Return a definition that asks for little."""
    return {
        "image": {"repository": f"registry.example.com/applied-ai/{name}", "tag": tag},
        "team": "research",
        "replicas": 1,
        "autoscaling": {"enabled": False},
        "database": {"secret_name": ""},
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "100m", "memory": "64Mi"}},
        **more,
    }


def sick(fault: str) -> Json:
    return {"extra_values": {"podAnnotations": {FAULT: fault}}}


def size(cpu: str, memory: str = "64Mi") -> Json:
    amounts = {"cpu": cpu, "memory": memory}
    return {"resources": {"requests": amounts, "limits": amounts}}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with started(tmp_path_factory.mktemp("rollout") / "lab") as cluster:
        cluster.create(node("node-1"), node("node-2"))
        yield cluster


class Platform:
    """A namespace of the cluster, and runs of the role against it."""

    def __init__(self, cluster: Cluster, folder: Path, namespace: str) -> None:
        self.cluster, self.folder, self.namespace = cluster, folder, namespace

    def run(self, definitions: Json, *arguments: str, **inputs: Any) -> Run:
        """Run an entry point of the role."""
        given = self.folder / "given.json"
        given.write_text(
            json.dumps({"service_definitions": definitions, "service_namespace": self.namespace, **inputs})
        )
        return self.cluster.site.playbook(PLAY, "-e", f"@{given}", *arguments)

    def record(self, name: str) -> list[Json]:
        """Return what is recorded of a service."""
        found = self.cluster.get("configmap", f"{name}-releases", "-n", self.namespace)
        entries: list[Json] = yaml.safe_load(found["data"]["releases"])
        return entries

    def images(self, name: str) -> dict[str, str]:
        """Return the tags of a service's Deployments that are ready, by their names."""
        found = self.cluster.get("deployment", "-n", self.namespace, "-l", f"service={name}")["items"]
        return {
            one["metadata"]["name"]: one["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]
            for one in found
            if one["status"].get("readyReplicas") == one["spec"]["replicas"]
        }

    def values(self, name: str) -> Json:
        """Return the values of a release."""
        found: Json = json.loads(self.cluster.must("helm", "get", "values", name, "-n", self.namespace, "-o", "json"))
        return found


@pytest.fixture
def platform(cluster: Cluster, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Platform]:
    namespace = re.sub(r"[^a-z]+", "-", request.node.name)[:50].strip("-")
    yield Platform(cluster, tmp_path, namespace)
    cluster.tool("kubectl", "delete", "namespace", namespace, "--wait=false", "--ignore-not-found")


def told(run: Run) -> str:
    """Return the output as one line: Ansible breaks long messages."""
    return " ".join(run.output.split())


HEALTHY: dict[str, Json] = {
    "migrating": {"migration": {"command": ["true"]}},
    "tried": {"smoke_test": {"command": ["true"]}},
}
# What is wrong with each new version, and what is said of it.
FAULTS: dict[str, tuple[Json, str]] = {
    "pulling": (
        sick("image-pull-error"),
        r"the image registry\.example\.com/applied-ai/pulling:2\.0\.0 cannot be pulled: .*not found, push it",
    ),
    "unready": (sick("never-ready"), "its readiness probe fails: HTTP probe failed with statuscode: 503"),
    "thinking": ({"gpu": {"count": 1}}, r"it asks for 1 nvidia\.com/gpu, and none of 2 nodes is a GPU node"),
    "hungry": (size("64"), "no node has 64 cpu free"),
    "greedy": (size("100m", "4Gi"), "the quota little refuses a further pod"),
    "migrating": (
        {"migration": {"command": ["false"]}},
        "its migration failed, and nothing of the new version was rolled out: container migration ended "
        "with exit code 1",
    ),
    "tried": (
        {"smoke_test": {"command": ["false"]}},
        "its smoke test failed: container smoke-test ended with exit code 1",
    ),
    "crashing": ({}, r"container crashing crashes again and again \(exit code 1, \d+ restarts\)"),
}


def test_what_fails_is_told_apart_and_taken_back(platform: Platform) -> None:
    cluster, namespace = platform.cluster, platform.namespace
    old = {name: service(name, **HEALTHY.get(name, {})) for name in [*FAULTS, "healthy", "same"]}
    assert platform.run(old).status == 0
    for name in old:
        assert [entry["outcome"] for entry in platform.record(name)] == ["good"], name

    before = {name: cluster.get("deployment", name, "-n", namespace)["metadata"]["generation"] for name in old}
    quota = {"metadata": {"name": "little", "namespace": namespace}, "spec": {"hard": {"requests.memory": "3Gi"}}}
    cluster.create({"apiVersion": "v1", "kind": "ResourceQuota", **quota})
    cluster.site.lab("fault", "pods-crash-looping", f"app=crashing,version={NEW}", "-n", namespace)
    new = {
        **old,
        "healthy": service("healthy", NEW),
        "first": service("first", NEW, **sick("image-pull-error")),
        **{name: service(name, NEW, **fault) for name, (fault, _) in FAULTS.items()},
    }
    failed = platform.run(new, service_wait_timeout=60, service_rollback_timeout=60)
    said = dict(re.findall(rf"Service (\S+) in namespace {namespace}: (.*?)(?= Service | Origin: )", told(failed)))
    assert failed.status != 0
    for name, (_, sentence) in FAULTS.items():
        assert re.search(sentence, said.get(name, "nothing")), f"{name}: {failed.output[-6000:]}"
        assert f"It was rolled back to revision 1 (registry.example.com/applied-ai/{name}:{OLD}) and runs" in said[name]
        assert platform.images(name) == {name: OLD}
        assert [entry["outcome"] for entry in platform.record(name)] == ["good", "rolled_back", "good"], name
    assert "There is no version to go back to, so it stays as it is for inspection" in said["first"]
    assert [entry["outcome"] for entry in platform.record("first")] == ["failed"]
    assert platform.images("healthy") == {"healthy": NEW}
    assert cluster.get("deployment", "same", "-n", namespace)["metadata"]["generation"] == before["same"]

    # Who wants the old versions has them; who still wants the new one of one that can come up gets it.
    cluster.tool("kubectl", "delete", "quota", "little", "-n", namespace)
    cluster.site.lab("fault", "clear")
    again = platform.run({**old, "healthy": service("healthy", NEW)})
    assert (again.status, again.recap.changed) == (0, 0), again.output[-3000:]
    healed = platform.run({"crashing": service("crashing", NEW)})
    assert healed.status == 0
    assert platform.images("crashing") == {"crashing": NEW}


class Prometheus:
    """What Prometheus knows: requests, errors and seconds by track."""

    def __init__(self) -> None:
        self.status = 200
        self.tracks: dict[str, tuple[float, float, float]] = {}
        self.asked: list[str] = []

    def answer(self, query: str) -> Json:
        """Answer one of the role's questions as Prometheus would."""
        self.asked.append(query)
        which = 2 if query.startswith("histogram_quantile(") else 1 if 'status=~"5.."' in query else 0
        result = [
            {"metric": {"track": track}, "value": [0, str(values[which])]} for track, values in self.tracks.items()
        ]
        return {"status": "success", "data": {"resultType": "vector", "result": result}}


@pytest.fixture
def prometheus() -> Iterator[tuple[Prometheus, str]]:
    state = Prometheus()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)["query"][0]
            self.send_response(state.status)
            self.end_headers()
            self.wfile.write(json.dumps(state.answer(query)).encode())

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with contextlib.ExitStack() as stack:
            stack.callback(server.shutdown)
            yield state, f"http://127.0.0.1:{server.server_port}"


WELL, BADLY = (500.0, 0.0, 0.05), (500.0, 60.0, 0.9)


def test_a_new_version_proves_itself_beside_the_old_one(platform: Platform, prometheus: tuple[Prometheus, str]) -> None:
    state, address = prometheus
    judged = {"service_verdicts": True, "service_prometheus_url": address, "service_verdict_limit": 4}

    def both(tag: str, **more: Any) -> Json:
        canary = {"strategy": "canary", "canary": {"steps": [20, 50], "interval": 2, **more}}
        whole = {"strategy": "blue_green", "replicas": 2, "canary": {"interval": 2, **more}}
        return {"slow": service("slow", tag, **canary), "blue": service("blue", tag, **whole)}

    assert platform.run(both(OLD), **judged).status == 0
    assert state.asked == [], "a first version has nothing to be compared with"

    state.tracks = {"stable": WELL, "canary": BADLY}
    bad = platform.run(both(NEW), **judged)
    assert bad.status != 0
    assert re.search(
        r"Service slow in namespace [\w-]+: its new version at 20 % of the requests does badly: 12\.00% of its 500 "
        r"requests failed, at most 1\.00% may and 95 of 100 requests took up to 900 ms",
        told(bad),
    )
    assert "no mesh keeps shares of 20, 50 %, its 1 pods beside 1 get about 50 %" in told(bad)
    for name in ("slow", "blue"):
        assert platform.images(name) == {name: OLD}
        withdrawn = platform.record(name)[1]
        assert withdrawn["outcome"] == "rolled_back"
        assert withdrawn["verdict"]["figures"]["canary"] == {"requests": 500, "error_ratio": 0.12, "p95_ms": 900}

    state.tracks = {"stable": WELL, "canary": (3.0, 0.0, 0.05)}
    unknown = platform.run(both(NEW), **judged)
    assert unknown.status != 0
    assert "could not be judged: it had 3 requests, 50 are needed for a judgement" in told(unknown)
    assert platform.images("slow") == {"slow": OLD}

    state.tracks = {"stable": WELL, "canary": WELL}
    good = platform.run(both(NEW), **judged)
    assert good.status == 0, good.output[-3000:]
    for name, strategy in (("slow", "canary"), ("blue", "blue_green")):
        assert platform.images(name) == {name: NEW}
        newest = platform.record(name)[0]
        assert (newest["outcome"], newest["strategy"], newest["verdict"]["verdict"]) == ("good", strategy, "good")
        assert platform.values(name).get("canary") is None
    again = platform.run(both(NEW), **judged)
    assert (again.status, again.recap.changed) == (0, 0)


def test_a_canary_that_was_left_half_way_is_finished_or_taken_away(platform: Platform) -> None:
    def canary(tag: str) -> Json:
        return {"half": service("half", tag, strategy="canary", canary={"steps": [20]})}

    assert platform.run(canary(OLD)).status == 0
    for wanted in (OLD, NEW):
        # What a run leaves that is killed in the middle.
        over = {"canary": {"enabled": True, "image": {"tag": NEW}, "replicas": 1, "weight": 20}}
        left = platform.folder / "left.json"
        left.write_text(json.dumps({**platform.values("half"), **over}))
        packages = (platform.cluster.site.lab_dir / "rollout" / "charts").glob("*.tgz")
        package = max(packages, key=lambda path: path.stat().st_mtime)
        platform.cluster.must(
            "helm", "upgrade", "half", str(package), "-n", platform.namespace, "--reset-values", "-f", str(left)
        )
        assert "half-canary" in platform.cluster.must("kubectl", "get", "deployment", "-n", platform.namespace)
        done = platform.run(canary(wanted))
        assert done.status == 0, done.output[-3000:]
        assert "Not judged by figures, because service_verdicts is false" in told(done) or wanted == OLD
        assert platform.images("half") == {"half": wanted}
        assert platform.record("half")[0]["outcome"] == "good"


def test_a_promise_is_kept_or_the_version_goes(platform: Platform, prometheus: tuple[Prometheus, str]) -> None:
    state, address = prometheus
    judged = {"service_verdicts": True, "service_prometheus_url": address, "service_verdict_seconds": 2}

    def promising(tag: str) -> Json:
        return {"sure": service("sure", tag, slo={"availability": 99.9, "latency_p95_ms": 500})}

    # Nobody asks for it yet, and that is no fault of it.
    first = platform.run(promising(OLD), **judged)
    assert first.status == 0
    assert platform.record("sure")[0]["verdict"]["verdict"] == "unknown"

    state.tracks = {"stable": BADLY}
    bad = platform.run(promising(NEW), **judged)
    assert bad.status != 0
    assert "its new version does badly: 12.00% of its 500 requests failed, at most 0.10% may" in told(bad)
    assert platform.images("sure") == {"sure": OLD}

    state.status = 500
    required = platform.run(promising(NEW), service_verdict_required=True, service_verdict_limit=4, **judged)
    assert required.status != 0
    assert platform.images("sure") == {"sure": OLD}


def test_one_service_is_scaled_rolled_back_and_promoted(platform: Platform) -> None:
    def one(digest: str, tag: str = OLD) -> Json:
        image = {"repository": "registry.example.com/applied-ai/web", "tag": tag, "digest": f"sha256:{digest * 64}"}
        return {"web_shop": service("web") | {"image": image}, "other": service("other")}

    def entry(name: str, *arguments: str, **inputs: Any) -> Run:
        return platform.run(one("b", NEW), *arguments, service_entry=name, service_name="web_shop", **inputs)

    unknown = platform.run(one("a"), service_selected=["nope"])
    assert "service_definitions has no service nope (service_selected). It has other, web-shop." in told(unknown)

    assert platform.run(one("a")).status == 0
    before = platform.cluster.get("deployment", "other", "-n", platform.namespace)
    assert platform.run(one("b", NEW) | {"other": service("other", NEW)}, service_selected=["web_shop"]).status == 0
    after = platform.cluster.get("deployment", "other", "-n", platform.namespace)
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"], "it was not selected"

    # Scaled: nothing else changes, it holds until the next deployment, and says so.
    predicted = entry("scale", "--check", "--diff", service_replicas=3)
    assert (predicted.status, predicted.recap.changed) == (0, 1)
    assert platform.values("web-shop")["replicaCount"] == 1
    scaled = entry("scale", service_replicas=3)
    assert scaled.status == 0, scaled.output[-3000:]
    assert "web-shop has 3 pods until it is deployed again" in told(scaled)
    assert platform.cluster.get("deployment", "web-shop", "-n", platform.namespace)["status"]["readyReplicas"] == 3
    assert platform.record("web-shop")[0]["strategy"] == "scale"
    assert platform.run(one("b", NEW), "--check").recap.changed == 1, "the inventory's number is put back"

    # Promoted: what runs here, by its digest, once.
    target = platform.folder / "prod"
    (target / "group_vars" / "all").mkdir(parents=True)
    promoted = entry("promote", service_promote_to=str(target))
    assert promoted.status == 0, promoted.output[-3000:]
    written = yaml.safe_load((target / "group_vars/all/service_releases.yml").read_text())
    release = written["service_releases"]["web_shop"]
    assert (release["digest"], release["tag"], release["promoted_from"]) == (f"sha256:{'b' * 64}", NEW, "local")
    assert entry("promote", service_promote_to=str(target)).recap.changed == 0

    # Rolled back: to the version before, not to the same one with fewer pods; and what was left is not gone back to.
    back = entry("rollback")
    assert back.status == 0, back.output[-3000:]
    assert platform.values("web-shop")["image"]["digest"] == f"sha256:{'a' * 64}"
    newest = platform.record("web-shop")[0]
    assert (newest["strategy"], newest["outcome"], newest["back_to"], newest["digest"]) == (
        "rollback",
        "good",
        1,
        f"sha256:{'a' * 64}",
    )
    twice = entry("rollback")
    assert "The record of service web-shop has no good version before the present one" in told(twice)
    tag_only = platform.run(
        {"other": service("other")}, service_entry="promote", service_name="other", service_promote_to=str(target)
    )
    assert "a tag can mean other bytes tomorrow, set image.digest" in told(tag_only)
