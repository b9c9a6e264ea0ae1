# SPDX-License-Identifier: Apache-2.0
"""A real API server takes what the chart renders: types, admission and Pod Security, by server-side dry run."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
LAB_DIR = Path(os.environ.get("LAB_DIR") or REPOSITORY / ".lab")
NAMESPACE = "chart-dry-run"

RULE = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
EVERYTHING = {
    "gpu": {"count": 1},
    "secretEnv": [{"name": "KEY", "secretName": "models", "secretKey": "key"}],
    "env": {"LOG_LEVEL": "info"},
    "rbac": {"rules": [RULE]},
    "serviceAccount": {"roleArn": "arn:aws:iam::123456789012:role/Example"},
    "tolerations": [{"key": "a", "operator": "Equal", "value": "b", "effect": "NoExecute", "tolerationSeconds": 5}],
    "image": {"pullSecrets": ["registry"]},
    "team": "research",
    "priorityClassName": "",
    "command": ["serve"],
    "args": ["--port=8080"],
}

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def kubectl(request):
    """Run kubectl on the rehearsal's cluster, in a namespace that enforces `restricted`."""
    kubeconfig = LAB_DIR / "kubeconfig"
    if not kubeconfig.is_file():
        pytest.fail(f"no rehearsal is up ({kubeconfig} does not exist): make lab")

    def run(*args: str, stdin: Any = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        text = json.dumps(stdin) if stdin is not None else None
        argv = [str(LAB_DIR / "bin" / "kubectl"), "--kubeconfig", str(kubeconfig), "--request-timeout=20s", *args]
        return subprocess.run(argv, input=text, capture_output=True, text=True, check=check, timeout=60)

    if run("get", "--raw", "/readyz", check=False).returncode != 0:
        pytest.fail(f"the rehearsal of {kubeconfig} does not answer: make lab")
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
    run("apply", "-f", "-", stdin=namespace)
    # A controller makes it a moment later, and pods are refused until then.
    run("wait", "--for=create", "serviceaccount/default", "--namespace", NAMESPACE, "--timeout=30s")
    yield run
    run("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.mark.parametrize(
    "values", [{}, EVERYTHING, {"autoscaling": {"enabled": False}}], ids=["default", "all", "fixed"]
)
def test_the_api_server_takes_every_object(chart, kubectl, values):
    """`--validate=strict` refuses fields that the API does not know."""
    objects = [item for item in yaml.safe_load_all(chart.text(values)) if item]
    for item in objects:
        item["metadata"]["namespace"] = NAMESPACE
        for subject in item.get("subjects", []):
            subject["namespace"] = NAMESPACE
    listed = {"apiVersion": "v1", "kind": "List", "items": objects}
    done = kubectl("apply", "--dry-run=server", "--validate=strict", "-f", "-", stdin=listed)
    assert done.stdout.count("(server dry run)") == len(objects)
    assert "would violate PodSecurity" not in done.stderr


def pod_of(manifests: dict[str, Any]) -> dict[str, Any]:
    template = manifests["Deployment"]["spec"]["template"]
    # The account is not there in a dry run, and admission asks for it first.
    spec = {key: value for key, value in template["spec"].items() if key != "serviceAccountName"}
    metadata = {"name": "dry-run", "namespace": NAMESPACE, "labels": template["metadata"]["labels"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def test_pod_security_restricted_admits_the_pod(chart, kubectl):
    done = kubectl("create", "--dry-run=server", "-f", "-", stdin=pod_of(chart.manifests(EVERYTHING)), check=False)
    assert done.returncode == 0, done.stderr


def test_pod_security_is_really_on(chart, kubectl):
    """The same pod with one right more is refused, so the test above can fail."""
    pod = pod_of(chart.manifests(EVERYTHING))
    pod["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    done = kubectl("create", "--dry-run=server", "-f", "-", stdin=pod, check=False)
    assert done.returncode != 0
    assert 'violates PodSecurity "restricted' in done.stderr
