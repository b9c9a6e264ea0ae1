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
    "with_desired": {"type": "bool", "default": False},
}
MECHANISM: Final = "addon"
# What the role of the mechanism decides by. It stands in that role's vars, and nowhere else. Those that others build
# on come first: what is known is not computed again.
ASKED: Final = (
    "addon_state",
    "addon_namespace",
    "__addon_chart",
    "__addon_has_chart",
    "__addon_late",
    "__addon_release",
    "__addon_all_objects",
    "__addon_objects_release",
    "__addon_objects_values",
    "__addon_objects_version",
    "__addon_namespace_labels",
    "__addon_wanted_namespaces",
    "__addon_namespace_differs",
    "__addon_leftovers_possible",
    "__addon_crd_files",
    "__addon_findings",
    "addon_values",
)
CALL: Final = {"name", "ansible.builtin.include_role", "vars"}


def call(tasks: object) -> Json | None:
    """Return the variables with which a role's tasks call the mechanism, if one of them does so without conditions."""
    for task in tasks if isinstance(tasks, list) else []:
        if set(task) == CALL and task["ansible.builtin.include_role"] == {"name": MECHANISM}:
            variables: Json = task["vars"]
            return variables
    return None


def mapping(content: Json | list[Json] | None) -> Json:
    """Return a file's variables; an empty file has none."""
    return content if isinstance(content, dict) else {}


def role_variables(roles: Path, role: str, load: Load) -> tuple[Json, Json]:
    """Return a role's defaults and vars."""
    files = [roles / role / folder / "main.yml" for folder in ("defaults", "vars")]
    defaults, constants = (mapping(load(file)) if file.is_file() else {} for file in files)
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


def summary(answers: Json) -> Json:
    """Return what is wanted of an add-on, for those who do not install it."""
    chart = answers["__addon_chart"]
    return {
        "release": answers["__addon_release"],
        "namespace": answers["addon_namespace"],
        "state": answers["addon_state"],
        "chart": chart["chart"] if answers["__addon_has_chart"] else "",
        "repository": chart.get("repository", ""),
        "version": answers["version"],
        "values": plain(answers["addon_values"]),
        "objects": plain(answers["__addon_objects_values"])["objects"],
        "late": bool(answers["__addon_late"]),
        "crd_files": list(answers["__addon_crd_files"]),
    }


def namespaces_of(answers: Json) -> dict[str, dict[str, str]]:
    """Return the namespaces that an add-on needs, with the labels that it gives."""
    if answers["addon_state"] != "present" or answers["__addon_findings"]:
        return {}
    places = (one["metadata"].get("namespace") for one in plain(answers["__addon_objects_values"])["objects"])
    return {**{place: {} for place in places if place}, **plain(answers["__addon_wanted_namespaces"])}


def missing_namespaces(wanted: Iterable[dict[str, dict[str, str]]], found: dict[str, dict[str, str]]) -> list[Json]:
    """Return those that are not there or lack a label, as objects, sorted."""
    merged: dict[str, dict[str, str]] = {}
    for one in wanted:
        for name, labels in one.items():
            merged[name] = {**merged.get(name, {}), **labels}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **({"labels": labels} if labels else {})}}
        for name, labels in sorted(merged.items())
        if name not in found or not labels.items() <= found[name].items()
    ]


def unsettled(answers: Json, releases: list[Json]) -> bool:
    """Say whether there is anything to do for an add-on."""
    beside = (
        answers["__addon_namespace_differs"] or answers["__addon_leftovers_possible"] or answers["__addon_findings"]
    )
    return bool(beside) or differs(desired(answers, answers["version"]), releases)


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
        unchanged, managed, places, wanted = [], [], [], {}
        for name in params["addons"]:
            answers, alone = self._ask(roles, name, mechanism, common)
            if answers is None:
                continue
            wanted[name] = summary(answers)
            if not alone or unsettled(answers, params["releases"]):
                places.append(namespaces_of(answers))
                continue
            unchanged.append(name)
            if answers["__addon_has_chart"] and answers["addon_state"] == "present":
                managed.append({"name": answers["__addon_release"], "namespace": answers["addon_namespace"]})
        missing = missing_namespaces(places, common.get("__addon_namespaces") or {})
        extra = {"desired": wanted} if params["with_desired"] else {}
        return {
            **result,
            "changed": False,
            "unchanged": unchanged,
            "managed": managed,
            "missing_namespaces": missing,
            **extra,
        }

    def _load(self, path: Path) -> Json | list[Json] | None:
        found: Json | list[Json] | None = self._loader.load_from_file(str(path), cache="all", trusted_as_template=True)
        return found

    def _ask(self, roles: Path, name: str, mechanism: Json, common: Json) -> tuple[Json | None, bool]:
        """Return what the mechanism would decide by, None if only the role can tell, and if the role does no more."""
        path = roles / name / "tasks/main.yml"
        tasks = self._load(path) if path.is_file() else None
        inputs = call(tasks)
        if inputs is None:
            return None, False
        defaults, constants = role_variables(roles, name, self._load)
        # The call comes last: it says more about this add-on than the inventory does.
        variables = {**mechanism, **defaults, **common, **constants, **inputs}
        try:
            answers = self._answers(variables)
        except (AnsibleError, PlatformError):
            return None, False
        return answers, len(tasks or []) == 1

    def _answers(self, variables: Json) -> Json:
        """Return what is asked, and the version of the chart."""
        templar = Templar(loader=self._loader, variables=variables)

        def answer(name: str) -> object:
            found = templar.template(trust_as_template("{{ " + name + " }}"))
            variables[name] = found
            return found

        answers = {name: answer(name) for name in ASKED}
        return {**answers, "version": str(answer("__addon_version")) if answers["__addon_has_chart"] else ""}
