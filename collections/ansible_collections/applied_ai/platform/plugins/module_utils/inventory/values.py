# SPDX-License-Identifier: Apache-2.0
"""Values of an inventory against the types and choices that the roles declare, before the first role runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

Json = dict[str, Any]
# Documentation only; ArgumentSpecValidator does not know them.
PROSE = ("description", "version_added")


def value_findings(values: Mapping[str, Any], options: Mapping[str, Json], places: Mapping[str, str]) -> list[str]:
    """Return one sentence per value of the wrong type, outside the choices, or with an unknown key inside."""
    findings = []
    for name, value in sorted(values.items()):
        spec = {**plain(options[name]), "required": False}
        result = ArgumentSpecValidator({name: spec}).validate({name: value})
        for message in result.error_messages:
            told = "its value does not fit its type or choices" if spec.get("no_log") else message.rstrip(".")
            findings.append(f"{places.get(name, name)}: {told}.")
    return findings


def missing_findings(values: Mapping[str, Any], options: Mapping[str, Json], where: str) -> list[str]:
    """Return one sentence per required option that nothing sets."""
    return [
        f"{where} does not set {name}, which is required; {sentence(option)}"
        for name, option in sorted(options.items())
        if option.get("required") and values.get(name) in (None, "")
    ]


def sentence(option: Mapping[str, Any]) -> str:
    """Return the first sentence of an option's description."""
    text = option.get("description") or ""
    first = text[0] if isinstance(text, list) else text
    return " ".join(str(first).split()).partition(". ")[0].rstrip(".") + "."


def plain(option: Json) -> Json:
    """Return an option without its prose, nested ones included."""
    kept = {key: value for key, value in option.items() if key not in PROSE}
    if isinstance(kept.get("options"), dict):
        kept["options"] = {name: plain(inner or {}) for name, inner in kept["options"].items()}
    # A default is the role's matter: here it would stand in for what the inventory says.
    kept.pop("default", None)
    return kept
