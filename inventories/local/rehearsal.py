#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Inventory script: tells Ansible where the rehearsal runs, from the lab.json that `make lab` writes.

A script is asked once a run. The same as templates in group_vars is evaluated for each task, which took two thirds of a
task's processor time. LAB_DIR names another rehearsal than .lab.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OWN = Path(__file__).resolve().parents[2] / ".lab"


def variables(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the variables of all hosts; before `make lab` nothing is known, and nothing is reached by mistake."""
    folder = Path(environ.get("LAB_DIR") or OWN).resolve()
    try:
        lab = json.loads((folder / "lab.json").read_text())
    except FileNotFoundError:
        lab = {}
    return {
        "_lab_dir": str(folder),
        "_lab_overlay": lab.get("overlay", ""),
        "_lab_has_published_charts": lab.get("published_charts", False),
        "platform_kubeconfig": str(folder / "kubeconfig"),
        "platform_process_environment": {
            "PATH": f"{folder / 'bin'}:{environ.get('PATH', '')}",
            "TF_CLI_CONFIG_FILE": lab.get("terraform_cli_config", ""),
            "AWS_ENDPOINT_URL": lab.get("aws_endpoint_url", "http://127.0.0.1:9"),
            # Credentials come from a file: Ansible shows this environment at -vvv. Empty hides those of the caller.
            "AWS_SHARED_CREDENTIALS_FILE": lab.get("aws_credentials_file", "/nonexistent"),
            "AWS_PROFILE": "default",
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
            "AWS_SESSION_TOKEN": "",
            "AWS_REGION": lab.get("aws_region", "us-east-1"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
        },
    }


if __name__ == "__main__":
    json.dump({"all": {"vars": variables(os.environ)}, "_meta": {"hostvars": {}}}, sys.stdout)
