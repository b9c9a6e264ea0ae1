# SPDX-License-Identifier: Apache-2.0
"""Amounts as Kubernetes writes them: 250m, 2, 512Mi. Its client reads them too, but takes a second to import."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal
from typing import Final

BINARY: Final = {f"{prefix}i": Decimal(1024) ** power for power, prefix in enumerate("KMGTPE", start=1)}
DECIMAL: Final = {prefix: Decimal(1000) ** power for power, prefix in enumerate("kMGTPE", start=1)}
SMALL: Final = {"n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1)}
SUFFIXES: Final = {**BINARY, **DECIMAL, **SMALL}
AMOUNT: Final = re.compile(
    r"(?P<number>\+?\d+(?:\.\d*)?|\+?\.\d+)(?:[eE](?P<power>[+-]?\d{1,2})|(?P<suffix>[A-Za-z]{0,2}))"
)


def parse(text: object) -> Decimal | None:
    """Return an amount as a number, None where it is none."""
    found = AMOUNT.fullmatch(str(text))
    if not found or (found["suffix"] or "") not in SUFFIXES:
        return None
    if found["power"]:
        return Decimal(found["number"]).scaleb(int(found["power"]))
    return Decimal(found["number"]) * SUFFIXES[found["suffix"]]


def shown(amount: Decimal) -> str:
    """Return an amount as one writes it; what is large is memory, and rounded up to whole Mi."""
    if amount < BINARY["Mi"]:
        return f"{amount.normalize():f}"
    for suffix in ("Ti", "Gi"):
        if amount % BINARY[suffix] == 0:
            return f"{amount / BINARY[suffix]:f}{suffix}"
    return f"{(amount / BINARY['Mi']).to_integral_value(ROUND_CEILING):f}Mi"
