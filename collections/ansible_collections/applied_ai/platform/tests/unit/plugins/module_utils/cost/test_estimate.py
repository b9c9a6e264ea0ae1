# SPDX-License-Identifier: Apache-2.0
"""What becomes of each resource of a plan, the difference with the state, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import plan
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import BookError, CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.estimate import estimate, groups
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Change, Estimate, Options
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.usage import Usage

HEADER = "region,sku,unit,currency,price,as_of,source,note\n"
TODAY = date(2026, 11, 28)
NAT = "aws_nat_gateway.n"
EIP = "aws_eip.e"


@pytest.fixture
def book(tmp_path: Path) -> PriceBook:
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws/vpc.csv").write_text(
        f"{HEADER}r-1,nat-gateway,hour,USD,0.045,2026-10-08,p,\nr-1,public-ipv4,hour,USD,0.005,2025-01,p,\n"
        "cn-1,public-ipv4,hour,CNY,0.03,2026-10-08,p,\n"
    )
    return PriceBook(tmp_path)


def resource(address: str, **more: Any) -> dict[str, Any]:
    return {"address": address, "type": address.partition(".")[0], "values": {}, **more}


def costs(
    book: PriceBook,
    after: list[dict[str, Any]],
    before: list[dict[str, Any]] | None = None,
    usage: Usage | None = None,
    **options: Any,
) -> Estimate:
    document = {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": after}},
        "prior_state": {"values": {"root_module": {"resources": before or []}}},
    }
    given = {"today": TODAY, "region": "r-1", **options}
    return estimate(plan.read(document, "plan.json"), book, usage or Usage(), Options(**given))


def test_a_resource_is_priced_free_or_unpriced(book):
    others = [resource("aws_subnet.s"), resource("random_id.r", provider_name="x/random"), resource("aws_new.n")]
    found = costs(book, [resource(NAT), *others])
    assert [(one.address, one.monthly) for one in found.resources] == [(NAT, Decimal("32.85"))]
    assert [address for address, _reason in found.free] == ["aws_subnet.s", "random_id.r"]
    assert [(one.address, one.reason) for one in found.unpriced] == [
        ("aws_new.n", "no price rule knows the type aws_new")
    ]
    assert [(one.address, one.key) for one in found.usage_missing] == [(NAT, "monthly_data_processed_gb")]


def test_what_goes_counts_before_and_what_comes_afterwards(book):
    found = costs(book, [resource(NAT)], [resource(EIP)])
    assert (found.before, found.monthly) == (Decimal("3.65"), Decimal("32.85"))
    assert found.changes == (
        Change(NAT, "aws_nat_gateway", Decimal(0), Decimal("32.850")),
        Change(EIP, "aws_eip", Decimal("3.650"), Decimal(0)),
    )


def test_what_had_no_price_and_goes_is_told_since_the_rise_is_not_exact(book):
    buckets = [resource(f"aws_s3_bucket.b{number}") for number in range(4)]
    kept, going = buckets[:1], buckets[1:]
    found = costs(book, [resource(NAT), *kept], [resource(NAT), *kept, *going])
    (told,) = found.warnings
    assert "aws_s3_bucket.b1, aws_s3_bucket.b2, aws_s3_bucket.b3 have no price" in told
    assert "b0" not in told
    assert costs(book, [resource(NAT)], [resource(NAT)]).warnings == ()


def test_without_a_region_nothing_is_priced(book):
    with pytest.raises(CostError, match=r"region of aws_nat_gateway\.n cannot be told"):
        costs(book, [resource(NAT)], region="")
    assert costs(book, [resource("aws_subnet.s")], region="").monthly == 0


def test_a_price_that_the_book_lacks_is_listed(book):
    found = costs(book, [resource(NAT)], region="r-2")
    assert found.monthly == 0
    assert "nat-gateway per hour in r-2" in found.unpriced[0].reason


def test_two_currencies_are_not_added(book):
    here, there = resource(NAT), resource(EIP, values={"arn": "arn:aws-cn:ec2:cn-north-1:1:x"})
    assert costs(book, [resource(EIP)], region="cn-1").currency == "CNY"
    with pytest.raises(CostError, match="prices in CNY and USD, which cannot be added"):
        estimate(
            plan.read(
                {
                    "format_version": "1.2",
                    "planned_values": {"root_module": {"resources": [here]}},
                    "prior_state": {"values": {"root_module": {"resources": [{**there, "values": {}}]}}},
                    "configuration": {
                        "provider_config": {
                            "aws": {"expressions": {"region": {"constant_value": "r-1"}}},
                            "aws.cn": {"expressions": {"region": {"constant_value": "cn-1"}}},
                        },
                        "root_module": {"resources": [{"address": EIP, "provider_config_key": "aws.cn"}]},
                    },
                },
                "plan.json",
            ),
            book,
            Usage(),
            Options(today=TODAY),
        )


def test_the_oldest_price_tells_the_date_and_stale_ones_are_told(book):
    found = costs(book, [resource(NAT), resource(EIP)])
    assert found.as_of == "2025-01"
    (warning,) = found.warnings
    assert warning.startswith("Prices as of 2025-01 (of 1 in this estimate) count as stale")


def test_usage_of_what_costs_nothing_is_refused(book):
    told = Usage(where="usage.yml", by_address={"aws_subnet.s": {"gigabytes": Decimal(1)}})
    with pytest.raises(CostError, match=r"aws_subnet\.s has the usage key gigabytes.*has no keys at all"):
        costs(book, [resource("aws_subnet.s")], usage=told)


def test_usage_is_reckoned_and_an_unknown_key_is_refused(book):
    with pytest.raises(CostError, match=r"usage\.yml: aws_eip\.e has the usage key gigabytes, which is unknown"):
        costs(book, [resource(EIP)], usage=Usage("usage.yml", {EIP: {"gigabytes": Decimal(1)}}))
    with pytest.raises(CostError, match="which the plan has not"):
        costs(book, [resource(EIP)], usage=Usage("usage.yml", {NAT: {"monthly_data_processed_gb": Decimal(1)}}))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"hours": Decimal(731)}, "must be 0 to 730"),
        ({"hours": Decimal(-1)}, "must be 0 to 730"),
        ({"coverage": Decimal("1.1"), "commitment": "x"}, "a share from 0 to 1"),
        ({"coverage": Decimal("0.5")}, "without a commitment"),
    ],
)
def test_options_outside_their_range_are_refused(options, told, book):
    with pytest.raises(CostError, match=told):
        costs(book, [], **options)


def test_tags_tell_service_team_and_environment(book):
    tags = {"tags_all": {"Team": "web", "Environment": "dev"}, "tags": {"team": "ml", "Application": "mvra"}}
    found = costs(book, [resource(NAT, values=tags), resource(EIP)])
    assert {(one.service, one.team, one.environment) for one in found.resources} == {
        ("mvra", "ml", "dev"),
        ("", "", ""),
    }
    assert groups(found, lambda one: one.team or "none") == {"ml": Decimal("32.850"), "none": Decimal("3.650")}


def test_a_plan_of_nothing_costs_nothing(book):
    found = costs(book, [])
    assert (found.currency, found.as_of, found.monthly, found.changes) == ("USD", "", 0, ())


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("r-1,nat-gateway,hour,XXX,1,2026,p,", "currency 'XXX'"),
        ("r-1,nat-gateway,hour,USD,-1,2026,p,", "not negative"),
        ("r-1,nat-gateway,hour,USD,dear,2026,p,", "must be a decimal number"),
        ("r-1,nat-gateway,hour,USD,1", "has 5 fields"),
    ],
)
def test_a_damaged_book_is_an_error_and_no_gap(row, told, tmp_path):
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws/vpc.csv").write_text(f"{HEADER}{row}\n")
    with pytest.raises(BookError, match=told):
        costs(PriceBook(tmp_path), [resource(NAT)])


def test_a_region_that_nothing_tells_is_the_reason_of_a_gap(book):
    found = costs(book, [resource("google_compute_disk.d", values={"size": 10, "type": "pd-ssd"})], region="")
    (gap,) = found.unpriced
    assert "set the option region" in gap.reason
