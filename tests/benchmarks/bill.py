# SPDX-License-Identifier: Apache-2.0
"""A report on ten million lines of CUR 2.0 beside the bare query and beside pandas, and the forecast's back-test.

The bill is made first, in a temporary folder: 720 hours of as many resources as it takes, each with its account,
region, tags and price, and all columns that our Terraform exports. Making it is not counted. Every measured run is a
process of its own; its memory is the peak that the kernel tells (VmHWM).

- report: what cost_report_info does, from the files to the finished figures, duplicates looked for included.
- bare: one DuckDB query that scans the same columns, groups by the same keys, and adds up the numbers as they are
  stored, with a checksum in place of the search for duplicates. Same threads and memory.
- pandas: the same sums, on one file of the bill, beside the report on that file alone: the tags' maps of all lines as
  Python objects do not fit into memory.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).parents[2]
sys.path[:0] = [str(REPO / "collections"), str(REPO / "tests")]
HOURS = 720
FILES = 10
MEMORY = "512MB"
THREADS = 2
TAGS = {"environment": ["Environment"], "team": ["Team"], "service": ["Service"]}
KEYS = (
    "bill_billing_period_start_date, line_item_currency_code, line_item_line_item_type, line_item_product_code,"
    " line_item_usage_account_id, product_region_code, savings_plan_savings_plan_a_r_n, reservation_reservation_a_r_n,"
    " contains(line_item_usage_type, 'SpotUsage') AS spot, product_instance_type,"
    " CAST(line_item_usage_start_date AS DATE) AS day, resource_tags['user_environment'] AS environment,"
    " resource_tags['user_team'] AS team, resource_tags['user_service'] AS service"
)
SUMS = (
    "sum(line_item_unblended_cost) AS billed, sum(pricing_public_on_demand_cost) AS list,"
    " sum(line_item_usage_amount) AS quantity, sum(savings_plan_savings_plan_effective_cost) AS plan,"
    " sum(reservation_effective_cost) AS reserved,"
    " sum(savings_plan_total_commitment_to_date - savings_plan_used_commitment) AS unused,"
    " sum(reservation_unused_amortized_upfront_fee_for_billing_period + reservation_unused_recurring_fee) AS idle,"
    " count(*) AS lines"
)
# Service, usage type, instance type, price of an hour, share of the resources.
KINDS = (
    ("AmazonEC2", "BoxUsage:m5.xlarge", "m5.xlarge", 0.192, 18),
    ("AmazonEC2", "SpotUsage:g5.xlarge", "g5.xlarge", 1.006, 5),
    ("AmazonEC2", "BoxUsage:r6g.2xlarge", "r6g.2xlarge", 0.4032, 7),
    ("AmazonEC2", "EBS:VolumeUsage.gp3", "", 0.011, 25),
    ("AmazonRDS", "InstanceUsage:db.r6g.xlarge", "db.r6g.xlarge", 0.45, 4),
    ("AmazonS3", "TimedStorage-ByteHrs", "", 0.004, 12),
    ("AmazonEKS", "AmazonEKS-Hours:perCluster", "", 0.1, 1),
    ("AmazonVPC", "PublicIPv4:InUseAddress", "", 0.005, 8),
    ("AWSELB", "LoadBalancerUsage", "", 0.0225, 5),
    ("AmazonCloudWatch", "DataProcessing-Bytes", "", 0.0007, 15),
)


def exported() -> list[str]:
    """Return the columns of CUR 2.0 that our Terraform module exports."""
    text = (REPO / "terraform/modules/aws/cost/export.tf").read_text(encoding="utf-8")
    table = text[text.index("COST_AND_USAGE_REPORT = {") : text.index("FOCUS_1_2_AWS = {")]
    return re.findall(r'"([a-z_0-9]+)"', table[: table.index("settings")])


def resources(count: int) -> str:
    """Return the SQL of the resources: each has its kind, account, region, tags and, some of them, a commitment."""
    kinds = ", ".join(
        f"('{service}', '{usage}', '{instance}', {price}, {sum(kind[4] for kind in KINDS[:index])}, {share})"
        for index, (service, usage, instance, price, share) in enumerate(KINDS)
    )
    return f"""
    CREATE TABLE resources AS
    SELECT r, service, usage, instance, price, 'i-' || printf('%017x', r * 7919) AS id,
      (['ml', 'search', 'data', 'web', 'core', 'chat', 'vision', 'ops'])[1 + r * 31 % 8] AS team,
      (['production', 'production', 'staging', 'development'])[1 + r * 17 % 4] AS environment,
      CASE WHEN service = 'AmazonEC2' AND usage LIKE 'Box%' AND r % 3 = 0 THEN 'SavingsPlanCoveredUsage'
        WHEN service = 'AmazonRDS' AND r % 2 = 0 THEN 'DiscountedUsage' ELSE 'Usage' END AS type,
      CASE WHEN r % 10 = 0 THEN 'eu-west-1' ELSE 'us-east-1' END AS region
    FROM range({count}) rows(r) JOIN (VALUES {kinds}) kinds(service, usage, instance, price, first, share)
      ON r % 100 >= first AND r % 100 < first + share
    """  # noqa: S608 # the table above


def lines() -> dict[str, str]:
    """Return the SQL of the columns that have values; the others are empty, as most of an export's are."""
    plan, reserved = "type = 'SavingsPlanCoveredUsage'", "type = 'DiscountedUsage'"
    cost = "price * (0.9 + (r * 13 + h * 7) % 100 / 500.0)"
    return {
        "bill_bill_type": "'Anniversary'",
        "bill_billing_period_start_date": "TIMESTAMP '2026-11-01'",
        "bill_billing_period_end_date": "TIMESTAMP '2026-12-01'",
        "bill_payer_account_id": "'111111111111'",
        "identity_line_item_id": "printf('%016x%016x%016x', hash(r, h) >> 1, hash(h, r) >> 1, hash(r) >> 1)",
        "identity_time_interval": "strftime(t, '%Y-%m-%dT%H:00:00Z/')"
        " || strftime(t + INTERVAL 1 HOUR, '%Y-%m-%dT%H:00:00Z')",
        "line_item_currency_code": "'USD'",
        "line_item_line_item_description": "'per hour: ' || usage",
        "line_item_line_item_type": "type",
        "line_item_operation": "'RunInstances'",
        "line_item_product_code": "service",
        "line_item_resource_id": "id",
        "line_item_unblended_cost": cost,
        "line_item_usage_account_id": "CASE environment WHEN 'production' THEN '222222222222' ELSE '333333333333' END",
        "line_item_usage_amount": "1.0",
        "line_item_usage_start_date": "t",
        "line_item_usage_end_date": "t + INTERVAL 1 HOUR",
        "line_item_usage_type": "usage",
        "pricing_public_on_demand_cost": f"{cost} * CASE WHEN usage LIKE 'Spot%' THEN 2.6 ELSE 1 END",
        "product_instance_type": "nullif(instance, '')",
        "product_region_code": "region",
        "product_servicecode": "service",
        "reservation_effective_cost": f"CASE WHEN {reserved} THEN {cost} * 0.65 ELSE 0.0 END",
        "reservation_reservation_a_r_n": f"CASE WHEN {reserved} THEN 'arn:aws:rds:us-east-1:1:ri:a' END",
        "reservation_unused_amortized_upfront_fee_for_billing_period": "0.0",
        "reservation_unused_recurring_fee": "0.0",
        "resource_tags": "CASE WHEN r % 20 = 0 THEN MAP {'user_name': id} ELSE MAP {'user_environment': environment,"
        " 'user_team': team, 'user_service': team || '-api', 'user_name': id} END",
        "savings_plan_savings_plan_a_r_n": f"CASE WHEN {plan} THEN 'arn:aws:savingsplans::1:savingsplan/a' END",
        "savings_plan_savings_plan_effective_cost": f"CASE WHEN {plan} THEN {cost} * 0.7 ELSE 0.0 END",
        "savings_plan_total_commitment_to_date": "0.0",
        "savings_plan_used_commitment": "0.0",
    }


def make(folder: Path, wanted: int) -> None:
    """Write a bill of about so many lines, in ten files of three days each."""
    import duckdb  # noqa: PLC0415 # each process loads what it measures

    known = lines()
    columns = ", ".join(f"{known.get(name, 'NULL::VARCHAR')} AS {name}" for name in exported())
    connection = duckdb.connect(config={"threads": str(THREADS), "preserve_insertion_order": "false"})
    connection.execute(resources(-(-wanted // HOURS)))
    for file in range(FILES):
        first, last = HOURS // FILES * file, HOURS // FILES * (file + 1)
        connection.execute(
            f"COPY (SELECT {columns} FROM (SELECT *, TIMESTAMP '2026-11-01' + to_hours(CAST(h AS INT)) AS t"  # noqa: S608 # ours
            f" FROM resources, range({first}, {last}) hours(h))) TO '{folder}/{file:05d}.parquet' (FORMAT parquet)"
        )


def run_report(files: list[Path], scratch: Path) -> str:
    """Do what cost_report_info does."""
    from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill import (  # noqa: PLC0415
        exports,
        report,
        scan,
    )

    found = [exports.checked(path) for path in files]
    told = report.report(found, report.Request(), scan.Settings(TAGS, MEMORY, THREADS, scratch))
    return str(told["totals"]["billed"])


def run_bare(files: list[Path], scratch: Path) -> str:
    """Scan the same columns with one query."""
    import duckdb  # noqa: PLC0415

    connection = duckdb.connect(
        config={"threads": str(THREADS), "memory_limit": MEMORY, "temp_directory": str(scratch)}
    )
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(
        f"CREATE TEMP TABLE cube AS SELECT {KEYS}, {SUMS},"  # noqa: S608 # ours
        " bit_xor(hash(identity_line_item_id, identity_time_interval)) AS checksum"
        f" FROM read_parquet({[str(path) for path in files]}) GROUP BY ALL"
    )
    rows = connection.execute("SELECT sum(billed), count(*) FROM cube").fetchall()
    return f"{rows[0][0]:.2f} in {rows[0][1]} groups"


def run_pandas(files: list[Path], _scratch: Path) -> str:
    """Do the same group-bys and the same search for duplicates with pandas."""
    import pandas as pd  # noqa: PLC0415

    plain = [
        *(
            "line_item_currency_code",
            "line_item_line_item_type",
            "line_item_product_code",
            "line_item_usage_account_id",
        ),
        *("product_region_code", "savings_plan_savings_plan_a_r_n", "reservation_reservation_a_r_n"),
        "product_instance_type",
    ]
    numbers = [
        *("line_item_unblended_cost", "pricing_public_on_demand_cost", "line_item_usage_amount"),
        *("savings_plan_savings_plan_effective_cost", "reservation_effective_cost"),
    ]
    identity = ["identity_line_item_id", "identity_time_interval"]
    others = ["line_item_usage_type", "line_item_usage_start_date", "resource_tags"]
    frame = pd.concat(pd.read_parquet(path, columns=[*plain, *numbers, *identity, *others]) for path in files)
    tags = [dict(pairs) for pairs in frame.pop("resource_tags")]
    for name in TAGS:
        frame[name] = [one.get(f"user_{name}", "") for one in tags]
    frame["day"] = frame["line_item_usage_start_date"].dt.date
    frame["spot"] = frame["line_item_usage_type"].str.contains("SpotUsage")
    again = int(frame.duplicated(identity).sum())
    sums = frame.groupby([*plain, "day", "spot", *TAGS], dropna=False, observed=True)[numbers].sum()
    return f"{sums['line_item_unblended_cost'].sum():.2f}, {again} duplicates"


WAYS = {"report": run_report, "bare": run_bare, "pandas": run_pandas}


def peak() -> int:
    """Return this process's peak of memory in MiB."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="utf-8"))[1]) // 1024


def child(way: str, folder: Path, files: int) -> None:
    """Measure one way in this process."""
    if way == "make":
        make(folder, files)
        return
    paths = sorted(folder.glob("*.parquet"))[:files]
    with tempfile.TemporaryDirectory(prefix="spill-") as scratch:
        start, cpu = time.perf_counter(), time.process_time()
        said = WAYS[way](paths, Path(scratch))
        wall = time.perf_counter() - start
    print(json.dumps({"wall": wall, "cpu": time.process_time() - cpu, "mib": peak(), "said": said}))


def start(way: str, folder: Path, files: int) -> dict[str, float | str]:
    """Measure one way in a process of its own."""
    argv = [sys.executable, str(Path(__file__)), "--child", way, "--folder", str(folder), "--files", str(files)]
    out = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return json.loads(out) if out else {}


def shown(way: str, runs: list[dict[str, float | str]]) -> float:
    """Print the median of some runs and return its seconds."""
    wall, cpu = (statistics.median(float(run[name]) for run in runs) for name in ("wall", "cpu"))
    mib = max(int(run["mib"]) for run in runs)
    print(f"  {way:8} {wall:7.1f} s   {cpu:7.1f} s of processor   {mib:6} MiB at most   {runs[0]['said']}")
    return wall


def compare(folder: Path, ways: tuple[str, str], files: int, repeats: int) -> None:
    """Measure two ways in turn, so that a busy machine is as busy for both, and print the ratio."""
    runs: dict[str, list[dict[str, float | str]]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way in ways:
            runs[way].append(start(way, folder, files))
    first, second = (shown(way, runs[way]) for way in ways)
    busy = [sum(float(run["cpu"]) for run in runs[way]) for way in ways]
    print(f"  {ways[0]} / {ways[1]}: {first / second:.2f} of the time, {busy[0] / busy[1]:.2f} of the processor's")


def main() -> None:
    """Measure, or be one of the measured processes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--child", choices=["make", *WAYS], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--files", type=int, default=FILES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child, given.folder, given.files)
        return
    with tempfile.TemporaryDirectory(prefix="bill-") as name:
        folder = Path(name)
        start("make", folder, given.lines)
        size = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
        load = os.getloadavg()[0]
        print(f"{given.lines} lines in {FILES} files, {size:.0f} MiB; {os.cpu_count()} cores, load {load:.1f}; medians")
        compare(folder, ("report", "bare"), FILES, given.repeats)
        print(f"{given.lines // FILES} lines, one of the files")
        compare(folder, ("report", "pandas"), 1, given.repeats)
    from cost.bill_histories import table  # noqa: PLC0415

    print("Back-test of forecast and anomalies on histories whose truth is known")
    print("\n".join(table()))


if __name__ == "__main__":
    main()
