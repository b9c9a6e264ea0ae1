# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the kubelet of one node, which runs the node's pods as real processes.

Real: the processes and their signals, HTTP probes as the pod declares them, restarts with their back-off, preStop's
sleep and the grace period, exit codes, status and conditions through the API server, the node's lease.

Not done: images (a mapping says what runs), isolation (users, file systems, volumes, limits of cpu and memory), pods'
network (a pod's IP is invented; its process listens on a free port of 127.0.0.1), pods of more than one container and
init containers, probes and hooks other than httpGet and sleep, eviction, logs and exec through the API.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
from lab import cluster, processes
from lab.paths import Paths
from support.api import Api, ApiError, Json, free_port, in_background
from support.pods import (
    BACK_OFF_S,
    Probe,
    Seen,
    Tally,
    back_off,
    ends,
    exit_code,
    pre_stop_seconds,
    status,
    stop_times,
    timestamp,
)

PORT_ANNOTATION = "lab.applied-ai.dev/port"
PID_ANNOTATION = "lab.applied-ai.dev/pid"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
HEARTBEAT_S = 10.0
PULL_AGAIN_S = 10.0


class CannotStartError(Exception):
    """A container that waits: the reason as the real kubelet names it, and the details."""

    def __init__(self, reason: str, message: str, later: str = "") -> None:
        super().__init__(message)
        # What it is called at the first time, and then.
        self.first, self.later = reason, later or reason


@dataclass(frozen=True)
class Image:
    """What stands for an image: the program that it would start, and its environment."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


# What there is to pull: the program for an image's name, or None.
type Images = Callable[[str], Image | None]


class Life:
    """One run of a container: what its probes have found."""

    def __init__(self, container: Json, port: int) -> None:
        self.port = port
        self.begun = time.monotonic()
        self.probes = {kind: Probe.of(container, kind) for kind in ("startup", "liveness", "readiness")}
        self.tallies = {"startup": Tally(False), "liveness": Tally(True), "readiness": Tally(False)}
        self.started, self.unhealthy = asyncio.Event(), asyncio.Event()
        if self.probes["startup"] is None:
            self.started.set()

    @property
    def ready(self) -> bool:
        """Whether the container is ready: started, and its probe, if it has one, says so."""
        return self.started.is_set() and (self.probes["readiness"] is None or self.tallies["readiness"].result)

    def answered(self, kind: str, probe: Probe, ok: bool) -> None:
        """Count an answer and draw the conclusion."""
        before = self.tallies[kind]
        self.tallies[kind] = after = before.with_answer(probe, ok)
        if kind == "startup" and after.result:
            self.started.set()
        failed = not after.result and after.run >= probe.failures and after.last is False
        if failed and kind in ("startup", "liveness"):
            self.unhealthy.set()


class Pod:
    """Runs one pod from its start to its end."""

    def __init__(self, kubelet: Kubelet, content: Json, address: str) -> None:
        self._kubelet, self._content, self._address = kubelet, content, address
        self._container: Json = content["spec"]["containers"][0]
        meta = content["metadata"]
        self.namespace, self.name, self.uid = meta["namespace"], meta["name"], meta["uid"]
        self._path = f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"
        self._deleted = asyncio.Event()
        self._grace = float(content["spec"].get("terminationGracePeriodSeconds", 30))
        self._seen = Seen()
        self._begun = timestamp()
        self._conditions: list[Json] = []
        self._telling = asyncio.Lock()

    def observe(self, content: Json) -> None:
        """Learn from the API server what became of the pod."""
        if content["metadata"].get("deletionTimestamp"):
            self._grace = float(content["metadata"].get("deletionGracePeriodSeconds", self._grace))
            self._deleted.set()

    async def run(self) -> None:
        """Run the pod until it is deleted."""
        await self._report()
        tries = 0
        while not self._deleted.is_set():
            try:
                image = self._image()
                environment = await self._environment()
            except CannotStartError as reason:
                tries += 1
                called = reason.first if tries == 1 else reason.later
                await self._report(state={"waiting": {"reason": called, "message": str(reason)}})
                await self._deleted_within(PULL_AGAIN_S if tries > 1 else 1)
                continue
            code = await self._live(image, environment)
            if self._deleted.is_set():
                break
            if phase := ends(self._content["spec"].get("restartPolicy", "Always"), code):
                await self._report(phase=phase)
                await self._deleted.wait()
                break
            restarts = self._seen.restarts + 1
            self._seen = replace(self._seen, restarts=restarts, last=self._seen.state)
            if wait := back_off(restarts, self._kubelet.back_off_s):
                message = f"back-off {wait:g}s restarting failed container"
                await self._report(state={"waiting": {"reason": "CrashLoopBackOff", "message": message}})
                await self._deleted_within(wait)
        with contextlib.suppress(ApiError):
            now = {
                "apiVersion": "v1",
                "kind": "DeleteOptions",
                "gracePeriodSeconds": 0,
                "preconditions": {"uid": self.uid},
            }
            await self._kubelet.api.request("DELETE", self._path, now)

    async def _deleted_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._deleted.wait(), seconds)

    def _image(self) -> Image:
        """Return what stands for the container's image."""
        if len(self._content["spec"]["containers"]) > 1 or self._content["spec"].get("initContainers"):
            raise CannotStartError("CreateContainerError", "this stand-in runs pods of one container only")
        name = self._container["image"]
        image = self._kubelet.images(name)
        if image is None:
            message = f"failed to pull and unpack image {name}: not found"
            raise CannotStartError("ErrImagePull", message, "ImagePullBackOff")
        command = (*self._container.get("command", ()), *self._container.get("args", ()))
        return replace(image, argv=command) if command else image

    async def _environment(self) -> dict[str, str]:
        """Return the variables that the pod declares, values of Secrets and ConfigMaps read now."""
        found: dict[str, str] = {}
        for one in self._container.get("env", []):
            source = one.get("valueFrom", {})
            if "fieldRef" in source:
                raise CannotStartError("CreateContainerConfigError", f"{one['name']}: fieldRef is not supported here")
            for kind in ("secret", "configMap"):
                if reference := source.get(f"{kind}KeyRef"):
                    found[one["name"]] = await self._kubelet.value(self.namespace, kind, reference)
            found.setdefault(one["name"], one.get("value", ""))
        return found

    async def _live(self, image: Image, environment: Mapping[str, str]) -> int:
        """Run the container once; return its exit code."""
        life = Life(self._container, free_port())
        with (self._kubelet.folder / f"{self.namespace}_{self.name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *self._kubelet.argv(image),
                env={
                    "PATH": os.environ["PATH"],
                    **image.environment,
                    **environment,
                    "HOSTNAME": self.name,
                    "HOST": "127.0.0.1",
                    "PORT": str(life.port),
                },
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        begun = timestamp()
        self._kubelet.listens(self._address, life.port)
        beside = [asyncio.create_task(self._stop(process, life))]
        try:
            where = {PORT_ANNOTATION: str(life.port), PID_ANNOTATION: str(process.pid)}
            await self._kubelet.api.patch(self._path, {"metadata": {"uid": self.uid, "annotations": where}})
            await self._report_life(life, begun)
            beside += [
                asyncio.create_task(self._probe(kind, probe, life, begun))
                for kind, probe in life.probes.items()
                if probe is not None
            ]
            code = exit_code(await process.wait())
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            # The rest of the group goes with the first process.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        ended = {"exitCode": code, "reason": "Completed" if code == 0 else "Error", "startedAt": begun}
        await self._report(state={"terminated": {**ended, "finishedAt": timestamp()}}, started=False, ready=False)
        return code

    async def _stop(self, process: asyncio.subprocess.Process, life: Life) -> None:
        """Wait for a reason to stop the container, then stop it as its pod asks to."""
        reasons = [asyncio.create_task(self._deleted.wait()), asyncio.create_task(life.unhealthy.wait())]
        try:
            await asyncio.wait(reasons, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for reason in reasons:
                reason.cancel()
        term, kill = stop_times(self._grace, pre_stop_seconds(self._container))
        for wait, number in ((term, signal.SIGTERM), (kill - term, signal.SIGKILL)):
            await asyncio.sleep(wait)
            with contextlib.suppress(ProcessLookupError):
                # As the real one does, the signal to end goes to the first process alone.
                (os.kill if number == signal.SIGTERM else os.killpg)(process.pid, number)

    async def _probe(self, kind: str, probe: Probe, life: Life, begun: str) -> None:
        """Ask again and again, as the probe says."""
        if kind != "startup":
            await life.started.wait()
        await asyncio.sleep(max(0.0, life.begun + probe.delay - time.monotonic()))
        while True:
            if kind != "readiness" and (self._deleted.is_set() or life.unhealthy.is_set()):
                return  # only readiness still matters
            asked = time.monotonic()
            before = life.started.is_set(), life.ready
            life.answered(kind, probe, await self._kubelet.ask(life.port, probe))
            if before != (life.started.is_set(), life.ready):
                await self._report_life(life, begun)
            if kind == "startup" and life.started.is_set():
                return
            await asyncio.sleep(max(0.0, asked + probe.period - time.monotonic()))

    async def _report_life(self, life: Life, begun: str) -> None:
        running = {"running": {"startedAt": begun}}
        await self._report(phase="Running", state=running, started=life.started.is_set(), ready=life.ready)

    async def _report(self, **changes: Any) -> None:
        """Tell the API server."""
        self._seen = replace(self._seen, **changes)
        # Never cut off, not even when a probe ends with its process: it could then arrive after a later one.
        await asyncio.shield(self._tell())

    async def _tell(self) -> None:
        async with self._telling:
            told = status(
                self._container,
                self._seen,
                address=self._address,
                begun=self._begun,
                before=self._conditions,
                now=timestamp(),
            )
            self._conditions = told["conditions"]
            await self._kubelet.api.patch(f"{self._path}/status", {"metadata": {"uid": self.uid}, "status": told})


class Kubelet:
    """Runs the pods that are bound to one node."""

    api: Api

    def __init__(
        self, kubeconfig: Path, node: str, images: Images, folder: Path, back_off_s: float = BACK_OFF_S
    ) -> None:
        self.node, self.images, self.folder, self.back_off_s = node, images, folder, back_off_s
        self._kubeconfig = kubeconfig
        self._addresses = (f"10.244.{third}.{fourth}" for third in range(256) for fourth in range(1, 255))
        self._ports: dict[str, int] = {}
        self._session: aiohttp.ClientSession

    def log(self, namespace: str, name: str) -> str:
        """Return what a pod has written."""
        return (self.folder / f"{namespace}_{name}.log").read_text()

    def listens(self, address: str, port: int) -> None:
        """Remember where the process behind a pod's address really listens."""
        self._ports[address] = port

    def real_address(self, address: str) -> str | None:
        """Return where the process behind a pod's address really listens, host and port."""
        port = self._ports.get(address)
        return f"127.0.0.1:{port}" if port else None

    @staticmethod
    def argv(image: Image) -> tuple[str, ...]:
        """Return the command line: the process does not outlive this one, however it ends."""
        return ("setpriv", "--pdeathsig", "KILL", "--", *image.argv)

    async def value(self, namespace: str, kind: str, reference: Json) -> str:
        """Read a key of a Secret or ConfigMap."""
        name, key = reference["name"], reference["key"]
        try:
            content = await self.api.request("GET", f"/api/v1/namespaces/{namespace}/{kind.lower()}s/{name}")
        except ApiError as error:
            raise CannotStartError("CreateContainerConfigError", f"{kind.lower()} {name!r} not found") from error
        data = content.get("data", {})
        if key not in data:
            message = f"couldn't find key {key} in {kind} {namespace}/{name}"
            raise CannotStartError("CreateContainerConfigError", message)
        return base64.b64decode(data[key]).decode() if kind == "secret" else str(data[key])

    async def ask(self, port: int, probe: Probe) -> bool:
        """Ask a probe's question once."""
        timeout = aiohttp.ClientTimeout(total=probe.timeout)
        try:
            async with self._session.get(
                f"http://127.0.0.1:{port}{probe.path}", timeout=timeout, allow_redirects=False
            ) as answer:
                return HTTPStatus.OK <= answer.status < HTTPStatus.BAD_REQUEST
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def run(self) -> None:
        """Be the node's kubelet until this is cancelled."""
        connector = aiohttp.TCPConnector(force_close=True)
        async with Api.connected(self._kubeconfig) as self.api, aiohttp.ClientSession(connector=connector) as session:
            self._session = session
            await self._register()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._beat())
                await self._follow(tasks)

    async def _follow(self, tasks: asyncio.TaskGroup) -> None:
        """Start, tell and end the pods of the node."""
        pods: dict[str, tuple[Pod, asyncio.Task[None]]] = {}
        async for known in self.api.following("/api/v1/pods", fieldSelector=f"spec.nodeName={self.node}"):
            for uid, content in known.items():
                if uid not in pods:
                    pod = Pod(self, content, next(self._addresses))
                    pods[uid] = pod, tasks.create_task(pod.run())
                pods[uid][0].observe(content)
            for uid in pods.keys() - known.keys():
                pods.pop(uid)[1].cancel()

    async def _register(self) -> None:
        """Make the node known."""
        resources = {"cpu": "64", "memory": "256Gi", "pods": "110"}
        labels = {"kubernetes.io/hostname": self.node, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
        await self.api.request(
            "POST",
            "/api/v1/nodes",
            {"apiVersion": "v1", "kind": "Node", "metadata": {"name": self.node, "labels": labels}},
        )
        place = [{"type": "InternalIP", "address": "192.0.2.1"}, {"type": "Hostname", "address": self.node}]
        told = {"capacity": resources, "allocatable": resources, "addresses": place}
        await self.api.patch(f"/api/v1/nodes/{self.node}/status", {"status": told})
        lease = {"metadata": {"name": self.node}, "spec": {"holderIdentity": self.node, "leaseDurationSeconds": 40}}
        await self.api.request("POST", LEASES, lease)

    async def _beat(self) -> None:
        """Keep the node ready: its lease, and its condition."""
        for count in itertools.count():
            renewed = {"spec": {"renewTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}}
            await self.api.patch(f"{LEASES}/{self.node}", renewed)
            if count % 6 == 0:
                ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": timestamp()}
                await self.api.patch(f"/api/v1/nodes/{self.node}/status", {"status": {"conditions": [ready]}})
            await asyncio.sleep(HEARTBEAT_S)


def leave_room(lab_dir: Path) -> None:
    """Let a rehearsal's KWOK simulate annotated nodes only: it is started for all there are."""
    paths = replace(Paths.from_environment(os.environ), dir=lab_dir)
    name = "kwok-controller"
    process = cluster.component_processes(paths)[name]
    argv = Path(f"/proc/{process.pid}/cmdline").read_text().rstrip("\0").split("\0")
    processes.stop(process)
    argv = [one for one in argv if not one.startswith("--manage-all-nodes")]
    argv.append("--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake")
    started = processes.start(argv, paths.logs / f"{name}.log", os.environ, lab_dir)
    (paths.cluster / "pids" / f"{name}.pid").write_text(str(started.pid))


@contextlib.contextmanager
def running(kubelet: Kubelet) -> Iterator[Kubelet]:
    """Run a node; its pods' processes are killed at the end."""
    with in_background(kubelet.run):
        yield kubelet
