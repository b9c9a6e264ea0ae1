# SPDX-License-Identifier: Apache-2.0
"""Refreshes against the three APIs on loopback, by the playbook as an operator runs it and by its parts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pytest
from ansible_collections.applied_ai.platform.plugins.action import cost_prices
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh.fetch import Http
from cost.price_apis import Api, aws_file, aws_line, azure_item, gcp_sku, running

REPO = Path(__file__).resolve().parents[2]
HEADER = "region,sku,unit,currency,price,as_of,source,note\n"
DAY = date(2026, 11, 28)
NODE_GROUPS = {"general": {"instance_types": ["m5.large", "m9.large"]}}
SECRET = "secret"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a small book."""
    place = tmp_path / "book"
    tables = {
        "azure/virtual-machines": "westeurope,Standard_D4s_v5,hour,USD,0.23,2026-08-20,s,",
        "azure/virtual-machines-spot": "westeurope,Standard_D4s_v5,hour,USD,0.0425,2026-08-20,s,",
        "azure/managed-disk": "westeurope,premium-ssd-P10-LRS,disk-month,USD,21.68,2026-08-22,s,128 GiB",
        "aws/ec2": "us-east-1,m5.large,hour,USD,0.096,2026-07-20,s,\nus-east-1,m5.gone,hour,USD,1,2026-07-20,s,",
        "aws/ebs": "us-east-1,gp3-throughput,MiBps-month,USD,0.04,2024-09-05,s,\n"
        "us-east-1,gp3-storage,GB-month,USD,0.08,2024-09-05,s,",
        "gcp/compute": "europe-west4,n2-standard-8,hour,USD,0.427664,2026-08-03,s,",
        "gcp/compute-spot": "europe-west4,n2-standard-8,hour,USD,0.155472,2026-08-03,s,",
        "gcp/compute-disk": "europe-west4,pd-ssd,GB-month,USD,0.187,2026-08-20,s,",
    }
    for name, rows in tables.items():
        path = place / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{HEADER}{rows}\n")
    (place / "book.json").write_text('{"version": "1", "released": "2026-11-28", "stale_after_days": 400}')
    return place


def azure(price: float = 0.24) -> Api:
    """Return an API of Azure with two pages of machines, most of which are not meant."""
    others = [
        azure_item(productName="Virtual Machines Dsv5 Series Windows", retailPrice=0.4),
        azure_item(productName="Virtual Machines Dsv5 Series CloudServices", retailPrice=0.41),
        azure_item(skuName="Standard_D4s_v5 Low Priority", retailPrice=0.05),
        azure_item(type="Reservation", retailPrice=900.0),
        azure_item(retailPrice=0.0),
        azure_item(armSkuName="Standard_Unknown", retailPrice=3.0),
        azure_item(isPrimaryMeterRegion=False, retailPrice=0.99),
    ]
    machines = [
        [*others, azure_item(skuName="Standard_D4s_v5 Spot", retailPrice=0.0425)],
        [azure_item(retailPrice=price)],
    ]
    disk = {"serviceName": "Storage", "productName": "Premium SSD Managed Disks", "unitOfMeasure": "1/Month"}
    disks = [
        azure_item(**disk, skuName="P10 LRS", meterName="P10 LRS Disk", armSkuName="", retailPrice=21.68),
        azure_item(**disk, skuName="P10 LRS", meterName="P10 LRS Disk Mount", armSkuName="", retailPrice=1.2),
    ]
    return Api(azure_pages={"Virtual Machines": machines, "Storage": [disks]})


def opened(address: str, headers: Mapping[str, str]) -> AbstractContextManager[IO[bytes]]:
    """Open an address of loopback."""
    answer: AbstractContextManager[IO[bytes]] = urllib.request.urlopen(  # noqa: S310  # loopback
        urllib.request.Request(address, headers=dict(headers)),  # noqa: S310
        timeout=10,
    )
    return answer


def refreshed(book: Path, folder: Path, api: Api, *, check: bool = False, **given: Any) -> dict[str, Any]:
    """Return what the module returns."""
    params = {
        "services": [],
        "needed": [],
        "price_book": str(book),
        "override_folder": str(folder),
        "base_url": api.base,
        "api_key": "",
        "confirm_above_percent": "25",
        "confirm": False,
        **given,
    }
    http = Http(opened, lambda _seconds: None, cost_prices.key_header(params["api_key"]))
    return cost_prices.refresh(params, http, DAY, check=check)


def files(folder: Path) -> dict[str, str]:
    """Return a folder's files."""
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_azure_pages_are_read_and_only_what_the_book_has_is_taken(book: Path, tmp_path: Path) -> None:
    with running(azure()) as api:
        found = refreshed(book, tmp_path / "fresh", api, provider="azure", regions=["westeurope"])
    assert (found["count"], found["moved"], found["new"], found["absent"], found["ambiguous"]) == (3, 1, 0, [], [])
    assert [(one["sku"], one["old"], one["new"], one["percent"]) for one in found["largest"]] == [
        ("Standard_D4s_v5", "0.23", "0.24", "4.3")
    ]
    price = PriceBook(book, (tmp_path / "fresh",)).price(
        "azure", "virtual-machines", "westeurope", "Standard_D4s_v5", "hour"
    )
    assert (price.amount, price.as_of, price.source) == (Decimal("0.24"), "2026-11-28", "azure-retail-prices")
    assert any("%24filter" in path and "westeurope" in path for path in api.asked)


def test_a_second_refresh_changes_nothing(book: Path, tmp_path: Path) -> None:
    with running(azure()) as api:
        first = refreshed(book, tmp_path / "fresh", api, provider="azure", regions=["westeurope"])
        kept = files(tmp_path / "fresh")
        again = refreshed(book, tmp_path / "fresh", api, provider="azure", regions=["westeurope"])
    assert (first["changed"], again["changed"], again["moved"]) == (True, False, 0)
    assert files(tmp_path / "fresh") == kept


def test_check_mode_tells_and_writes_nothing(book: Path, tmp_path: Path) -> None:
    with running(azure(0.46)) as api:
        found = refreshed(book, tmp_path / "fresh", api, check=True, provider="azure", regions=["westeurope"])
    assert found["changed"]
    assert [one["percent"] for one in found["needs_confirmation"]] == ["100.0"]
    assert not (tmp_path / "fresh").exists()


def test_a_price_that_moves_far_needs_a_confirmation(book: Path, tmp_path: Path) -> None:
    with running(azure(0.46)) as api:
        with pytest.raises(CostError, match="1 prices move by more than 25 percent, such as azure/virtual-machines"):
            refreshed(book, tmp_path / "fresh", api, provider="azure", regions=["westeurope"])
        assert not (tmp_path / "fresh").exists()
        assert refreshed(book, tmp_path / "fresh", api, provider="azure", regions=["westeurope"], confirm=True)[
            "changed"
        ]
        assert "0.46" in (tmp_path / "fresh/azure/virtual-machines.csv").read_text()


def test_a_busy_api_is_asked_again(book: Path, tmp_path: Path) -> None:
    with running(azure()) as api:
        api.busy = 3
        assert refreshed(book, tmp_path / "fresh", api, provider="azure", regions=["westeurope"])["count"] == 3


@pytest.mark.parametrize("fault", ["always busy", "cut", "no format", "nobody there"])
def test_an_api_that_fails_leaves_all_as_it_was(fault: str, book: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    with running(azure()) as api:
        refreshed(book, fresh, api, provider="azure", regions=["westeurope"])
        kept = files(fresh)
        api.busy = 10**6 if fault == "always busy" else 0
        api.cut = fault == "cut"
        if fault == "no format":
            api.azure = lambda _query: b'{"Count": 0}'  # type: ignore[method-assign]
        if fault == "nobody there":
            api.base = "http://127.0.0.1:9"
        found = refreshed(book, fresh, api, provider="azure", regions=["westeurope"])
    assert (found["changed"], found["reachable"]) == (False, False)
    assert found["msg"].endswith("The old prices stay.")
    assert files(fresh) == kept


def test_a_page_that_leads_elsewhere_is_not_followed(book: Path, tmp_path: Path) -> None:
    with running(azure()) as api:
        answer = {"Items": [azure_item()], "NextPageLink": "http://localhost:9/api"}
        api.azure = lambda _query: json.dumps(answer).encode()  # type: ignore[method-assign]
        found = refreshed(book, tmp_path / "fresh", api, provider="azure", regions=["westeurope"])
    assert "leads to another host, localhost" in found["msg"]


def test_a_meter_with_two_prices_is_not_taken(book: Path, tmp_path: Path) -> None:
    with running(azure()) as api:
        api.azure_pages["Virtual Machines"][1].append(azure_item(retailPrice=0.3))
        found = refreshed(book, tmp_path / "fresh", api, provider="azure", regions=["westeurope"])
    assert [one["sku"] for one in found["ambiguous"]] == ["Standard_D4s_v5"]
    assert not (tmp_path / "fresh/azure/virtual-machines.csv").exists()


def test_aws_lists_are_read_once_an_offer_and_what_is_gone_is_told(book: Path, tmp_path: Path) -> None:
    path = "/offers/v1.0/aws/AmazonEC2/current/us-east-1/index.csv"
    text = aws_file(
        aws_line(PricePerUnit="0.0960000000", **{"Instance Type": "m5.large"}),
        aws_line(PricePerUnit="0.19", **{"Instance Type": "m5.large", "Operating System": "Windows"}),
        aws_line(PricePerUnit="0.10", **{"Instance Type": "m5.large", "Tenancy": "Dedicated"}),
        aws_line(PricePerUnit="0.06", **{"Instance Type": "m5.large", "TermType": "Reserved"}),
        aws_line(
            PricePerUnit="0.00", **{"Instance Type": "m5.large", "CapacityStatus": "AllocatedCapacityReservation"}
        ),
        aws_line(PricePerUnit="0.085", Unit="GB-Mo", **{"Product Family": "Storage", "Volume API Name": "gp3"}),
        aws_line(
            PricePerUnit="40.96",
            Unit="GiBps-mo",
            **{"Product Family": "Provisioned Throughput", "Volume API Name": "gp3"},
        ),
    )
    with running(Api(aws={path: text})) as api:
        found = refreshed(book, tmp_path / "fresh", api, provider="aws", regions=["us-east-1"], services=["ec2", "ebs"])
        assert api.asked == [path]
    assert {(one["sku"], one["new"]) for one in found["largest"]} == {("gp3-storage", "0.085")}
    assert [one["sku"] for one in found["absent"]] == ["m5.gone"]
    lines = (tmp_path / "fresh/aws/ebs.csv").read_text().splitlines()
    assert lines[2] == "us-east-1,gp3-throughput,MiBps-month,USD,0.04,2026-11-28,aws-price-list,"


def test_a_list_that_breaks_off_is_not_taken_in_part(book: Path, tmp_path: Path) -> None:
    path = "/offers/v1.0/aws/AmazonEC2/current/us-east-1/index.csv"
    lines = [aws_line(PricePerUnit="0.097", **{"Instance Type": "m5.large"})] * 1000
    with running(Api(aws={path: aws_file(*lines)}, cut=True)) as api:
        found = refreshed(book, tmp_path / "fresh", api, provider="aws", regions=["us-east-1"], services=["ec2"])
    assert (found["reachable"], "stopped in the middle" in found["msg"]) == (False, True)
    assert not (tmp_path / "fresh").exists()


def test_google_sells_parts_and_needs_a_key(book: Path, tmp_path: Path) -> None:
    place = ["europe-west4"]
    pages = [
        [
            gcp_sku("N2 Instance Core running in Netherlands", (0, 34_806_000), "h", place),
            gcp_sku("N2 Custom Instance Core running in Netherlands", (0, 36_000_000), "h", place),
            gcp_sku("N2 Instance Ram running in Netherlands", (0, 4_664_000), "GiBy.h", place),
        ],
        [
            gcp_sku(
                "Spot Preemptible N2 Instance Core running in Netherlands", (0, 12_654_000), "h", place, "Preemptible"
            ),
            gcp_sku(
                "Spot Preemptible N2 Instance Ram running in Netherlands",
                (0, 1_695_000),
                "GiBy.h",
                place,
                "Preemptible",
            ),
            gcp_sku("SSD backed PD Capacity in Netherlands", (0, 190_000_000), "GiBy.mo", place),
        ],
    ]
    with running(Api(gcp_pages=pages, key=SECRET)) as api:
        found = refreshed(book, tmp_path / "fresh", api, provider="gcp", regions=place, api_key=SECRET)
        refused = refreshed(book, tmp_path / "none", api, provider="gcp", regions=place, api_key="wrong")
        assert not [path for path in api.asked if SECRET in path]
    # 8 cores and 32 GiB: 8 x 0.034806 + 32 x 0.004664 = 0.427696; spot 8 x 0.012654 + 32 x 0.001695 = 0.155472.
    assert {(one["service"], one["new"]) for one in found["largest"]} == {
        ("compute", "0.427696"),
        ("compute-disk", "0.19"),
    }
    assert found["count"] == 3
    assert (refused["reachable"], "403" in refused["msg"], "wrong" in refused["msg"]) == (False, True, False)


def test_what_is_needed_and_not_in_the_book_becomes_new(book: Path, tmp_path: Path) -> None:
    need = {"provider": "azure", "service": "virtual-machines", "region": "westeurope", "sku": "Standard_Unknown"}
    with running(azure()) as api:
        found = refreshed(book, tmp_path / "fresh", api, provider="azure", regions=["westeurope"], needed=[need])
    assert found["new"] == 1
    assert "Standard_Unknown,hour,USD,3," in (tmp_path / "fresh/azure/virtual-machines.csv").read_text()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"provider": "gcp", "regions": ["x"]}, "api_key is not set"),
        ({"provider": "azure", "regions": []}, "regions is empty"),
        ({"provider": "azure", "regions": ["x"], "services": ["aks"]}, "services names 'aks'"),
        ({"provider": "azure", "regions": ["nowhere"]}, "name such regions"),
        ({"provider": "azure", "regions": ["westeurope"], "confirm_above_percent": "-1"}, "must not be negative"),
        ({"provider": "azure", "regions": ["westeurope"], "confirm_above_percent": "much"}, "decimal number"),
    ],
)
def test_options_that_cannot_be_are_errors(given: dict[str, Any], says: str, book: Path, tmp_path: Path) -> None:
    with pytest.raises(CostError, match=says):
        refreshed(book, tmp_path / "fresh", Api(base="http://127.0.0.1:9"), **given)


def test_an_answer_without_any_wanted_price_is_an_error(book: Path, tmp_path: Path) -> None:
    with running(Api(azure_pages={})) as api, pytest.raises(CostError, match="the old prices stay"):
        refreshed(book, tmp_path / "fresh", api, provider="azure", regions=["westeurope"])


@pytest.fixture
def playbook(book: Path, tmp_path: Path) -> Iterator[Any]:
    """Return a function that runs the playbook for a platform against two APIs on loopback."""
    inventory = tmp_path / "hosts.json"
    machines = {"platform_region": "us-east-1", "terraform_stack_variables": {"node_groups": NODE_GROUPS}}
    inventory.write_text(json.dumps({"all": {"children": {"aws": {"hosts": {"aws_us_east_1_dev": machines}}}}}))
    lines = [aws_line(PricePerUnit="0.096", **{"Instance Type": kind}) for kind in ("m5.large", "m9.large", "m9.huge")]
    with running(azure()) as api:
        api.aws = {"/offers/v1.0/aws/AmazonEC2/current/us-east-1/index.csv": aws_file(*lines)}

        def run(*options: str, **given: Any) -> subprocess.CompletedProcess[str]:
            variables = {
                "update_prices_folder": str(tmp_path / "fresh"),
                "update_prices_book": str(book),
                "update_prices_azure_regions": ["westeurope"],
                "update_prices_services": {"aws": ["ec2"]},
                "update_prices_base_urls": {"aws": api.base, "azure": api.base},
                **given,
            }
            program = Path(sys.executable).with_name("ansible-playbook")
            argv = [str(program), "playbooks/update_prices.yml", "-i", str(inventory), "-e", json.dumps(variables)]
            environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
            return subprocess.run(
                [*argv, *options], cwd=REPO, env=environment, capture_output=True, text=True, check=False
            )

        yield run


def test_the_playbook_refreshes_and_then_has_nothing_to_do(playbook: Any, tmp_path: Path) -> None:
    checked = playbook("--check", "--diff")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "westeurope Standard_D4s_v5 per hour: 0.24" in checked.stdout
    # The inventory's node groups need it, and the book has it not; the list's other new type nobody needs.
    assert "us-east-1 m9.large per hour: 0.096" in checked.stdout
    assert "m9.huge" not in checked.stdout
    assert "percent: '4.3'" in checked.stdout
    assert not (tmp_path / "fresh").exists()
    first = playbook()
    assert first.returncode == 0, first.stdout + first.stderr
    assert "told 3 prices: 1 moved, 0 are new." in " ".join(first.stdout.split())
    assert "changed=1" in first.stdout
    today = datetime.now(UTC).date().isoformat()
    assert f"USD,0.24,{today},azure-retail-prices," in (tmp_path / "fresh/azure/virtual-machines.csv").read_text()
    assert "changed=0" in playbook().stdout
