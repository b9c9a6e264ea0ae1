# SPDX-License-Identifier: Apache-2.0
"""optimize_costs.yml at an AWS emulator: what check mode promises, what a run does, that the next has nothing to do.

The emulator is MiniStack, as the rehearsal runs it; AWS itself decides more than it does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from cost.emulator import REGION, Account, running

pytestmark = [pytest.mark.lab, pytest.mark.slow]

REPO = Path(__file__).resolve().parents[2]
BUCKET = "models-of-search"


@dataclass(frozen=True)
class Site:
    """An account with things that cost too much, and an inventory of it."""

    account: Account
    folder: Path
    attached: str
    lonely: str
    terraform: str

    @property
    def record(self) -> Path:
        return self.folder / "state/cost_actions.jsonl"

    def volumes(self) -> dict[str, str]:
        found = self.account.client("ec2").describe_volumes()["Volumes"]
        return {one["VolumeId"]: one["VolumeType"] for one in found}

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the playbook with no credentials but those of the inventory."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
        nothing = {"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
        argv = [str(Path(sys.executable).with_name("ansible-playbook")), "playbooks/optimize_costs.yml"]
        return subprocess.run(
            [*argv, "-i", str(self.folder / "hosts.yml"), *options],
            cwd=REPO,
            env={**plain, **nothing, "ANSIBLE_NOCOLOR": "1", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path / "lab") as account:
        ec2 = account.client("ec2")

        def volume(size: int, **tags: str) -> str:
            marks = [{"Key": key, "Value": value} for key, value in tags.items()]
            made = ec2.create_volume(
                AvailabilityZone=f"{REGION}a",
                Size=size,
                VolumeType="gp2",
                TagSpecifications=[{"ResourceType": "volume", "Tags": marks}],
            )
            return str(made["VolumeId"])

        (instance,) = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"]
        attached = volume(1000, Team="search")
        ec2.attach_volume(VolumeId=attached, InstanceId=instance["InstanceId"], Device="/dev/sdf")
        account.client("s3").create_bucket(Bucket=BUCKET)
        found = Site(account, tmp_path, attached, volume(400, Team="vision"), volume(300, ManagedBy="terraform"))
        write(found)
        yield found


def write(site: Site) -> None:
    """Write the inventory, the approvals, and a file for what AWS does not tell."""
    (site.folder / "state").mkdir()
    cold = {"name": BUCKET, "cold_gb": 5000, "cold_objects": 10000}
    facts = {"region": REGION, "as_of": "2026-11-28", "buckets": [cold]}
    (site.folder / "facts.json").write_text(json.dumps(facts))
    variables = {
        "platform_region": REGION,
        "platform_environment": "development",
        "platform_state_dir": str(site.folder / "state"),
        "platform_process_environment": site.account.environment,
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "optimize_costs_endpoint_url": site.account.url,
        "optimize_costs_facts_file": str(site.folder / "facts.json"),
    }
    (site.folder / "hosts.yml").write_text(yaml.safe_dump({"aws": {"hosts": {"here": variables}}}))
    approved = [
        f"volume_gp3:{site.attached}",
        f"volume_unattached:{site.lonely}",
        f"volume_gp3:{site.lonely}",
        f"volume_unattached:{site.terraform}",
        f"bucket_lifecycle:{BUCKET}",
    ]
    entries = [{"id": one, "approved_by": "Ada Lovelace", "reason": "agreed with its owner"} for one in approved]
    (site.folder / "cost_actions.yml").write_text(yaml.safe_dump(entries))


def told(run: subprocess.CompletedProcess[str]) -> str:
    """Return what a run printed, in one line."""
    assert run.returncode == 0, run.stdout + run.stderr
    return " ".join(run.stdout.split())


def test_what_was_approved_is_done_once(site: Site) -> None:
    before = site.volumes()
    checked = told(site.run("--check", "--diff"))
    # gp2 to gp3: 1000 GB x (0.10 - 0.08) - 125 MiB/s x 0.04 = 15.00.
    # A snapshot for a volume: 400 GB x (0.10 - 0.05) = 20.00.
    # Tiering: 5000 GB x (0.023 - 0.0125) - 10,000 objects x 0.0025 / 1000 = 52.475.
    assert "saved: 87.48 USD a month, if this were no check" in checked
    assert f"15.00 volume_gp3:{site.attached} (search, risk low, safe): 1000 GB of gp2 for $100.00" in checked
    assert "Remove it from the Terraform root that made it." in checked
    assert f"volume_unattached:{site.lonely} is approved, too, and saves the same money." in checked
    assert site.volumes() == before
    assert before[site.attached] == "gp2"
    assert not site.record.exists()

    done = told(site.run())
    assert "saved: 87.48 USD a month " in done
    assert "changed=1 " in done
    # What nobody approved is as it was, such as the instance's own disk.
    del before[site.lonely]
    assert site.volumes() == {**before, site.attached: "gp3"}
    (snapshot,) = site.account.client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]
    tags = {one["Key"]: one["Value"] for one in snapshot["Tags"]}
    assert tags == {"Team": "vision", "SavedFromVolume": site.lonely}
    rules = site.account.client("s3").get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert {rule["ID"] for rule in rules} == {"end-broken-uploads", "tier-cold-objects"}
    recorded = [json.loads(line) for line in site.record.read_text().splitlines()]
    assert [one["monthly_saving"] for one in recorded] == ["52.48", "20.00", "15.00"]
    assert {one["approved_by"] for one in recorded} == {"Ada Lovelace"}
    assert f"--snapshot-id {snapshot['SnapshotId']}" in recorded[1]["undo"]

    again = told(site.run())
    assert "saved: 0.00 USD a month " in again
    assert "changed=0 " in again
    assert len(site.record.read_text().splitlines()) == 3
    kept: dict[str, Any] = json.loads((site.folder / "state/cost_findings.json").read_text())
    assert f"volume_gp3:{site.attached}" not in {one["id"] for one in kept["findings"]}


def test_nothing_is_done_without_an_approval(site: Site) -> None:
    before = site.volumes()
    (site.folder / "cost_actions.yml").unlink()
    assert "done: [] refused: [] saved: 0.00 USD a month " in told(site.run())
    assert site.volumes() == before


def test_an_emulator_that_is_gone_is_unknown_and_no_finding(site: Site) -> None:
    inventory = yaml.safe_load((site.folder / "hosts.yml").read_text())
    inventory["aws"]["hosts"]["here"]["optimize_costs_endpoint_url"] = "http://127.0.0.1:1"
    (site.folder / "hosts.yml").write_text(yaml.safe_dump(inventory))
    output = site.run()
    found = " ".join(output.stdout.split())
    assert "AWS in us-east-1 does not tell: Could not connect to the endpoint URL" in found
    # What cannot be asked cannot be acted on either, and the run says so.
    assert output.returncode != 0
    assert f"1 of 1 approved findings could not be acted on. bucket_lifecycle:{BUCKET}: Could not connect" in found
