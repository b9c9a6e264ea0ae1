# SPDX-License-Identifier: Apache-2.0
"""The usage file: Infracost's format and names of keys, https://www.infracost.io/docs/features/usage_based_resources.

``resource_usage`` holds usage by address, in which ``[*]`` stands for any key of count or for_each;
``resource_type_default_usage`` holds what counts for every resource of a type that has nothing of its own.
Keys in keys (``standard: {storage_gb: 10}``) are told with a dot: ``standard.storage_gb``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import decimal_of
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.plan import INDEX

VERSIONS: Final = ("0.1", "v0.1")
SECTIONS: Final = ("version", "resource_type_default_usage", "resource_usage")
# Keys whose values are words.
WORDS: Final = frozenset(
    {
        "api_throughput_limit",
        "endpoint_type",
        "operating_system",
        "region",
        "reserved_instance_payment_option",
        "reserved_instance_term",
        "reserved_instance_type",
    }
)

Given = Mapping[str, Decimal | str]


@dataclass(frozen=True)
class Usage:
    """Usage by address (perhaps with wildcards) and by type; where names the file in sentences."""

    where: str = "no usage file"
    by_address: Mapping[str, Given] = field(default_factory=dict)
    by_type: Mapping[str, Given] = field(default_factory=dict)
    wild: tuple[tuple[re.Pattern[str], Given], ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        """Split what has wildcards, so that a look-up by address stays fast."""
        wild = tuple((pattern(one), given) for one, given in self.by_address.items() if "[*]" in one)
        object.__setattr__(self, "wild", wild)

    def of(self, address: str, kind: str) -> Given:
        """Return a resource's usage: the type's, then that of wildcards, then its own, key by key."""
        found = dict(self.by_type.get(kind, {}))
        for wanted, given in self.wild:
            if wanted.fullmatch(address):
                found.update(given)
        found.update(self.by_address.get(address, {}))
        return found


def pattern(address: str) -> re.Pattern[str]:
    """Return what an address with ``[*]`` matches."""
    return re.compile(f"(?:{INDEX.pattern})".join(re.escape(part) for part in address.split("[*]")))


def load(text: str, where: str) -> Usage:
    """Return the usage in a file's text.

    Raises:
        CostError: It is no usage file, or a value in it is negative or no number.

    """
    try:
        # As texts, since a float has lost digits already. This loader makes nothing but texts, lists and dicts.
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise CostError(f"{where} is no YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(document, dict):
        raise CostError(f"{where} is no usage file; it must hold version: 0.1 and resource_usage.")
    if unknown := sorted(document.keys() - set(SECTIONS)):
        raise CostError(f"{where} has the key {unknown[0]}, which is unknown; use {', '.join(SECTIONS)}.")
    if document.get("version") not in VERSIONS:
        raise CostError(f"{where} has the version {document.get('version')!r}; only 0.1 can be read.")
    return Usage(
        where=where,
        by_address=_section(document, "resource_usage", where),
        by_type=_section(document, "resource_type_default_usage", where),
    )


def check_addresses(usage: Usage, addresses: Mapping[str, Any]) -> None:
    """Refuse usage of an address that the plan has not.

    Raises:
        CostError: There is one.

    """
    for one in usage.by_address:
        wanted = pattern(one) if "[*]" in one else None
        if not (any(wanted.fullmatch(address) for address in addresses) if wanted else one in addresses):
            raise CostError(
                f"{usage.where} has usage of {one}, which the plan has not;"
                " write an address as terraform plan does, or [*] for any key of it."
            )


def _section(document: Mapping[str, Any], name: str, where: str) -> dict[str, Given]:
    section = document.get(name) or {}
    if not isinstance(section, dict):
        raise CostError(f"{where}: {name} must be a mapping of resources to their usage.")
    return {address: dict(_flat(given, "", f"{where}: {name}, {address}")) for address, given in section.items()}


def _flat(given: object, prefix: str, where: str) -> Iterator[tuple[str, Decimal | str]]:
    if given in (None, ""):
        return
    if not isinstance(given, dict):
        raise CostError(
            f"{where}: {prefix.rstrip('.') or 'the usage'} is {given!r}; it must be a mapping of keys to numbers."
        )
    for key, value in given.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.", where)
        elif key in WORDS:
            yield name, str(value)
        else:
            number = decimal_of(value, f"{where}: {name}")
            if number < 0:
                raise CostError(f"{where}: {name} is {value}; usage is not negative.")
            yield name, number
