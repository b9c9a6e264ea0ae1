# SPDX-License-Identifier: Apache-2.0
"""From files to the table of sums, with DuckDB."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill import scan
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill.exports import Export
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

HEADER = (
    "BillingPeriodStart,BillingCurrency,ChargePeriodStart,ChargeCategory,ChargeClass,ServiceName,SubAccountId,"
    "PricingCategory,BilledCost,EffectiveCost,Tags"
)
DAY = "2026-11-01T00:00:00Z"


def line(billed: str, service: str = "EC2", team: str = "ml", day: str = DAY) -> str:
    tags = f'"{{""Team"": ""{team}""}}"'
    return f"{DAY},USD,{day},Usage,,{service},1,Standard,{billed},{billed},{tags}"


def written(folder: Path, *lines: str, name: str = "a.csv") -> Export:
    path = folder / name
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return Export(path, parquet=False)


def settings(folder: Path, memory: str = "128MB") -> scan.Settings:
    return scan.Settings({"team": ("Team",), 'a "tag"': ("none",)}, memory, 1, folder / "spill")


def test_the_cube_has_one_row_per_combination(tmp_path: Path) -> None:
    file = written(tmp_path, line("1.5"), line("2.25"), line("4", service="S3"), line("8", team=""))
    with scan.database(settings(tmp_path)) as connection:
        given = scan.parts(connection, [file])
        scan.fill(connection, given, settings(tmp_path))
        rows = scan.ask(
            connection, 'SELECT ServiceName, tag_team, BilledCost, Lines, "tag_a ""tag""" FROM cube ORDER BY 3', "cube"
        )
    assert rows == [
        ("EC2", "ml", Decimal("3.75"), 2, ""),
        ("S3", "ml", Decimal(4), 1, ""),
        ("EC2", "", Decimal(8), 1, ""),
    ]


def test_files_of_one_shape_are_one_part(tmp_path: Path) -> None:
    files = [written(tmp_path, line("1"), name="a.csv"), written(tmp_path, line("2"), name="b.csv")]
    other = tmp_path / "c.csv"
    other.write_text(f"{HEADER},ListCost\n{line('1')},1\n")
    with scan.database(settings(tmp_path)) as connection:
        found = scan.parts(connection, [*files, Export(other, parquet=False)])
    assert [len(part.paths) for part in found] == [2, 1]


def test_lines_that_agree_in_everything_are_counted_again(tmp_path: Path) -> None:
    file = written(tmp_path, line("1"), line("1"), line("1"), line("2"))
    with scan.database(settings(tmp_path)) as connection:
        assert scan.repeated(connection, scan.parts(connection, [file])) == 2


def test_memory_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CostError, match="set memory_limit such as 512MB"), scan.database(settings(tmp_path, "much")):
        pass


@pytest.mark.parametrize("cost", ["much", "1,000.5e"])
def test_a_cost_that_is_none_is_a_sentence(tmp_path: Path, cost: str) -> None:
    file = written(tmp_path, line(f'"{cost}"'))
    with scan.database(settings(tmp_path)) as connection:
        given = scan.parts(connection, [file])
        with pytest.raises(CostError, match=r"a\.csv cannot be read") as caught:
            scan.fill(connection, given, settings(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_line_too_large_for_a_machine_word_is_read_all_the_same(tmp_path: Path) -> None:
    file = written(tmp_path, line("123456789012.5"), line("0.25"))
    with scan.database(settings(tmp_path)) as connection:
        scan.fill(connection, scan.parts(connection, [file]), settings(tmp_path))
        assert scan.ask(connection, "SELECT sum(BilledCost) FROM cube", "cube") == [(Decimal("123456789012.75"),)]
