# SPDX-License-Identifier: Apache-2.0
"""The machine behind a node: which it is, and its end. Its group makes a new one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import labels_of
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.tools import Clients, Tools

Json = dict[str, Any]
AWS: Final = re.compile(r"^aws:///(?P<zone>[\w-]+)/(?P<id>i-[0-9a-f]+)$")
REGION: Final = "topology.kubernetes.io/region"
GOING: Final = frozenset({"shutting-down", "terminated"})
NOT_FOUND: Final = "InvalidInstanceID.NotFound"


@dataclass(frozen=True)
class Instance:
    """An instance of EC2."""

    id: str
    region: str
    # Of Auto Scaling, empty where it belongs to none: Karpenter's.
    group: str = ""
    gone: bool = False


def provider_id(node: Json) -> str:
    """Return which machine a node says it is, empty where it does not say."""
    return str((node.get("spec") or {}).get("providerID") or "")


def found(tools: Tools, node: Json) -> Instance | None:
    """Return a node's instance, or nothing where the cloud is not AWS.

    Asked before the drain, so that a node is not emptied which then cannot be replaced.

    Raises:
        RemedyError: Its region is not known, or AWS refuses.

    """
    match = AWS.match(provider_id(node))
    if not match:
        return None
    region = tools.region or labels_of(node).get(REGION, "")
    if not region:
        msg = f"Failed to find {match['id']}: its region is not known. Set remediation_region."
        raise RemedyError(msg)
    return described(tools.clients, match["id"], region)


def described(clients: Clients, name: str, region: str) -> Instance:
    """Ask AWS about an instance."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  needed for nodes of AWS only

    try:
        answer = clients("ec2", region).describe_instances(InstanceIds=[name])
        states = [one["State"]["Name"] for part in answer["Reservations"] for one in part["Instances"]]
        if not states or states[0] in GOING:
            return Instance(name, region, gone=True)
        groups = clients("autoscaling", region).describe_auto_scaling_instances(InstanceIds=[name])
    except ClientError as error:
        if error.response["Error"]["Code"] == NOT_FOUND:
            return Instance(name, region, gone=True)
        raise refused("find", name, region, error) from None
    except BotoCoreError as error:
        raise refused("find", name, region, error) from None
    return Instance(name, region, next((one["AutoScalingGroupName"] for one in groups["AutoScalingInstances"]), ""))


def end(clients: Clients, instance: Instance) -> str:
    """End an instance, through its group where it has one, which keeps its size and makes another; say so.

    Raises:
        RemedyError: AWS refuses.

    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  see described

    if instance.gone:
        return f"{instance.id} was gone already"
    try:
        if instance.group:
            clients("autoscaling", instance.region).terminate_instance_in_auto_scaling_group(
                InstanceId=instance.id, ShouldDecrementDesiredCapacity=False
            )
            return f"{instance.id} ended in Auto Scaling group {instance.group}"
        clients("ec2", instance.region).terminate_instances(InstanceIds=[instance.id])
    except (BotoCoreError, ClientError) as error:
        raise refused("end", instance.id, instance.region, error) from None
    return f"{instance.id} ended"


def refused(verb: str, name: str, region: str, error: Exception) -> RemedyError:
    """Return what is told when AWS refuses."""
    reason = " ".join(str(error).split()).rstrip(".")
    return RemedyError(f"Failed to {verb} {name} in {region}: {reason}. See to the rights of who runs this.")
