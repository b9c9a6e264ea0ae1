# SPDX-License-Identifier: Apache-2.0
"""Read a bill once with DuckDB, into a small table of sums from which every figure of a report is added up.

The table ``cube`` has one row per combination of what a report tells apart; the bill's lines are read for it once,
and their identity once more, for lines that are there twice. Both use no more memory than they are given.
"""

# ruff: noqa: S608 # SQL is put together from constants; foreign text goes through quoted()
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.exports import Export
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.formats import (
    CUR,
    MONEY,
    NARROW,
    WIDE,
    Format,
    detect,
    expression,
    quoted,
    tag_expression,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TEXTS: Final = (
    "BillingCurrency",
    "ChargeCategory",
    "ServiceName",
    "SubAccountId",
    "RegionId",
    "PricingCategory",
    "CommitmentDiscountStatus",
    "CommitmentDiscountId",
    "InstanceType",
)

# How many of the lines behind a row of the cube cannot be reckoned with.
FAULTY: Final = "CASE WHEN Month IS NULL OR Day IS NULL OR BillingCurrency = '' THEN Lines ELSE Unpriced END"


@dataclass(frozen=True)
class Settings:
    """How a bill is read: DuckDB's memory (such as ``512MB``) and threads, a folder for what does not fit, the tags."""

    tags: Mapping[str, Sequence[str]]
    memory: str
    threads: int
    scratch: Path


@dataclass(frozen=True)
class Part:
    """Files of one shape: their format, their columns with DuckDB's types, and the SQL that reads them."""

    form: Format
    types: Mapping[str, str]
    paths: tuple[Path, ...]
    source: str


@contextmanager
def database(settings: Settings) -> Iterator[DuckDBPyConnection]:
    """Yield a database in memory."""
    try:
        import duckdb  # noqa: PLC0415 # where it is missing, everything else works
    except ImportError as error:
        raise CostError(f"The Python library duckdb is missing ({error}); run make setup.") from error
    options: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory,
        "threads": str(settings.threads),
        "temp_directory": str(settings.scratch),
        "preserve_insertion_order": "false",
        # A bill's text can name no file and no address of its own.
        "autoinstall_known_extensions": "false",
    }
    try:
        connection = duckdb.connect(":memory:", config=options)
    except duckdb.Error as error:
        raise CostError(f"DuckDB refuses its settings ({line(error)}); set memory_limit such as 512MB.") from error
    try:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def parts(connection: DuckDBPyConnection, exports: Sequence[Export]) -> list[Part]:
    """Return the files in groups of one shape.

    Raises:
        CostError: One of them cannot be read, or is no bill.

    """
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], list[Path]] = {}
    for one in exports:
        reader = "parquet" if one.parquet else "csv"
        groups.setdefault((reader, columns(connection, one)), []).append(one.path)
    return [
        Part(form, dict(shape), tuple(paths), source(reader, paths, form, dict(shape)))
        for (reader, shape), paths in groups.items()
        if (form := detect([name for name, _ in shape], str(paths[0])))
    ]


def source(reader: str, paths: Sequence[Path], form: Format, types: Mapping[str, str]) -> str:
    """Return the SQL that reads files of one shape, with numbers where CSV, and some Parquet, has text."""
    read = reading(reader, paths)
    numbers = sorted(name for name in form.numbers if types.get(name) == "VARCHAR")
    casts = ", ".join(f"CAST(nullif({name}, '') AS {WIDE}) AS {name}" for name in numbers)
    return f"(SELECT * REPLACE ({casts}) FROM {read})" if casts else read


def reading(reader: str, paths: Sequence[Path]) -> str:
    """Return the SQL that reads files of one shape. Text stays text: money is never read as a float."""
    files = "[" + ", ".join(quoted(str(path)) for path in paths) + "]"
    if reader == "parquet":
        return f"read_parquet({files}, hive_partitioning = false)"
    return f"read_csv({files}, all_varchar = true, header = true, nullstr = '', hive_partitioning = false)"


def columns(connection: DuckDBPyConnection, export: Export) -> tuple[tuple[str, str], ...]:
    """Return a file's columns and their types."""
    read = reading("parquet" if export.parquet else "csv", [export.path])
    rows = ask(connection, f"DESCRIBE SELECT * FROM {read}", str(export.path))
    return tuple((str(row[0]), str(row[1])) for row in rows)


def ask(connection: DuckDBPyConnection, sql: str, what: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query.

    Raises:
        CostError: What is in the files cannot be read so.

    """
    import duckdb  # noqa: PLC0415 # see database()

    try:
        return connection.execute(sql).fetchall()
    except duckdb.Error as error:
        raise CostError(f"{what} cannot be read: {line(error)}; export it again, or leave it out.") from error


def line(error: Exception) -> str:
    """Return the first line of an error, without the full stop."""
    return next(iter(str(error).strip().splitlines()), "no reason given").rstrip(".")


def fill(connection: DuckDBPyConnection, given: Sequence[Part], settings: Settings) -> None:
    """Make the table ``cube`` of all lines.

    Raises:
        CostError: A line has no cost, or an amount, a date or a currency that is none.

    """
    import duckdb  # noqa: PLC0415 # see database()

    what = ", ".join(str(part.paths[0]) for part in given)
    try:
        connection.execute(cube(given, settings, NARROW))
    except (duckdb.ConversionException, duckdb.OutOfRangeException):
        # A line above a hundred million: rare outside of currencies with small units.
        ask(connection, cube(given, settings, WIDE), what)
    except duckdb.Error as error:
        raise CostError(f"{what} cannot be read: {line(error)}; export it again, or leave it out.") from error
    (lines, unpriced) = ask(connection, f"SELECT sum(Lines), sum({FAULTY}) FROM cube", what)[0]
    if not lines:
        raise CostError(f"{what} has no lines; name a bill that has been exported already.")
    if unpriced:
        raise CostError(f"{what}: {unpriced} of {lines} lines have no cost, date or currency; export it again.")


def cube(given: Sequence[Part], settings: Settings, kind: str) -> str:
    """Return the SQL that makes the table of sums, with a DuckDB type for amounts.

    Lines are grouped by what the export has, as it stands: empty texts become one only among the sums, since DuckDB
    groups a column of Parquet's dictionaries faster than anything reckoned from it.
    """
    names = [*TEXTS, *(label(tag) for tag in settings.tags)]
    texts = ", ".join(f"coalesce({name}, '') AS {name}" for name in names)
    lines = " UNION ALL ".join(
        f"SELECT {quoted(part.form.name)} AS Format, * FROM ({sums(view(part, settings.tags, kind))})" for part in given
    )
    return f"CREATE OR REPLACE TEMP TABLE cube AS SELECT * REPLACE ({texts}) FROM ({lines})"


def sums(lines: str) -> str:
    """Return the SQL of the sums of lines."""
    return (
        f"SELECT * EXCLUDE ({', '.join(MONEY)}), count(*) AS Lines,"
        " count(*) - least(count(BilledCost), count(EffectiveCost)) AS Unpriced,"
        " count(CASE WHEN ConsumedQuantity < 0 AND ChargeCategory = 'Usage' THEN 1 END) AS Negative,"
        f" {', '.join(f'coalesce(sum({name}), 0)::{WIDE} AS {name}' for name in MONEY)},"
        f" coalesce(sum(CASE WHEN ListCost IS NOT NULL THEN EffectiveCost END), 0)::{WIDE} AS ListedCost,"
        f" count(ListCost) AS Listed FROM ({lines}) GROUP BY ALL"
    )


def view(part: Part, tags: Mapping[str, Sequence[str]], kind: str) -> str:
    """Return the SQL of the lines of one shape as the view that reports are made of."""
    form, there = part.form, part.types
    amounts = [f"CAST({expression(form, name, there)} AS {kind}) AS {name}" for name in MONEY]
    texts = [f"CAST({expression(form, name, there)} AS VARCHAR) AS {name}" for name in TEXTS]
    labels = [f"CAST({tag_expression(form, keys, there)} AS VARCHAR) AS {label(tag)}" for tag, keys in tags.items()]
    days = [
        f"CAST(CAST({expression(form, name, there)} AS TIMESTAMP) AS DATE) AS {called}"
        for name, called in (("BillingPeriodStart", "Month"), ("ChargePeriodStart", "Day"))
    ]
    return f"SELECT {', '.join([*days, *texts, *labels, *amounts])} FROM {part.source}"


def label(tag: str) -> str:
    """Return the cube's column of a tag."""
    return '"tag_' + tag.replace('"', '""') + '"'


def repeated(connection: DuckDBPyConnection, given: Sequence[Part]) -> int:
    """Return how many lines are there again, by their identity.

    A hash of eight bytes finds candidates in one pass; only their identities are compared themselves.
    """
    lines = " UNION ALL ".join(f"SELECT {hashed(part)} AS h FROM {part.source} AS line" for part in given)
    counted = ask(connection, f"SELECT count(*) - count(DISTINCT h) FROM ({lines})", str(given[0].paths[0]))
    if not counted[0][0]:
        return 0
    return sum(certain(connection, given, form) for form in {part.form.name: part.form for part in given}.values())


def hashed(part: Part) -> str:
    """Return the SQL of the hash of a line's identity."""
    return f"hash({identity(part)})" if part.form is CUR else "hash(line)"


def identity(part: Part) -> str:
    """Return the SQL of a line's identity."""
    if part.form is not CUR:
        return "line"
    # A line's id is its own only within its hour or day.
    when = next(name for name in (*part.form.identity[1:], "line_item_usage_start_date") if name in part.types)
    return f"{part.form.identity[0]}, {when}"


def certain(connection: DuckDBPyConnection, given: Sequence[Part], form: Format) -> int:
    """Return how many lines of a format are there again, beyond doubt."""
    same = [part for part in given if part.form.name == form.name]
    lines = " UNION ALL ".join(
        f"SELECT {hashed(part)} AS h, CAST(row({identity(part)}) AS VARCHAR) AS id FROM {part.source} AS line"
        for part in same
    )
    sql = (
        f"WITH twice AS (SELECT h FROM ({lines}) GROUP BY h HAVING count(*) > 1)"
        f" SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM ({lines}) SEMI JOIN twice USING (h)"
        " GROUP BY id HAVING count(*) > 1)"
    )
    return int(ask(connection, sql, str(same[0].paths[0]))[0][0])


def resources(connection: DuckDBPyConnection, given: Sequence[Part], instances: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return month, instance type, resource, hours and effective cost of each resource of these instance types."""
    if not instances:
        return []
    wanted = ", ".join(quoted(one) for one in instances)
    lines = []
    for part in given:
        names = {
            name: expression(part.form, name, part.types)
            for name in ("BillingPeriodStart", "InstanceType", "ResourceId", "ConsumedQuantity", "EffectiveCost")
        }
        lines.append(
            f"SELECT CAST(CAST({names['BillingPeriodStart']} AS TIMESTAMP) AS DATE) AS Month,"
            f" {names['InstanceType']} AS InstanceType, coalesce({names['ResourceId']}, '') AS ResourceId,"
            f" CAST({names['ConsumedQuantity']} AS {WIDE}) AS Hours, CAST({names['EffectiveCost']} AS {WIDE}) AS Cost"
            f" FROM {part.source} WHERE ({names['InstanceType']}) IN ({wanted})"
            f" AND ({expression(part.form, 'ChargeCategory', part.types)}) = 'Usage'"
        )
    sql = (
        "SELECT Month, InstanceType, ResourceId, coalesce(sum(Hours), 0), coalesce(sum(Cost), 0)"
        f" FROM ({' UNION ALL '.join(lines)}) GROUP BY ALL"
    )
    return ask(connection, sql, str(given[0].paths[0]))
