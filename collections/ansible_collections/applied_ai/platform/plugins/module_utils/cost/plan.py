# SPDX-License-Identifier: Apache-2.0
"""A plan as `terraform show -json` prints it, read into resources after and before.

Format: https://developer.hashicorp.com/terraform/internals/json-format, versions 1.x.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Resource
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.plan import references

Json = Mapping[str, Any]

PROVIDERS: Final = {"aws": "aws", "google": "gcp", "google-beta": "gcp", "azurerm": "azure", "azapi": "azure"}
# Keys of for_each may hold brackets and dots, but only in quotes.
INDEX: Final = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')
AWS_ZONE: Final = re.compile(r"([a-z]{2}(?:-[a-z]+)+-\d)(?:-[a-z]+-\d)?[a-z]?")
GCP_ZONE: Final = re.compile(r"([a-z]+-[a-z]+\d+)(?:-[a-z])?")
AZURE_LOCATION: Final = re.compile(r"[a-z]+\d?")
ARN: Final = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:([a-z]{2}(?:-[a-z]+)+-\d):")
# How far a reference is followed through variables and outputs.
DEEPEST: Final = 20
NAMES_OF_NO_RESOURCE: Final = frozenset({"count", "data", "each", "local", "path", "self", "terraform", "var"})
WRITE: Final = "write one with terraform show -json PLAN > plan.json."


@dataclass(frozen=True)
class Plan:
    """The managed resources once the plan is applied, and before; each sorted by address."""

    after: tuple[Resource, ...]
    before: tuple[Resource, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """What the configuration says of one resource: the key of its provider, and what each attribute refers to."""

    provider: str
    refs: Mapping[str, tuple[str, ...]]


def load(text: str, where: str) -> Plan:
    """Return the plan in a file's text.

    Raises:
        CostError: The text is no plan in JSON, of another format version, or of a plan that failed.

    """
    return read(parsed(text, where), where)


def parsed(text: str, where: str) -> Any:  # noqa: ANN401  # whatever JSON holds
    """Return the JSON in a file's text, numbers as Decimal.

    Raises:
        CostError: The text is no JSON.

    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except ValueError as error:
        cut = not text.rstrip().endswith("}")
        reason = "it ends in the middle" if text.strip().startswith("{") and cut else str(error)
        raise CostError(f"{where} is no JSON, {reason}; {WRITE}") from error


def read(document: object, where: str) -> Plan:
    """Return the plan in a parsed document; where names it in sentences.

    Raises:
        CostError: It is no plan, of another format version, or of a plan that failed.

    """
    plan = _checked(document, where)
    try:
        return _read(plan, where)
    except (AttributeError, KeyError, TypeError) as error:
        raise CostError(f"{where} has not the shape of a plan ({error}), so it is damaged; {WRITE}") from error


def _read(plan: Json, where: str) -> Plan:
    written = dict(_written(plan))
    warnings: list[str] = []
    regions = _provider_regions(plan, warnings)
    changes = [one for one in plan.get("resource_changes") or () if isinstance(one, dict)]
    unknown = {one.get("address"): one["change"].get("after_unknown") or {} for one in changes if one.get("change")}
    after = _values(plan["planned_values"] or {}, where) if "planned_values" in plan else _changed(changes, "after")
    prior = plan.get("prior_state")
    before = _values(prior.get("values") or {}, where) if prior else _changed(changes, "before")
    if plan.get("complete") is False:
        warnings.append(f"{where} is not complete: Terraform left changes for a later plan, and they are not in it.")
    return Plan(
        after=_resources(after, written, regions, unknown),
        before=_resources(before, written, regions, {}),
        warnings=tuple(warnings),
    )


def config_address(address: str) -> str:
    """Return the address that the configuration gives a resource: without the keys of count and for_each."""
    return INDEX.sub("", address)


def _no_constant(name: str) -> None:
    raise ValueError(f"it holds {name}, which JSON has not")


def _checked(document: object, where: str) -> Json:
    if not isinstance(document, dict):
        raise CostError(f"{where} is a JSON {type(document).__name__}, not a plan; {WRITE}")
    if "terraform_version" in document and "lineage" in document:
        raise CostError(f"{where} is a state file, not a plan; {WRITE}")
    version = document.get("format_version")
    if not isinstance(version, str):
        raise CostError(f"{where} has no format_version, so it is not a plan; {WRITE}")
    if version.partition(".")[0] != "1":
        raise CostError(f"{where} is of format version {version}; only 1.x can be read: use Terraform 1.1 or later.")
    if not {"planned_values", "resource_changes"} & document.keys():
        kind = "a state" if "values" in document else "no plan"
        raise CostError(f"{where} is {kind} (it has no planned_values); {WRITE}")
    if document.get("errored"):
        raise CostError(f"{where} is of a plan that failed, so it is not whole; mend what terraform plan says.")
    for name in ("planned_values", "prior_state"):
        if not isinstance(document.get(name, {}), dict | None):
            raise CostError(f"{where}: {name} is no object, so the file is damaged; {WRITE}")
    return document


def _values(values: Json, where: str) -> Iterator[tuple[str, Json]]:
    """Return (module, resource) of a state's or a plan's values, with all child modules."""
    waiting = [values.get("root_module") or {}]
    while waiting:
        module = waiting.pop()
        waiting += module.get("child_modules") or ()
        for one in module.get("resources") or ():
            if not isinstance(one, dict) or not {"address", "type"} <= one.keys():
                raise CostError(f"{where} holds a resource without an address or type, so it is damaged; {WRITE}")
            if one.get("mode", "managed") == "managed" and not one.get("deposed_key"):
                yield module.get("address") or "", one


def _changed(changes: Sequence[Json], side: str) -> Iterator[tuple[str, Json]]:
    """Return (module, resource) of one side of the changes, for a plan that has nothing else."""
    for one in changes:
        values = (one.get("change") or {}).get(side)
        if values is not None and one.get("mode", "managed") == "managed" and not one.get("deposed"):
            yield one.get("module_address") or "", {**one, "values": values}


def _resources(
    found: Iterator[tuple[str, Json]],
    written: Mapping[str, Written],
    regions: Mapping[str, str],
    unknown: Mapping[Any, Json],
) -> tuple[Resource, ...]:
    resources = [_resource(module, one, written, regions, unknown) for module, one in found]
    return tuple(sorted(_with_only_region(resources), key=lambda one: one.address))


def _resource(
    module: str,
    one: Json,
    written: Mapping[str, Written],
    regions: Mapping[str, str],
    unknown: Mapping[Any, Json],
) -> Resource:
    address, kind, values = one["address"], one["type"], one.get("values") or {}
    provider = _provider(one.get("provider_name") or "", kind)
    said = written.get(config_address(address))
    return Resource(
        address=address,
        type=kind,
        name=one.get("name") or "",
        module=module,
        region=region_in(provider, values) or _configured(provider, said, regions),
        values=values,
        index=one.get("index"),
        provider=provider,
        refs=said.refs if said else {},
        unknown=unknown.get(address) or {},
    )


def _provider(name: str, kind: str) -> str:
    short = name.rpartition("/")[2] or kind.partition("_")[0]
    return PROVIDERS.get(short, short)


def region_in(provider: str, values: Json) -> str:
    """Return the region that a resource's own values tell, empty when they tell none."""
    if provider == "azure":
        location = str(values.get("location") or "").replace(" ", "").lower()
        return location if AZURE_LOCATION.fullmatch(location) else ""
    zone = GCP_ZONE if provider == "gcp" else AWS_ZONE
    for name in ("region", "availability_zone", "zone", "location"):
        value = values.get(name)
        if isinstance(value, str) and (found := zone.fullmatch(value.rpartition("/")[2])):
            return found[1]
    arn = values.get("arn")
    return found[1] if isinstance(arn, str) and (found := ARN.match(arn)) else ""


def _configured(provider: str, said: Written | None, regions: Mapping[str, str]) -> str:
    """Return the region of the resource's provider; without configuration, that of the cloud's default one."""
    names = {name for name, cloud in PROVIDERS.items() if cloud == provider}
    keys = [said.provider] if said and said.provider else sorted(names)
    for key in keys:
        if key in regions:
            return regions[key]
    return ""


def _with_only_region(resources: list[Resource]) -> list[Resource]:
    """Give Azure resources without a location of their own, such as node pools, the one of all others."""
    told = {one.region for one in resources if one.provider == "azure" and one.region}
    if len(told) != 1:
        return resources
    (only,) = told
    return [replace(one, region=only) if one.provider == "azure" and not one.region else one for one in resources]


@dataclass(frozen=True)
class Module:
    """A module's configuration: the prefix of its addresses, its text, its caller and the caller's call of it."""

    prefix: str
    body: Json
    caller: Module | None = None
    call: Json = field(default_factory=dict)

    def child(self, name: str) -> Module | None:
        """Return the module that a call of that name calls."""
        call = (self.body.get("module_calls") or {}).get(name)
        return Module(f"{self.prefix}module.{name}.", call.get("module") or {}, self, call) if call else None


def _written(plan: Json) -> Iterator[tuple[str, Written]]:
    waiting = [Module("", (plan.get("configuration") or {}).get("root_module") or {})]
    while waiting:
        module = waiting.pop()
        for one in module.body.get("resources") or ():
            refs = {
                name: tuple(dict.fromkeys(_resolved(found, module)))
                for name, expression in (one.get("expressions") or {}).items()
                if (found := list(references(expression)))
            }
            yield f"{module.prefix}{one['address']}", Written(one.get("provider_config_key") or "", refs)
        waiting += [child for name in module.body.get("module_calls") or {} if (child := module.child(name))]


def _resolved(found: Iterable[str], module: Module, depth: int = 0) -> Iterator[str]:
    """Return what references lead to, as whole addresses: through variables to the caller, through outputs within."""
    if depth > DEEPEST:
        return
    for reference in found:
        head, _, rest = INDEX.sub("", reference).partition(".")
        name, _, attribute = rest.partition(".")
        if head == "var" and module.caller:
            expression = (module.call.get("expressions") or {}).get(name)
            yield from _resolved(references(expression), module.caller, depth + 1)
        elif head == "module":
            child = module.child(name)
            output = ((child.body.get("outputs") or {}) if child else {}).get(attribute.partition(".")[0])
            if child and output:
                yield from _resolved(references(output.get("expression")), child, depth + 1)
        elif head not in NAMES_OF_NO_RESOURCE and rest:
            yield f"{module.prefix}{head}.{name}"


def _provider_regions(plan: Json, warnings: list[str]) -> dict[str, str]:
    """Return the region of each provider whose region is a constant or comes from variables of the root."""
    found = {}
    for key, one in ((plan.get("configuration") or {}).get("provider_config") or {}).items():
        expression = (one.get("expressions") or {}).get("region") or {}
        told = list(
            dict.fromkeys(region for region in _candidates(expression, plan) if isinstance(region, str) and region)
        )
        if told:
            found[key] = told[0]
        if len(told) > 1:
            warnings.append(
                f"The region of the provider {key} is one of {', '.join(told)} by its configuration;"
                f" {told[0]} is taken, as coalesce() would."
            )
    return found


def _candidates(expression: Json, plan: Json) -> Iterator[object]:
    """Return what a region may be, in the order of the expression."""
    if "constant_value" in expression:
        yield expression["constant_value"]
    names = [one for one in expression.get("references") or () if one.startswith("var.")]
    declared = ((plan.get("configuration") or {}).get("root_module") or {}).get("variables") or {}
    for reference in names:
        # "var.place.region" comes with "var.place".
        if not any(other.startswith(f"{reference}.") for other in names):
            _, name, *path = reference.split(".")
            given = (plan.get("variables") or {}).get(name) or {}
            value = given["value"] if "value" in given else (declared.get(name) or {}).get("default")
            for step in path:
                value = value.get(step) if isinstance(value, dict) else None
            yield value
