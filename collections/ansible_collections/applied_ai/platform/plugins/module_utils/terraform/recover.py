# SPDX-License-Identifier: Apache-2.0
"""Adopt what a killed apply created but did not write down.

Terraform saves its state every 20 seconds. What it created after the last save is real, costs money and stands
in the event log, but not in the state: planning again would create it twice or fail because it exists. Import
blocks bring it back. An import block for something that does not exist fails the plan; such a block is dropped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import Diagnostic
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.events import Progress

# Nothing outside the state belongs to these: creating them again is right.
WITHOUT_OBJECT = ("terraform_data", "null_resource", "random_", "time_", "tls_", "local_")
NOT_IMPORTABLE = ("does not exist", "non-existent", "not found", "doesn't support import", "does not support import")
MISSING_OBJECT = "Cannot import non-existent remote object"
_INDEX = re.compile(r"\[[^\[\]]*\]$")
# Terraform quotes the address with its own quotes inside: ... object to "aws_subnet.this["a"]", the provider ...
_IN_DETAIL = re.compile(r'existing object to "(.+?)",\s+the provider', re.DOTALL)


@dataclass(frozen=True)
class Resource:
    """One resource of the interrupted plan: its planned values, and what the log knows."""

    address: str
    type: str
    values: Mapping[str, Any]
    references: Callable[[str], str]
    id: str = ""

    def value(self, name: str) -> str:
        """Return a planned value; one that was not known then is looked up through what it refers to."""
        found = self.values.get(name)
        return str(found) if found not in (None, "") else self.references(name)


ImportId = Callable[[Resource], str]


def joined(separator: str, *names: str) -> ImportId:
    """Return a rule: the values of these attributes, joined; "" when one is missing."""

    def rule(resource: Resource) -> str:
        values = [resource.value(name) for name in names]
        return separator.join(values) if all(values) else ""

    return rule


def _route(resource: Resource) -> str:
    destinations = ("destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id")
    destination = next((resource.values[name] for name in destinations if resource.values.get(name)), "")
    table = resource.value("route_table_id")
    return f"{table}_{destination}" if table and destination else ""


def _pod_identity(resource: Resource) -> str:
    cluster = resource.value("cluster_name")
    return f"{cluster},{resource.id}" if cluster and resource.id else ""


# Types whose import id is not the id that the event log carries.
OTHER_IMPORT_ID: dict[str, ImportId] = {
    "aws_db_instance": joined(":", "identifier"),
    "aws_eks_pod_identity_association": _pod_identity,
    "aws_iam_role_policy_attachment": joined("/", "role", "policy_arn"),
    "aws_route": _route,
    "aws_route_table_association": joined("/", "subnet_id", "route_table_id"),
}

# Types whose name is chosen by us: one that was being created when Terraform died may exist under that name.
NAMED: dict[str, ImportId] = {
    "aws_cloudwatch_log_group": joined(":", "name"),
    "aws_db_instance": joined(":", "identifier"),
    "aws_db_parameter_group": joined(":", "name"),
    "aws_db_subnet_group": joined(":", "name"),
    "aws_docdb_cluster": joined(":", "cluster_identifier"),
    "aws_docdb_cluster_instance": joined(":", "identifier"),
    "aws_docdb_cluster_parameter_group": joined(":", "name"),
    "aws_docdb_subnet_group": joined(":", "name"),
    "aws_ecr_repository": joined(":", "name"),
    "aws_eks_access_entry": joined(":", "cluster_name", "principal_arn"),
    "aws_eks_addon": joined(":", "cluster_name", "addon_name"),
    "aws_eks_cluster": joined(":", "name"),
    "aws_eks_node_group": joined(":", "cluster_name", "node_group_name"),
    "aws_elasticache_parameter_group": joined(":", "name"),
    "aws_elasticache_replication_group": joined(":", "replication_group_id"),
    "aws_elasticache_subnet_group": joined(":", "name"),
    "aws_iam_instance_profile": joined(":", "name"),
    "aws_iam_role": joined(":", "name"),
    "aws_iam_role_policy": joined(":", "role", "name"),
    "aws_iam_role_policy_attachment": joined("/", "role", "policy_arn"),
    "aws_kms_alias": joined(":", "name"),
    "aws_route": _route,
    "aws_s3_bucket": joined(":", "bucket"),
    "aws_ssm_parameter": joined(":", "name"),
}


@dataclass(frozen=True)
class Recovery:
    """What can be adopted, and what cannot because its import id is not known."""

    imports: dict[str, str] = field(default_factory=dict)
    guesses: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()

    def without(self, addresses: Iterable[str]) -> Recovery:
        """Return the recovery less these addresses."""
        dropped = set(addresses)
        kept = {address: value for address, value in self.imports.items() if address not in dropped}
        return Recovery(kept, self.guesses - dropped, self.unknown)


def needed(job: Mapping[str, Any], *, is_alive: bool) -> bool:
    """Tell whether the last apply ended in a way that may have lost part of the state."""
    if not job or is_alive or job.get("settled"):
        return False
    # 0 and 1 are Terraform's own ends: it saved the state before.
    return job.get("rc") not in (0, 1)


def find(
    progress: Progress,
    plan: Mapping[str, Any],
    state_addresses: Iterable[str],
    earlier: Mapping[str, str],
) -> Recovery:
    """Return what the interrupted apply made and the state does not know.

    `earlier` are the imports that the interrupted plan itself held.
    """
    known = set(state_addresses)
    resources = _resources(plan, progress, earlier)
    imports = {address: value for address, value in earlier.items() if address not in known}
    unknown: list[str] = []
    for address, value in progress.created.items():
        resource = resources.get(address)
        if address in known or resource is None or resource.type.startswith(WITHOUT_OBJECT):
            continue
        rule = OTHER_IMPORT_ID.get(resource.type)
        found = rule(resource) if rule else value
        if found:
            imports[address] = found
        else:
            unknown.append(address)
    guesses: dict[str, str] = {}
    for address in _in_flight(progress, resources):
        rule = NAMED.get(resources[address].type)
        found = rule(resources[address]) if rule and address not in known | set(imports) else ""
        if found:
            guesses[address] = found
    return Recovery(imports | guesses, frozenset(guesses), tuple(sorted(unknown)))


def _in_flight(progress: Progress, resources: Mapping[str, Resource]) -> list[str]:
    # Also the ones not begun according to the log: its last lines may not have reached the disk.
    begun = [address for address, word in progress.running_action.items() if word == "create"]
    failed = [address for address in progress.failed if address not in begun]
    return [address for address in [*begun, *failed] if address in resources]


def _resources(plan: Mapping[str, Any], progress: Progress, earlier: Mapping[str, str]) -> dict[str, Resource]:
    ids = {**earlier, **progress.created}
    for item in plan.get("resource_changes", []):
        before_id = (item["change"].get("before") or {}).get("id")
        if before_id:
            ids.setdefault(str(item["address"]), str(before_id))
    expressions = _expressions(plan.get("configuration", {}).get("root_module", {}))
    found = {}
    for item in plan.get("resource_changes", []):
        address = str(item["address"])
        if item.get("mode") == "managed":
            found[address] = Resource(
                address=address,
                type=str(item["type"]),
                values=item["change"].get("after") or {},
                references=_lookup(item, expressions, ids),
                id=ids.get(address, ""),
            )
    return found


def _expressions(module: Mapping[str, Any], prefix: str = "") -> dict[str, dict[str, Any]]:
    found = {f"{prefix}{item['address']}": item.get("expressions", {}) for item in module.get("resources", [])}
    for name, call in module.get("module_calls", {}).items():
        found |= _expressions(call.get("module", {}), f"{prefix}module.{name}.")
    return found


def _lookup(
    item: Mapping[str, Any], expressions: Mapping[str, Mapping[str, Any]], ids: Mapping[str, str]
) -> Callable[[str], str]:
    """Return a function from an attribute to the id of the one resource it refers to (same module, same index)."""
    module = str(item.get("module_address") or "")
    plain = re.sub(r"\[[^\]]*\]", "", f"{module}." if module else "")
    configured = expressions.get(f"{plain}{item['type']}.{item['name']}", {})
    prefix = f"{module}." if module else ""
    index = f"[{json.dumps(item['index'])}]" if item.get("index") is not None else ""

    def look(name: str) -> str:
        expression = configured.get(name)
        references = expression.get("references", []) if isinstance(expression, dict) else []
        for reference in references:
            base = ".".join(str(reference).split(".")[:2])
            exact = f"{prefix}{base}"
            for address in (exact, f"{prefix}{_INDEX.sub('', base)}{index}"):
                if address in ids:
                    return ids[address]
        return ""

    return look


def import_blocks(imports: Mapping[str, str]) -> str:
    """Return the blocks that adopt these resources."""
    header = "# Written for one plan after an interrupted apply, and removed after it.\n"
    blocks = [
        f"import {{\n  to = {address}\n  id = {_quote(value)}\n}}\n" for address, value in sorted(imports.items())
    ]
    return "\n".join([header, *blocks])


def _quote(value: str) -> str:
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")


def to_drop(errors: list[Diagnostic], recovery: Recovery) -> set[str]:
    """Return the addresses whose import Terraform refused because there is nothing to import."""
    dropped: set[str] = set()
    for error in errors:
        text = f"{error.summary} {error.detail}"
        named = set(_IN_DETAIL.findall(" ".join(error.detail.split()))) | {error.address}
        named |= {address for address in recovery.imports if f'"{address}"' in text}
        if error.summary == MISSING_OBJECT or any(word in text for word in NOT_IMPORTABLE):
            dropped |= named & set(recovery.imports)
    return dropped
