# SPDX-License-Identifier: Apache-2.0
"""The three price APIs on loopback, in their documented formats, with a few prices each."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

AWS_HEAD = """\
"FormatVersion","v1.0"
"Disclaimer","This pricing list is for informational purposes only."
"Publication Date","2026-11-27T00:00:00Z"
"Version","20261127000000"
"OfferCode","AmazonEC2"
"""
AWS_COLUMNS = [
    "SKU",
    "OfferTermCode",
    "RateCode",
    "TermType",
    "PriceDescription",
    "EffectiveDate",
    "StartingRange",
    "EndingRange",
    "Unit",
    "PricePerUnit",
    "Currency",
    "LeaseContractLength",
    "Product Family",
    "Location",
    "Instance Type",
    "Tenancy",
    "Operating System",
    "CapacityStatus",
    "Pre Installed S/W",
    "Volume API Name",
    "usageType",
    "MarketOption",
    "Region Code",
    "Database Engine",
    "Deployment Option",
    "Storage",
    "Cache Engine",
]


def aws_line(**given: str) -> str:
    """Return a line of a price list; a machine on demand where nothing else is said."""
    line = {
        "SKU": "S",
        "TermType": "OnDemand",
        "StartingRange": "0",
        "EndingRange": "Inf",
        "Unit": "Hrs",
        "PricePerUnit": "0.0",
        "Currency": "USD",
        "Product Family": "Compute Instance",
        "Tenancy": "Shared",
        "Operating System": "Linux",
        "CapacityStatus": "Used",
        "Pre Installed S/W": "NA",
        **given,
    }
    return ",".join(f'"{line.get(column, "")}"' for column in AWS_COLUMNS)


def aws_file(*lines: str) -> str:
    """Return a whole price list."""
    header = ",".join(f'"{column}"' for column in AWS_COLUMNS)
    return "\n".join([AWS_HEAD + header, *lines, ""])


def gcp_sku(description: str, amount: tuple[int, int], unit: str, regions: list[str], usage: str = "OnDemand") -> Any:
    """Return a SKU of the catalog; the amount is whole units and billionths."""
    return {
        "name": "services/6F81-5844-456A/skus/0000",
        "skuId": "0000",
        "description": description,
        "category": {
            "serviceDisplayName": "Compute Engine",
            "resourceFamily": "Compute",
            "resourceGroup": "CPU",
            "usageType": usage,
        },
        "serviceRegions": regions,
        "pricingInfo": [
            {
                "summary": "",
                "pricingExpression": {
                    "usageUnit": unit,
                    "displayQuantity": 1,
                    "tieredRates": [
                        {
                            "startUsageAmount": 0,
                            "unitPrice": {"currencyCode": "USD", "units": str(amount[0]), "nanos": amount[1]},
                        }
                    ],
                    "usageUnitDescription": "hour",
                    "baseUnit": "s",
                },
                "currencyConversionRate": 1,
                "effectiveTime": "2026-11-27T08:00:00.000Z",
            }
        ],
        "serviceProviderName": "Google",
    }


def azure_item(**given: Any) -> Any:
    """Return a meter; a machine of Linux in the Netherlands where nothing else is said."""
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": 0.25,
        "unitPrice": 0.25,
        "armRegionName": "westeurope",
        "location": "EU West",
        "effectiveStartDate": "2026-11-01T00:00:00Z",
        "meterId": "0000",
        "meterName": "D4s v5",
        "productId": "DZH318Z0CQ4C",
        "skuId": "DZH318Z0CQ4C/000G",
        "productName": "Virtual Machines Dsv5 Series",
        "skuName": "Standard_D4s_v5",
        "serviceName": "Virtual Machines",
        "serviceId": "DZH313Z7MMC8",
        "serviceFamily": "Compute",
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        "armSkuName": "Standard_D4s_v5",
        **given,
    }


@dataclass
class Api:
    """A server: what each path answers, what it was asked, and how often it says at first that it is busy."""

    base: str = ""
    aws: dict[str, str] = field(default_factory=dict)
    gcp_pages: list[list[Any]] = field(default_factory=list)
    azure_pages: dict[str, list[list[Any]]] = field(default_factory=dict)
    busy: int = 0
    cut: bool = False
    key: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, headers: Any) -> tuple[int, bytes]:
        """Return status and body."""
        self.asked.append(path)
        if self.busy:
            self.busy -= 1
            return 429, b"{}"
        split, query = urlsplit(path), parse_qs(urlsplit(path).query)
        if split.path == "/api/retail/prices":
            return 200, self.azure(query)
        if split.path == "/v1/services/6F81-5844-456A/skus":
            return self.gcp(query, headers.get("X-Goog-Api-Key"))
        return (200, self.aws[split.path].encode()) if split.path in self.aws else (404, b"no such offer")

    def azure(self, query: dict[str, list[str]]) -> bytes:
        """Return a page of meters for a filter."""
        wanted, number = query["$filter"][0], int(query.get("$skip", ["0"])[0])
        service = "Storage" if "'Storage'" in wanted else "Virtual Machines"
        found = self.azure_pages.get(service, [[]])
        more = f"{self.base}/api/retail/prices?$filter={wanted.replace(' ', '%20')}&$skip={number + 1}"
        return json.dumps(
            {
                "BillingCurrency": "USD",
                "CustomerEntityId": "Default",
                "CustomerEntityType": "Retail",
                "Items": found[number],
                "NextPageLink": more if number + 1 < len(found) else None,
                "Count": len(found[number]),
            }
        ).encode()

    def gcp(self, query: dict[str, list[str]], key: str | None) -> tuple[int, bytes]:
        """Return a page of SKUs for whoever has the key."""
        if key != self.key:
            return 403, b'{"error": {"code": 403, "status": "PERMISSION_DENIED"}}'
        number = int(query.get("pageToken", ["0"])[0])
        token = str(number + 1) if number + 1 < len(self.gcp_pages) else ""
        return 200, json.dumps({"skus": self.gcp_pages[number], "nextPageToken": token}).encode()


@contextmanager
def running(api: Api) -> Iterator[Api]:
    """Serve on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        """Answer as the API does; a cut answer promises more than it sends."""

        def do_GET(self) -> None:
            status, body = api.answer(self.path, self.headers)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if api.cut else body)

        def log_message(self, *_arguments: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
