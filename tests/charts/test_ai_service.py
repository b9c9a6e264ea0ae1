# SPDX-License-Identifier: Apache-2.0
"""charts/ai_service says what the PRD says (INF-FR-012, 013, 015), and refuses what it does not know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

CHART = Path(__file__).resolve().parents[2] / "charts" / "ai_service"
SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
IMAGE = {"image": {"repository": "registry.example.com/x", "tag": "1"}}

# INF-FR-013, word for word.
PRD_HPA = yaml.safe_load("""
scaleTargetRef:
  apiVersion: apps/v1
  kind: Deployment
  name: example-api
minReplicas: 2
maxReplicas: 6
metrics:
- type: Resource
  resource:
    name: cpu
    target:
      type: Utilization
      averageUtilization: 70
- type: Resource
  resource:
    name: memory
    target:
      type: Utilization
      averageUtilization: 80
behavior:
  scaleDown:
    stabilizationWindowSeconds: 300
    policies:
    - type: Percent
      value: 50
      periodSeconds: 60
  scaleUp:
    stabilizationWindowSeconds: 0
    policies:
    - type: Percent
      value: 100
      periodSeconds: 15
""")


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    return SCHEMA["definitions"][reference.rsplit("/", 1)[1]] if reference else schema


def closed_objects(schema: dict[str, Any], path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Paths of all objects with named keys, inside lists too."""
    schema = resolved(schema)
    if "properties" in schema:
        yield path
        for key, child in schema["properties"].items():
            yield from closed_objects(child, (*path, key))
    if "items" in schema:
        yield from closed_objects(schema["items"], (*path, 0))


def objects_with_properties(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "properties" in node and isinstance(node.get("type"), str):
            yield node
        for child in node.values():
            yield from objects_with_properties(child)
    elif isinstance(node, list):
        for child in node:
            yield from objects_with_properties(child)


def nested(path: tuple[str | int, ...], leaf: Any) -> Any:
    for step in reversed(path):
        leaf = [leaf] if step == 0 else {step: leaf}
    return leaf


def pod(manifests: dict[str, Any]) -> dict[str, Any]:
    return manifests["Deployment"]["spec"]["template"]["spec"]


def container(manifests: dict[str, Any]) -> dict[str, Any]:
    (only,) = pod(manifests)["containers"]
    return only


class TestPrd:
    """The templates of the PRD."""

    def test_hpa_is_the_prds(self, chart):
        hpa = chart.manifests({"autoscaling": {"minReplicas": 2, "maxReplicas": 6}})["HorizontalPodAutoscaler"]
        assert hpa["apiVersion"] == "autoscaling/v2"
        assert hpa["metadata"]["name"] == "example-api-hpa"
        assert hpa["spec"] == PRD_HPA

    def test_probes_are_the_prds(self, chart):
        only = container(chart.manifests())
        port = {item["name"]: item["containerPort"] for item in only["ports"]}
        for probe, path, delay, period in (("livenessProbe", "/health", 30, 10), ("readinessProbe", "/ready", 5, 5)):
            assert only[probe]["httpGet"]["path"] == path
            assert port[only[probe]["httpGet"]["port"]] == 8080
            assert (only[probe]["initialDelaySeconds"], only[probe]["periodSeconds"]) == (delay, period)

    def test_database_url_comes_from_the_prds_secret(self, chart):
        (variable,) = container(chart.manifests())["env"]
        assert variable == {
            "name": "DATABASE_URL",
            "valueFrom": {"secretKeyRef": {"name": "database-secret", "key": "url"}},
        }

    def test_names_and_labels_are_the_prds(self, chart):
        deployment = chart.manifests({"serviceName": "swe-agent"})["Deployment"]
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["metadata"]["name"] == "swe-agent"
        assert (deployment["metadata"]["labels"]["app"], deployment["metadata"]["labels"]["version"]) == (
            "swe-agent", "1.4.2",
        )  # fmt: skip
        assert deployment["spec"]["selector"]["matchLabels"] == {"app": "swe-agent", "track": "stable"}
        assert labels["app"] == "swe-agent"

    def test_irsa_annotation(self, chart):
        arn = "arn:aws:iam::123456789012:role/SweAgentRole"
        manifests = chart.manifests({"serviceAccount": {"roleArn": arn}}, release="swe-agent")
        account = manifests["ServiceAccount"]
        assert account["metadata"]["name"] == "swe-agent-sa" == pod(manifests)["serviceAccountName"]
        assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": arn}
        assert "annotations" not in chart.manifests()["ServiceAccount"]["metadata"]

    def test_role_only_with_rules(self, chart):
        rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
        with_rules = chart.manifests({"rbac": {"rules": [rule]}})
        assert with_rules["Role"]["rules"] == [rule]
        assert with_rules["RoleBinding"]["subjects"] == [
            {"kind": "ServiceAccount", "name": "example-api-sa", "namespace": "services"}
        ]
        assert with_rules["RoleBinding"]["roleRef"]["name"] == with_rules["Role"]["metadata"]["name"]
        assert pod(with_rules)["automountServiceAccountToken"] is True
        without = chart.manifests()
        assert "Role" not in without and "RoleBinding" not in without
        assert pod(without)["automountServiceAccountToken"] is False


class TestDeployment:
    """What the PRD leaves open."""

    def test_no_replicas_while_the_autoscaler_decides(self, chart):
        assert "replicas" not in chart.manifests()["Deployment"]["spec"]

    def test_replicas_without_autoscaler(self, chart):
        manifests = chart.manifests({"autoscaling": {"enabled": False}, "replicaCount": 0})
        assert manifests["Deployment"]["spec"]["replicas"] == 0
        assert "HorizontalPodAutoscaler" not in manifests

    def test_security_is_pod_security_restricted(self, chart):
        manifests = chart.manifests()
        context, only = pod(manifests)["securityContext"], container(manifests)["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["runAsUser"] > 0
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert only["allowPrivilegeEscalation"] is False
        assert only["capabilities"] == {"drop": ["ALL"]}
        assert only["readOnlyRootFilesystem"] is True
        assert [set(volume) - {"name"} for volume in pod(manifests)["volumes"]] == [{"emptyDir"}]
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod(manifests))

    def test_root_is_refused(self, chart):
        assert "/security/runAsUser" in chart.refusal({"security": {"runAsUser": 0}})

    def test_large_user_id_stays_a_number(self, chart):
        assert (
            pod(chart.manifests({"security": {"runAsUser": 1000650000}}))["securityContext"]["runAsUser"] == 1000650000
        )

    def test_gpu(self, chart):
        manifests = chart.manifests({"gpu": {"count": 2}, "nodeSelector": {"zone": "a"}})
        resources = container(manifests)["resources"]
        assert resources["limits"]["nvidia.com/gpu"] == resources["requests"]["nvidia.com/gpu"] == 2
        assert pod(manifests)["tolerations"] == [
            {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
        ]
        assert pod(manifests)["nodeSelector"] == {"zone": "a", "nvidia.com/gpu.present": "true"}

    def test_without_gpu_nothing_of_it(self, chart):
        assert "nvidia" not in chart.text()
        assert not {"tolerations", "nodeSelector"} & set(pod(chart.manifests()))

    def test_mig_resource(self, chart):
        resource = "nvidia.com/mig-1g.10gb"
        limits = container(chart.manifests({"gpu": {"count": 1, "resource": resource}}))["resources"]["limits"]
        assert limits[resource] == 1

    def test_spread_over_zones_and_nodes(self, chart):
        constraints = pod(chart.manifests())["topologySpreadConstraints"]
        assert [item["topologyKey"] for item in constraints] == [
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        ]
        assert {item["labelSelector"]["matchLabels"]["app"] for item in constraints} == {"example-api"}
        off = {"topologySpread": {"enabled": False}}
        assert "topologySpreadConstraints" not in pod(chart.manifests(off))

    def test_ends_gracefully(self, chart):
        manifests = chart.manifests()
        drain = container(manifests)["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert 0 < drain < pod(manifests)["terminationGracePeriodSeconds"]

    def test_budget_selects_the_pods(self, chart):
        manifests = chart.manifests()
        selector = manifests["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]
        labels = manifests["Deployment"]["spec"]["template"]["metadata"]["labels"]
        assert selector.items() <= labels.items()
        assert manifests["Service"]["spec"]["selector"].items() <= labels.items()
        assert "PodDisruptionBudget" not in chart.manifests({"podDisruptionBudget": {"enabled": False}})

    def test_cost_labels_reach_the_pods(self, chart):
        manifests = chart.manifests({"team": "research", "environment": "staging"})
        for labels in (
            manifests["Deployment"]["metadata"]["labels"],
            manifests["Deployment"]["spec"]["template"]["metadata"]["labels"],
        ):
            assert (labels["team"], labels["service"], labels["environment"]) == ("research", "example-api", "staging")

    def test_pods_do_not_carry_the_charts_version(self, chart):
        """A new chart version alone must not restart every service."""
        assert "helm.sh/chart" not in chart.manifests()["Deployment"]["spec"]["template"]["metadata"]["labels"]

    def test_digest_wins_and_is_no_label(self, chart):
        digest = "sha256:" + "0123456789abcdef" * 4
        manifests = chart.manifests({"image": {"tag": "", "digest": digest}})
        assert container(manifests)["image"].endswith("example-api@" + digest)
        assert manifests["Deployment"]["metadata"]["labels"]["version"] == "0123456789ab"


class TestSecrets:
    """Secrets are names."""

    def test_only_references(self, chart):
        entry = {"name": "MODEL_API_KEY", "secretName": "models", "secretKey": "key"}
        manifests = chart.manifests({"secretEnv": [entry], "env": {"LOG_LEVEL": "info", "WORKERS": 2, "DEBUG": False}})
        env = {item["name"]: item for item in container(manifests)["env"]}
        assert env["MODEL_API_KEY"]["valueFrom"] == {"secretKeyRef": {"name": "models", "key": "key"}}
        assert {name for name, item in env.items() if "value" in item} == {"LOG_LEVEL", "WORKERS", "DEBUG"}
        assert (env["WORKERS"]["value"], env["DEBUG"]["value"]) == ("2", "false")
        assert "Secret" not in manifests

    @pytest.mark.parametrize(
        "name", ["DB_PASSWORD", "API_KEY", "OPENAI_APIKEY", "GITHUB_TOKEN", "DATABASE_URL", "token"]
    )
    def test_a_plain_value_that_looks_like_a_secret_is_refused(self, chart, name):
        message = chart.refusal({"database": {"secretName": ""}, "env": {name: "hunter2"}})
        assert f"env.{name} looks like a secret" in message
        assert "hunter2" not in message

    def test_names_that_only_resemble_one_are_accepted(self, chart):
        assert "MAX_TOKENS" in chart.text({"env": {"MAX_TOKENS": 4096}})

    def test_a_value_in_the_place_of_a_reference_is_refused(self, chart):
        message = chart.refusal({"secretEnv": [{"name": "A", "value": "x", "secretName": "s", "secretKey": "k"}]})
        assert "'value' not allowed" in message

    def test_no_database(self, chart):
        assert "env" not in container(chart.manifests({"database": {"secretName": ""}}))


class TestRefusals:
    """Bad values stop with a message that names them."""

    @pytest.mark.parametrize("path", list(closed_objects(SCHEMA)), ids=lambda path: ".".join(map(str, path)) or "root")
    def test_a_misspelt_key_is_refused_on_each_level(self, chart, path):
        message = chart.refusal(nested(path, {"mispelt": 1}))
        assert re.search(r"additional properties .*'mispelt'.* not allowed", message)
        assert f"at '/{'/'.join(map(str, path))}'" in message or not path

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"image": {"tag": ""}}, "image.tag and image.digest are both empty"),
            ({"image": {"repository": ""}}, "image.repository is not set"),
            ({"image": {"tag": 1.4}}, "at '/image/tag': got number, want string"),
            ({"image": {"repository": "a:1"}}, "/image/repository"),
            ({"autoscaling": {"minReplicas": 11}}, "minReplicas 11 is above autoscaling.maxReplicas 10"),
            ({"termination": {"drainSeconds": 60}}, "termination.drainSeconds 60 leaves no time to stop"),
            ({"rollout": {"maxSurge": 0}}, "no update could ever start"),
            ({"serviceName": "Example_API"}, "/serviceName"),
            ({"resources": {"requests": {"memory": "1GB"}}}, "/resources/requests/memory"),
            ({"resources": None}, "resources"),
            ({"service": {"port": 70000}}, "/service/port"),
            ({"serviceAccount": {"roleArn": "SweAgentRole"}}, "/serviceAccount/roleArn"),
            ({"env": {"A": "1"}, "secretEnv": [{"name": "A", "secretName": "s", "secretKey": "k"}]}, "env sets A"),
            ({"secretEnv": [{"name": "DATABASE_URL", "secretName": "s", "secretKey": "k"}]}, "which database sets"),
            ({"podLabels": {"app": "other"}}, "podLabels.app is the chart's own label"),
            ({"env": {"LOG-LEVEL": "x"}}, "env.LOG-LEVEL is no name of an environment variable"),
            ({"env": {"LOG_LEVEL": ["x"]}}, "at '/env/LOG_LEVEL': got array"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_wrong_value_is_refused(self, chart, values, expected):
        assert expected in chart.refusal(values)

    def test_a_release_name_that_is_no_service_name(self, chart):
        done = chart.template(IMAGE, release="1st.service")
        assert done.returncode != 0
        assert 'service name "1st.service"' in done.stderr


class TestSchema:
    """The schema and the values file are the same interface."""

    def test_every_object_is_closed(self):
        found = list(objects_with_properties(SCHEMA))
        assert len(found) > 15
        assert [item for item in found if item.get("additionalProperties") is not False] == []

    def test_values_and_schema_have_the_same_keys_in_the_same_order(self):
        def compare(schema: dict[str, Any], values: dict[str, Any], path: str) -> None:
            assert list(resolved(schema)["properties"]) == list(values), path
            for key, child in resolved(schema)["properties"].items():
                if "properties" in resolved(child) and key not in ("requests", "limits"):
                    compare(child, values[key], f"{path}.{key}")

        compare(SCHEMA, DEFAULTS, "values")

    def test_lint_accepts_the_chart(self, chart):
        done = chart.lint(IMAGE)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_every_template_value_is_declared(self):
        """A template that reads an undeclared value would read nothing, silently."""
        used = set()
        for template in (CHART / "templates").iterdir():
            used |= set(re.findall(r"\.Values\.([A-Za-z0-9.]+)", template.read_text(encoding="utf-8")))
        assert used
        for path in used:
            node: Any = DEFAULTS
            for step in path.split("."):
                assert step in node, path
                node = node[step]
