# SPDX-License-Identifier: Apache-2.0
"""Plan every platform of the inventories with a mock of the provider and write each plan as JSON.

`PYTHONPATH=tests:collections .venv/bin/python tests/cost/plans.py FOLDER [INVENTORY...]` writes a file
FOLDER/<inventory>_<host>.json for each. No cloud is asked; it takes a minute a platform.

It is what `terraform show -json` prints for a plan, but for the configuration, which a test's plan has not: only the
region of the default provider is added, so that copies in a second region count as in the first.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from terraform.interface import REPOSITORY, TERRAFORM

from terraform import inventories

MOCKS = (TERRAFORM / "aws/tests/platform.tftest.hcl").read_text(encoding="utf-8").partition("variables {")[0]
RUN = 'run "plan" {\n  command = plan\n}\n'


def environment() -> dict[str, str]:
    """Return the environment of a Terraform that asks no cloud."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_"))}
    places = [Path(named)] if (named := os.environ.get("TF_CLI_CONFIG_FILE", "")) else []
    found = [path for path in (*places, REPOSITORY / ".lab/terraformrc") if path.is_file()]
    return {**plain, "CHECKPOINT_DISABLE": "1", **({"TF_CLI_CONFIG_FILE": str(found[0])} if found else {})}


def terraform(folder: Path, *arguments: str) -> str:
    """Run Terraform in a folder and return what it prints."""
    argv = ["terraform", f"-chdir={folder}", *arguments]
    done = subprocess.run(argv, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(argv)} failed:\n{done.stdout[-4000:]}{done.stderr}")
    return done.stdout


def root(scratch: Path) -> Path:
    """Return a copy of the root with one run that only plans."""
    ignore = shutil.ignore_patterns(".terraform", "*.tfstate*")
    folder = shutil.copytree(TERRAFORM, scratch / "terraform", ignore=ignore) / "aws"
    for path in (folder / "tests").glob("*.tftest.hcl"):
        path.unlink()
    (folder / "tests/plan.tftest.hcl").write_text(MOCKS + RUN, encoding="utf-8")
    terraform(folder, "init", "-backend=false", "-input=false")
    return folder


def plan(folder: Path, variables: dict[str, Any]) -> dict[str, Any]:
    """Return the plan of one platform."""
    given = folder / "platform.tfvars.json"
    given.write_text(json.dumps(variables), encoding="utf-8")
    told = terraform(folder, "test", "-json", "-verbose", f"-var-file={given}").splitlines()
    (found,) = [event["test_plan"] for event in map(json.loads, told) if event["type"] == "test_plan"]
    kept = {name: value for name, value in found.items() if name != "provider_schemas"}
    region = {"references": ["var.region"]}
    return {
        "format_version": found["plan_format_version"],
        **kept,
        "variables": {name: {"value": value} for name, value in variables.items()},
        "configuration": {"provider_config": {"aws": {"name": "aws", "expressions": {"region": region}}}},
    }


def main(folder: Path, *names: str) -> None:
    """Write the plans of these inventories, or of all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        place = root(Path(scratch))
        for inventory, host in inventories.all_platforms():
            if not names or inventory in names:
                path = folder / f"{inventory}_{host}.json"
                path.write_text(json.dumps(plan(place, inventories.variables(inventory, host))), encoding="utf-8")
                sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
