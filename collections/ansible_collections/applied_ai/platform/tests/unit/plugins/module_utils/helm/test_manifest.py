# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.manifest import (
    newest_deployed,
    objects,
)

Json = dict[str, Any]


def secret(manifest: object = None, *, name: str = "web", revision: int = 1, status: str = "deployed") -> Json:
    """Return a release's secret; ``None`` leaves the manifest out, as Helm does where it is empty."""
    payload = {
        "name": name,
        "namespace": "apps",
        "version": revision,
        "info": {"status": status, "last_deployed": "2026-11-23T12:00:00.123456789Z"},
        **({} if manifest is None else {"manifest": manifest}),
    }
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(payload).encode()))).decode()
    labels = {"owner": "helm", "name": name, "version": str(revision), "status": status}
    return {
        "metadata": {"name": f"{name}.v{revision}", "namespace": "apps", "labels": labels},
        "data": {"release": packed},
    }


def config(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n"


def test_documents_become_objects_and_lists_are_taken_apart() -> None:
    items = json.dumps({"kind": "List", "items": [{"kind": "A", "metadata": {"name": "x"}}, {"kind": "B"}]})
    found = objects(secret(f"---\n# Source: a.yaml\n{config('one')}---\n# only a comment\n---\n{items}\n"))
    assert [(one.api, one.kind, one.name) for one in found] == [
        ("v1", "ConfigMap", "one"),
        ("", "A", "x"),
        ("", "B", ""),
    ]
    assert (found[0].source.key, found[0].source.revision) == ("apps/web", 1)


def test_a_chart_without_objects_has_none() -> None:
    assert objects(secret()) == objects(secret("")) == objects(secret("---\n\n---\n# nothing\n")) == []


def test_what_looks_like_a_date_or_an_operator_stays_a_text() -> None:
    (one,) = objects(secret(config("a") + "data:\n  day: 2026-11-28\n  operator: =\n"))
    assert one.content["data"] == {"day": "2026-11-28", "operator": "="}


CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.com
spec:
  group: example.com
"""


def test_the_schema_of_a_crd_is_read_only_when_it_is_asked_for() -> None:
    (one,) = objects(secret(CRD))
    assert (one.name, one.content.get("spec")) == ("things.example.com", None)
    assert one.in_full().content["spec"] == {"group": "example.com"}
    # With its keys in another order it is read at once.
    head, _, spec = CRD.partition("metadata:")
    (one,) = objects(secret(f"{head}spec:\n  group: example.com\nmetadata:\n  name: things.example.com\n"))
    assert (one.name, one.text, one.content["spec"]) == ("things.example.com", "", {"group": "example.com"})
    assert spec


def test_jobs_that_the_cluster_removes_and_secrets_are_known() -> None:
    job = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: a\nspec:\n"
    assert objects(secret(f"{job}  ttlSecondsAfterFinished: 0\n"))[0].goes_by_itself
    assert not objects(secret(f"{job}  completions: 1\n"))[0].goes_by_itself
    assert objects(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"))[0].secret
    assert not objects(secret(config("a")))[0].secret


@pytest.mark.parametrize("manifest", ["a: [hush", "a: !!python/object:os.system hush\n", ["hush"], 7])
def test_a_manifest_that_is_none_is_named_and_not_quoted(manifest: object) -> None:
    with pytest.raises(HelmError, match=r"^The manifest of release apps/web revision 3 is no YAML\.") as told:
        objects(secret(manifest, revision=3))
    assert "hush" not in told.value.message


def test_the_newest_deployed_revision_counts_unless_helm_is_at_work() -> None:
    secrets = [
        secret(name="b", revision=9),
        secret(name="b", revision=10),
        secret(name="a", revision=1),
        secret(name="c", revision=2, status="failed"),
        secret(name="c", revision=1),
        secret(name="d", status="pending-install"),
        secret(name="e", revision=1),
        secret(name="e", revision=2, status="pending-upgrade"),
        secret(name="f", status="failed"),
    ]
    found = [(one["metadata"]["name"], settled) for one, settled in newest_deployed(secrets)]
    assert found == [("a.v1", True), ("b.v10", True), ("c.v1", False)]
