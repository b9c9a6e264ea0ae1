# SPDX-License-Identifier: Apache-2.0
"""Let load rise tenfold in 10 s, and measure until the capacity that it asks for is Ready, with several ways to scale.

Real, on a rehearsal cluster of its own: the API server, scheduler, HPA controller, metrics-server, KEDA, Karpenter, our
chart, node pool and placeholders. Simulated: nodes and pods (KWOK), how long they need to start, what requests cost.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import math
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO / "tests"), str(REPO / "collections")]
from benchmarks import spike_cluster, spike_keda, spike_model, spike_plot  # noqa: E402
from benchmarks.spike_cluster import CPU, MEMORY, SERVICE, START_DELAY, Profile  # noqa: E402
from benchmarks.spike_model import Life, Load, Queue, Result, Sample  # noqa: E402
from lab.kube import Kube  # noqa: E402
from lab.metrics import RESOLUTION_S  # noqa: E402
from support.cluster import Cluster, started  # noqa: E402

Json = dict[str, Any]
# A pod serves 20 requests a second at its limit and 7 at the autoscaler's target.
COSTS = spike_model.Service(cost=0.05, request=0.5, limit=1.0, target=0.7)
LOAD = Load(base=10, factor=10, ramp=10)
REPLICAS, MOST = 2, 30
PERIOD_S, ASK_S = 0.5, 5
# The gateway tells the requests of the last seconds.
WINDOW_S = 10
# So many seconds of work may wait for each pod.
QUEUE_S = 5
SYNC_S = 15  # how often the HPA controller looks
# Longer than Karpenter waits before it packs nodes closer.
SETTLE_S = 75
GIVE_UP_S = 420
AFTERWARDS_S = 20


def values(pod_start: float) -> Json:
    """Return the service's values."""
    return {
        "image": {"repository": "registry.example.com/a/example-api", "tag": "1.0.0"},
        "database": {"secretName": ""},
        "autoscaling": {"enabled": True, "minReplicas": REPLICAS, "maxReplicas": MOST},
        "resources": {
            "requests": {"cpu": f"{COSTS.request * 1000:.0f}m", "memory": "512Mi"},
            "limits": {"cpu": f"{COSTS.limit * 1000:.0f}m", "memory": "1Gi"},
        },
        "podAnnotations": {START_DELAY: f"{pod_start:.0f}s", MEMORY: "200Mi"},
    }


def profiles(gateway: int) -> dict[str, Profile]:
    """Return the ways to scale, by name."""
    url = f"http://127.0.0.1:{gateway}/"
    triggers = tuple(
        {"type": "metrics-api", "metadata": {"url": url, "valueLocation": place, "targetValue": str(target)}}
        for place, target in (("requests_per_second", COSTS.per_pod()), ("waiting", COSTS.capacity(1) * QUEUE_S))
    )
    added = COSTS.wanted(LOAD.peak) - REPLICAS
    return {
        "prd": Profile("PRD: CPU 70 %, memory 80 %, doubling every 15 s"),
        "headroom": Profile("PRD and headroom", placeholders=added),
        "keda": Profile("KEDA on requests and queue", triggers),
        "steps": Profile("KEDA, larger steps", triggers, step=MOST),
        "tuned": Profile("KEDA, larger steps, headroom", triggers, step=MOST, placeholders=added),
        "half": Profile("KEDA, larger steps, half the headroom", triggers, step=MOST, placeholders=added // 2),
    }


class Gateway:
    """What is in front of the service: it counts requests, and says so to whoever asks."""

    def __init__(self) -> None:
        self.arrivals: deque[tuple[float, float, float]] = deque()
        self.waiting = 0.0
        gateway = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(gateway.state()).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self.server.server_address[1])

    def count(self, at: float, lasted: float, arriving: float, waiting: float) -> None:
        """Count requests."""
        self.arrivals.append((at, lasted, arriving))
        while self.arrivals[0][0] <= at - WINDOW_S:
            self.arrivals.popleft()
        self.waiting = waiting

    def state(self) -> dict[str, float]:
        """Return the requests per second of the last seconds, and how many wait."""
        _at, lasted, counted = map(sum, zip(*list(self.arrivals) or [(0, 1, 0)], strict=True))
        return {"requests_per_second": round(counted / lasted, 2), "waiting": round(self.waiting, 1)}

    @contextlib.contextmanager
    def serving(self) -> Iterator[Gateway]:
        """Answer until the end."""
        thread = Thread(target=self.server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.server.server_close()
            thread.join()


class Watched:
    """The cluster as it is now, looked at by a run again and again."""

    def __init__(self, kube: Kube) -> None:
        self.kube = kube
        self.lives: dict[str, Life] = {}
        self.annotated: dict[str, str] = {}
        self.known: set[str] = set()
        self.changed = -math.inf
        self.ready: dict[str, float] = {}
        self.used: deque[tuple[float, float, float]] = deque()

    def look(self, at: float) -> tuple[int, int, int]:
        """Note what happened to the service's pods; return the desired number, ready nodes and running placeholders."""
        deployment = self.kube.request("GET", f"/apis/apps/v1/namespaces/default/deployments/{SERVICE}")
        pods = self.kube.pods(namespace="default", selector=f"app={SERVICE}")
        seen = self.ready
        self.ready = {}
        now = time.monotonic()
        for pod in pods:
            name = pod["metadata"]["name"]
            life = self.lives.setdefault(name, Life(created=at))
            if pod["spec"].get("nodeName"):
                life.scheduled = min(life.scheduled, at)
            if ready(pod) and not pod["metadata"].get("deletionTimestamp"):
                life.ready = min(life.ready, at)
                self.ready[name] = seen.get(name, now)
        nodes = self.kube.nodes()
        names = {node["metadata"]["name"] for node in nodes}
        for name in names - self.known:
            self.connect(name)
        if names != self.known:
            self.known, self.changed = names, time.monotonic()
        waiting = [one for one in self.kube.pods(namespace="headroom") if one["status"].get("phase") == "Running"]
        return int(deployment["spec"]["replicas"]), sum(map(ready, nodes)), len(waiting)

    def connect(self, node: str) -> None:
        """Let metrics-server find a new node's part of the simulated kubelets, as a kubelet's registration would."""
        path = f"/metrics/nodes/{node}/metrics/resource"
        self.kube.patch(
            f"/api/v1/nodes/{node}", {"metadata": {"annotations": {"metrics.k8s.io/resource-metrics-path": path}}}
        )
        addresses = [{"type": "InternalDNS", "address": "127.0.0.1"}, {"type": "Hostname", "address": node}]
        self.kube.patch(f"/api/v1/nodes/{node}/status", {"status": {"addresses": addresses}})

    def use(self, processors: float, seconds: float) -> None:
        """Let every ready pod have used so much for so long, and announce it."""
        now = time.monotonic()
        self.used.append((now, seconds, processors))
        while self.used[0][0] < now - RESOLUTION_S:
            self.used.popleft()
        for name, since in self.ready.items():
            usage = f"{round(spike_model.announced(self.used, since, now, RESOLUTION_S) * 1000)}m"
            if self.annotated.get(name) != usage:
                self.kube.patch(f"/api/v1/namespaces/default/pods/{name}", {"metadata": {"annotations": {CPU: usage}}})
                self.annotated[name] = usage


def ready(thing: Json) -> bool:
    """Say whether a pod or a node is ready."""
    return any(
        one["type"] == "Ready" and one["status"] == "True" for one in thing.get("status", {}).get("conditions") or []
    )


def play(
    watched: Watched,
    gateway: Gateway,
    seed: int,
    settled: Callable[[], bool],
    clock: Callable[[], float] = time.monotonic,
) -> tuple[list[Sample], list[Life]]:
    """Hold the base load until all is settled, then let it rise; return what was seen until all is over."""
    chance = random.Random(seed)  # noqa: S311  arrivals, no secrets
    queue, samples = Queue(), list[Sample]()
    begin, over, began = math.inf, math.inf, clock()
    last = asked = began
    while True:
        now = clock()
        if begin == math.inf and now - asked > ASK_S:
            asked = now
            # The rise begins anywhere between two looks of the autoscaler.
            calm = now - watched.changed > SETTLE_S
            begin = now + SYNC_S + chance.uniform(0, SYNC_S) if calm and settled() else math.inf
        at = now - begin if begin < math.inf else -math.inf
        desired, nodes, held = watched.look(at)
        passed = max(clock() - last, 1e-3)
        last = clock()
        # Nobody calls a service that is not there yet.
        rate = LOAD.rate(at) if begin < math.inf or len(watched.ready) >= REPLICAS else 0.0
        arriving = max(0.0, chance.gauss(rate * passed, math.sqrt(rate * passed)))
        queue, used = spike_model.advance(queue, COSTS, arriving, len(watched.ready), passed)
        gateway.count(now, passed, arriving, queue.waiting)
        watched.use(used, passed)
        if at > -math.inf:
            samples.append(Sample(at, rate, desired, len(watched.ready), nodes, held, queue))
        done = at > LOAD.ramp and queue.waiting < 1 and len(watched.ready) >= COSTS.wanted(LOAD.peak)
        over = min(over, at + AFTERWARDS_S) if done else over
        if at > min(over, GIVE_UP_S) or now - began > 2 * GIVE_UP_S:
            return samples, list(watched.lives.values())
        time.sleep(max(0.0, PERIOD_S - (clock() - now)))


def measure(
    cluster: Cluster, gateway: Gateway, profile: Profile, seed: int, pod_start: float
) -> tuple[list[Sample], list[Life]]:
    """Install the service, let the spike come, remove everything; return what was seen."""
    with tempfile.TemporaryDirectory() as folder:
        spike_cluster.install(cluster, profile, values(pod_start), Path(folder))
    watched = Watched(spike_cluster.connection(cluster))
    try:
        samples, lives = play(watched, gateway, seed, lambda: spike_cluster.settled(cluster, profile, REPLICAS))
    finally:
        spike_cluster.remove(cluster)
    if not samples:
        raise SystemExit(f"{profile.title}: the base load did not settle within {2 * GIVE_UP_S} s.")
    return samples, lives


def line(name: str, results: Sequence[Result]) -> str:
    """Return the medians of a profile's runs."""

    def median(pick: Callable[[Result], float]) -> float:
        return statistics.median(map(pick, results))

    def of(part: str) -> Callable[[Result], float]:
        return lambda one: one.parts.get(part, math.inf)

    pieces = [f"{median(of(part)):7.1f}" for part in PARTS]
    spread = f"{min(one.capacity for one in results):.0f}-{max(one.capacity for one in results):.0f}"
    return (
        f"{name:9} {len(results):4} {median(lambda one: one.capacity):8.1f} {spread:>9} {' '.join(pieces)} "
        f"{median(lambda one: one.enough):8.1f} {median(lambda one: one.drained):8.1f} "
        f"{median(lambda one: one.longest_wait):8.1f} {median(lambda one: one.waited):8.0f}"
    )


DRAWN = ("prd", "tuned")
PARTS = ("signal", "steps", "node", "start")
HEAD = (
    f"{'profile':9} {'runs':>4} {'capacity':>8} {'from-to':>9} {' '.join(f'{part:>7}' for part in PARTS)} "
    f"{'enough':>8} {'drained':>8} {'longest':>8} {'waited':>8}"
)


def main() -> int:
    """Measure each profile, print medians, draw the first run of some."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", default="prd,headroom,keda,steps,half,tuned", help="which, in this order")
    parser.add_argument("--seeds", default="1,2", help="a run of each profile for each seed (default: 1,2)")
    parser.add_argument("--show", type=Path, nargs="+", help="measure nothing, show what --json kept in these files")
    parser.add_argument("--node-start", type=float, default=45, help="seconds from a node's launch to its registration")
    parser.add_argument("--pod-start", type=float, default=15, help="seconds from a pod's node to its readiness")
    parser.add_argument("--plot", type=Path, help="file to draw prd and tuned into, or what there is")
    parser.add_argument("--json", type=Path, help="file to keep all samples in")
    options = parser.parse_args()
    # Told to end, it leaves nothing running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    runs = [one for file in options.show for one in json.loads(file.read_text())] if options.show else measured(options)
    show([Run(**one) for one in runs], options.plot)
    return 0


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of a profile, as it is kept in a file."""

    profile: str
    title: str
    seed: int
    # Of the machine, when the run ended.
    machine_load: float
    samples: list[Json]
    lives: list[Json]

    def seen(self) -> list[Sample]:
        """Return the samples."""
        return [Sample(**{**one, "queue": Queue(**one["queue"])}) for one in self.samples]

    def result(self) -> Result:
        """Return what it comes to."""
        return spike_model.evaluate(self.seen(), [Life(**one) for one in self.lives], COSTS, LOAD)


def measured(options: argparse.Namespace) -> list[Json]:
    """Measure each profile with each seed on a cluster of its own."""
    cache = Path(os.environ.get("LAB_CACHE", Path.home() / ".cache/applied-ai-platform"))
    found = []
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(started(scratch / "lab"))
        spike_cluster.prepare(cluster)
        gateway = stack.enter_context(Gateway().serving())
        stack.enter_context(spike_cluster.karpenter(cluster, cache, scratch / "karpenter", options.node_start))
        stack.enter_context(spike_keda.running(cluster, cache, scratch / "keda", gateway.port))
        known = profiles(gateway.port)
        for seed in map(int, options.seeds.split(",")):
            for name in options.profiles.split(","):
                samples, lives = measure(cluster, gateway, known[name], seed, options.pod_start)
                kept = [[dataclasses.asdict(one) for one in some] for some in (samples, lives)]
                run = Run(name, known[name].title, seed, round(os.getloadavg()[0], 1), *kept)
                found.append(dataclasses.asdict(run))
                if options.json:
                    options.json.write_text(json.dumps(found))
                print(f"{name}, seed {seed}, machine's load {run.machine_load}: {told(run.result())}", flush=True)
    return found


def show(runs: Sequence[Run], plot: Path | None) -> None:
    """Print medians of each profile, and draw the first run of some."""
    print(HEAD)
    for name in dict.fromkeys(one.profile for one in runs):
        print(line(name, [one.result() for one in runs if one.profile == name]))
    if plot:
        first = {one.profile: one for one in reversed(runs)}
        names = [name for name in DRAWN if name in first] or first
        chosen = {first[name].title: first[name].seen() for name in names}
        spike_plot.draw(chosen, COSTS, LOAD, plot)


def told(result: Result) -> str:
    """Return a run in words."""
    stairs = ", ".join(f"{count} at {at:.0f} s" for at, count in result.desired if at > 0)
    return (
        f"{result.wanted} pods ready after {result.capacity:.0f} s, nobody waits after {result.drained:.0f} s;"
        f" asked for {stairs}"
    )


if __name__ == "__main__":
    sys.exit(main())
