# SPDX-License-Identifier: Apache-2.0
"""The production of inventories/prod, edge and second region included, through real Terraform on the emulator.

What the emulator does not implement is left out by tests/lab/terraform, which lists it with the reason.
The tests build on each other, in order.
"""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from support.rehearsal import Run, Site

from terraform import inventories

pytestmark = [pytest.mark.lab, pytest.mark.slow]

HOST = "aws_us_east_1_prod"


def arguments(**changes: Any) -> list[str]:
    """Return the arguments that make the rehearsal's platform the production one."""
    variables = inventories.variables("prod", HOST) | {"edge": inventories.EDGE} | changes
    given = {name: value for name, value in variables.items() if name not in ("environment", "project", "region")}
    # The rehearsal's services have no digests, without which production takes none.
    platform = {"platform_environment": "production", "terraform_stack_variables": given, "service_definitions": {}}
    return ["-e", json.dumps(platform)]


def provision(site: Site, **changes: Any) -> Run:
    """Apply the root to the end; return what both playbooks said and the status of the last one that ran."""
    output = ""
    for playbook in ("playbooks/provision_platform.yml", "playbooks/await_platform.yml"):
        run = site.playbook(playbook, *arguments(**changes))
        output += run.output
        if run.status != 0:
            break
    return Run(run.status, output)


def destroy(site: Site, **changes: Any) -> Run:
    """Destroy the platform."""
    confirm = ["-e", "destroy_platform_confirm=applied-ai-production"]
    return site.playbook("playbooks/destroy_platform.yml", *confirm, *arguments(**changes))


def client(site: Site, service: str, region: str) -> Any:
    """Return a client for the emulator."""
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=str(site.facts["aws_endpoint_url"]),
        aws_access_key_id=str(site.facts["aws_access_key_id"]),
        aws_secret_access_key=str(site.facts["aws_secret_access_key"]),
    )


def resources(site: Site) -> list[str]:
    """Return the types of what Terraform's state holds."""
    bucket = client(site, "s3", "us-east-1")
    answer = bucket.get_object(Bucket="applied-ai-production-terraform-state", Key="us-east-1/terraform.tfstate")
    state = json.loads(answer["Body"].read())
    return [block["type"] for block in state["resources"] if block["mode"] == "managed" for _ in block["instances"]]


@pytest.fixture(scope="session")
def first_run(site: Site) -> Run:
    """Provision production on an empty account, once for all tests."""
    return provision(site)


def test_production_is_applied_in_one_run(site: Site, first_run: Run) -> None:
    assert first_run.status == 0, first_run.output[-4000:]
    made = resources(site)
    assert len(made) > 300
    assert {
        "aws_backup_vault",
        "aws_budgets_budget",
        "aws_cloudfront_distribution",
        "aws_cloudtrail",
        "aws_docdb_cluster",
        "aws_dynamodb_table",
        "aws_ecr_repository",
        "aws_efs_file_system",
        "aws_eks_node_group",
        "aws_lb",
        "aws_s3_bucket_replication_configuration",
        "aws_sqs_queue",
    } <= set(made)
    # A request that was repeated and obeyed twice would leave what no state knows, and no destroy finds.
    project = [{"Name": "tag:Project", "Values": ["applied-ai"]}]
    subnets = client(site, "ec2", "us-east-1").describe_subnets(Filters=project)["Subnets"]
    assert len(subnets) == made.count("aws_subnet")


def test_a_second_plan_has_no_change(site: Site, first_run: Run) -> None:
    assert first_run.status == 0
    run = provision(site)
    assert run.status == 0, run.output[-4000:]
    assert run.recap.changed == 0, run.output[-6000:]


def test_destroy_refuses_while_data_is_protected_and_removes_nothing(site: Site, first_run: Run) -> None:
    assert first_run.status == 0
    before = resources(site)
    run = destroy(site)
    assert run.status != 0
    said = " ".join(run.output.split())
    assert "Nothing was changed: the plan would remove" in said
    assert "module.databases.aws_db_instance.postgres[0]" in said
    assert resources(site) == before


def test_destroy_leaves_nothing(site: Site, first_run: Run) -> None:
    assert first_run.status == 0
    unprotected = provision(site, deletion_protection=False)
    assert unprotected.status == 0, unprotected.output[-4000:]
    run = destroy(site, deletion_protection=False)
    assert run.status == 0, run.output[-4000:]
    assert resources(site) == []
    # Of two kinds more is told than there is: a key waits for its loss, and the emulator keeps a distribution's tags.
    distributions = client(site, "cloudfront", "us-east-1").list_distributions()["DistributionList"]
    assert distributions.get("Items", []) == []
    for region in ("us-east-1", "us-west-2"):
        pages = client(site, "resourcegroupstaggingapi", region).get_paginator("get_resources")
        found = pages.paginate(TagFilters=[{"Key": "Project", "Values": ["applied-ai"]}])
        left = [one["ResourceARN"] for page in found for one in page["ResourceTagMappingList"]]
        assert [arn for arn in left if arn.split(":")[2] not in ("cloudfront", "kms")] == [], region
