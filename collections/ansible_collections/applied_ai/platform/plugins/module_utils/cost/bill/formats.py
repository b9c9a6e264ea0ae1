# SPDX-License-Identifier: Apache-2.0
"""The formats of bills: how the columns of each become the one view that reports are made of.

Names of the view follow FOCUS (https://focus.finops.org/focus-specification/v1-2/). What CUR 2.0 calls them is in
https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html. The amortised cost of CUR follows AWS's
own query: usage that a commitment covers costs its share of the commitment, the fee costs what was not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

# Cost and quantity as they are summed. Eighteen digits are added in machine words; a bill with larger lines is
# read again with the other.
NARROW: Final = "DECIMAL(18,10)"
WIDE: Final = "DECIMAL(38,10)"


@dataclass(frozen=True)
class Column:
    """One column of the view.

    ``sql`` is an expression over the export's columns ``needs``. Without one of them the column is empty, unless it
    is required. ``lost`` says what cannot be told then.
    """

    sql: str
    needs: tuple[str, ...]
    required: bool = True
    lost: str = ""


@dataclass(frozen=True)
class Format:
    """One format: the columns by which it is known, its columns of the view, its tags and the identity of a line.

    ``numbers`` are the export's columns that the view reckons with: CSV has them as text.
    """

    name: str
    marks: frozenset[str]
    columns: Mapping[str, Column]
    tags: str
    identity: tuple[str, ...]
    numbers: frozenset[str]


def optional(sql: str, *needs: str, lost: str = "") -> Column:
    """Return a column that may be missing."""
    return Column(sql, needs, required=False, lost=lost)


_TYPE = "line_item_line_item_type"
_INSTANCES = " OR ".join(
    f"contains(line_item_usage_type, '{part}')"
    for part in ("BoxUsage", "SpotUsage", "DedicatedUsage", "InstanceUsage", "Multi-AZUsage", "NodeUsage")
)
CUR: Final = Format(
    name="CUR 2.0",
    marks=frozenset({"line_item_line_item_type", "line_item_unblended_cost"}),
    columns={
        "BillingPeriodStart": Column("bill_billing_period_start_date", ("bill_billing_period_start_date",)),
        "BillingCurrency": Column("line_item_currency_code", ("line_item_currency_code",)),
        "ChargePeriodStart": Column("line_item_usage_start_date", ("line_item_usage_start_date",)),
        # The negation takes back what covered usage is billed with: both belong together.
        "ChargeCategory": Column(
            f"CASE WHEN {_TYPE} IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage', 'SavingsPlanNegation')"
            f" THEN 'Usage' WHEN {_TYPE} IN ('Fee', 'RIFee', 'SavingsPlanRecurringFee', 'SavingsPlanUpfrontFee')"
            f" THEN 'Purchase' WHEN {_TYPE} LIKE '%Discount' THEN 'Discount' ELSE {_TYPE} END",
            (_TYPE,),
        ),
        "ServiceName": Column("line_item_product_code", ("line_item_product_code",)),
        "SubAccountId": Column("line_item_usage_account_id", ("line_item_usage_account_id",)),
        "RegionId": optional("product_region_code", "product_region_code", lost="costs by region"),
        "PricingCategory": Column(
            f"CASE WHEN {_TYPE} IN ('DiscountedUsage', 'SavingsPlanCoveredUsage') THEN 'Committed'"
            f" WHEN {_TYPE} <> 'Usage' THEN 'Other'"
            " WHEN contains(line_item_usage_type, 'SpotUsage') THEN 'Dynamic' ELSE 'Standard' END",
            (_TYPE, "line_item_usage_type"),
        ),
        "CommitmentDiscountStatus": Column(
            f"CASE WHEN {_TYPE} IN ('DiscountedUsage', 'SavingsPlanCoveredUsage') THEN 'Used'"
            f" WHEN {_TYPE} IN ('RIFee', 'SavingsPlanRecurringFee') THEN 'Unused' END",
            (_TYPE,),
        ),
        "CommitmentDiscountId": optional(
            "coalesce(nullif(savings_plan_savings_plan_a_r_n, ''), nullif(reservation_reservation_a_r_n, ''))",
            "savings_plan_savings_plan_a_r_n",
            "reservation_reservation_a_r_n",
            lost="utilisation of each commitment",
        ),
        "InstanceType": optional(
            # The search is for lines with a type alone.
            f"CASE WHEN product_instance_type <> '' THEN CASE WHEN {_INSTANCES} THEN product_instance_type END END",
            "line_item_usage_type",
            "product_instance_type",
            lost="GPU hours and commitment coverage",
        ),
        "BilledCost": Column("line_item_unblended_cost", ("line_item_unblended_cost",)),
        "EffectiveCost": Column(
            f"CASE {_TYPE} WHEN 'SavingsPlanCoveredUsage' THEN savings_plan_savings_plan_effective_cost"
            " WHEN 'DiscountedUsage' THEN reservation_effective_cost"
            " WHEN 'SavingsPlanNegation' THEN 0 WHEN 'SavingsPlanUpfrontFee' THEN 0"
            " WHEN 'SavingsPlanRecurringFee'"
            " THEN savings_plan_total_commitment_to_date - savings_plan_used_commitment"
            " WHEN 'RIFee' THEN reservation_unused_amortized_upfront_fee_for_billing_period"
            " + reservation_unused_recurring_fee"
            " WHEN 'Fee' THEN CASE WHEN coalesce(reservation_reservation_a_r_n, '') <> '' THEN 0"
            " ELSE line_item_unblended_cost END ELSE line_item_unblended_cost END",
            (
                _TYPE,
                "line_item_unblended_cost",
                "savings_plan_savings_plan_effective_cost",
                "savings_plan_total_commitment_to_date",
                "savings_plan_used_commitment",
                "reservation_effective_cost",
                "reservation_unused_amortized_upfront_fee_for_billing_period",
                "reservation_unused_recurring_fee",
                "reservation_reservation_a_r_n",
            ),
        ),
        "ListCost": optional(
            f"CASE WHEN {_TYPE} IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')"
            " THEN pricing_public_on_demand_cost END",
            _TYPE,
            "pricing_public_on_demand_cost",
            lost="savings against list prices",
        ),
        # Fees and negations repeat the quantity of what they are for.
        "ConsumedQuantity": optional(
            f"CASE WHEN {_TYPE} IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')"
            " THEN line_item_usage_amount END",
            _TYPE,
            "line_item_usage_amount",
            lost="GPU hours",
        ),
        "ResourceId": optional("line_item_resource_id", "line_item_resource_id", lost="idle cost of each resource"),
    },
    tags="resource_tags",
    identity=("identity_line_item_id", "identity_time_interval"),
    numbers=frozenset(
        {
            "line_item_usage_amount",
            "line_item_unblended_cost",
            "pricing_public_on_demand_cost",
            "reservation_effective_cost",
            "reservation_unused_amortized_upfront_fee_for_billing_period",
            "reservation_unused_recurring_fee",
            "savings_plan_savings_plan_effective_cost",
            "savings_plan_total_commitment_to_date",
            "savings_plan_used_commitment",
        }
    ),
)

FOCUS: Final = Format(
    name="FOCUS",
    marks=frozenset({"BilledCost", "ChargeCategory"}),
    columns={
        "BillingPeriodStart": Column("BillingPeriodStart", ("BillingPeriodStart",)),
        "BillingCurrency": Column("BillingCurrency", ("BillingCurrency",)),
        "ChargePeriodStart": Column("ChargePeriodStart", ("ChargePeriodStart",)),
        "ChargeCategory": Column(
            "CASE WHEN ChargeClass = 'Correction' THEN 'Correction' ELSE ChargeCategory END",
            ("ChargeCategory", "ChargeClass"),
        ),
        "ServiceName": Column("ServiceName", ("ServiceName",)),
        "SubAccountId": Column("SubAccountId", ("SubAccountId",)),
        "RegionId": optional("RegionId", "RegionId", lost="costs by region"),
        "PricingCategory": Column("PricingCategory", ("PricingCategory",)),
        "CommitmentDiscountStatus": optional(
            "CommitmentDiscountStatus", "CommitmentDiscountStatus", lost="coverage and utilisation of commitments"
        ),
        "CommitmentDiscountId": optional(
            "CommitmentDiscountId", "CommitmentDiscountId", lost="utilisation of each commitment"
        ),
        # SkuMeter is of FOCUS 1.1: an older export tells no instance type.
        "InstanceType": optional(
            "nullif(regexp_extract(SkuMeter, '(?:BoxUsage|SpotUsage|DedicatedUsage|InstanceUsage|Multi-AZUsage|"
            "NodeUsage):([A-Za-z0-9_.-]+)', 1), '')",
            "SkuMeter",
            lost="GPU hours and commitment coverage",
        ),
        "BilledCost": Column("BilledCost", ("BilledCost",)),
        "EffectiveCost": Column("EffectiveCost", ("EffectiveCost",)),
        "ListCost": optional(
            "CASE WHEN ChargeCategory = 'Usage' THEN ListCost END",
            "ListCost",
            "ChargeCategory",
            lost="savings against list prices",
        ),
        "ConsumedQuantity": optional("ConsumedQuantity", "ConsumedQuantity", lost="GPU hours"),
        "ResourceId": optional("ResourceId", "ResourceId", lost="idle cost of each resource"),
    },
    tags="Tags",
    # FOCUS has no id of a line: two lines are the same when they agree in everything.
    identity=(),
    numbers=frozenset({"BilledCost", "EffectiveCost", "ListCost", "ConsumedQuantity"}),
)
FORMATS: Final = (CUR, FOCUS)
DETAILS: Final = "SkuPriceDetails"
MONEY: Final = ("BilledCost", "EffectiveCost", "ListCost", "ConsumedQuantity")


def detect(columns: Iterable[str], where: str) -> Format:
    """Return the format of an export with these columns.

    Raises:
        CostError: It is none that is known, or columns are missing that a report cannot do without.

    """
    there = set(columns)
    known = next((one for one in FORMATS if one.marks & there), None)
    if known is None:
        shown = ", ".join(sorted(there)[:5])
        raise CostError(
            f"{where} has the columns {shown}…, which are those of no known bill; export FOCUS 1.0 to 1.2 or CUR 2.0"
            " (CSV with one of , ; | and tabs between its columns)."
        )
    needed = {name for one in known.columns.values() if one.required for name in one.needs}
    if known.identity:
        needed.add(known.identity[0])
    missing = sorted(needed - there)
    if missing:
        raise CostError(f"{where} is {known.name} without {', '.join(missing)}; add them to the export's columns.")
    return known


def gaps(form: Format, columns: Iterable[str]) -> list[str]:
    """Return a sentence for each optional column that an export lacks."""
    there = set(columns)
    found = [
        f"{form.name} without {', '.join(missing)}: {one.lost} cannot be told."
        for one in form.columns.values()
        if (missing := sorted(set(one.needs) - there)) and not one.required
    ]
    if form.tags not in there and not flat_tags(there):
        found.append(f"{form.name} without {form.tags}: everything counts as untagged.")
    return found


def flat_tags(columns: Iterable[str]) -> list[str]:
    """Return the columns that hold one tag each, as Athena's tables of CUR have them."""
    return sorted(name for name in columns if name.startswith("resource_tags_"))


def expression(form: Format, name: str, types: Mapping[str, str]) -> str:
    """Return the SQL of a column of the view; an empty one where the export lacks what it needs.

    Args:
        form: The export's format.
        name: The column of the view.
        types: The export's columns with their DuckDB types.

    """
    one = form.columns[name]
    sql = one.sql if set(one.needs) <= set(types) else "NULL"
    if name != "InstanceType" or form is not FOCUS or DETAILS not in types:
        return sql
    # What FOCUS 1.2 itself calls it; AWS has it in the meter's name alone.
    return f"coalesce({sql}, {tag_value(DETAILS, types[DETAILS], name)})"


def tag_expression(form: Format, keys: Sequence[str], types: Mapping[str, str]) -> str:
    """Return the SQL of a tag's value: that of the first of its names that is set.

    Args:
        form: The export's format.
        keys: The tag's names, such as ``team`` and ``Team``.
        types: The export's columns with their DuckDB types.

    """
    spellings = list(dict.fromkeys(name for key in keys for name in spelt(form, key)))
    if form.tags in types:
        found = [tag_value(form.tags, types[form.tags], name) for name in spellings]
    else:
        flat = {f"resource_tags_{name}" for name in spellings} & set(flat_tags(types))
        found = [f'"{name}"' for name in sorted(flat)]
    return f"coalesce({', '.join(f'nullif({one}, {quoted("")})' for one in found)})" if found else "NULL"


def spelt(form: Format, key: str) -> tuple[str, ...]:
    """Return how a format writes a tag's name. AWS puts ``user_`` before it, and CUR writes it in small letters."""
    snake = re.sub(r"[^a-z0-9]+", "_", key.lower())
    return (f"user_{snake}",) if form is CUR else (key, f"user:{key}", f"user_{snake}")


def tag_value(column: str, kind: str, name: str) -> str:
    """Return the SQL of one key of a tags column of a DuckDB type: a map, a list of pairs, or JSON as text."""
    if kind.startswith("MAP"):
        return f"{column}[{quoted(name)}]"
    if kind.startswith("STRUCT") and kind.endswith("[]"):
        return f"map_from_entries({column})[{quoted(name)}]"
    path = '$."' + name.replace('"', '\\"') + '"'
    text = f"nullif({column}, '')" if kind in ("VARCHAR", "JSON") else f"to_json({column})"
    return f"json_extract_string({text}, {quoted(path)})"


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
