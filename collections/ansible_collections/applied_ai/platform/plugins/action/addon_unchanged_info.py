# SPDX-License-Identifier: Apache-2.0
"""Find the add-ons that are as they shall be, without running their roles: modules/addon_unchanged_info.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import Templar, trust_as_template
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.compare import Desired, find, plain, plan

Json = dict[str, Any]
Load = Callable[[Path], Json | list[Json] | None]

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "roles_path": {"type": "path", "required": True},
    "addons": {"type": "list", "elements": "str", "required": True},
    "releases": {"type": "list", "elements": "dict", "required": True},
}
MECHANISM: Final = "addon"
# What the role of the mechanism decides by. It stands in that role's vars, and nowhere else.
ASKED: Final = {
    name: trust_as_template("{{ " + name + " }}")
    for name in (
        "addon_namespace",
        "addon_state",
        "addon_values",
        "__addon_all_objects",
        "__addon_chart",
        "__addon_has_chart",
        "__addon_leftovers_possible",
        "__addon_namespace_differs",
        "__addon_objects_release",
        "__addon_objects_values",
        "__addon_objects_version",
        "__addon_release",
    )
}
VERSION: Final = trust_as_template("{{ __addon_version }}")


def only_call(tasks: object) -> Json | None:
    """Return the variables of a role's one task, if it has just one that calls the mechanism without conditions."""
    if (
        not isinstance(tasks, list)
        or len(tasks) != 1
        or set(tasks[0]) != {"name", "ansible.builtin.include_role", "vars"}
    ):
        return None
    if tasks[0]["ansible.builtin.include_role"] != {"name": MECHANISM}:
        return None
    variables: Json = tasks[0]["vars"]
    return variables


def role_variables(roles: Path, role: str, load: Load) -> tuple[Json, Json]:
    """Return a role's defaults and vars."""
    files = [roles / role / folder / "main.yml" for folder in ("defaults", "vars")]
    defaults, constants = (dict(load(file) or {}) if file.is_file() else {} for file in files)
    return defaults, constants


def desired(answers: Json, version: str) -> list[Desired]:
    """Return the releases of an add-on as they shall be: of its chart, if it has one, and of its objects."""
    wanted = []
    if answers["__addon_has_chart"]:
        wanted.append(
            Desired(
                answers["__addon_release"],
                answers["addon_namespace"],
                answers["addon_state"],
                answers["__addon_chart"]["chart"],
                version,
                plain(answers["addon_values"]),
            )
        )
    wanted.append(
        Desired(
            answers["__addon_objects_release"],
            answers["addon_namespace"],
            "present" if answers["__addon_all_objects"] else "absent",
            "objects",
            answers["__addon_objects_version"],
            plain(answers["__addon_objects_values"]),
        )
    )
    return wanted


def differs(wanted: Iterable[Desired], releases: list[Json]) -> bool:
    """Say whether one of the releases is not as it shall be."""
    return any(plan(find(releases, one.name, one.namespace), one).differs for one in wanted)


class ActionModule(ActionBase):  # type: ignore[misc]
    """Run on the controller."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return the add-ons that need nothing; one about which there is doubt is not among them."""
        result: Json = super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        roles = Path(params["roles_path"]).resolve()
        mechanism, constants = role_variables(roles, MECHANISM, self._load)
        common = {**mechanism, **(task_vars or {}), **constants, "role_path": str(roles / MECHANISM)}
        unchanged, managed = [], []
        for name in params["addons"]:
            answers = self._ask(roles, name, mechanism, common)
            if answers and not differs(desired(answers, answers["version"]), params["releases"]):
                unchanged.append(name)
                if answers["__addon_has_chart"] and answers["addon_state"] == "present":
                    managed.append({"name": answers["__addon_release"], "namespace": answers["addon_namespace"]})
        return {**result, "changed": False, "unchanged": unchanged, "managed": managed}

    def _load(self, path: Path) -> Json | list[Json] | None:
        found: Json | list[Json] | None = self._loader.load_from_file(str(path), cache="all", trusted_as_template=True)
        return found

    def _ask(self, roles: Path, name: str, mechanism: Json, common: Json) -> Json | None:
        """Return what the mechanism would decide by, or None where only the role itself can tell."""
        tasks = roles / name / "tasks/main.yml"
        call = only_call(self._load(tasks)) if tasks.is_file() else None
        if call is None:
            return None
        defaults, constants = role_variables(roles, name, self._load)
        # The call comes last: it says more about this add-on than the inventory does.
        variables = {**mechanism, **defaults, **common, **constants, **call}
        templar = Templar(loader=self._loader, variables=variables)
        try:
            answers: Json = templar.template(ASKED)
            version = templar.template(VERSION) if answers["__addon_has_chart"] else ""
            if answers["__addon_namespace_differs"] or answers["__addon_leftovers_possible"]:
                return None
        except (AnsibleError, PlatformError):
            return None
        return {**answers, "version": str(version)}
