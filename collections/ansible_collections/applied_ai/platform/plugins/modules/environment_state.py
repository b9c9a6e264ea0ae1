#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: stop and start an environment that is not production, by its schedule."""

from __future__ import annotations

DOCUMENTATION = r"""
module: environment_state
short_description: Stop and start an environment that is not production, by its schedule
version_added: 0.1.0
description:
  - Scales the managed node groups of a cluster to no nodes and stops its databases, and starts both again with the
    sizes that they had. Those are remembered in a parameter of the Systems Manager, which nothing else writes.
  - Refuses an environment whose name says production.
  - Databases are those whose tags C(Environment) and C(Project) are the environment's.
  - What keeps running, and why, is in RV(remaining). Nodes of Karpenter are no node groups; they are told there.
  - RDS starts a stopped database by itself after seven days; the next run of the schedule stops it again.
author:
  - Applied AI Platform (@applied-ai)
extends_documentation_fragment:
  - applied_ai.platform.aws
attributes:
  check_mode:
    description: Looks at everything and says what would be stopped or started.
    support: full
  diff_mode:
    description: Shows the sizes and states before and after.
    support: full
options:
  project:
    description: The project, the first half of the cluster's name.
    type: str
    required: true
  environment_name:
    description: The environment, the second half of it.
    type: str
    required: true
  state:
    description: C(scheduled) follows O(schedule); the others do not look at it.
    type: str
    choices: [scheduled, running, stopped]
    default: scheduled
  schedule:
    description:
      - When it runs, C(time_zone), C(windows) with C(days), C(start) and C(end), C(holidays), C(keep_running_until).
    type: dict
    default: {}
  stoppable_monthly:
    description: Dollars a month that nodes and databases cost when they always run. Empty means not known.
    type: str
    default: ""
requirements:
  - boto3
"""

EXAMPLES = r"""
- name: Run on working days from seven to seven
  applied_ai.platform.environment_state:
    region: us-east-1
    project: applied-ai
    environment_name: development
    schedule:
      time_zone: Europe/Berlin
      windows:
        - {days: [monday, tuesday, wednesday, thursday, friday], start: "07:00", end: "19:00"}
  register: state

- name: Show what keeps running
  ansible.builtin.debug:
    var: state.remaining
"""

RETURN = r"""
wanted:
  description: C(running) or C(stopped).
  returned: success
  type: str
  sample: stopped
next_change:
  description: When the schedule says something else, in UTC. Empty without a schedule.
  returned: success
  type: str
  sample: "2026-11-30T06:00:00+00:00"
steps:
  description: What was ordered, with C(kind), C(name), C(before) and C(after).
  returned: success
  type: list
  elements: dict
  sample: [{kind: instance, name: applied-ai-development-postgres, before: available, after: stopped}]
remaining:
  description: What stays as it is, one sentence each.
  returned: success
  type: list
  elements: str
  sample: []
monthly_saving:
  description: What the schedule saves in a month; empty where the cost is not known.
  returned: success
  type: str
  sample: "187.71"
"""

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.applied_ai.platform.plugins.module_utils.args import AWS
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import environment, schedule
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import cents, decimal_of

try:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    boto3 = None  # type: ignore[assignment]

ARGUMENTS: dict[str, dict[str, Any]] = {
    **AWS,
    "project": {"type": "str", "required": True},
    "environment_name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["scheduled", "running", "stopped"], "default": "scheduled"},
    "schedule": {"type": "dict", "default": {}},
    "stoppable_monthly": {"type": "str", "default": ""},
}
Clients = Callable[[str], Any]
KARPENTER = "karpenter.sh/nodepool"


def pages(client: Any, operation: str, key: str, **arguments: Any) -> Iterator[Any]:  # noqa: ANN401  no types
    """Return all entries of a paged answer."""
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page.get(key) or []


def node_groups(clients: Clients, cluster: str) -> list[environment.NodeGroup]:
    """Return the node groups of a cluster, none where there is no cluster."""
    eks = clients("eks")
    try:
        names = list(pages(eks, "list_nodegroups", "nodegroups", clusterName=cluster))
    except eks.exceptions.ResourceNotFoundException as error:
        raise CostError(
            f"There is no cluster {cluster} (platform_project, platform_environment); name one that there is."
        ) from error
    found = [eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"] for name in sorted(names)]
    return [
        environment.NodeGroup(one["nodegroupName"], one["scalingConfig"], one.get("status") == "ACTIVE")
        for one in found
    ]


def databases(clients: Clients, tags: Mapping[str, str]) -> list[environment.Database]:
    """Return the databases with some tags."""
    rds, found = clients("rds"), []
    for one in pages(rds, "describe_db_instances", "DBInstances"):
        if not one.get("DBClusterIdentifier") and tagged(one, tags):
            copies = bool(
                one.get("ReadReplicaDBInstanceIdentifiers") or one.get("ReadReplicaSourceDBInstanceIdentifier")
            )
            obstacle = "RDS stops no instance that has or is a read replica" if copies else ""
            found.append(
                environment.Database("instance", one["DBInstanceIdentifier"], one["DBInstanceStatus"], obstacle)
            )
    for one in pages(rds, "describe_db_clusters", "DBClusters"):
        if tagged(one, tags):
            kind = "docdb" if one["Engine"] == "docdb" else "cluster"
            found.append(environment.Database(kind, one["DBClusterIdentifier"], one["Status"]))
    return found


def tagged(entry: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    """Say whether something has all of some tags."""
    own = {one["Key"]: one["Value"] for one in entry.get("TagList") or ()}
    return all(own.get(key) == value for key, value in tags.items())


def karpenter(clients: Clients, cluster: str) -> list[str]:
    """Return a sentence for each node that Karpenter made."""
    filters = [
        {"Name": "tag-key", "Values": [KARPENTER]},
        {"Name": f"tag:kubernetes.io/cluster/{cluster}", "Values": ["owned"]},
        {"Name": "instance-state-name", "Values": ["pending", "running"]},
    ]
    return [
        f"{instance['InstanceId']} keeps running: Karpenter made it; delete its NodePool or set its limits to 0 first."
        for reservation in pages(clients("ec2"), "describe_instances", "Reservations", Filters=filters)
        for instance in reservation["Instances"]
    ]


def remembered(clients: Clients, name: str) -> dict[str, dict[str, int]]:
    """Return the sizes that node groups had, from the parameter."""
    ssm = clients("ssm")
    try:
        value = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return {}
    try:
        found: dict[str, dict[str, int]] = json.loads(value)
    except ValueError as error:
        raise CostError(f"The parameter {name} is no JSON; delete it and set the sizes by hand.") from error
    return found


def order(clients: Clients, cluster: str, step: environment.Step) -> None:
    """Carry out one step."""
    stop = step.after == environment.STOPPED
    if step.kind == "node_group":
        clients("eks").update_nodegroup_config(
            clusterName=cluster, nodegroupName=step.name, scalingConfig=dict(step.sizes or {})
        )
    elif step.kind == "instance":
        rds = clients("rds")
        (rds.stop_db_instance if stop else rds.start_db_instance)(DBInstanceIdentifier=step.name)
    else:
        client = clients("docdb" if step.kind == "docdb" else "rds")
        (client.stop_db_cluster if stop else client.start_db_cluster)(DBClusterIdentifier=step.name)


def run(params: dict[str, Any], clients: Clients, now: datetime, *, check_mode: bool) -> dict[str, Any]:
    """Bring the environment to the state that it shall have now."""
    name = params["environment_name"]
    environment.require_stoppable(name)
    read = (
        schedule.read_schedule(params["schedule"], "The schedule (environment_schedule_windows)")
        if params["schedule"]
        else None
    )
    if params["state"] == "scheduled" and read is None:
        raise CostError(
            "environment_schedule_windows is empty; set when it runs, or environment_schedule_state to running."
        )
    wanted = schedule.wanted_state(read, now) if read and params["state"] == "scheduled" else params["state"]
    cluster = f"{params['project']}-{name}"
    parameter = f"/{params['project']}/{name}/{params['region']}/stopped-sizes"
    saved = remembered(clients, parameter)
    stores = databases(clients, {"Environment": name, "Project": params["project"]})
    steps = environment.plan(wanted, node_groups(clients, cluster), stores, saved)
    if not check_mode:
        carry_out(clients, cluster, parameter, saved, steps)
    left = karpenter(clients, cluster) if wanted == schedule.STOPPED else []
    later = schedule.next_change(read, now) if read else None
    money = params["stoppable_monthly"]
    told = [{key: getattr(step, key) for key in ("kind", "name", "before", "after")} for step in steps.steps]
    return {
        "changed": bool(steps.steps),
        "wanted": wanted,
        "next_change": later.isoformat() if later else "",
        "steps": told,
        "remaining": [*steps.remaining, *left],
        "monthly_saving": cents(schedule.monthly_saving(read, decimal_of(money, "stoppable_monthly")))
        if money and read
        else "",
        "diff": [
            {"before": f"{one['before']}\n", "after": f"{one['after']}\n", "before_header": one["name"]} for one in told
        ],
    }


def carry_out(
    clients: Clients, cluster: str, parameter: str, saved: Mapping[str, Any], steps: environment.Steps
) -> None:
    """Order all steps; sizes are remembered before the first node goes and forgotten after the last is back."""
    ssm = clients("ssm")
    if steps.saved and steps.saved != saved:
        ssm.put_parameter(Name=parameter, Value=json.dumps(steps.saved, sort_keys=True), Type="String", Overwrite=True)
    for step in steps.steps:
        order(clients, cluster, step)
    if saved and not steps.saved:
        ssm.delete_parameter(Name=parameter)


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if boto3 is None:
        module.fail_json(msg=missing_required_lib("boto3"))
    params = module.params

    @functools.cache
    def client(service: str) -> Any:  # noqa: ANN401  boto3's clients have no types
        return boto3.client(service, region_name=params["region"], endpoint_url=params["endpoint_url"] or None)

    try:
        module.exit_json(**run(params, client, datetime.now(UTC), check_mode=module.check_mode))
    except (BotoCoreError, ClientError) as error:
        module.fail_json(msg=f"AWS in {params['region']} refused to change {params['environment_name']}: {error}")
    except CostError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
