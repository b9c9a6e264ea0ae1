# SPDX-License-Identifier: Apache-2.0
"""What the environment says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

DAY_S = 86_400
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsError(ValueError):
    """A variable of the environment that cannot be used."""


@dataclass(frozen=True)
class Settings:
    """Each field is the environment variable of the same name in capitals."""

    host: str = "0.0.0.0"  # noqa: S104 - in a pod, probes and callers come from outside
    port: int = 8080
    log_level: str = "INFO"
    version: str = ""
    hostname: str = ""
    # Seconds after the start in which /ready fails, as a model that is being loaded would make it.
    startup_seconds: float = 0.0
    # Seconds for which it goes on serving once it is told to end, then seconds that requests in flight have left.
    drain_seconds: float = 2.0
    finish_seconds: float = 30.0
    # Faults, for tests: the share of work that fails, what work takes, when the process breaks down (0: never).
    fail_rate: float = 0.0
    latency_ms: float = 0.0
    crash_after: float = 0.0


def number(name: str, text: str, lowest: float, highest: float) -> float:
    """Read a number within bounds."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not lowest <= value <= highest:
        raise SettingsError(f"{name}={text!r} in the environment is no number from {lowest:g} to {highest:g}.")
    return value


def whole(name: str, text: str, lowest: int, highest: int) -> int:
    """Read a whole number within bounds."""
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise SettingsError(f"{name}={text!r} in the environment is no whole number from {lowest} to {highest}.")
    return int(text)


def level(name: str, text: str) -> str:
    """Read the level of the log."""
    if text.upper() not in LEVELS:
        raise SettingsError(f"{name}={text!r} in the environment is no level of a log: use one of {', '.join(LEVELS)}.")
    return text.upper()


def plain(_name: str, text: str) -> str:
    """Read a text."""
    return text


seconds = partial(number, lowest=0, highest=DAY_S)
READERS: Mapping[str, Callable[[str, str], str | int | float]] = {
    "port": partial(whole, lowest=1, highest=65_535),
    "log_level": level,
    "startup_seconds": seconds,
    "drain_seconds": seconds,
    "finish_seconds": seconds,
    "fail_rate": partial(number, lowest=0, highest=1),
    "latency_ms": partial(number, lowest=0, highest=60_000),
    "crash_after": seconds,
}


def read(environ: Mapping[str, str]) -> Settings:
    """Return the settings; an empty variable is as good as none."""
    names = [one.name for one in dataclasses.fields(Settings)]
    given = {name: environ[name.upper()] for name in names if environ.get(name.upper())}
    values: dict[str, Any] = {name: READERS.get(name, plain)(name.upper(), text) for name, text in given.items()}
    return dataclasses.replace(Settings(), **values)
