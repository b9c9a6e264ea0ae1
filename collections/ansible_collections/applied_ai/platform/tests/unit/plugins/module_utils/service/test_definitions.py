# SPDX-License-Identifier: Apache-2.0
"""From a definition to values, and what is said about a wrong one."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service import definitions

SPEC = {
    "image": {
        "type": "dict",
        "required": True,
        "options": {"repository": {"type": "str", "required": True}, "tag": {"type": "str"}, "digest": {"type": "str"}},
    },
    "team": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"]},
    "namespace": {"type": "str"},
    "replicas": {"type": "int"},
    "secret_env": {
        "type": "list",
        "elements": "dict",
        "options": {"name": {"type": "str", "required": True}, "secret_name": {"type": "str", "required": True}},
    },
}
DEFAULTS = {
    "replicaCount": 2,
    "autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 10},
    "database": {"secretName": "database-secret", "secretKey": "url"},
    "secretEnv": [],
    "image": {"pullSecrets": []},
}
GOOD = {"image": {"repository": "registry.example.com/x", "tag": "1"}, "team": "research"}


class TestChartValues:
    def test_only_what_is_set(self):
        assert definitions.chart_values(GOOD, "local") == {
            "environment": "local",
            "team": "research",
            "image": {"repository": "registry.example.com/x", "tag": "1"},
        }

    def test_replicas_are_the_least_number_too(self):
        values = definitions.chart_values({**GOOD, "replicas": 3}, "")
        assert values["replicaCount"] == 3
        assert values["autoscaling"] == {"minReplicas": 3}

    def test_min_replicas_wins(self):
        values = definitions.chart_values({**GOOD, "replicas": 3, "autoscaling": {"min_replicas": 1}}, "")
        assert values["autoscaling"] == {"minReplicas": 1}

    def test_false_and_empty_and_zero_are_set(self):
        entry = {**GOOD, "replicas": 0, "autoscaling": {"enabled": False}, "database": {"secret_name": ""}}
        values = definitions.chart_values(entry, "")
        assert values["replicaCount"] == 0
        assert values["autoscaling"]["enabled"] is False
        assert values["database"] == {"secretName": ""}

    def test_secret_env_speaks_the_charts_names(self):
        entry = {**GOOD, "secret_env": [{"name": "KEY", "secret_name": "models", "secret_key": "key"}]}
        assert definitions.chart_values(entry, "")["secretEnv"] == [
            {"name": "KEY", "secretName": "models", "secretKey": "key"}
        ]

    def test_extra_values_win(self):
        entry = {**GOOD, "extra_values": {"image": {"tag": "2"}, "priorityClassName": "high"}}
        values = definitions.chart_values(entry, "")
        assert values["image"] == {"repository": "registry.example.com/x", "tag": "2"}
        assert values["priorityClassName"] == "high"

    def test_input_stays_as_it_is(self):
        entry = {**copy.deepcopy(GOOD), "env": {"A": "1"}, "extra_values": {"env": {"B": "2"}}}
        before = copy.deepcopy(entry)
        definitions.chart_values(entry, "")["env"]["C"] = "3"
        assert entry == before


class TestReadService:
    def test_defaults_of_role_and_chart(self):
        service = definitions.read_service("example_api", GOOD, "services", "local", DEFAULTS)
        assert (service.name, service.namespace, service.state) == ("example-api", "services", "present")
        assert (service.autoscaling, service.replicas) == (True, 2)
        assert service.secrets == (definitions.SecretReference("DATABASE_URL", "database-secret"),)

    def test_own_namespace(self):
        service = definitions.read_service("x", {**GOOD, "namespace": "own"}, "services", "", DEFAULTS)
        assert service.namespace == "own"

    @pytest.mark.parametrize(
        ("extra", "expected"),
        [
            ({"replicas": 4}, (True, 4)),
            ({"replicas": 4, "autoscaling": {"enabled": False}}, (False, 4)),
            ({"autoscaling": {"enabled": False}}, (False, 2)),
            ({"extra_values": {"autoscaling": {"minReplicas": 5}}}, (True, 5)),
        ],
    )
    def test_least_number_of_pods(self, extra, expected):
        service = definitions.read_service("x", {**GOOD, **extra}, "services", "", DEFAULTS)
        assert (service.autoscaling, service.replicas) == expected

    def test_every_secret_is_seen(self):
        extra = {
            "image": {**GOOD["image"], "pull_secrets": ["registry"]},
            "secret_env": [{"name": "KEY", "secret_name": "models", "secret_key": "key"}],
        }
        plain = definitions.read_service("x", {**GOOD, **extra}, "services", "", DEFAULTS).as_dict()
        assert plain["secrets"] == ["database-secret", "models", "registry"]


class TestFindings:
    def test_nothing_to_say(self):
        assert definitions.definition_findings("x", GOOD, SPEC) == []
        assert definitions.name_findings(["example_api", "other-api"]) == []

    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            ({**GOOD, "replica": 2}, "replica is not an option, did you mean replicas?"),
            ({**GOOD, "zzz": 2}, "zzz is not an option, the options here are image, namespace,"),
            (
                {**GOOD, "image": {"repository": "r", "tga": "1", "tag": "1"}},
                "image.tga is not an option, did you mean tag?",
            ),
            ({**GOOD, "replicas": "two"}, "replicas"),
            ({"image": GOOD["image"]}, "missing required arguments: team"),
            ({**GOOD, "image": {"repository": "r"}}, "image has neither tag nor digest"),
            ({**GOOD, "state": "gone"}, "present, absent"),
            ({**GOOD, "secret_env": [{"name": "A"}]}, "secret_name"),
            (
                {**GOOD, "secret_env": [{"name": "A", "secret_name": "s", "key": "k"}]},
                "secret_env.key is not an option",
            ),
            ("1.4.2", "it is str, not a map of options"),
            (None, "it is NoneType, not a map of options"),
        ],
    )
    def test_one_sentence_with_the_place(self, entry, expected):
        (finding,) = definitions.definition_findings("example_api", entry, SPEC)
        assert finding.startswith("service example-api in service_definitions: ")
        assert expected in finding
        assert "\n" not in finding

    def test_all_findings_at_once(self):
        found = definitions.definition_findings("x", {"image": {"repository": "r"}, "replica": 1}, SPEC)
        assert len(found) == 3

    def test_an_absent_service_needs_no_tag(self):
        entry = {"image": {"repository": "r"}, "team": "t", "state": "absent"}
        assert definitions.definition_findings("x", entry, SPEC) == []

    @pytest.mark.parametrize("name", ["1st", "Example", "a.b", "-a", "a-", "a" * 60, "", "ex ample"])
    def test_names_that_kubernetes_refuses(self, name):
        (finding,) = definitions.name_findings([name])
        assert "this is no name for a service" in finding

    def test_two_that_would_be_one(self):
        (finding,) = definitions.name_findings(["example_api", "example-api"])
        assert "two entries have this name" in finding
