# SPDX-License-Identifier: Apache-2.0
"""Check one host of the inventory and the machine that runs Ansible; the rules are in module_utils/inventory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.plugins.action import ActionBase
from ansible.vars.manager import VariableManager
from ansible_collections.applied_ai.platform.plugins.module_utils.inventory import cloud, keys, network, tools, values
from ansible_collections.applied_ai.platform.plugins.module_utils.service import chart, definitions
from ansible_collections.applied_ai.platform.plugins.module_utils.team.findings import Platform, findings

Json = dict[str, Any]

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "roles_path": {"type": "path", "required": True},
    "region": {"type": "str", "default": ""},
    "kubeconfig": {"type": "str", "default": ""},
    "process_environment": {"type": "dict", "default": {}},
    "terraform_root": {"type": "path", "default": ""},
    "terraform_variables": {"type": "dict", "default": {}},
    "terraform_variables_name": {"type": "str", "default": "terraform_stack_variables"},
    "required_roles": {"type": "list", "elements": "str", "default": ["platform"]},
}
# What an inventory's parser sets by itself.
MAGIC: Final = {"inventory_hostname", "inventory_hostname_short", "inventory_file", "inventory_dir", "group_names"}
VERSION_TIMEOUT: Final = 60


class ActionModule(ActionBase):  # type: ignore[misc]
    """Collect every finding and fail with all of them at once."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        """Return nothing changed, or fail with one sentence per finding."""
        super().run(tmp, task_vars)
        _result, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        facts = task_vars or {}
        findings = [
            *self._inventory(params, facts),
            *self._names(params, facts),
            *machine_findings(params),
        ]
        if not findings:
            return {"changed": False}
        host, count = facts["inventory_hostname"], len(findings)
        title = f"{host} has {count} {'mistake' if count == 1 else 'mistakes'}; nothing was changed."
        raise AnsibleActionFail("\n".join([title, *findings]))

    def _inventory(self, params: Json, facts: Json) -> list[str]:
        specs = role_options(Path(params["roles_path"]))
        options = {name: option for role in specs.values() for name, option in role.items()}
        self._entry = self._set_by_inventory(facts)
        files = list(inventory_texts(facts))
        self._places = {name: place for name in self._entry if (place := keys.locate(name, files))}
        told = {name: f"{place}, {name}" for name, place in self._places.items()}
        required = {name: option for role in params["required_roles"] for name, option in specs.get(role, {}).items()}
        given = self._templated(options)
        return [
            *keys.unknown_keys(self._entry, options, self._places),
            *values.missing_findings(facts, required, f"The inventory entry {facts['inventory_hostname']}"),
            *values.value_findings(given, options, told),
            *service_findings(given.get("service_definitions"), Path(params["roles_path"])),
            *team_findings(given, Path(params["roles_path"])),
        ]

    def _names(self, params: Json, _facts: Json) -> list[str]:
        try:
            # Probed here: a missing library must be a sentence.
            from ansible_collections.applied_ai.platform.plugins.module_utils.inventory import (  # noqa: PLC0415
                terraform_types,
            )
            from botocore.loaders import Loader  # noqa: PLC0415
        except ImportError as error:
            return [f"A Python library is missing ({error}); run make setup."]
        names = cloud.known_names(Loader())
        name, variables, region = params["terraform_variables_name"], params["terraform_variables"], params["region"]
        place = self._places.get("platform_region")
        at = f" ({self._places[name]})" if name in self._places else ""

        def where(variable: str) -> str:
            return f"{name}.{variable}{at}"

        return [
            *(
                cloud.region_findings(region, f"platform_region ({place})" if place else "platform_region", names)
                if region
                else ()
            ),
            *(
                terraform_types.key_findings(variables, terraform_types.declared_types(declarations(root)), where)
                if (root := params["terraform_root"])
                else ()
            ),
            *cloud.variable_findings(variables, region, where, names),
            *network.network_findings(variables, where),
        ]

    def _set_by_inventory(self, facts: Json) -> Json:
        """Return what the inventory itself sets for this host: no facts, no role defaults, no extra variables."""
        inventory = InventoryManager(loader=self._loader, sources=list(facts["ansible_inventory_sources"]))
        manager = VariableManager(loader=self._loader, inventory=inventory)
        host = inventory.get_host(facts["inventory_hostname"])
        if host is None:  # made by add_host while running: nothing stands in a file
            return {}
        free = set(manager.get_vars(include_hostvars=False)) | MAGIC
        found: Json = manager.get_vars(host=host, include_hostvars=False)
        return {name: value for name, value in found.items() if name not in free}

    def _templated(self, options: Json) -> Json:
        """Return the values of declared keys; one that needs what is not known yet is checked by its role, later."""
        found = {}
        for name in self._entry.keys() & options.keys():
            try:
                found[name] = self._templar.template(self._entry[name])
            except AnsibleError:
                continue
        return found


def declarations(root: str) -> Iterator[str]:
    """Return the texts of a Terraform root's files that declare variables."""
    for path in sorted(Path(root).glob("*.tf")):
        if 'variable "' in (text := path.read_text(encoding="utf-8")):
            yield text


def machine_findings(params: Json) -> list[str]:
    """Return what this machine lacks."""
    environment = {**os.environ, **{name: str(value) for name, value in params["process_environment"].items()}}
    path = environment.get("PATH", "")
    needed = [tools.TERRAFORM, tools.HELM, *([] if params["kubeconfig"] else [tools.AWS_CLI])]
    findings = tools.tool_findings(
        needed, lambda name: shutil.which(name, path=path), lambda argv: said(argv, environment)
    )
    findings += tools.python_findings(sys.version_info[:3], sys.executable)
    if params["kubeconfig"] and not Path(params["kubeconfig"]).expanduser().is_file():
        findings.append(
            f"platform_kubeconfig is {params['kubeconfig']}, where there is no file;"
            " name one that exists, or leave it empty to get one from the cluster."
        )
    return findings


def said(argv: list[str], environment: dict[str, str]) -> str:
    """Return what a program prints, or nothing when it cannot run."""
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, env=environment, timeout=VERSION_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout or done.stderr


def role_options(roles: Path) -> dict[str, dict[str, Json]]:
    """Return what each role declares."""
    return {
        role: keys.options_of(role, yaml.safe_load(path.read_text(encoding="utf-8")) or {})
        for path in sorted(roles.glob("*/meta/argument_specs.yml"))
        if (role := path.parent.parent.name)
    }


def service_findings(services: object, roles: Path) -> list[str]:
    """Return what is wrong with the services' definitions, before a cluster is made for them."""
    spec = entry_options(roles, "service")
    if not isinstance(services, dict) or not spec:
        return []
    found = definitions.name_findings(services)
    for name, definition in services.items():
        found += definitions.definition_findings(name, definition, spec)
    return [f"{finding}." for finding in found]


def team_findings(given: Json, roles: Path) -> list[str]:
    """Return what is wrong with the teams' definitions, beside the services that shall run in their namespaces."""
    teams, spec = given.get("team_definitions"), entry_options(roles, "team")
    if not isinstance(teams, dict) or not teams or not spec:
        return []
    declared = {name: option.get("default") for role in role_options(roles).values() for name, option in role.items()}
    known = {**declared, **given}
    platform = Platform(
        spec=spec,
        defaults=known["team_defaults"],
        services=known["service_definitions"] or {},
        service_spec=entry_options(roles, "service"),
        chart=chart.load(roles.resolve().parent / "charts/ai_service", "values.yaml"),
        service_namespace=known["service_namespace"],
        priorities=known["priority_classes_definitions"],
        roles=known["rbac_roles_definitions"],
        flavors=known["kueue_flavors"],
        mesh=known["addon_mesh"],
        waypoints=known["mesh_policies_waypoint_replicas"] if known["mesh_policies_waypoints"] else 0,
    )
    return findings(teams, platform)


def entry_options(roles: Path, role: str) -> Json:
    """Return the options of one entry of a role's definitions."""
    path = roles / role / "meta/argument_specs.yml"
    specs = (yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None) or {}
    options = ((specs.get("argument_specs") or {}).get("definition") or {}).get("options") or {}
    return {name: values.plain(option) for name, option in options.items()}


def inventory_texts(facts: Json) -> Iterator[tuple[str, str]]:
    """Return the inventory's files as (name, content), those with more precedence later."""
    here = Path.cwd()
    groups = [name for name in facts.get("group_names") or [] if name != "all"]
    names = ["all", *groups]
    for source in (Path(item) for item in facts["ansible_inventory_sources"]):
        folder = source if source.is_dir() else source.parent
        hosts = sorted(source.glob("*")) if source.is_dir() else [source]
        candidates = [path for path in hosts if path.is_file()]
        for kind, stems in (("group_vars", names), ("host_vars", [facts["inventory_hostname"]])):
            for stem in stems:
                candidates += sorted((folder / kind / stem).rglob("*.y*ml"))
                candidates += sorted((folder / kind).glob(f"{stem}.y*ml"))
        for path in candidates:
            shown = path.relative_to(here) if path.is_relative_to(here) else path
            yield str(shown), path.read_text(encoding="utf-8", errors="replace")
