# SPDX-License-Identifier: Apache-2.0
"""Carry out a release's plan with kubernetes.core.helm, and show the plan's difference."""

from __future__ import annotations

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
    "timeout": {"type": "str", "default": "5m"},
    "history_max": {"type": "int", "default": 5},
}
DOING: Final = {"install": "install", "upgrade": "upgrade", "uninstall": "remove"}
# What the API server says through Helm when a webhook is down, and when a CRD is missing.
WEBHOOK: Final = re.compile(r'failed calling webhook "(?P<name>[^"]+)": (?:failed to call webhook: )?(?P<why>.+)')
MISSING_KIND: Final = re.compile(r'no matches for kind "(?P<kind>[^"]+)" in version "(?P<version>[^"]+)"')


def helm_arguments(params: Json) -> Json:
    """Return the arguments of kubernetes.core.helm that carry out the plan."""
    plan = params["plan"]
    common = {
        "kubeconfig": params["kubeconfig"],
        "release_name": params["name"],
        "release_namespace": params["namespace"],
    }
    if params["context"]:
        common["context"] = params["context"]
    if plan["action"] == "uninstall":
        return {**common, "release_state": "absent", "wait": True}
    source = plan["source"]
    optional = {"chart_repo_url": source["repo_url"], "chart_version": source["version"]}
    return {
        **common,
        **{key: value for key, value in optional.items() if value},
        "chart_ref": source["ref"],
        "release_state": "present",
        "release_values": plain(params["values"]),
        "wait": False,
        "timeout": params["timeout"],
        "history_max": params["history_max"],
        "skip_crds": params["skip_crds"],
    }


def uninstall_command(params: Json) -> list[str]:
    """Return the command that finishes an interrupted removal, which kubernetes.core.helm takes for finished."""
    context = ["--kube-context", params["context"]] if params["context"] else []
    return [
        *("helm", "uninstall", params["name"], "--namespace", params["namespace"]),
        *("--kubeconfig", params["kubeconfig"], *context),
        *("--ignore-not-found", "--wait", "--timeout", params["timeout"]),
    ]


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
    """Run kubernetes.core.helm only when the plan wants something."""

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
        if plan["stuck"] == "uninstalling":
            self._finish_removal(params, task_vars)
            if plan["action"] == "uninstall":
                return result
        outcome = self._execute_module("kubernetes.core.helm", helm_arguments(params), task_vars=task_vars)
        if outcome.get("failed"):
            raise AnsibleActionFail(failure_message(params, outcome), result={"command": outcome.get("command", "")})
        # The module's status is not passed on: it holds the values.
        if plan["action"] != "uninstall":
            result["revision"] = int((outcome.get("status") or {}).get("revision") or 0)
        return result

    def _finish_removal(self, params: Json, task_vars: Json | None) -> None:
        arguments = {"argv": uninstall_command(params)}
        outcome = self._execute_module("ansible.legacy.command", arguments, task_vars=task_vars)
        if outcome.get("failed") or outcome.get("rc", 1) != 0:
            message = failure_message({**params, "plan": {"action": "uninstall"}}, outcome)
            raise AnsibleActionFail(message)
