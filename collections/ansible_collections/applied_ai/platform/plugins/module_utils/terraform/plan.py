# SPDX-License-Identifier: Apache-2.0
"""A saved plan's JSON: what it will do, and a difference to show that holds no secret."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import Json

SENSITIVE = "(sensitive)"
UNKNOWN = "(known after apply)"
_ABSENT = object()
# How resources of the clouds spell that they refuse their removal.
PROTECTION = ("deletion_protection", "deletion_protection_enabled", "enable_deletion_protection")


def action(change: Mapping[str, Any]) -> str:
    """Return the one word for a change: create, update, replace, delete, forget, import, read or no-op."""
    actions = list(change.get("actions", []))
    if sorted(actions) == ["create", "delete"]:
        return "replace"
    word = str(actions[0]) if actions else "no-op"
    return "import" if word == "no-op" and change.get("importing") else word


def summarise(plan: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what the plan does, sorted by address; unchanged resources and data sources are left out."""
    found = []
    for item in plan.get("resource_changes", []):
        word = action(item["change"])
        if item.get("mode") == "managed" and word != "no-op":
            found.append({"address": str(item["address"]), "action": word, "type": str(item["type"])})
    return sorted(found, key=lambda row: row["address"])


def protected(plan: Mapping[str, Any]) -> list[str]:
    """Return the addresses of what the plan would remove although the cloud is told to refuse that."""
    return sorted(
        str(item["address"])
        for item in plan.get("resource_changes", [])
        if action(item["change"]) in ("delete", "replace")
        and any(item["change"]["before"].get(name) is True for name in PROTECTION)
    )


def count(summary: list[dict[str, str]]) -> dict[str, int]:
    """Return how many resources each action meets."""
    found = Counter(row["action"] for row in summary)
    return {word: found[word] for word in ("create", "update", "replace", "delete", "forget", "import")}


def changed_outputs(plan: Mapping[str, Any]) -> list[str]:
    """Return the names of the outputs that the plan changes."""
    return sorted(name for name, change in plan.get("output_changes", {}).items() if action(change) != "no-op")


def has_changes(plan: Mapping[str, Any]) -> bool:
    """Tell whether applying the plan would change anything at all."""
    return bool(summarise(plan) or changed_outputs(plan))


def mask(value: Json, sensitive: Json, unknown: Json) -> Json:
    """Return `value` with its sensitive parts and the ones not known yet replaced by words."""
    if sensitive is True:
        return SENSITIVE
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, dict) or isinstance(value, dict):
        values = value if isinstance(value, dict) else {}
        names = set(values) | {name for name, flag in _items(unknown) if _any_true(flag)}
        return {name: mask(values.get(name), _child(sensitive, name), _child(unknown, name)) for name in sorted(names)}
    if isinstance(value, list):
        return [mask(item, _child(sensitive, index), _child(unknown, index)) for index, item in enumerate(value)]
    return value


def _items(flags: Json) -> list[tuple[str, Any]]:
    return list(flags.items()) if isinstance(flags, dict) else []


def _any_true(flag: Json) -> bool:
    if isinstance(flag, dict):
        return any(_any_true(item) for item in flag.values())
    if isinstance(flag, list):
        return any(_any_true(item) for item in flag)
    return flag is True


def _child(flags: Json, key: str | int) -> Json:
    if isinstance(flags, dict) and isinstance(key, str):
        return flags.get(key, False)
    if isinstance(flags, list) and isinstance(key, int) and key < len(flags):
        return flags[key]
    return False


def shareable(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a plan says of its resources, in its own form and without any secret: what a price is made of.

    Variables are left out but those that the providers' settings name, such as the region; so are constants of the
    configuration, which no mark tells from secrets.
    """
    configuration = plan.get("configuration", {})
    providers = configuration.get("provider_config", {})
    variables = plan.get("variables", {})
    named = {ref.removeprefix("var.") for ref in references(providers) if ref.startswith("var.")}
    return {
        "format_version": plan.get("format_version"),
        "terraform_version": plan.get("terraform_version"),
        "variables": {name: variables[name] for name in sorted(named & {*variables})},
        "planned_values": _hidden_values(plan.get("planned_values", {})),
        "prior_state": {"values": _hidden_values(plan.get("prior_state", {}).get("values", {}))},
        "resource_changes": [_without_values(item) for item in plan.get("resource_changes", [])],
        "configuration": {
            "provider_config": _region_only(providers),
            "root_module": _without_constants(configuration.get("root_module", {})),
        },
    }


def _without_values(item: Mapping[str, Any]) -> dict[str, Any]:
    change = {"actions": item["change"]["actions"], "after_unknown": item["change"].get("after_unknown", {})}
    return {**{name: item[name] for name in ("address", "mode", "type")}, "change": change}


def _hidden_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"root_module": _hidden_module(values["root_module"])} if "root_module" in values else {}


def _hidden_module(module: Mapping[str, Any]) -> dict[str, Any]:
    resources = [
        {**item, "values": mask(item.get("values"), item.get("sensitive_values", False), False)}
        for item in module.get("resources", [])
    ]
    children = [_hidden_module(child) for child in module.get("child_modules", [])]
    return {**module, "resources": resources, "child_modules": children}


def _region_only(providers: Mapping[str, Any]) -> dict[str, Any]:
    kept = {}
    for key, provider in providers.items():
        expressions = provider.get("expressions", {})
        region = {"expressions": {"region": expressions["region"]}} if "region" in expressions else {}
        kept[key] = {name: provider[name] for name in ("name", "full_name", "alias") if name in provider} | region
    return kept


def _without_constants(module: Mapping[str, Any]) -> dict[str, Any]:
    resources = [
        {name: item[name] for name in ("address", "mode", "type", "name", "provider_config_key") if name in item}
        | {"expressions": _only_references(item.get("expressions", {}))}
        for item in module.get("resources", [])
    ]
    calls = {
        name: {
            "expressions": _only_references(call.get("expressions", {})),
            "module": _without_constants(call.get("module", {})),
        }
        for name, call in module.get("module_calls", {}).items()
    }
    outputs = {
        name: {"expression": _only_references(output.get("expression", {}))}
        for name, output in module.get("outputs", {}).items()
    }
    return {"resources": resources, "module_calls": calls, "outputs": outputs}


def _only_references(expression: Json) -> Json:
    if isinstance(expression, dict):
        return {name: _only_references(item) for name, item in expression.items() if name != "constant_value"}
    if isinstance(expression, list):
        return [_only_references(item) for item in expression]
    return expression


def references(expression: object) -> Iterator[str]:
    """Return what an expression of the configuration refers to, in its order."""
    if isinstance(expression, list):
        for one in expression:
            yield from references(one)
    elif isinstance(expression, dict):
        for name, one in expression.items():
            if name == "references":
                yield from one
            elif name != "constant_value":
                yield from references(one)


def difference(plan: Mapping[str, Any]) -> dict[str, str]:
    """Return the plan as Ansible's before and after texts: changed attributes only, without any secret."""
    before: list[str] = []
    after: list[str] = []
    changes = [item for item in plan.get("resource_changes", []) if item.get("mode") == "managed"]
    for item in sorted(changes, key=lambda row: str(row["address"])):
        word = action(item["change"])
        if word != "no-op":
            _add(f"{item['address']} ({word})", item["change"], before, after)
    for name in changed_outputs(plan):
        _add(f"output.{name}", plan["output_changes"][name], before, after)
    return {
        "before_header": "platform",
        "after_header": "plan",
        "before": "".join(f"{line}\n" for line in before),
        "after": "".join(f"{line}\n" for line in after),
    }


def _add(title: str, change: Mapping[str, Any], before: list[str], after: list[str]) -> None:
    secret = change.get("before_sensitive", False), change.get("after_sensitive", False)
    old = mask(change.get("before"), secret[0], False)
    new = mask(change.get("after"), secret[1], change.get("after_unknown", False))
    # A value that is sensitive on one side is sensitive on both.
    old, new = _hide(old, secret[1]), _hide(new, secret[0])
    removed, added = _lines(old), _lines(new)
    if isinstance(old, dict) and isinstance(new, dict):
        names = [name for name in sorted({*old, *new}) if old.get(name, _ABSENT) != new.get(name, _ABSENT)]
        hidden = [
            name
            for name in sorted({*old, *new})
            if name not in names and SENSITIVE in json.dumps(old.get(name)) and _differs(change, name)
        ]
        removed = [f"  {name}: {_text(old.get(name))}" for name in names]
        removed += [f"  {name}: {SENSITIVE}" for name in hidden]
        added = [f"  {name}: {_text(new.get(name))}" for name in names]
        added += [f"  {name}: {SENSITIVE} (changed)" for name in hidden]
    if change.get("before") is not None:
        before += [title, *removed]
    if change.get("after") is not None or change.get("after_unknown"):
        after += [title, *added]


def _differs(change: Mapping[str, Any], name: str) -> bool:
    old, new = change.get("before") or {}, change.get("after") or {}
    return bool(old.get(name) != new.get(name))


def _hide(value: Json, sensitive: Json) -> Json:
    return value if value is None else mask(value, sensitive, False)


def _lines(value: Json) -> list[str]:
    if isinstance(value, dict):
        return [f"  {name}: {_text(item)}" for name, item in value.items() if item not in (None, [], {}, UNKNOWN)]
    return [f"  {_text(value)}"]


def _text(value: Json) -> str:
    return value if isinstance(value, str) and value in (SENSITIVE, UNKNOWN) else json.dumps(value, sort_keys=True)


def content_digest(content: bytes) -> str:
    """Return the SHA-256 of a saved plan."""
    return hashlib.sha256(content).hexdigest()
