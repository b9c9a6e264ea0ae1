# SPDX-License-Identifier: Apache-2.0
"""Decimal amounts: how they are read, rounded and shown."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

# A year of 8,760 hours in twelve equal months, as the clouds' own price pages reckon.
HOURS_PER_MONTH: Final = Decimal(730)
CENT: Final = Decimal("0.01")
# An hour of a small part costs far less than a cent.
HOURLY: Final = Decimal("0.000001")
# The currencies in which the three clouds publish list prices that a book may hold.
CURRENCIES: Final = frozenset(
    {
        "USD",
        "CNY",
        "EUR",
        "GBP",
        "AUD",
        "BRL",
        "CAD",
        "CHF",
        "DKK",
        "IDR",
        "INR",
        "JPY",
        "KRW",
        "MXN",
        "MYR",
        "NOK",
        "NZD",
        "PLN",
        "RUB",
        "SEK",
        "TWD",
    }
)


def decimal_of(value: object, what: str) -> Decimal:
    """Return a number as Decimal.

    Args:
        value: An int, a Decimal, or a text such as ``12.50``; never a float, which has lost digits already.
        what: What the number is and where it is set, for the sentence.

    Raises:
        CostError: It is no finite decimal number.

    """
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        number = Decimal(value)
    elif isinstance(value, str):
        try:
            number = Decimal(value.strip())
        except InvalidOperation as error:
            raise CostError(f"{what} is {value!r}; it must be a decimal number such as 12.50.") from error
    else:
        raise CostError(f"{what} is {value!r} ({type(value).__name__}); it must be a decimal number such as 12.50.")
    if not number.is_finite():
        raise CostError(f"{what} is {value!r}; it must be a finite number such as 12.50.")
    return number


def not_negative(value: object, what: str) -> Decimal:
    """Return a number that is not below zero.

    Raises:
        CostError: It is, or is no finite decimal number.

    """
    number = decimal_of(value, what)
    if number < 0:
        raise CostError(f"{what} is {value}; it must not be negative.")
    return number


def cents(amount: Decimal) -> str:
    """Return an amount rounded half-up (away from zero) to 0.01, such as ``1234.50``."""
    return plain(amount, CENT)


def hourly(amount: Decimal) -> str:
    """Return an amount per hour, rounded half-up to a millionth."""
    return plain(amount, HOURLY)


def plain(amount: Decimal, step: Decimal) -> str:
    """Return an amount rounded half-up to a step, without an exponent and never as minus zero."""
    rounded = amount.quantize(step, rounding=ROUND_HALF_UP)
    return f"{rounded if rounded else abs(rounded):f}"


def shown(number: Decimal) -> str:
    """Return a quantity or price with all its digits and no more: ``730``, ``0.0416``."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def currency_of(code: str, where: str) -> str:
    """Return a currency's code.

    Raises:
        CostError: It is none that the clouds publish prices in.

    """
    if code not in CURRENCIES:
        raise CostError(
            f"{where} has the currency {code!r}, which is unknown; use one of {', '.join(sorted(CURRENCIES))}."
        )
    return code
