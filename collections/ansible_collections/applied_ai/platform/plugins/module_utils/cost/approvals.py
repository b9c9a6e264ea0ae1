# SPDX-License-Identifier: Apache-2.0
"""Approvals by name: who lets what pass, why, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError


@dataclass(frozen=True)
class Approval:
    """Who approves what (``of``), why, and until when: that day included; None: for as long as it stays the same."""

    of: str
    approved_by: str
    reason: str
    until: date | None = None

    def holds(self, today: date) -> bool:
        """Say whether it counts today."""
        return self.until is None or today <= self.until


def read(document: object, where: str, key: str, names: str) -> tuple[Approval, ...]:
    """Read approvals from a parsed YAML file.

    Args:
        document: What the file holds; None for an empty one.
        where: What sentences call the file.
        key: The key of an entry that tells what is approved, such as ``digest``.
        names: What that is, for the sentence, such as ``the plan's digest``.

    Raises:
        CostError: An entry lacks something, or has what an approval does not know.

    """
    if document is None:
        return ()
    if not isinstance(document, list):
        raise CostError(f"{where} must be a list of approvals, each with {key}, approved_by and reason.")
    return tuple(_read(entry, f"{where}, entry {number}", key, names) for number, entry in enumerate(document, 1))


def _read(entry: object, where: str, key: str, names: str) -> Approval:
    if not isinstance(entry, Mapping):
        raise CostError(f"{where} must be an approval with {key}, approved_by and reason.")
    known = {key, "approved_by", "reason", "until"}
    if unknown := sorted(str(one) for one in set(entry) - known):
        raise CostError(f"{where} has the key {unknown[0]}; an approval knows {', '.join(sorted(known))}.")
    texts = {one: str(entry.get(one) or "").strip() for one in (key, "approved_by", "reason")}
    if missing := [one for one, text in texts.items() if not text]:
        raise CostError(f"{where} has no {missing[0]}: an approval names {names}, who approves it, and why.")
    return Approval(texts[key], texts["approved_by"], texts["reason"], _day(entry.get("until"), where))


def _day(value: object, where: str) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise CostError(f"{where} has until: {value}; it must be a day such as 2026-12-31.") from None
