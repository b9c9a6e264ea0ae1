# SPDX-License-Identifier: Apache-2.0
"""Bring a release back to one of its revisions with Helm, and show the difference."""

from __future__ import annotations

from typing import Any, Final

import yaml
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.applied_ai.platform.plugins.action.helm_release import explained
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import plain
from ansible_collections.applied_ai.platform.plugins.module_utils.service.strategy import image_name

Json = dict[str, Any]

HISTORY: Final = "applied_ai.platform.helm_history_info"
ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    **KUBERNETES,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "revision": {"type": "int", "required": True},
    "timeout": {"type": "str", "default": "5m"},
    "history_max": {"type": "int", "default": 10},
}


def helm_command(params: Json) -> list[str]:
    """Return the command that goes back; it does not wait for pods."""
    context = ["--kube-context", params["context"]] if params["context"] else []
    return [
        *("helm", "rollback", params["name"], str(params["revision"])),
        *("--namespace", params["namespace"], "--kubeconfig", params["kubeconfig"], *context),
        *("--timeout", params["timeout"], "--history-max", str(params["history_max"])),
        # What a failed upgrade left of its own goes with it.
        "--cleanup-on-fail",
    ]


def plan(params: Json, revisions: list[Json]) -> Json:
    """Say whether something has to happen, and what the difference is; raise where it cannot."""
    where = f"release {params['name']} in namespace {params['namespace']}"
    target = next((one for one in revisions if one["revision"] == params["revision"]), None)
    if target is None:
        there = ", ".join(str(one["revision"]) for one in revisions) or "none"
        msg = f"Failed to roll back {where}: Helm keeps no revision {params['revision']} of it. It keeps {there}."
        raise AnsibleActionFail(msg)
    newest = revisions[0]
    changed = newest["revision"] != target["revision"] or newest["status"] != "deployed"
    title = f"{params['namespace']}/{params['name']}"
    difference = {"before": text(newest), "after": text({**target, "status": "deployed"})}
    return {
        "changed": changed,
        "before": newest["revision"],
        "image": plain(target["values"]).get("image") or {},
        "chart": target["version"],
        "diff": {**difference, "before_header": title, "after_header": title} if changed else {},
    }


def text(release: Json) -> str:
    """Return what a person compares of a revision."""
    data = {key: release[key] for key in ("chart", "version", "status", "values")}
    return yaml.safe_dump(plain(data), sort_keys=False, default_flow_style=False, allow_unicode=True)


class ActionModule(ActionBase):  # type: ignore[misc]
    """Run Helm only when the release is not at the revision."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return what was done, with the difference."""
        result: Json = super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        reach = {key: params[key] for key in KUBERNETES}
        asked = {**reach, "name": params["name"], "namespace": params["namespace"]}
        history = self._execute_module(HISTORY, asked, task_vars=task_vars)
        if history.get("failed"):
            return {**result, **history}
        planned = plan(params, history["revisions"])
        result.update({key: planned[key] for key in ("changed", "before", "image", "chart")})
        result.update(revision=planned["before"], image_name=image_name(planned["image"]))
        if not result["changed"]:
            return result
        result["diff"] = planned["diff"]
        if self._task.check_mode:
            return result
        outcome = self._execute_module("ansible.legacy.command", {"argv": helm_command(params)}, task_vars=task_vars)
        if outcome.get("failed") or outcome.get("rc", 1) != 0:
            said = explained(str(outcome.get("stderr") or outcome.get("msg") or "").strip())
            msg = (
                f"Failed to roll back release {params['name']} in namespace {params['namespace']} to revision "
                f"{params['revision']}: {said}."
            )
            raise AnsibleActionFail(msg, result={"command": helm_command(params)})
        # Helm goes back by a further revision.
        result["revision"] = planned["before"] + 1
        return result
