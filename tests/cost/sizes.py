# SPDX-License-Identifier: Apache-2.0
"""The three ready sizes: what a month costs as the inventories have them, and the same work without what saves.

`PYTHONPATH=tests:collections .venv/bin/python tests/cost/sizes.py` writes their tables into docs and README.md.
Both sides are plans of our own root by real Terraform (the provider is mocked), priced by cost_estimate_info's core.
"""

from __future__ import annotations

import copy
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import plan as plans_of
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.estimate import estimate
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import ZERO, Estimate, Options
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import HOURS_PER_MONTH, cents
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.usage import Usage
from cost import plans

from terraform import inventories

REPOSITORY: Final = Path(__file__).resolve().parents[2]
ASSUMPTIONS: Final = Path(__file__).with_name("sizes.yml")
DOCUMENTS: Final = (REPOSITORY / "docs/cost_sizes.md", REPOSITORY / "README.md")
# Enough nodes that the shares of MIXED groups are those of their percentage.
NODES: Final = 20
LINES: Final = {
    "aws_eks_cluster": "control plane",
    "aws_nat_gateway": "NAT gateways",
    "aws_eip": "NAT gateways",
    "aws_vpc_endpoint": "interface endpoints",
    "aws_db_instance": "PostgreSQL",
    "aws_docdb_cluster": "DocumentDB",
    "aws_docdb_cluster_instance": "DocumentDB",
    "aws_elasticache_replication_group": "Redis",
    "aws_fsx_lustre_file_system": "Lustre",
    "aws_kms_key": "keys",
}
REST: Final = "everything else"
TODAY: Final = date(2026, 11, 28)


@dataclass(frozen=True)
class Line:
    """One line of a size: what it costs without and with what saves, a month."""

    name: str
    plain: Decimal
    ours: Decimal


@dataclass(frozen=True)
class Size:
    """A size with its lines, what ours would cost with all nodes of the peak day and night, and what is paid by use."""

    name: str
    why: str
    lines: tuple[Line, ...]
    busy: Decimal
    by_use: int
    as_of: str

    @property
    def plain(self) -> Decimal:
        """The whole without what saves."""
        return sum((line.plain for line in self.lines), ZERO)

    @property
    def ours(self) -> Decimal:
        """The whole as the inventory has it."""
        return sum((line.ours for line in self.lines), ZERO)


def priced(folder: Path, variables: Mapping[str, Any]) -> Estimate:
    """Return the estimate of a plan of the root."""
    document = plans.plan(folder, dict(variables))
    return estimate(
        plans_of.read(document, "plan"), PriceBook(FOLDER), Usage(), Options(today=TODAY, region="us-east-1")
    )


def sized(variables: Mapping[str, Any], *, plain: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return variables with many nodes in each group; for the plain side on demand, and with what it has instead."""
    changed: dict[str, Any] = copy.deepcopy(dict(variables)) | dict(plain or {})
    for group in changed["node_groups"].values():
        group["scaling_config"] = {"desired_size": NODES, "max_size": NODES, "min_size": 0}
        if plain is not None:
            group["capacity_type"] = "ON_DEMAND"
    return changed


def by_line(found: Estimate, node_hours: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return the amounts of an estimate by line, node groups for so many node-hours."""
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for cost in found.resources:
        if cost.type == "aws_eks_node_group":
            name = re.sub(r'.*\["(.+?)(-spot)?"\]$', r"\1", cost.address)
            amounts[f"nodes: {name}"] += cost.monthly / NODES * node_hours[name] / HOURS_PER_MONTH
        else:
            amounts[LINES.get(cost.type, REST)] += cost.monthly
    return amounts


def size(folder: Path, name: str, given: Mapping[str, Any]) -> Size:
    """Plan and price one size on both sides."""
    variables = inventories.variables(name, given["host"])
    ours = priced(folder, sized(variables))
    plain = priced(folder, sized(variables, plain=given["plain"]))
    nodes = given["nodes"]
    with_hours = by_line(ours, {group: Decimal(one["hours"]) for group, one in nodes.items()})
    at_peak = by_line(plain, {group: one["peak"] * HOURS_PER_MONTH for group, one in nodes.items()})
    all_day = sum(by_line(ours, {group: one["peak"] * HOURS_PER_MONTH for group, one in nodes.items()}).values(), ZERO)
    by_use = len(ours.usage_missing) + sum(gap.by_use for gap in ours.unpriced)
    names = sorted({*with_hours, *at_peak}, key=lambda line: (line == REST, -at_peak[line], line))
    lines = tuple(Line(line, at_peak[line], with_hours[line]) for line in names)
    return Size(name, given["why"], lines, all_day, by_use, ours.as_of)


def sizes() -> list[Size]:
    """Return all sizes, priced."""
    assumptions = yaml.safe_load(ASSUMPTIONS.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        folder = plans.root(Path(scratch))
        return [size(folder, name, given) for name, given in assumptions.items()]


def saving(plain: Decimal, ours: Decimal) -> str:
    """Return how much less that is, in percent."""
    return f"{(plain - ours) / plain * 100:.0f} %" if plain else "0 %"


def short(found: list[Size]) -> str:
    """Return the table of README.md."""
    head = (
        "| size | on demand, sized for the peak | as the inventory has it | less | less, with the same nodes all day |"
        "\n| --- | ---: | ---: | ---: | ---: |"
    )
    whole = Size(
        "all three",
        "",
        tuple(line for one in found for line in one.lines),
        sum((o.busy for o in found), ZERO),
        0,
        "",
    )
    rows = [
        f"| {one.name} | {cents(one.plain)} | {cents(one.ours)} | {saving(one.plain, one.ours)}"
        f" | {saving(one.plain, one.busy)} |"
        for one in (*found, whole)
    ]
    return "\n".join([head, *rows])


def long(found: list[Size]) -> str:
    """Return the tables of docs/cost_sizes.md."""
    assumptions = yaml.safe_load(ASSUMPTIONS.read_text(encoding="utf-8"))
    return "\n\n".join(section(one, assumptions[one.name]["nodes"]) for one in found)


def section(one: Size, nodes: Mapping[str, Any]) -> str:
    """Return one size's section."""
    hours = "; ".join(
        f"{group}: {given['peak']} nodes at the peak, {given['hours']} node-hours" for group, given in nodes.items()
    )
    head = "| line | on demand, sized for the peak | as the inventory has it | less |\n| --- | ---: | ---: | ---: |"
    rows = [
        f"| {line.name} | {cents(line.plain)} | {cents(line.ours)} | {saving(line.plain, line.ours)} |"
        for line in one.lines
    ]
    whole = f"| **sum** | {cents(one.plain)} | {cents(one.ours)} | {saving(one.plain, one.ours)} |"
    gaps = (
        f"With the nodes of the peak day and night it would be {cents(one.busy)}, {saving(one.plain, one.busy)} less."
        f" Not in it: {one.by_use} parts that are paid by use."
        f" Oldest price: {one.as_of}."
    )
    return "\n\n".join(
        [f"## {one.name}", f"{one.why[0].upper()}{one.why[1:]}. {hours}.", "\n".join([head, *rows, whole]), gaps]
    )


def written(text: str, table: str) -> str:
    """Return a document with the table between its marks."""
    return re.sub(
        r"(<!-- BEGIN SIZES -->\n).*?(<!-- END SIZES -->)", lambda m: f"{m[1]}{table}\n{m[2]}", text, flags=re.DOTALL
    )


def documents(found: list[Size]) -> dict[Path, str]:
    """Return what the documents should hold."""
    tables = dict(zip(DOCUMENTS, (long(found), short(found)), strict=True))
    return {path: written(path.read_text(encoding="utf-8"), table) for path, table in tables.items()}


def main() -> None:
    """Write the documents."""
    for path, text in documents(sizes()).items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
