# SPDX-License-Identifier: Apache-2.0
"""How exports are known, what they lack, and how tags are read."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill import formats
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

EXPORT = Path(__file__).parents[10] / "terraform/modules/aws/cost/export.tf"


def needed(form: formats.Format) -> set[str]:
    return {name for column in form.columns.values() for name in column.needs} | {form.tags} - {""}


def exported(table: str) -> set[str]:
    """Return the columns that our Terraform module exports of a table."""
    text = EXPORT.read_text(encoding="utf-8")
    (block,) = re.findall(rf"{table} = \{{\s+columns = \[(.*?)\]", text, re.DOTALL)
    return set(re.findall(r'"(\w+)"', block))


@pytest.mark.parametrize(("form", "table"), [(formats.CUR, "COST_AND_USAGE_REPORT"), (formats.FOCUS, "FOCUS_1_2_AWS")])
def test_what_our_terraform_exports_is_enough_for_a_whole_report(form: formats.Format, table: str) -> None:
    columns = exported(table)
    assert needed(form) - columns == set()
    assert formats.detect(columns, "export") is form
    assert formats.gaps(form, columns) == []
    assert set(form.identity) <= columns


def test_missing_columns_are_named() -> None:
    columns = needed(formats.FOCUS) - {"BillingCurrency", "EffectiveCost"}
    with pytest.raises(CostError, match=r"x\.csv is FOCUS without BillingCurrency, EffectiveCost; add them"):
        formats.detect(columns, "x.csv")
    with pytest.raises(CostError, match=r"CUR 2\.0 without .*identity_line_item_id"):
        formats.detect(needed(formats.CUR), "x.csv")


def test_what_is_no_bill_is_told_with_its_columns() -> None:
    with pytest.raises(CostError, match=r"x\.csv has the columns a, b…, which are those of no known bill"):
        formats.detect({"b", "a"}, "x.csv")


def test_gaps_tell_what_is_lost() -> None:
    columns = needed(formats.CUR) - {"pricing_public_on_demand_cost", "resource_tags"}
    assert formats.gaps(formats.CUR, columns) == [
        "CUR 2.0 without pricing_public_on_demand_cost: savings against list prices cannot be told.",
        "CUR 2.0 without resource_tags: everything counts as untagged.",
    ]


def value(expression: str, column: str, literal: str) -> object:
    sql = f"SELECT {expression} FROM (SELECT {literal} AS {column})"  # noqa: S608 # the test's own
    ((found,),) = duckdb.connect().execute(sql).fetchall()
    return found


@pytest.mark.parametrize(
    ("literal", "wanted"),
    [
        ("MAP {'Team': 'ml'}", "ml"),
        ("MAP {'user:Team': 'ml'}", "ml"),
        ("MAP {'team': ''}", None),
        ("[{'key': 'Team', 'value': 'ml'}]", "ml"),
        ("""'{"Team": "m''l"}'""", "m'l"),
        ("''", None),
        ("NULL::VARCHAR", None),
    ],
)
def test_a_tag_is_read_from_maps_pairs_and_json(literal: str, wanted: str | None) -> None:
    kind = str(duckdb.sql(f"SELECT {literal} AS Tags").types[0])
    sql = formats.tag_expression(formats.FOCUS, ["Team", "team"], {"Tags": kind})
    assert value(sql, "Tags", literal) == wanted


def test_cur_writes_tags_in_small_letters_with_a_prefix() -> None:
    sql = formats.tag_expression(formats.CUR, ["Cost-Centre"], {"resource_tags": "MAP(VARCHAR, VARCHAR)"})
    assert value(sql, "resource_tags", "MAP {'user_cost_centre': '7'}") == "7"
    flat = formats.tag_expression(formats.CUR, ["Team"], {"resource_tags_user_team": "VARCHAR"})
    assert value(flat, "resource_tags_user_team", "'ml'") == "ml"


def test_a_tags_name_is_no_sql() -> None:
    sql = formats.tag_expression(formats.FOCUS, ["x') FROM y --"], {"Tags": "MAP(VARCHAR, VARCHAR)"})
    assert value(sql, "Tags", "MAP {'x'') FROM y --': 'safe'}") == "safe"


@pytest.mark.parametrize(
    ("meter", "details", "wanted"),
    [
        ("USE1-BoxUsage:p4d.24xlarge", "{}", "p4d.24xlarge"),
        ("Virtual Machines", '{"InstanceType": "Standard_D4s_v5"}', "Standard_D4s_v5"),
        ("Requests", "{}", None),
    ],
)
def test_an_instance_type_is_in_the_meter_or_in_the_details(meter: str, details: str, wanted: str | None) -> None:
    types = {"SkuMeter": "VARCHAR", "SkuPriceDetails": "VARCHAR"}
    sql = formats.expression(formats.FOCUS, "InstanceType", types)
    assert value(sql, f"SkuMeter, '{details}' AS SkuPriceDetails", f"'{meter}'") == wanted
