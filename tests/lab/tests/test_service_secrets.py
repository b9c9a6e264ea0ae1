# SPDX-License-Identifier: Apache-2.0
"""Secrets that stand in for the secret manager's."""

from __future__ import annotations

import base64
from typing import Any

from lab import service_secrets


class Recorder:
    """Takes the place of the API connection and keeps what it is asked to create."""

    def __init__(self) -> None:
        self.created: list[tuple[str, dict[str, Any]]] = []

    def create(self, path: str, content: dict[str, Any]) -> None:
        self.created.append((path, content))


def test_namespace_comes_before_its_secrets() -> None:
    kube = Recorder()
    service_secrets.create(kube, {"services": {"database-secret": ["url"]}}, lambda: "value")  # type: ignore[arg-type]
    (namespace, secret) = kube.created
    assert namespace == ("/api/v1/namespaces", {"metadata": {"name": "services"}})
    assert secret[0] == "/api/v1/namespaces/services/secrets"
    assert base64.b64decode(secret[1]["data"]["url"]) == b"value"


def test_values_are_random_and_long_enough_to_be_searched_for() -> None:
    kube = Recorder()
    service_secrets.create(kube, {"a": {"one": ["x", "y"]}})  # type: ignore[arg-type]
    values = [base64.b64decode(value) for value in kube.created[1][1]["data"].values()]
    assert len(set(values)) == 2
    assert all(len(value) >= 24 for value in values)


def test_names_in_the_data_file_are_those_that_the_local_inventory_uses() -> None:
    assert "url" in service_secrets.names()["services"]["database-secret"]
