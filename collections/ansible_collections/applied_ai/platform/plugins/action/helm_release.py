# SPDX-License-Identifier: Apache-2.0
"""Carry out a release's plan with Helm, and show the plan's difference."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import plain

Json = dict[str, Any]

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    **KUBERNETES,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "plan": {"type": "dict", "required": True},
    "values": {"type": "dict", "default": {}},
    "skip_crds": {"type": "bool", "default": False},
    "take_ownership": {"type": "bool", "default": False},
    "timeout": {"type": "str", "default": "5m"},
    "history_max": {"type": "int", "default": 5},
}
DOING: Final = {"install": "install", "upgrade": "upgrade", "uninstall": "remove"}
# What the API server says through Helm when a webhook is down, and when a CRD is missing.
WEBHOOK: Final = re.compile(r'failed calling webhook "(?P<name>[^"]+)": (?:failed to call webhook: )?(?P<why>.+)')
REVISION: Final = re.compile(r"^REVISION: (\d+)$", re.MULTILINE)
MISSING_KIND: Final = re.compile(r'no matches for kind "(?P<kind>[^"]+)" in version "(?P<version>[^"]+)"')


def helm_command(params: Json) -> list[str]:
    """Return the command that carries out the plan. Values are read from its standard input: no file holds them."""
    plan = params["plan"]
    context = ["--kube-context", params["context"]] if params["context"] else []
    where = ["--namespace", params["namespace"], "--kubeconfig", params["kubeconfig"], *context]
    where += ["--timeout", params["timeout"]]
    if plan["action"] == "uninstall":
        return ["helm", "uninstall", params["name"], *where, "--ignore-not-found", "--wait"]
    source = plan["source"]
    return [
        *("helm", "upgrade", "--install", params["name"], source["ref"], *where),
        *(["--repo", source["repo_url"]] if source["repo_url"] else []),
        *(["--version", source["version"]] if source["version"] else []),
        *("--reset-values", "--values", "-", "--history-max", str(params["history_max"])),
        *(["--skip-crds"] if params["skip_crds"] else []),
        *(["--take-ownership"] if params["take_ownership"] else []),
    ]


def revision_of(said: str) -> int:
    """Return the revision that Helm says it made."""
    found = REVISION.search(said)
    return int(found[1]) if found else 0


def failure_message(params: Json, outcome: Json) -> str:
    """Return one sentence with why Helm failed."""
    said = str(outcome.get("stderr") or outcome.get("msg") or "").strip()
    doing = DOING[params["plan"]["action"]]
    return f"Failed to {doing} release {params['name']} in namespace {params['namespace']}: {explained(said)}."


def explained(said: str) -> str:
    """Return what to do where the cause is always the same, else the last thing that Helm said."""
    if hook := WEBHOOK.search(said):
        why = hook["why"].rstrip(".")
        return (
            f"the admission webhook {hook['name']} does not answer ({why}); bring its pods back, or delete the "
            "webhook configuration that names it"
        )
    if kind := MISSING_KIND.search(said):
        what = f"{kind['kind']} of {kind['version']}"
        return f"the cluster does not know {what}; install the add-on that brings its CRD first"
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "no reason given")
    return last.removeprefix("Error: ").rstrip(".")


class ActionModule(ActionBase):  # type: ignore[misc]
    """Run Helm only when the plan wants something."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return what was done, with the difference."""
        result: Json = super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        plan = params["plan"]
        result.update(changed=plan["action"] != "none", action=plan["action"], reasons=plan["reasons"])
        if not result["changed"]:
            return result
        title = f"{params['namespace']}/{params['name']}"
        result["diff"] = {
            "before": plan["before"],
            "after": plan["after"],
            "before_header": title,
            "after_header": title,
        }
        if self._task.check_mode:
            return result
        if plan["stuck"] == "uninstalling" and plan["action"] != "uninstall":
            self._helm({**params, "plan": {"action": "uninstall"}}, task_vars)
        said = self._helm(params, task_vars)
        if plan["action"] != "uninstall":
            result["revision"] = revision_of(said)
        return result

    def _helm(self, params: Json, task_vars: Json | None) -> str:
        """Run Helm; what it says is not part of the result, since the notes of a chart may hold values."""
        arguments = {"argv": helm_command(params), "stdin": json.dumps(plain(params["values"]))}
        outcome = self._execute_module("ansible.legacy.command", arguments, task_vars=task_vars)
        if outcome.get("failed") or outcome.get("rc", 1) != 0:
            raise AnsibleActionFail(failure_message(params, outcome), result={"command": arguments["argv"]})
        return str(outcome.get("stdout", ""))
