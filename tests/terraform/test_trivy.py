# SPDX-License-Identifier: Apache-2.0
"""Trivy looks at each platform of each inventory with its own checks.

What it may find stands in trivyignore.yaml, with the reason.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import support.tools
from terraform.interface import TERRAFORM

from terraform import inventories

HERE = Path(__file__).parent
PLATFORMS = inventories.all_platforms()
Scan = Callable[[Path, Path | None], tuple[int, list[str]]]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """Return a function that scans a Terraform tree: how many checks passed, and what failed."""
    trivy = support.tools.trivy()
    home = tmp_path_factory.mktemp("trivy")

    def run(tree: Path, variables: Path | None) -> tuple[int, list[str]]:
        argv = [str(trivy), "config", "--quiet", "--format", "json", "--severity", "HIGH,CRITICAL"]
        # The checks are those that are built in: nothing is fetched, nothing is told.
        argv += ["--skip-check-update", "--skip-version-check", "--disable-telemetry", "--cache-dir", str(home)]
        argv += ["--ignorefile", str(HERE / "trivyignore.yaml")]
        argv += ["--tf-vars", str(variables)] if variables else []
        done = subprocess.run([*argv, str(tree)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        results: list[dict[str, Any]] = json.loads(done.stdout).get("Results", [])
        passed = sum(result["MisconfSummary"]["Successes"] for result in results if "MisconfSummary" in result)
        return passed, [
            f"{one['ID']} {result['Target']} {one['CauseMetadata'].get('Resource')}: {one['Message']}"
            for result in results
            for one in result.get("Misconfigurations", [])
        ]

    return run


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform[1])
def test_no_severe_finding(scan: Scan, platform: tuple[str, str], tmp_path: Path) -> None:
    variables = tmp_path / "platform.tfvars.json"
    variables.write_text(json.dumps(inventories.variables(*platform) | {"edge": inventories.EDGE}))
    passed, failed = scan(TERRAFORM / "aws", variables)
    assert failed == []
    assert passed > 40, "so few checks cannot have seen the platform"


def test_a_planted_weakness_is_found(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_s3_bucket" "open" {\n  bucket = "open"\n}\n\n'
        'resource "aws_security_group_rule" "open" {\n  type = "ingress"\n  from_port = 22\n  to_port = 22\n'
        '  protocol = "tcp"\n  cidr_blocks = ["0.0.0.0/0"]\n  security_group_id = "sg-1"\n}\n'
    )
    _passed, failed = scan(tmp_path, None)
    assert {finding.split()[2].rstrip(":") for finding in failed} == {
        "aws_s3_bucket.open",
        "aws_security_group_rule.open",
    }
