# SPDX-License-Identifier: Apache-2.0
"""A cluster of a few objects, and a clock that moves when somebody sleeps: for faults that a real one does not give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, MissingKindError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.tools import Tools

Json = dict[str, Any]
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
OWNER = {"kind": "ReplicaSet", "name": "app-5f", "controller": True}


def pod(name: str, uid: str = "", **more: Any) -> Json:
    meta = {"namespace": "s", "name": name, "uid": uid or f"uid-{name}", "ownerReferences": [OWNER]}
    meta["labels"] = {"pod-template-hash": "5f"}
    return {"metadata": {**meta, **more.pop("meta", {})}, "status": {"phase": "Running"}, **more}


class World:
    """Keeps pods and other objects; what is evicted or deleted goes, unless ``answers`` says otherwise."""

    def __init__(self, *pods: Json, **objects: Json) -> None:
        self.pods = list(pods)
        self.objects = objects
        self.seconds = 0.0
        self.sent: list[tuple[str, str, Json]] = []
        self.answers: Callable[[str, str], int] = lambda _method, _path: 0
        self.silent = 0

    def get(self, path: str) -> Json:
        name = path.rpartition("/")[2]
        if name not in self.objects:
            raise MissingKindError(f"no {name}", status=404)
        return self.objects[name]

    def items(self, _path: str, **_query: str) -> list[Json]:
        if self.silent:
            self.silent -= 1
            raise KubeError("it does not answer")
        return list(self.pods)

    def metadata(self, path: str, **query: str) -> list[Json]:
        raise NotImplementedError

    def send(self, method: str, path: str, body: Json) -> Json:
        self.sent.append((method, path, body))
        if status := self.answers(method, path):
            raise KubeError(f"refused with {status}.", status=status)
        preconditions = (body.get("deleteOptions") or body).get("preconditions") or {}
        if uid := preconditions.get("uid"):
            self.pods = [one for one in self.pods if one["metadata"]["uid"] != uid]
        return {}

    def sleep(self, seconds: float) -> None:
        self.seconds += max(seconds, 0.01)

    def tools(self, **more: Any) -> Tools:
        settings = {
            "reader": self,
            "send": self.send,
            "clients": nobody,
            "now": lambda: NOW + timedelta(seconds=self.seconds),
            "tick": lambda: self.seconds,
            "sleep": self.sleep,
            "drain_seconds": 60,
        }
        return Tools(**{**settings, **more})


def nobody(service: str, region: str) -> Any:
    raise AssertionError(f"nobody may ask {service} in {region}")
