# SPDX-License-Identifier: Apache-2.0
"""A real load balancer (Caddy) that is told its servers by the EndpointSlices of Services, as kube-proxy is.

It is a stand-in for kube-proxy, and with several Services for the mesh's weights. It tries nothing a second time and
keeps no connection to a pod, so that each request meets the pods as they are. Unlike kube-proxy it reads HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from support.api import Api, Json, free_port, in_background

SERVICE = "kubernetes.io/service-name"
# kube-proxy collects changes for so long before it writes them down (iptables.minSyncPeriod).
LAG_S = 1.0
HANDLER = "/config/apps/http/servers/service/routes/0/handle/0"


def endpoints(slices: list[Json]) -> list[str]:
    """Return the pods' addresses that get traffic: the ready ones, or else those that still serve while they end."""
    found = [one for part in slices for one in part.get("endpoints") or []]
    # Unknown counts as ready, as the API says.
    ready = [one for one in found if one["conditions"].get("ready") is not False]
    ending = [one for one in found if one["conditions"].get("serving") and one["conditions"].get("terminating")]
    return sorted(address for one in ready or ending for address in one["addresses"])


def shares(weights: Mapping[str, int], servers: Mapping[str, list[str]]) -> dict[str, int]:
    """Return each server's weight: a Service's weight is shared equally among its servers; one without any has none."""
    present = {name: found for name, found in servers.items() if found and weights[name] > 0}
    unit = math.lcm(*map(len, present.values()))
    given = {one: weights[name] * unit // len(found) for name, found in present.items() for one in found}
    least = math.gcd(*given.values()) or 1
    return {one: weight // least for one, weight in given.items()}


def handler(given: Mapping[str, int]) -> Json:
    """Return Caddy's handler for servers and their weights."""
    policy: Json = {"policy": "round_robin"}
    if len(set(given.values())) > 1:
        policy = {"policy": "weighted_round_robin", "weights": list(given.values())}
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": one} for one in given],
        "load_balancing": {"selection_policy": policy},
        "transport": {"protocol": "http", "keep_alive": {"enabled": False}, "dial_timeout": "10s"},
    }


def configuration(admin: int, port: int) -> Json:
    """Return Caddy's configuration before there are servers."""
    server = {
        "listen": [f"127.0.0.1:{port}"],
        "automatic_https": {"disable": True},
        "protocols": ["h1"],
        "routes": [{"handle": [handler({})]}],
    }
    return {
        "admin": {"listen": f"127.0.0.1:{admin}", "config": {"persist": False}},
        "apps": {"http": {"servers": {"service": server}}},
    }


@dataclass
class Balancer:
    """Where it listens, how much each Service gets, and to whom it led the traffic from when on."""

    kubeconfig: Path
    namespace: str
    weights: Mapping[str, int]
    # Leads from a pod's address to where its process really listens.
    resolve: Callable[[str], str | None]
    lag_s: float = LAG_S
    admin: int = field(default_factory=free_port)
    port: int = field(default_factory=free_port)
    changes: list[tuple[float, dict[str, int]]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Return the address for callers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def servers(self) -> dict[str, int]:
        """Return the servers that it leads to now, with their weights."""
        return self.changes[-1][1] if self.changes else {}

    async def follow(self) -> None:
        """Follow the EndpointSlices until this is cancelled."""
        seen: dict[str, Json] = {}
        news = asyncio.Event()
        path = f"/apis/discovery.k8s.io/v1/namespaces/{self.namespace}/endpointslices"
        wanted = f"{SERVICE} in ({','.join(self.weights)})"
        async with (
            Api.connected(self.kubeconfig) as api,
            aiohttp.ClientSession() as session,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(self._tell(session, seen, news))
            async for slices in api.following(path, labelSelector=wanted):
                seen.clear()
                seen.update(slices)
                news.set()

    async def _tell(self, session: aiohttp.ClientSession, seen: Mapping[str, Json], news: asyncio.Event) -> None:
        """Tell Caddy what changed, not at once but as late as kube-proxy would."""
        while True:
            await news.wait()
            await asyncio.sleep(self.lag_s)
            news.clear()
            servers = {
                name: [real for one in endpoints(self._of(name, seen)) if (real := self.resolve(one))]
                for name in self.weights
            }
            given = shares(self.weights, servers)
            if given != self.servers or not self.changes:
                async with session.patch(f"http://127.0.0.1:{self.admin}{HANDLER}", json=handler(given)) as answer:
                    answer.raise_for_status()
                self.changes.append((time.time(), given))

    @staticmethod
    def _of(service: str, slices: Mapping[str, Json]) -> list[Json]:
        return [one for one in slices.values() if one["metadata"]["labels"][SERVICE] == service]


@contextlib.contextmanager
def running(caddy: Path, folder: Path, balancer: Balancer) -> Iterator[Balancer]:
    """Run a balancer; its files are in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "caddy.json"
    file.write_text(json.dumps(configuration(balancer.admin, balancer.port)))
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "caddy.log").open("ab") as log:
        # It does not outlive this process, however that ends.
        argv = ["setpriv", "--pdeathsig", "KILL", "--", str(caddy), "run", "--config", str(file)]
        process = subprocess.Popen(argv, env=environment, stdout=log, stderr=log)
    try:
        with in_background(balancer.follow):
            yield balancer
    finally:
        process.terminate()
        process.wait()
