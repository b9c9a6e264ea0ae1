# SPDX-License-Identifier: Apache-2.0
"""Which machine a node is, and its end. AWS is botocore's Stubber: the emulator knows no end through Auto Scaling."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import boto3
import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy import instance
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError
from ansible_collections.applied_ai.platform.tests.unit.plugins.module_utils.remedy.world import World
from botocore.stub import Stubber

Json = dict[str, Any]
NODE = {"metadata": {"name": "n", "labels": {instance.REGION: "eu-central-1"}}}
ON_AWS = {**NODE, "spec": {"providerID": "aws:///eu-central-1a/i-0abc"}}
ID = {"InstanceIds": ["i-0abc"]}


def ec2_says(state: str) -> Json:
    return {"Reservations": [{"Instances": [{"InstanceId": "i-0abc", "State": {"Name": state}}]}]}


def member(group: str) -> Json:
    one = {"InstanceId": "i-0abc", "AutoScalingGroupName": group, "AvailabilityZone": "eu-central-1a"}
    return {**one, "LifecycleState": "InService", "HealthStatus": "HEALTHY", "ProtectedFromScaleIn": False}


@contextmanager
def aws(*calls: tuple[str, str, Json, Json | str]) -> Iterator[Any]:
    """Expect calls: service, operation, what is asked, the answer or the code of an error."""
    with ExitStack() as stack:
        clients, stubs = {}, {}
        for service in ("ec2", "autoscaling"):
            keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
            clients[service] = boto3.client(service, region_name="eu-central-1", **keys)
            stubs[service] = stack.enter_context(Stubber(clients[service]))
        for service, operation, asked, answer in calls:
            if isinstance(answer, str):
                stubs[service].add_client_error(operation, answer, "because", expected_params=asked)
            else:
                stubs[service].add_response(operation, answer, asked)

        def client(service: str, region: str) -> Any:
            assert region == "eu-central-1"
            return clients[service]

        yield client
        for stub in stubs.values():
            stub.assert_no_pending_responses()


DESCRIBED = ("ec2", "describe_instances", ID, ec2_says("running"))


def test_an_instance_of_a_group_ends_through_it_and_the_group_keeps_its_size() -> None:
    asked = {"InstanceId": "i-0abc", "ShouldDecrementDesiredCapacity": False}
    answer = {"Activity": {"ActivityId": "1", "AutoScalingGroupName": "eks-gpu", "Cause": "x", "StartTime": 0}}
    answer["Activity"]["StatusCode"] = "InProgress"
    with aws(
        DESCRIBED,
        ("autoscaling", "describe_auto_scaling_instances", ID, {"AutoScalingInstances": [member("eks-gpu")]}),
        ("autoscaling", "terminate_instance_in_auto_scaling_group", asked, answer),
    ) as clients:
        found = instance.found(World().tools(clients=clients), ON_AWS)
        assert found == instance.Instance("i-0abc", "eu-central-1", "eks-gpu")
        assert instance.end(clients, found) == "i-0abc ended in Auto Scaling group eks-gpu"


def test_an_instance_of_none_ends_by_itself() -> None:
    with aws(
        DESCRIBED,
        ("autoscaling", "describe_auto_scaling_instances", ID, {"AutoScalingInstances": []}),
        ("ec2", "terminate_instances", ID, {"TerminatingInstances": []}),
    ) as clients:
        found = instance.found(World().tools(clients=clients), ON_AWS)
        assert found
        assert instance.end(clients, found) == "i-0abc ended"


@pytest.mark.parametrize(
    "answer", [ec2_says("terminated"), ec2_says("shutting-down"), {"Reservations": []}, instance.NOT_FOUND]
)
def test_one_that_is_gone_is_not_ended_again(answer: Json | str) -> None:
    with aws(("ec2", "describe_instances", ID, answer)) as clients:
        found = instance.found(World().tools(clients=clients), ON_AWS)
        assert found
        assert found.gone
        assert instance.end(clients, found) == "i-0abc was gone already"


def test_what_aws_refuses_is_a_sentence() -> None:
    with (
        aws(("ec2", "describe_instances", ID, "UnauthorizedOperation")) as clients,
        pytest.raises(RemedyError, match=r"^Failed to find i-0abc in eu-central-1: .*UnauthorizedOperation.* See to"),
    ):
        instance.found(World().tools(clients=clients), ON_AWS)
    told = r"^Failed to end i-0abc in eu-central-1: .*OperationNotPermitted"
    protected = ("ec2", "terminate_instances", ID, "OperationNotPermitted")
    with aws(protected) as clients, pytest.raises(RemedyError, match=told):
        instance.end(clients, instance.Instance("i-0abc", "eu-central-1"))


@pytest.mark.parametrize("provider", ["", "gce://project/zone/name", "azure:///subscriptions/x", "aws:///zone/eni-1"])
def test_other_clouds_are_not_asked(provider: str) -> None:
    assert instance.found(World().tools(), {**NODE, "spec": {"providerID": provider}}) is None


def test_a_region_comes_from_the_option_or_the_label_and_never_from_a_guess() -> None:
    nowhere = {"metadata": {"name": "n"}, "spec": ON_AWS["spec"]}
    with pytest.raises(RemedyError, match=r"its region is not known\. Set remediation_region\."):
        instance.found(World().tools(), nowhere)
    with aws(("ec2", "describe_instances", ID, ec2_says("terminated"))) as clients:
        assert instance.found(World().tools(clients=clients, region="eu-central-1"), nowhere)
