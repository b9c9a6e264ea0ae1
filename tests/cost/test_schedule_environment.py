# SPDX-License-Identifier: Apache-2.0
"""Stopping and starting a development environment, against the rehearsal's AWS emulator.

The emulator cannot change a node group (UpdateNodegroupConfig), so that the playbook's environment has a group without
nodes; that sizes go and come back is tested with the module's own function, whose EKS client has answers of botocore's
Stubber beside the emulator's databases and parameters.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
import types
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import schedule
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.modules import environment_state
from botocore.stub import Stubber
from lab import emulator, tools
from lab.paths import SOURCE, Paths
from support.rehearsal import BIN, REPO, Run

from images import workshop

pytestmark = pytest.mark.lab
REGION = "eu-west-1"
KEYS = {"aws_access_key_id": "costs", "aws_secret_access_key": "costs"}
CLUSTER = "applied-ai-development"
TAGS = {"Project": "applied-ai", "Environment": "development"}
SIZES = {"minSize": 1, "maxSize": 5, "desiredSize": 2}
NONE = {"minSize": 0, "maxSize": 5, "desiredSize": 0}
PARAMETER = f"/applied-ai/development/{REGION}/stopped-sizes"
ALWAYS = [{"days": list(schedule.DAYS), "start": "00:00", "end": "24:00"}]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the emulator alone."""
    folder = tmp_path_factory.mktemp("emulator")
    paths = Paths(folder, Paths.from_environment(os.environ).cache)
    python = tools.build_emulator(paths, print) / "bin/python"
    state: Any = types.SimpleNamespace(
        ports={"emulator": workshop.free_port(), "kube_apiserver": workshop.free_port()},
        region=REGION,
        access_key_id=KEYS["aws_access_key_id"],
        secret_access_key=KEYS["aws_secret_access_key"],
    )
    for name in ("state", "s3", "tmp"):
        (paths.emulator / name).mkdir(parents=True)
    environment = emulator.environment(paths, state, os.environ)
    with workshop.running([str(python), str(SOURCE / "emulator_server.py")], folder / "log", **environment) as process:
        end = time.monotonic() + workshop.PATIENCE_S
        while not emulator.healthy(state):
            assert process.poll() is None and time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.2)
        yield emulator.endpoint(state)


class Account:
    """A development environment as Terraform makes it, in the emulator."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self.folder = address, folder
        self.eks, self.rds, self.ssm, self.ec2 = (
            boto3.client(name, endpoint_url=address, region_name=REGION, **KEYS)
            for name in ("eks", "rds", "ssm", "ec2")
        )

    def make(self) -> None:
        role = "arn:aws:iam::000000000000:role/eks"
        subnets = [one["SubnetId"] for one in self.ec2.describe_subnets()["Subnets"]][:2]
        self.eks.create_cluster(name=CLUSTER, roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
        self.eks.create_nodegroup(
            clusterName=CLUSTER, nodegroupName="general", scalingConfig=NONE, subnets=subnets, nodeRole=role
        )
        for name, environment in (("postgres", "development"), ("other", "staging")):
            tags = [{"Key": key, "Value": value} for key, value in {**TAGS, "Environment": environment}.items()]
            self.rds.create_db_instance(
                DBInstanceIdentifier=name,
                DBInstanceClass="db.t4g.micro",
                Engine="postgres",
                AllocatedStorage=20,
                MasterUsername="admin1",
                ManageMasterUserPassword=True,
                Tags=tags,
            )

    def database(self, name: str) -> str:
        (found,) = self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        return str(found["DBInstanceStatus"])

    def playbook(self, *arguments: str, **variables: Any) -> Run:
        (self.folder / "credentials").write_text(
            "[default]\n" + "".join(f"{name} = {value}\n" for name, value in KEYS.items()), encoding="utf-8"
        )
        everything = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "platform_project": "applied-ai",
            "platform_environment": "development",
            "platform_region": REGION,
            "platform_process_environment": {
                "AWS_ENDPOINT_URL": self.address,
                "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "credentials"),
                "AWS_EC2_METADATA_DISABLED": "true",
            },
            **variables,
        }
        inventory = self.folder / "hosts.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": {"one": everything}}}), encoding="utf-8")
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
        done = subprocess.run(
            [str(BIN / "ansible-playbook"), "playbooks/schedule_environment.yml", "-i", str(inventory), *arguments],
            cwd=REPO,
            env={**plain, "ANSIBLE_FORCE_COLOR": "0"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Run(done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def account(address: str, tmp_path_factory: pytest.TempPathFactory) -> Account:
    this = Account(address, tmp_path_factory.mktemp("account"))
    this.make()
    return this


def changed(run: Run) -> int:
    assert run.status == 0, run.output[-3000:]
    return run.recap.changed


def test_the_playbook_stops_databases_of_its_environment_alone_and_starts_them(account: Account) -> None:
    stop = {"environment_schedule_state": "stopped", "environment_schedule_stoppable_monthly": "168"}
    # Check mode tells and does nothing.
    assert changed(account.playbook("--check", "--diff", **stop)) == 1
    assert account.database("postgres") == "available"
    assert changed(account.playbook(**stop)) == 1
    assert account.database("postgres") == "stopped"
    assert account.database("other") == "available"
    assert changed(account.playbook(**stop)) == 0
    run = {"environment_schedule_windows": ALWAYS}
    assert changed(account.playbook(**run)) == 1
    assert account.database("postgres") == "available"
    assert changed(account.playbook(**run)) == 0


def eks(before: dict[str, int], after: dict[str, int] | None) -> Any:
    """Return EKS with one node group, which is brought to other sizes once, or not at all."""
    client = boto3.client("eks", region_name=REGION, **KEYS)
    stub = Stubber(client)
    stub.add_response("list_nodegroups", {"nodegroups": ["general"]}, {"clusterName": CLUSTER})
    group = {"nodegroupName": "general", "status": "ACTIVE", "scalingConfig": before}
    stub.add_response("describe_nodegroup", {"nodegroup": group}, {"clusterName": CLUSTER, "nodegroupName": "general"})
    if after:
        asked = {"clusterName": CLUSTER, "nodegroupName": "general", "scalingConfig": after}
        stub.add_response("update_nodegroup_config", {"update": {"id": "1"}}, asked)
    stub.activate()
    return client


def run(account: Account, state: str, client: Any, *, check_mode: bool = False, **more: Any) -> dict[str, Any]:
    clients = {"eks": client, "rds": account.rds, "ssm": account.ssm, "ec2": account.ec2}
    params = {
        **{"project": "applied-ai", "environment_name": "development", "region": REGION, "state": state},
        **{"schedule": {}, "stoppable_monthly": "", **more},
    }
    return environment_state.run(params, clients.__getitem__, datetime(2026, 11, 28, tzinfo=UTC), check_mode=check_mode)


def test_nodes_come_back_in_the_sizes_that_they_had(account: Account) -> None:
    def remembered() -> dict[str, Any]:
        return environment_state.remembered(lambda _: account.ssm, PARAMETER)

    checked = run(account, "stopped", eks(SIZES, None), check_mode=True)
    assert (checked["changed"], remembered()) == (True, {})
    stopped = run(account, "stopped", eks(SIZES, NONE))
    assert [one["name"] for one in stopped["steps"]] == ["general", "postgres"]
    assert remembered() == {"general": SIZES}
    assert run(account, "stopped", eks(NONE, None))["changed"] is False
    assert remembered() == {"general": SIZES}
    started = run(account, "running", eks(NONE, SIZES))
    assert [one["name"] for one in started["steps"]] == ["postgres", "general"]
    assert remembered() == {}
    assert run(account, "running", eks(SIZES, None))["changed"] is False


def test_nodes_of_karpenter_are_told(account: Account) -> None:
    client = boto3.client("ec2", region_name=REGION, **KEYS)
    stub = Stubber(client)
    stub.add_response("describe_instances", {"Reservations": [{"Instances": [{"InstanceId": "i-1"}]}]})
    stub.activate()
    (told,) = environment_state.karpenter(lambda _: client, CLUSTER)
    assert told.startswith("i-1 keeps running: Karpenter made it")


def test_production_is_refused_before_aws_is_asked(account: Account) -> None:
    done = account.playbook(platform_environment="production", environment_schedule_state="stopped")
    assert done.status != 0
    assert "production is production by its name" in re.sub(r"\s+", " ", done.output)


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "no schedule": ({}, "environment_schedule_windows is empty"),
    "no cluster": ({"project": "nobody"}, "There is no cluster nobody-development"),
    "no such time": ({"schedule": {"windows": [{**ALWAYS[0], "end": "25:00"}]}}, "the time '25:00'"),
}


@pytest.mark.parametrize(("more", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_sentence(account: Account, more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CostError) as caught:
        run(account, "scheduled" if not more else "stopped", account.eks, **more)
    assert sentence in str(caught.value)
