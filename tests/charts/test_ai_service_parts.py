# SPDX-License-Identifier: Apache-2.0
"""Parts of the chart beside the PRD's templates: canary, volumes, external secrets, jobs, scaling, monitoring."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

Json = dict[str, Any]
DIGEST = "sha256:" + "0123456789abcdef" * 4
CANARY = {"canary": {"enabled": True, "image": {"digest": DIGEST}, "replicas": 3, "weight": 10}}
MODELS = {"modelCache": {"command": ["fetch-models"]}}
EXTERNAL = {
    "externalSecrets": {
        "keys": [
            {"variable": "MODEL_API_KEY", "key": "prod/models", "property": "key"},
            {"file": "ca.pem", "key": "ca"},
        ]
    }
}
MIGRATION = {"migration": {"command": ["migrate"]}}
TRIGGERS = {"autoscaling": {"triggers": [{"type": "prometheus", "metadata": {"query": "up", "threshold": 5}}]}}


def objects(chart: Any, *over: Json) -> dict[tuple[str, str], Json]:
    """Render the objects by kind and name."""
    values: Json = {}
    for one in over:
        values |= one
    found = [item for item in yaml.safe_load_all(chart.text(values)) if item]
    by_key = {(item["kind"], item["metadata"]["name"]): item for item in found}
    assert len(by_key) == len(found)
    return by_key


def pod(workload: Json) -> Json:
    spec: Json = workload["spec"]["template"]["spec"]
    return spec


class TestCanary:
    """A second version beside the first."""

    def test_two_deployments_that_do_not_share_pods(self, chart):
        found = objects(chart, CANARY)
        stable, canary = found["Deployment", "example-api"], found["Deployment", "example-api-canary"]
        assert pod(stable)["containers"][0]["image"].endswith(":1.4.2")
        assert pod(canary)["containers"][0]["image"].endswith(f"@{DIGEST}")
        assert canary["spec"]["replicas"] == 3
        for one, track in ((stable, "stable"), (canary, "canary")):
            labels = one["spec"]["template"]["metadata"]["labels"]
            assert one["spec"]["selector"]["matchLabels"] == {"app": "example-api", "track": track}
            assert one["spec"]["selector"]["matchLabels"].items() <= labels.items()
        # Its coming restarts none of the pods that serve.
        assert stable["spec"] == objects(chart)["Deployment", "example-api"]["spec"]

    @pytest.mark.parametrize(("weight", "selector"), [(0, {"track": "stable"}), (10, {}), (100, {"track": "canary"})])
    def test_without_a_mesh_nothing_and_everything_are_exact(self, chart, weight, selector):
        found = objects(chart, {"canary": {**CANARY["canary"], "weight": weight}})
        assert found["Service", "example-api"]["spec"]["selector"] == {"app": "example-api", **selector}

    def test_the_mesh_has_the_share(self, chart):
        found = objects(chart, CANARY, {"mesh": {"kind": "istio_ambient", "hosts": ["a.example.com"]}})
        (route,) = found["VirtualService", "example-api"]["spec"]["http"]
        assert [(one["destination"]["host"].split(".")[0], one["weight"]) for one in route["route"]] == [
            ("example-api-stable", 90),
            ("example-api-canary", 10),
        ]
        (rule,) = found["HTTPRoute", "example-api"]["spec"]["rules"]
        assert [(one["name"], one["weight"]) for one in rule["backendRefs"]] == [
            ("example-api-stable", 90),
            ("example-api-canary", 10),
        ]
        for name in ("example-api", "example-api-stable", "example-api-canary"):
            assert found["DestinationRule", name]["spec"]["trafficPolicy"]["outlierDetection"]

    def test_linkerd_has_the_share(self, chart):
        route = objects(chart, CANARY, {"mesh": {"kind": "linkerd"}})["HTTPRoute", "example-api"]["spec"]
        assert route["parentRefs"] == [{"group": "", "kind": "Service", "name": "example-api", "port": 8080}]
        assert [one["weight"] for one in route["rules"][0]["backendRefs"]] == [90, 10]

    @pytest.mark.parametrize("over", [{}, CANARY], ids=["alone", "canary"])
    def test_each_pod_is_scraped_once(self, chart, over):
        found = objects(chart, over, {"monitoring": {"enabled": True}})
        wanted = found["ServiceMonitor", "example-api"]["spec"]["selector"]["matchLabels"]
        scraped = [
            one["spec"]["selector"]
            for (kind, _), one in found.items()
            if kind == "Service" and wanted.items() <= one["metadata"]["labels"].items()
        ]
        pods = [
            one["spec"]["template"]["metadata"]["labels"] for (kind, _), one in found.items() if kind == "Deployment"
        ]
        assert [sum(selector.items() <= labels.items() for selector in scraped) for labels in pods] == [1] * len(pods)

    @pytest.mark.parametrize(
        ("over", "expected"),
        [
            ({"canary": {"enabled": True}}, "canary.enabled needs canary.image.tag or canary.image.digest"),
            ({**CANARY, "workload": {"kind": "StatefulSet"}}, "canary.enabled needs workload.kind Deployment"),
            ({"canary": {**CANARY["canary"], "weight": 101}}, "/canary/weight"),
        ],
    )
    def test_refusals(self, chart, over, expected):
        assert expected in chart.refusal(over)


class TestVolumes:
    def test_a_stateful_set_keeps_its_data(self, chart):
        found = objects(chart, {"workload": {"kind": "StatefulSet", "storage": {"size": "5Gi", "path": "/index"}}})
        workload = found["StatefulSet", "example-api"]
        (claim,) = workload["spec"]["volumeClaimTemplates"]
        assert claim["spec"]["resources"]["requests"]["storage"] == "5Gi"
        assert workload["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Retain"
        mounts = {one["name"]: one["mountPath"] for one in pod(workload)["containers"][0]["volumeMounts"]}
        assert mounts[claim["metadata"]["name"]] == "/index"
        target = found["HorizontalPodAutoscaler", "example-api-hpa"]["spec"]["scaleTargetRef"]
        assert target["kind"] == "StatefulSet"

    def test_models_are_fetched_once_and_before_the_service(self, chart):
        found = objects(chart, MODELS)
        (job,) = (one for (kind, _), one in found.items() if kind == "Job")
        claim = found["PersistentVolumeClaim", "example-api-models"]
        assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
        for spec in (pod(job), pod(found["Deployment", "example-api"])):
            volumes = {one["name"]: one for one in spec["volumes"]}
            assert volumes["models"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
        (before,) = pod(found["Deployment", "example-api"])["initContainers"]
        assert before["command"] == pod(job)["containers"][0]["command"] == ["fetch-models"]
        assert {"name": "MODEL_CACHE_PATH", "value": "/models"} in before["env"]
        # What cannot be changed has another name.
        other = objects(chart, {"modelCache": {"command": ["fetch-models", "--all"]}})
        assert [key for key in other if key[0] == "Job"] != [("Job", job["metadata"]["name"])]

    def test_models_on_the_node(self, chart):
        found = objects(chart, {"modelCache": {**MODELS["modelCache"], "shared": False, "storageClass": "local"}})
        assert not [key for key in found if key[0] in ("Job", "PersistentVolumeClaim")]
        volumes = {one["name"]: one for one in pod(found["Deployment", "example-api"])["volumes"]}
        assert volumes["models"]["ephemeral"]["volumeClaimTemplate"]["spec"]["storageClassName"] == "local"

    def test_a_gpu_model_is_asked_for_by_both_labels(self, chart):
        found = objects(chart, {"gpu": {"count": 1, "model": "a10g"}})
        affinity = pod(found["Deployment", "example-api"])["affinity"]["nodeAffinity"]
        terms = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        assert [one["matchExpressions"][0]["key"] for one in terms] == [
            "applied-ai.dev/gpu-model",
            "karpenter.k8s.aws/instance-gpu-name",
        ]


class TestExternalSecrets:
    def test_as_variables_and_as_files(self, chart):
        found = objects(chart, EXTERNAL)
        secret = found["ExternalSecret", "example-api-external"]["spec"]
        assert [one["remoteRef"] for one in secret["data"]] == [
            {"key": "prod/models", "property": "key"},
            {"key": "ca"},
        ]
        spec = pod(found["Deployment", "example-api"])
        env = {one["name"]: one for one in spec["containers"][0]["env"]}
        name = secret["target"]["name"]
        assert env["MODEL_API_KEY"]["valueFrom"] == {"secretKeyRef": {"name": name, "key": "MODEL_API_KEY"}}
        (volume,) = (one for one in spec["volumes"] if one["name"] == "secrets")
        assert volume["secret"] == {"secretName": name, "items": [{"key": "ca.pem", "path": "ca.pem"}]}

    @pytest.mark.parametrize(
        ("keys", "expected"),
        [
            ([{"key": "a"}], "externalSecrets.keys[0] (a) needs either variable or file"),
            ([{"key": "a", "variable": "A", "file": "a"}], "needs either variable or file"),
            ([{"key": "a", "variable": "DATABASE_URL"}], "externalSecrets sets DATABASE_URL, which database sets"),
        ],
    )
    def test_refusals(self, chart, keys, expected):
        assert expected in chart.refusal({"externalSecrets": {"keys": keys}})


class TestJobs:
    def job(self, chart, *over: Json) -> Json:
        (job,) = (one for (kind, _), one in objects(chart, MIGRATION, *over).items() if kind == "Job")
        return job

    def test_the_migration_runs_before_the_release_with_all_that_it_needs(self, chart):
        found = objects(chart, MIGRATION, EXTERNAL, {"network": {"enabled": True, "databases": [
            {"cidr": "10.0.0.0/16", "ports": [5432]}]}})  # fmt: skip
        job = self.job(chart, EXTERNAL)
        hooks = {
            key: one["metadata"]["annotations"]["helm.sh/hook"]
            for key, one in found.items()
            if "helm.sh/hook" in (one["metadata"].get("annotations") or {})
        }
        assert set(hooks.values()) == {"pre-install,pre-upgrade"}
        name = "example-api-migration"
        assert {("ServiceAccount", name), ("ExternalSecret", name), ("NetworkPolicy", name)} < set(hooks)
        assert pod(job)["serviceAccountName"] == name
        (variable,) = (one for one in pod(job)["containers"][0]["env"] if one["name"] == "MODEL_API_KEY")
        assert variable["valueFrom"]["secretKeyRef"]["name"] == found["ExternalSecret", name]["spec"]["target"]["name"]
        policy = found["NetworkPolicy", name]["spec"]
        labels = job["spec"]["template"]["metadata"]["labels"]
        assert policy["podSelector"]["matchLabels"].items() <= labels.items()
        assert policy["egress"] == [{"to": [{"ipBlock": {"cidr": "10.0.0.0/16"}}], "ports": [{"port": 5432}]}]
        assert "app" not in labels  # the Service must not find it

    def test_once_for_each_image_and_command(self, chart):
        def name(*over: Json) -> str:
            return str(self.job(chart, *over)["metadata"]["name"])

        assert name() == name({"replicaCount": 7})
        assert name() != name({"image": {"tag": "1.4.3"}})
        assert name(CANARY) != name()  # the canary's image is the new one
        assert name(CANARY) == name({"image": {"tag": "", "digest": DIGEST}})
        assert self.job(chart)["spec"]["backoffLimit"] == 0

    def test_the_smoke_test_asks_the_version_that_is_new(self, chart):
        def asked(*over: Json) -> tuple[str, str]:
            test = objects(chart, {"smokeTest": {"enabled": True}}, *over)["Pod", "example-api-smoke-test"]
            (only,) = test["spec"]["containers"]
            return only["image"], only["command"][-1]

        assert asked() == (
            "registry.example.com/applied-ai/example-api:1.4.2",
            "http://example-api.services.svc:8080/ready",
        )
        image, url = asked(CANARY)
        assert image.endswith(DIGEST)
        assert url == "http://example-api-canary.services.svc:8080/ready"


class TestScaling:
    def test_keda_takes_the_autoscalers_place_with_the_same_behaviour(self, chart):
        plain, found = objects(chart), objects(chart, TRIGGERS)
        hpa = plain["HorizontalPodAutoscaler", "example-api-hpa"]["spec"]
        scaled = found["ScaledObject", "example-api"]["spec"]
        assert ("HorizontalPodAutoscaler", "example-api-hpa") not in found
        advanced = scaled["advanced"]["horizontalPodAutoscalerConfig"]
        assert advanced == {"name": "example-api-hpa", "behavior": hpa["behavior"]}
        assert (scaled["minReplicaCount"], scaled["maxReplicaCount"]) == (hpa["minReplicas"], hpa["maxReplicas"])
        assert [(one["type"], one["metadata"].get("value")) for one in scaled["triggers"][:2]] == [
            ("cpu", "70"),
            ("memory", "80"),
        ]
        # KEDA takes texts alone.
        assert scaled["triggers"][2] == {"type": "prometheus", "metadata": {"query": "up", "threshold": "5"}}

    def test_more_pods_at_once_where_it_is_asked_for(self, chart):
        up = objects(chart, {"autoscaling": {"scaleUpPods": 30}})["HorizontalPodAutoscaler", "example-api-hpa"]["spec"][
            "behavior"
        ]["scaleUp"]["policies"]
        assert up == [
            {"type": "Percent", "value": 100, "periodSeconds": 15},
            {"type": "Pods", "value": 30, "periodSeconds": 15},
        ]

    def test_the_vertical_one_only_recommends(self, chart):
        found = objects(chart, {"verticalPodAutoscaler": {"enabled": True}})
        assert found["VerticalPodAutoscaler", "example-api"]["spec"]["updatePolicy"] == {"updateMode": "Off"}


class TestMonitoring:
    def test_the_dashboard_is_of_this_service(self, chart):
        found = objects(chart, {"monitoring": {"enabled": True}})
        text = found["ConfigMap", "example-api-dashboard"]["data"]["example-api.json"]
        board = json.loads(text)
        assert len(board["uid"]) <= 40
        expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
        assert all('namespace="services"' in one for one in expressions)
        assert not any(word in text for word in ("SERVICE", "NAMESPACE", "UNIQUE"))

    def test_what_is_promised_is_watched_elsewhere(self, chart):
        """The rules of all services come from one place, so that nobody is woken twice."""
        promised = {"monitoring": {"enabled": True}, "slo": {"availability": 99.9, "latencyP95Milliseconds": 200}}
        assert objects(chart, promised).keys() == objects(chart, {"monitoring": {"enabled": True}}).keys()
        assert "PrometheusRule" not in {kind for kind, _ in objects(chart, promised)}
