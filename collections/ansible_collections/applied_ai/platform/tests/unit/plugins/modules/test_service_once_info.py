# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

from ansible_collections.applied_ai.platform.plugins.modules.service_once_info import run

Json = dict[str, Any]
ENDED = {"name": "migration", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}
POD = {"metadata": {"name": "m-1"}, "spec": {}, "status": {"phase": "Failed", "containerStatuses": [ENDED]}}


class Reader:
    def __init__(self, *pods: Json) -> None:
        self.pods = list(pods)
        self.asked: list[Json] = []

    def items(self, path: str, **query: str) -> list[Json]:
        self.asked.append({"path": path, **query})
        return self.pods if path.endswith("/pods") else []


def test_the_last_words_are_told() -> None:
    reader = Reader(POD)
    said = run(reader, lambda *_: "a\nno such column\n", name="api", namespace="services", component="migration")
    assert said == "container migration ended with exit code 1; its last line is: no such column"
    assert reader.asked[0] == {
        "path": "/api/v1/namespaces/services/pods",
        "labelSelector": "app.kubernetes.io/instance=api,app.kubernetes.io/component=migration",
    }


def test_nothing_is_left_of_it() -> None:
    assert run(Reader(), lambda *_: "", name="api", namespace="services", component="smoke-test") == ""
