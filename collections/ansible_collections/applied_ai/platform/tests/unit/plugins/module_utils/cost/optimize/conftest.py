# SPDX-License-Identifier: Apache-2.0
"""A book of round prices, so that the money in these tests can be reckoned in the head."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import COLUMNS, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.facts import Facts, read
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.findings import Context, Limits

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ROWS = {
    "aws/ec2": """here,m5.large,hour,USD,0.1
here,g4dn.xlarge,hour,USD,0.5
here,c5.large,hour,USD,0.09
here,r5.large,hour,USD,0.13
us-west-2,g4dn.xlarge,hour,USD,0.4
cn-north-1,m5.large,hour,CNY,0.7""",
    "aws/ec2-spot": """here,m5.large,hour,USD,0.04,typical; interruption 5-10%
here,g4dn.xlarge,hour,USD,0.2,typical; interruption >20%""",
    "aws/ec2-spot-recent": """here,c5.large,hour,USD,0.03,typical; interruption <5%
here,r5.large,hour,USD,0.05,typical; median of 1 zones""",
    "aws/ec2-spot-discount": "here,c5.large,percent,USD,60,typical; interruption 10-15%",
    "aws/ec2-reserved-discount": "here,m5:1yr-standard-no-upfront,percent,USD,40",
    "aws/ebs": """here,gp2-storage,GB-month,USD,0.10
here,gp3-storage,GB-month,USD,0.08
here,gp3-iops,IOPS-month,USD,0.005
here,gp3-throughput,MiBps-month,USD,0.04
here,io2-storage,GB-month,USD,0.125
here,io2-iops-tier1,IOPS-month,USD,0.065
here,snapshot,GB-month,USD,0.05""",
    "aws/vpc": """here,public-ipv4,hour,USD,0.005
here,nat-gateway-data,GB,USD,0.045
here,interface-endpoint,hour,USD,0.01
here,interface-endpoint-data,GB,USD,0.01""",
    "aws/s3": """here,standard-tier1,GB-month,USD,0.023
here,intelligent-tiering-infrequent,GB-month,USD,0.0125
here,intelligent-tiering-monitoring,1000 objects-month,USD,0.0025""",
    "aws/cloudwatch": "here,logs-storage,GB-month,USD,0.03",
    "aws/rds-postgres": """here,db.m5.xlarge,hour,USD,0.4
here,db.m5.large,hour,USD,0.2""",
    "aws/rds-postgres-multi-az": """here,db.m5.xlarge,hour,USD,0.8
here,db.m5.large,hour,USD,0.4""",
    "aws/data-transfer": "here,internet-out-tier1,GB,USD,0.09",
    "azure/virtual-machines": "eastus,Standard_NC4as_T4_v3,hour,USD,0.3",
}
# Read by name: what a type and its architecture are called in the book is the book's matter.
SHAPES = """instance_type,sku,vcpu,memory_gib,architecture,arch,gpu_model,gpu_count
m5.large,m5.large,2,8,x86_64,x86_64,,
g4dn.xlarge,g4dn.xlarge,4,16,x86_64,x86_64,T4,1
"""


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> PriceBook:
    folder = tmp_path_factory.mktemp("book")
    for name, rows in ROWS.items():
        path = folder / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        lines = [
            f"{','.join(fields[:5])},2026-11,test,{','.join(fields[5:])}"
            for fields in (row.split(",") for row in rows.splitlines())
        ]
        path.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n")
    (folder / "aws/shapes.csv").write_text(SHAPES)
    return PriceBook(folder)


@pytest.fixture
def context(book: PriceBook) -> Callable[..., Context]:
    """Return a function: facts as plain data → what rules see."""

    def made(limits: Limits | None = None, **facts: Any) -> Context:
        data = {"region": "here", "as_of": "2026-11-28", **facts}
        return Context(read(Facts, data, "facts"), book, NOW, limits or Limits())

    return made
