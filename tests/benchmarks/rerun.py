# SPDX-License-Identifier: Apache-2.0
"""Time an unchanged `site.yml` beside `terraform plan` and `helm list -A` run by hand, in turn, and print the ratio."""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
BIN = REPO / ".venv" / "bin"


def timed(argv: list[str], environment: dict[str, str], directory: Path = REPO) -> tuple[float, str]:
    """Run a command that must succeed; return its seconds and its output."""
    began = time.monotonic()
    done = subprocess.run(argv, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(argv)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return seconds, done.stdout


def by_hand_environment(lab: dict[str, str]) -> dict[str, str]:
    """Return the environment in which a person reaches the rehearsal's cloud and cluster."""
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": lab["aws_endpoint_url"],
        "AWS_ACCESS_KEY_ID": lab["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": lab["aws_secret_access_key"],
        "AWS_REGION": lab["aws_region"],
        "TF_CLI_CONFIG_FILE": lab["terraform_cli_config"],
        "KUBECONFIG": lab["kubeconfig"],
    }


def main() -> int:
    """Measure both in turn, print medians, the ratio and the rehearsal's memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each (default: 3)")
    parser.add_argument("--lab-dir", type=Path, default=Path(os.environ.get("LAB_DIR", REPO / ".lab")))
    options = parser.parse_args()
    lab = json.loads((options.lab_dir / "lab.json").read_text())
    environment = {**os.environ, "LAB_DIR": str(options.lab_dir), "ANSIBLE_FORCE_COLOR": "0"}
    by_hand = by_hand_environment(lab)
    site = [str(BIN / "ansible-playbook"), "site.yml", "-i", "inventories/local"]
    (terraform_directory,) = (options.lab_dir / "platform").glob("*/terraform/aws")
    variables = terraform_directory.parent / "run" / "variables.tfvars.json"
    plan = ["terraform", "plan", "-input=false", "-no-color", f"-var-file={variables}"]
    helm = [f"{lab['bin']}/helm", "list", "-A", "-o", "json"]

    timed(site, environment)
    ours, theirs = [], []
    for _ in range(options.runs):
        seconds, output = timed(site, environment)
        changed = re.findall(r"changed=(\d+)", output)
        if set(changed) != {"0"}:
            raise SystemExit(f"the rerun changed something ({changed}); converge first: make site")
        ours.append(seconds)
        plan_seconds, _plan = timed(plan, by_hand, terraform_directory)
        helm_seconds, _list = timed(helm, by_hand)
        theirs.append(plan_seconds + helm_seconds)
    print(f"site.yml, unchanged (changed=0)        median {statistics.median(ours):6.1f} s  of {options.runs}")
    print(f"terraform plan + helm list -A by hand  median {statistics.median(theirs):6.1f} s  of {options.runs}")
    print(f"ratio                                         {statistics.median(ours) / statistics.median(theirs):6.2f}")
    memory = [str(BIN / "python"), "-m", "lab", "memory"]
    print(timed(memory, {**environment, "PYTHONPATH": "tests"})[1].strip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
