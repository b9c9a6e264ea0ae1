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
PLATFORM = definitions.Platform("services", "local", team_namespaces={"coders": "coding"})
GOOD = {"image": {"repository": "registry.example.com/x", "tag": "1"}, "team": "research"}


class TestChartValues:
    def test_only_what_is_set(self):
        assert definitions.chart_values(GOOD) == {
            "team": "research",
            "image": {"repository": "registry.example.com/x", "tag": "1"},
        }

    def test_replicas_are_the_least_number_too(self):
        values = definitions.chart_values({**GOOD, "replicas": 3})
        assert values["replicaCount"] == 3
        assert values["autoscaling"] == {"minReplicas": 3}

    def test_min_replicas_wins(self):
        values = definitions.chart_values({**GOOD, "replicas": 3, "autoscaling": {"min_replicas": 1}})
        assert values["autoscaling"] == {"minReplicas": 1}

    def test_false_and_empty_and_zero_are_set(self):
        entry = {**GOOD, "replicas": 0, "autoscaling": {"enabled": False}, "database": {"secret_name": ""}}
        values = definitions.chart_values(entry)
        assert values["replicaCount"] == 0
        assert values["autoscaling"]["enabled"] is False
        assert values["database"] == {"secretName": ""}

    def test_secret_env_speaks_the_charts_names(self):
        entry = {**GOOD, "secret_env": [{"name": "KEY", "secret_name": "models", "secret_key": "key"}]}
        assert definitions.chart_values(entry)["secretEnv"] == [
            {"name": "KEY", "secretName": "models", "secretKey": "key"}
        ]

    def test_extra_values_win(self):
        entry = {**GOOD, "extra_values": {"image": {"tag": "2"}, "priorityClassName": "high"}}
        values = definitions.chart_values(entry)
        assert values["image"] == {"repository": "registry.example.com/x", "tag": "2"}
        assert values["priorityClassName"] == "high"

    def test_input_stays_as_it_is(self):
        entry = {**copy.deepcopy(GOOD), "env": {"A": "1"}, "extra_values": {"env": {"B": "2"}}}
        before = copy.deepcopy(entry)
        definitions.chart_values(entry)["env"]["C"] = "3"
        assert entry == before


class TestReadService:
    def test_defaults_of_role_and_chart(self):
        service = definitions.read_service("example_api", GOOD, PLATFORM, DEFAULTS)
        assert (service.name, service.namespace, service.state) == ("example-api", "services", "present")
        assert (service.autoscaling, service.replicas) == (True, 2)
        assert service.secrets == (definitions.SecretReference("DATABASE_URL", "database-secret"),)

    def test_own_namespace(self):
        service = definitions.read_service("x", {**GOOD, "namespace": "own"}, PLATFORM, DEFAULTS)
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
        service = definitions.read_service("x", {**GOOD, **extra}, PLATFORM, DEFAULTS)
        assert (service.autoscaling, service.replicas) == expected

    def test_every_secret_is_seen(self):
        extra = {
            "image": {**GOOD["image"], "pull_secrets": ["registry"]},
            "secret_env": [{"name": "KEY", "secret_name": "models", "secret_key": "key"}],
        }
        plain = definitions.read_service("x", {**GOOD, **extra}, PLATFORM, DEFAULTS).as_dict()
        assert plain["secrets"] == ["database-secret", "models", "registry"]

    def test_the_namespace_of_its_team(self):
        team = {**GOOD, "team": "coders"}
        assert definitions.read_service("x", team, PLATFORM, DEFAULTS).namespace == "coding"
        assert definitions.read_service("x", {**team, "namespace": "own"}, PLATFORM, DEFAULTS).namespace == "own"

    def test_what_the_platform_gives_is_below_what_the_definition_says(self):
        platform = definitions.Platform("services", values={"smokeTest": {"enabled": True}, "mesh": {"timeout": "9s"}})
        entry = {**GOOD, "smoke_test": {"enabled": False}}
        values = definitions.read_service("x", entry, platform, DEFAULTS).values
        assert (values["smokeTest"], values["mesh"]) == ({"enabled": False}, {"timeout": "9s"})

    def test_a_database_is_reached_by_those_that_have_one(self):
        platform = definitions.Platform("services", values={"network": {"databases": [{"cidr": "10.0.0.0/8"}]}})
        without = {**GOOD, "database": {"secret_name": ""}}
        external = {**GOOD, "external_secrets": [{"variable": "DATABASE_URL", "key": "db/url"}]}

        def reached(entry):
            return definitions.read_service("x", entry, platform, DEFAULTS).values["network"]["databases"]

        assert (len(reached(GOOD)), reached(without), len(reached(external))) == (1, [], 1)

    def test_an_external_database_url_takes_the_place_of_the_usual_secret(self):
        external = [{"variable": "DATABASE_URL", "key": "db", "property": "url", "file": None}]
        service = definitions.read_service("x", {**GOOD, "external_secrets": external}, PLATFORM, DEFAULTS)
        assert service.secrets == ()
        assert service.values["externalSecrets"] == {
            "keys": [{"variable": "DATABASE_URL", "key": "db", "property": "url"}]
        }

    def test_storage_makes_it_a_stateful_set(self):
        values = definitions.chart_values({**GOOD, "storage": {"size": "5Gi"}})
        assert values["workload"] == {"kind": "StatefulSet", "storage": {"size": "5Gi"}}

    @pytest.mark.parametrize(
        ("extra", "expected"),
        [
            ({}, ("rolling", [10, 50], 1)),
            ({"strategy": "canary", "canary": {"steps": [5], "replicas": None}}, ("canary", [5], 1)),
            ({"strategy": "blue_green", "replicas": 4}, ("blue_green", [100], 4)),
        ],
    )
    def test_how_a_new_image_comes(self, extra, expected):
        plain = definitions.read_service("x", {**GOOD, **extra}, PLATFORM, DEFAULTS).as_dict()
        assert (plain["strategy"], plain["canary"]["steps"], plain["canary"]["replicas"]) == expected


PROMOTED = {"digest": f"sha256:{'a' * 64}", "tag": "2", "promoted_from": "staging"}


class TestReleases:
    def test_the_promoted_image_is_that_of_a_definition_without_a_digest(self):
        image = definitions.with_released_image(GOOD, PROMOTED)["image"]
        assert image == {
            "repository": "registry.example.com/x",
            "tag": "2",
            "digest": PROMOTED["digest"],
        }
        own = {**GOOD, "image": {"repository": "r", "digest": "sha256:own"}}
        assert definitions.with_released_image(own, PROMOTED) == own
        assert definitions.with_released_image(GOOD, {}) == GOOD

    @pytest.mark.parametrize(
        ("image", "promoted", "promoted_from", "require_digest", "expected"),
        [
            ({}, {}, "", False, "image has neither tag nor digest"),
            ({"tag": "1"}, {}, "", False, ""),
            ({"tag": "1"}, {}, "", True, "image.tag 1 may be another image tomorrow"),
            ({"digest": "sha256:a"}, {}, "", True, ""),
            ({"digest": "sha256:a"}, {}, "staging", True, "no image was promoted to this environment from staging"),
            (
                {"digest": "sha256:a"},
                {"digest": "sha256:b", "promoted_from": "staging"},
                "staging",
                True,
                "image.digest sha256:a is not what was promoted from staging, sha256:b",
            ),
            ({"digest": "sha256:b"}, {"digest": "sha256:b", "promoted_from": "staging"}, "staging", True, ""),
        ],
    )
    def test_images_that_may_not_run_here(self, image, promoted, promoted_from, require_digest, expected):
        entry = {**GOOD, "image": {"repository": "r", **image}}
        found = definitions.image_findings("an_api", entry, promoted, promoted_from, require_digest)
        assert [one for one in found if one.startswith("service an-api in service_definitions: ")] == found
        assert bool(found) == bool(expected)
        assert expected in " ".join(found)

    def test_an_absent_service_needs_no_tag(self):
        entry = {"image": {"repository": "r"}, "team": "t", "state": "absent"}
        assert definitions.image_findings("x", entry, {}, "staging", True) == []


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
        assert len(found) == 2

    @pytest.mark.parametrize("name", ["1st", "Example", "a.b", "-a", "a-", "a" * 60, "", "ex ample"])
    def test_names_that_kubernetes_refuses(self, name):
        (finding,) = definitions.name_findings([name])
        assert "this is no name for a service" in finding

    def test_two_that_would_be_one(self):
        (finding,) = definitions.name_findings(["example_api", "example-api"])
        assert "two entries have this name" in finding
