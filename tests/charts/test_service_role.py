# SPDX-License-Identifier: Apache-2.0
"""The role's options, the chart's values and the inventories fit together."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.service import definitions
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError
from ansible_collections.applied_ai.platform.plugins.modules import service_plan_info

REPOSITORY = Path(__file__).resolve().parents[2]
CHART = REPOSITORY / "charts" / "ai_service"
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
ROLE = yaml.safe_load((REPOSITORY / "roles" / "service" / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
SPEC = ROLE["argument_specs"]["definition"]["options"]
EXAMPLE = {
    "image": {"repository": "registry.example.com/applied-ai/example-api", "tag": "1.4.2"},
    "team": "research",
    "replicas": 2,
    "autoscaling": {"max_replicas": 6},
}


def leaves(options: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, option in options.items():
        if option["type"] == "dict" and "options" in option:
            yield from leaves(option["options"], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def plan(tool, entries: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Run the module's function with the role's specification and the real helm."""
    helm = tool("helm")

    def run(argv: list[str], stdin: str) -> tuple[int, str, str]:
        done = subprocess.run([helm, *argv[1:]], input=stdin, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout, done.stderr

    params = {
        **{name: option["default"] for name, option in service_plan_info.ARGUMENTS.items() if "default" in option},
        "definitions": entries,
        "spec": SPEC,
        "chart": str(CHART),
        "namespace": "services",
        "environment": "local",
        **options,
    }
    return service_plan_info.plan(params, run, None)


def test_every_option_of_a_definition_reaches_the_chart():
    assert set(leaves(SPEC)) - set(definitions.TREATED) == set(definitions.VALUES)


@pytest.mark.parametrize("path", definitions.VALUES.values())
def test_every_value_that_an_option_sets_is_the_charts(path):
    assert definitions.value_at(DEFAULTS, path) is not None


def test_an_example_is_accepted(tool):
    (service,) = plan(tool, {"example_api": EXAMPLE})["services"]
    assert (service["name"], service["replicas"], service["secrets"]) == ("example-api", 2, ["database-secret"])


GROUPS = {"gpu": {"instance_types": ["g5.xlarge"]}}
FAMILIES = {"g5": "a10g"}


@pytest.mark.parametrize(
    ("extra", "options", "expected"),
    [
        ({"replica": 2}, {}, "replica is not an option, did you mean replicas?"),
        ({"resources": {"limits": {"memry": "1Gi"}}}, {}, "resources.limits.memry is not an option"),
        ({"extra_values": {"autoscalling": {}}}, {}, "additional properties 'autoscalling' not allowed"),
        ({"replicas": 7}, {}, "autoscaling.minReplicas 7 is above autoscaling.maxReplicas 6"),
        ({"env": {"API_KEY": "hunter2"}}, {}, "env.API_KEY looks like a secret"),
        ({"role_arn": "SweAgentRole"}, {}, "/serviceAccount/roleArn"),
        ({"calls": ["example_api"]}, {}, "it calls example-api, which does not let it in"),
        ({"callers": ["nobody"]}, {}, "callers names services/nobody, and there is no such service"),
        ({}, {"require_digest": True}, "image.tag 1.4.2 may be another image tomorrow"),
        ({}, {"promoted_from": "staging"}, "no image was promoted to this environment from staging"),
        ({"resources": {"limits": {"memory": "64Mi"}}}, {}, "resources.limits.memory 64Mi is below"),
        (
            {"gpu": {"count": 1, "model": "h100"}},
            {"node_groups": GROUPS, "gpu_families": FAMILIES},
            "gpu.model h100 is of no node group, use one of a10g (node group gpu)",
        ),
        ({"gpu": {"count": 1}}, {"gpu_families": FAMILIES}, "asks for a GPU and no node group has one"),
        ({"slo": {"latency_p95_ms": 333}}, {}, "slo.latencyP95Milliseconds 333 is no bucket"),
        ({"external_secrets": [{"key": "a/b"}]}, {}, "needs either variable or file"),
    ],
)
def test_a_wrong_definition_is_refused_by_name(tool, extra, options, expected):
    with pytest.raises(ServiceError) as caught:
        plan(tool, {"example_api": {**EXAMPLE, **extra}}, **options)
    assert caught.value.message.startswith("Nothing was changed. Service example-api in service_definitions: ")
    assert expected in caught.value.message
    assert "hunter2" not in caught.value.message


def inventories() -> list[Path]:
    return sorted((REPOSITORY / "inventories").glob("*/group_vars/*/service.yml"))


@pytest.mark.parametrize("path", inventories(), ids=lambda path: path.parts[-4])
def test_services_of_the_inventories_are_accepted(tool, path):
    entries = yaml.safe_load(path.read_text(encoding="utf-8")).get("service_definitions") or {}
    assert [service["name"] for service in plan(tool, entries)["services"]] == sorted(
        definitions.release_name(name) for name in entries
    )


def lines_of(path: Path) -> dict[str, int]:
    """Return how many lines each service takes, as it is written."""
    (document,) = (value for key, value in yaml.compose(path.read_text()).value if key.value == "service_definitions")
    return {key.value: entry.end_mark.line - key.start_mark.line for key, entry in document.value}


def test_a_service_takes_at_most_fifteen_lines():
    taken = {f"{path.parts[-4]}/{name}": lines for path in inventories() for name, lines in lines_of(path).items()}
    assert len(taken) >= 3
    assert {name: lines for name, lines in taken.items() if lines > 15} == {}
