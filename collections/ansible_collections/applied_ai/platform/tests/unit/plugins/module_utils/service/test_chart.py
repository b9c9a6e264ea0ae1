# SPDX-License-Identifier: Apache-2.0
"""What the chart says about values, and what the package is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service import chart
from ansible_collections.applied_ai.platform.plugins.module_utils.service.definitions import Service
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError


def service(name: str = "x", state: str = "present") -> Service:
    return Service(name, "services", state, {"team": "t"}, (), True, 2)


def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("name: ai-service\nversion: 0.1.0\n", encoding="utf-8")
    (tmp_path / "templates" / "a.yaml").write_text("a: 1\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("words\n", encoding="utf-8")
    return tmp_path


class TestFindings:
    def test_values_travel_on_standard_input(self):
        calls = []

        def run(argv, stdin):
            calls.append((argv, json.loads(stdin)))
            return 0, "", ""

        assert chart.findings(run, [service()], Path("charts/ai_service")) == []
        expected = ["helm", "template", "x", "charts/ai_service", "--namespace", "services", "--values", "-"]
        assert calls == [(expected, {"team": "t"})]

    def test_each_refused_service_is_named(self):
        stderr = (
            "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nai-service:\n"
            "- at '/image': additional properties 'tga' not allowed\n- at '/team': got number, want string\n"
        )
        found = chart.findings(lambda argv, _: (1, "", stderr), [service("a"), service("b")], Path("c"))
        assert found == [
            f"service {name} in service_definitions: the chart refuses its values: "
            "at '/image': additional properties 'tga' not allowed; at '/team': got number, want string"
            for name in ("a", "b")
        ]

    def test_absent_services_are_not_rendered(self):
        def run(argv, stdin):
            raise AssertionError(argv)

        assert chart.findings(run, [service(state="absent")], Path("c")) == []

    def test_the_place_in_the_template_is_left_out(self):
        stderr = (
            "Error: execution error at (ai-service/templates/deployment.yaml:1:4): env.TOKEN looks like a secret\n\n"
            "Use --debug flag to render out invalid YAML\n"
        )
        assert chart.refusal(stderr) == "env.TOKEN looks like a secret"


class TestIdentity:
    def test_same_files_same_version(self, tmp_path):
        path = folder(tmp_path)
        first = chart.identity(path)
        assert first["chart"] == "ai-service"
        assert first["version"].startswith("0.1.0+")
        (path / "README.md").write_text("other words\n", encoding="utf-8")
        assert chart.identity(path) == first

    def test_an_edited_or_moved_template_is_another_version(self, tmp_path):
        path = folder(tmp_path)
        versions = {chart.identity(path)["version"]}
        (path / "templates" / "a.yaml").rename(path / "templates" / "b.yaml")
        versions.add(chart.identity(path)["version"])
        (path / "templates" / "b.yaml").write_text("a: 2\n", encoding="utf-8")
        versions.add(chart.identity(path)["version"])
        assert len(versions) == 3

    @pytest.mark.parametrize("content", [None, "[1]", "a: ["])
    def test_no_chart_is_one_sentence(self, tmp_path, content):
        if content:
            (tmp_path / "Chart.yaml").write_text(content, encoding="utf-8")
        with pytest.raises(ServiceError, match="Set service_chart to the folder of a Helm chart"):
            chart.load(tmp_path, "Chart.yaml")
