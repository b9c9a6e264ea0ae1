# SPDX-License-Identifier: Apache-2.0
"""Terraform variables against the types that a root declares: Terraform drops a misspelt key without a word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import hcl2
from ansible_collections.applied_ai.platform.plugins.module_utils.inventory.keys import suggestion
from lark import Tree

Where = Callable[[str], str]
Node = Tree[Any]


@dataclass(frozen=True)
class Type:
    """A type constraint: what a map or list holds, or which attributes an object has; a primitive has neither."""

    element: Type | None = None
    attributes: Mapping[str, Type] = field(default_factory=dict)


def declared_types(sources: Iterable[str]) -> dict[str, Type]:
    """Return the type of each variable that the texts of a root's ``.tf`` files declare."""
    return {
        name: type_of(constraint)
        for source in sources
        for block in hcl2.parses_to_tree(source).find_data("block")
        for name, constraint in variable_of(block)
    }


def variable_of(block: Node) -> Iterator[tuple[str, Node | None]]:
    """Yield name and type expression of a variable block, nothing for another block."""
    kind, label, body = block.children[0], block.children[1], block.children[-2]
    if text(kind) != "variable":
        return
    types = [part.children[-1] for part in body.find_data("attribute") if text(part.children[0]) == "type"]
    yield text(label), types[0] if types else None


def type_of(expression: Node | None) -> Type:
    """Read a type expression such as ``map(object({ name = optional(string) }))``."""
    inner = expression.children[0] if expression is not None else None
    if not isinstance(inner, Tree) or inner.data != "function_call":
        return Type()
    name = text(inner.children[0])
    (arguments,) = (child for child in inner.children if isinstance(child, Tree) and child.data == "arguments")
    first = arguments.children[0]
    if name == "object":
        elements = [child for child in first.children[0].children if getattr(child, "data", "") == "object_elem"]
        return Type(attributes={text(one.children[0]): type_of(one.children[-1]) for one in elements})
    return type_of(first) if name == "optional" else Type(element=type_of(first))


def text(node: Node) -> str:
    """Return the words of a node, without quotes."""
    return "".join(str(token) for token in node.scan_values(lambda _token: True)).strip().strip('"')


def key_findings(variables: Mapping[str, Any], types: Mapping[str, Type], where: Where) -> list[str]:
    """Return one sentence per variable that the root does not declare and per key that its type does not have."""
    findings = [
        f"{where(name)} is no variable of this Terraform root; {suggestion(name, types, 'remove it')}."
        for name in variables
        if name not in types
    ]
    for name, value in variables.items():
        if name in types:
            findings += inner_findings(value, types[name], where(name))
    return findings


def inner_findings(value: object, expected: Type, place: str) -> list[str]:
    """Return the findings inside one value."""
    findings: list[str] = []
    if isinstance(value, list) and expected.element:
        for index, item in enumerate(value):
            findings += inner_findings(item, expected.element, f"{place}[{index}]")
    if not isinstance(value, dict):
        return findings
    for key, item in value.items():
        if expected.element:
            findings += inner_findings(item, expected.element, f"{place}.{key}")
        elif key in expected.attributes:
            findings += inner_findings(item, expected.attributes[key], f"{place}.{key}")
        elif expected.attributes:
            right = suggestion(str(key), expected.attributes, f"it takes {', '.join(sorted(expected.attributes))}")
            findings.append(f"{place}.{key} is no key that Terraform knows there; {right}.")
    return findings
