# SPDX-License-Identifier: Apache-2.0
"""Secrets are looked for by name only."""

from __future__ import annotations

from ansible_collections.applied_ai.platform.plugins.module_utils.service import secrets
from ansible_collections.applied_ai.platform.plugins.module_utils.service.definitions import SecretReference, Service


class Reader:
    """Knows names of secrets by namespace; there is no way to ask it for contents."""

    def __init__(self, names):
        self.names = names
        self.asked = []

    def metadata(self, path, **query):
        self.asked.append((path, query))
        namespace = path.split("/")[4]
        return [{"metadata": {"name": name}} for name in self.names.get(namespace, [])]


def service(name, namespace, *references, state="present"):
    return Service(name, namespace, state, {}, tuple(SecretReference(*one) for one in references), True, 2)


def test_says_which_service_lacks_which_secret_where():
    reader = Reader({"a": ["database-secret"], "b": []})
    found = secrets.findings(
        reader,
        [
            service("one", "a", ("DATABASE_URL", "database-secret"), ("KEY", "models")),
            service("two", "b", ("DATABASE_URL", "database-secret")),
        ],
    )
    assert found == [
        "service one: the secret models (for KEY) does not exist in namespace a, "
        "create it there or name another one in service_definitions",
        "service two: the secret database-secret (for DATABASE_URL) does not exist in namespace b, "
        "create it there or name another one in service_definitions",
    ]


def test_one_call_per_namespace_and_none_without_need():
    reader = Reader({"a": ["s"]})
    needing = [service(name, "a", ("KEY", "s")) for name in ("one", "two")]
    found = secrets.findings(
        reader, [*needing, service("no-secret", "b"), service("gone", "c", ("KEY", "s"), state="absent")]
    )
    assert found == []
    assert reader.asked == [("/api/v1/namespaces/a/secrets", {"fieldSelector": "type!=helm.sh/release.v1"})]
