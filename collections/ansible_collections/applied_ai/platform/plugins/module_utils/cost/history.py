# SPDX-License-Identifier: Apache-2.0
"""Where the past demand of a service comes from: a file, or a range of Prometheus."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlencode

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.predict import PredictError, Sample

# Address → what it answers
Open = Callable[[str], IO[bytes]]
# Prometheus gives 11,000 points at most: a week of ten minutes is 1,008.
STEP_S: Final = 600
COLUMNS: Final = ["at", "value"]


def from_file(path: Path) -> list[Sample]:
    """Read a CSV file with the columns at (ISO 8601 with an offset) and value.

    Raises:
        PredictError: It cannot be read; the sentence names the line.

    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream)
            if rows.fieldnames != COLUMNS:
                raise PredictError(f"The history {path} has the columns {rows.fieldnames}; it must have at and value.")
            return [sample(row["at"], row["value"], f"{path}:{rows.line_num}") for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PredictError(f"Failed to read the history {path}: {error}.") from error


def sample(at: str, value: object, where: str) -> Sample:
    """Return one sample of two texts."""
    try:
        moment, number = datetime.fromisoformat(at), float(str(value))
    except (TypeError, ValueError) as error:
        raise PredictError(f"{where} has {at!r} and {value!r}; write a moment and a number.") from error
    if moment.tzinfo is None:
        raise PredictError(f"{where} has the moment {at!r} without an offset; write it as 2026-11-28T12:00+00:00.")
    return Sample(moment, number)


def from_prometheus(address: str, query: str, now: datetime, weeks: int, open_: Open) -> list[Sample]:
    """Return a query's values of some weeks, asked week by week; the query must give one series.

    Raises:
        PredictError: Prometheus does not answer, refuses, or gives several series.

    """
    return [one for week in range(weeks, 0, -1) for one in _week(address, query, now - timedelta(weeks=week), open_)]


def _week(address: str, query: str, start: datetime, open_: Open) -> Iterator[Sample]:
    end = start + timedelta(weeks=1) - timedelta(seconds=STEP_S)
    asked = {"query": query, "start": start.timestamp(), "end": end.timestamp(), "step": STEP_S}
    try:
        with open_(f"{address.rstrip('/')}/api/v1/query_range?{urlencode(asked)}") as answer:
            document = json.loads(answer.read())
    except (OSError, ValueError) as error:
        raise PredictError(f"Prometheus at {address} does not answer: {error}.") from error
    series = (document.get("data") or {}).get("result")
    if document.get("status") != "success" or not isinstance(series, list):
        raise PredictError(f"Prometheus at {address} refuses: {document.get('error') or 'no reason given'}.")
    if len(series) > 1:
        raise PredictError(f"The query {query} gives {len(series)} series; it must give one, such as by sum().")
    yield from _points(series[0]["values"] if series else ())


def _points(values: Iterable[Any]) -> Iterator[Sample]:
    for at, value in values:
        # A quotient of nothing is not a number; the hour is unknown then.
        if not math.isnan(number := float(value)):
            yield Sample(datetime.fromtimestamp(at, UTC), number)
