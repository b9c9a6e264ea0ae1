# SPDX-License-Identifier: Apache-2.0
"""Stopping and starting a development environment, against the rehearsal's AWS emulator.

The emulator cannot change a node group (UpdateNodegroupConfig), so that the playbook's environment has a group without
nodes; that sizes go and come back is tested with the module's own function, whose EKS client has answers of botocore's
Stubber beside the emulator's databases and parameters.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import environment, schedule
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.modules import environment_state
from botocore.stub import Stubber
from cost.emulator import REGION, Account, running
from support.rehearsal import BIN, REPO, Run

pytestmark = pytest.mark.lab
# For clients whose answers are stubbed: nobody is asked.
KEYS = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nobody"}
CLUSTER = "applied-ai-development"
TAGS = {"Project": "applied-ai", "Environment": "development"}
SIZES = {"minSize": 1, "maxSize": 5, "desiredSize": 2}
NONE = {"minSize": 0, "maxSize": 5, "desiredSize": 0}
PARAMETER = f"/applied-ai/development/{REGION}/stopped-sizes"
ALWAYS = [{"days": list(schedule.DAYS), "start": "00:00", "end": "24:00"}]


class Development:
    """A development environment as Terraform makes it, in the emulator."""

    def __init__(self, account: Account, folder: Path) -> None:
        self.account, self.folder = account, folder
        self.eks, self.rds, self.ssm, self.ec2 = map(account.client, ("eks", "rds", "ssm", "ec2"))

    def make(self) -> None:
        role = "arn:aws:iam::000000000000:role/eks"
        subnets = [one["SubnetId"] for one in self.ec2.describe_subnets()["Subnets"]][:2]
        self.eks.create_cluster(name=CLUSTER, roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
        self.eks.create_nodegroup(
            clusterName=CLUSTER, nodegroupName="general", scalingConfig=NONE, subnets=subnets, nodeRole=role
        )
        for name, place in (("postgres", "development"), ("other", "staging")):
            tags = [{"Key": key, "Value": value} for key, value in {**TAGS, "Environment": place}.items()]
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
        everything = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "platform_project": "applied-ai",
            "platform_environment": "development",
            "platform_region": REGION,
            "platform_process_environment": {"AWS_ENDPOINT_URL": self.account.url},
            **variables,
        }
        inventory = self.folder / "hosts.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": {"one": everything}}}), encoding="utf-8")
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
        done = subprocess.run(
            [str(BIN / "ansible-playbook"), "playbooks/schedule_environment.yml", "-i", str(inventory), *arguments],
            cwd=REPO,
            env={**plain, **self.account.environment, "ANSIBLE_FORCE_COLOR": "0"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Run(done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Development]:
    with running(tmp_path_factory.mktemp("emulator")) as this:
        development = Development(this, tmp_path_factory.mktemp("account"))
        development.make()
        yield development


def changed(run: Run) -> int:
    assert run.status == 0, run.output[-3000:]
    return run.recap.changed


def test_the_playbook_stops_databases_of_its_environment_alone_and_starts_them(account: Development) -> None:
    stop = {"environment_schedule_state": "stopped", "environment_schedule_stoppable_monthly": "168"}
    # Check mode tells and does nothing.
    assert changed(account.playbook("--check", "--diff", **stop)) == 1
    assert account.database("postgres") == "available"
    assert changed(account.playbook(**stop)) == 1
    assert account.database("postgres") == "stopped"
    assert account.database("other") == "available"
    assert changed(account.playbook(**stop)) == 0
    assert changed(account.playbook(environment_schedule_windows=ALWAYS)) == 1
    assert account.database("postgres") == "available"


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


def run(account: Development, state: str, client: Any, *, check_mode: bool = False, **more: Any) -> dict[str, Any]:
    clients = {"eks": client, "rds": account.rds, "ssm": account.ssm, "ec2": account.ec2}
    params = {
        **{"project": "applied-ai", "environment_name": "development", "region": REGION, "state": state},
        **{"schedule": {}, "stoppable_monthly": "", **more},
    }
    return environment_state.run(params, clients.__getitem__, datetime(2026, 11, 28, tzinfo=UTC), check_mode=check_mode)


def test_nodes_come_back_in_the_sizes_that_they_had(account: Development) -> None:
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


CLUSTERS = [("docdb", "docdb"), ("cluster", "rds")]


@pytest.mark.parametrize(("kind", "service"), CLUSTERS)
@pytest.mark.parametrize(("after", "operation"), [("stopped", "stop_db_cluster"), ("available", "start_db_cluster")])
def test_clusters_are_asked_by_their_own_service(kind: str, service: str, after: str, operation: str) -> None:
    client = boto3.client(service, region_name=REGION, **KEYS)
    stub = Stubber(client)
    stub.add_response(operation, {}, {"DBClusterIdentifier": "c"})
    stub.activate()
    environment_state.order(lambda name: {service: client}[name], CLUSTER, environment.Step(kind, "c", "", after))
    stub.assert_no_pending_responses()


def test_nodes_of_karpenter_are_told(account: Development) -> None:
    client = boto3.client("ec2", region_name=REGION, **KEYS)
    stub = Stubber(client)
    stub.add_response("describe_instances", {"Reservations": [{"Instances": [{"InstanceId": "i-1"}]}]})
    stub.activate()
    (told,) = environment_state.karpenter(lambda _: client, CLUSTER)
    assert told.startswith("i-1 keeps running: Karpenter made it")


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "production": ({"environment_name": "production"}, "production is production by its name"),
    "no schedule": ({}, "environment_schedule_windows is empty"),
    "no cluster": ({"project": "nobody"}, "There is no cluster nobody-development"),
    "no such time": ({"schedule": {"windows": [{**ALWAYS[0], "end": "25:00"}]}}, "the time '25:00'"),
}


@pytest.mark.parametrize(("more", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_sentence(account: Development, more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CostError) as caught:
        run(account, "scheduled" if not more else "stopped", account.eks, **more)
    assert sentence in str(caught.value)
