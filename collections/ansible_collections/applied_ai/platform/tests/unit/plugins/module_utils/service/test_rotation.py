# SPDX-License-Identifier: Apache-2.0
"""A rotation replaces pods once, and only those that read what has changed."""

from __future__ import annotations

import json

from ansible_collections.applied_ai.platform.plugins.module_utils.service import rotation
from ansible_collections.applied_ai.platform.plugins.module_utils.service.rotation import ANNOTATION, CONTENTS, Reading


class Cluster:
    """Holds workloads and the metadata of Secrets, and takes what is applied, as the API server does."""

    def __init__(self):
        self.secrets = {"database-secret": {"resourceVersion": "1"}, "models": {"resourceVersion": "1"}}
        self.workloads = {name: {"annotations": {}, "template": {}} for name in ("api", "worker")}

    def items(self, path, **query):
        assert path == "/apis/apps/v1/deployments"
        return [
            {
                "metadata": {"namespace": "services", "name": name, "annotations": one["annotations"]},
                "spec": {"template": {"metadata": {"annotations": one["template"]}}},
            }
            for name, one in self.workloads.items()
        ]

    def metadata(self, path, **query):
        assert path == "/api/v1/namespaces/services/secrets"
        return [{"metadata": {"name": name, **metadata}} for name, metadata in self.secrets.items()]

    def apply(self, path, text):
        manifest = json.loads(text)
        workload = self.workloads[manifest["metadata"]["name"]]
        workload["annotations"] = manifest["metadata"]["annotations"]
        workload["template"] = manifest.get("spec", {}).get("template", {}).get("metadata", {}).get("annotations", {})

    def run(self):
        todo = rotation.steps(self, SERVICES)
        rotation.carry_out(todo, self.apply)
        return [one.name for one, step in todo if step.restart]


SERVICES = [
    Reading("api", "services", "Deployment", ("database-secret", "models")),
    Reading("worker", "services", "Deployment", ("database-secret",)),
    Reading("gone", "services", "Deployment", ("models",)),
    Reading("plain", "services", "Deployment", ()),
]


def test_the_first_time_is_remembered_and_nothing_is_replaced():
    cluster = Cluster()
    assert cluster.run() == []
    assert all(one["annotations"][ANNOTATION] and not one["template"] for one in cluster.workloads.values())
    assert rotation.steps(cluster, SERVICES) == []


def test_a_rotation_replaces_those_that_read_it_once():
    cluster = Cluster()
    cluster.run()
    cluster.secrets["models"] = {"resourceVersion": "2"}
    assert cluster.run() == ["api"]
    replaced = cluster.workloads["api"]["template"]
    assert cluster.run() == []
    assert cluster.workloads["api"]["template"] == replaced != {}
    cluster.secrets["database-secret"] = {"resourceVersion": "2"}
    assert cluster.run() == ["api", "worker"]


def test_a_secret_that_external_secrets_only_looked_at_replaces_nothing():
    cluster = Cluster()
    cluster.secrets["models"] = {"resourceVersion": "1", "annotations": {CONTENTS: "a"}}
    cluster.run()
    cluster.secrets["models"] = {"resourceVersion": "7", "annotations": {CONTENTS: "a"}}
    assert cluster.run() == []
    cluster.secrets["models"] = {"resourceVersion": "8", "annotations": {CONTENTS: "b"}}
    assert cluster.run() == ["api"]


def test_a_workload_that_lost_its_memory_keeps_its_pods():
    cluster = Cluster()
    cluster.run()
    cluster.secrets["models"] = {"resourceVersion": "2"}
    cluster.run()
    kept = cluster.workloads["api"]["template"]
    cluster.workloads["api"]["annotations"] = {}
    assert cluster.run() == []
    assert cluster.workloads["api"]["template"] == kept
