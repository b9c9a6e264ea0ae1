# SPDX-License-Identifier: Apache-2.0
"""Reading AWS against botocore's own model of the API: pages, throttling, refusals, two regions, and the time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.health import database_collect as collect
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Unreadable
from botocore.awsrequest import AWSResponse
from botocore.stub import Stubber
from support import database_answers as aws
from support.database_answers import AWAY, HOME, NOW

SERVICES = ("rds", "elasticache", "efs", "backup", "cloudwatch")


def client(service: str, region: str) -> Any:
    return boto3.client(
        service,
        region_name=region,
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=collect.config(5),
    )


class Account:
    """Stubbed clients of every service and region; answers are checked against the API's model."""

    def __init__(self) -> None:
        self.stubs: dict[tuple[str, str], Stubber] = {}

    def __call__(self, service: str, region: str) -> Any:
        return self.stub(service, region).client

    def stub(self, service: str, region: str) -> Stubber:
        if (service, region) not in self.stubs:
            self.stubs[service, region] = Stubber(client(service, region))
            self.stubs[service, region].activate()
        return self.stubs[service, region]

    def answer(self, region: str, said: dict[str, Any], **instead: Any) -> None:
        """Say what each listing says, in the order in which one worker asks; `instead` replaces some."""
        for name, source in collect.SOURCES.items():
            stub = self.stub(source.service, region)
            if isinstance(error := instead.get(name), tuple):
                stub.add_client_error(source.operation, error[0], error[1])
            else:
                stub.add_response(source.operation, {source.key: instead.get(name, said[name])})

    def done(self) -> None:
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()


@pytest.fixture
def account() -> Iterator[Account]:
    found = Account()
    yield found
    found.done()


def limits(budget: float = 30, workers: int = 1) -> collect.Limits:
    """Return limits for one worker, so that stubs are asked in order."""
    return collect.Limits(time.monotonic, time.monotonic() + budget, budget, workers)


def only(said: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return answers of which only these sources have any."""
    return {name: rows if name in names else [] for name, rows in said.items()}


def test_two_regions_become_one_landscape(account: Account) -> None:
    said = {HOME: only(aws.home(), "instances", "file_systems"), AWAY: aws.away()}
    said[HOME]["instances"] = said[HOME]["instances"][:1]
    for region, answers in said.items():
        account.answer(region, answers)
    account.stub("efs", HOME).add_response(
        "describe_mount_targets",
        {"MountTargets": aws.home()["mount_targets"]},
        {"FileSystemId": "fs-0123456789abcdef0"},
    )
    answer = {"MetricDataResults": [{"Id": "q0", "Timestamps": [NOW], "Values": [5.0], "StatusCode": "Complete"}]}
    account.stub("cloudwatch", HOME).add_response("get_metric_data", answer)
    # Lag and storage are asked for with different windows.
    account.stub("cloudwatch", AWAY).add_response("get_metric_data", answer)
    account.stub("cloudwatch", AWAY).add_response("get_metric_data", answer)
    facts = collect.collect(account, [HOME, AWAY], NOW, limits())
    assert [(one.region, one.name) for one in facts.databases] == [
        (HOME, "fs-0123456789abcdef0"),
        (HOME, "postgres"),
        (AWAY, "postgres-replica"),
    ]
    assert facts.unreadable == {}
    assert len(facts.databases[0].members) == 2
    assert sorted(facts.metrics) == [
        (HOME, "FreeStorageSpace", "postgres"),
        (AWAY, "FreeStorageSpace", "postgres-replica"),
        (AWAY, "ReplicaLag", "postgres-replica"),
    ]


def test_every_page_is_read(account: Account) -> None:
    stub = account.stub("rds", HOME)
    first, second = aws.home()["instances"][0], aws.home()["instances"][1]
    stub.add_response("describe_db_instances", {"DBInstances": [first], "Marker": "more"}, {})
    stub.add_response("describe_db_instances", {"DBInstances": [second]}, {"Marker": "more"})
    found = collect.read(account, HOME, collect.SOURCES["instances"], limits())
    assert not isinstance(found, Unreadable)
    assert [one["DBInstanceIdentifier"] for one in found] == ["postgres", "aurora-0"]


def test_half_a_listing_is_none(account: Account) -> None:
    stub = account.stub("rds", HOME)
    stub.add_response("describe_db_instances", {"DBInstances": [aws.home()["instances"][0]], "Marker": "more"})
    stub.add_client_error("describe_db_instances", "InternalFailure", "it broke")
    found = collect.read(account, HOME, collect.SOURCES["instances"], limits())
    assert found == Unreadable("rds describe_db_instances: InternalFailure: it broke")


def test_a_refusal_is_told_and_hides_nothing_else(account: Account) -> None:
    account.answer(
        HOME,
        only(aws.home(), "instances"),
        clusters=("AccessDenied", "User is not authorized to perform rds:DescribeDBClusters"),
        file_systems=("AccessDeniedException", "no"),
    )
    account.stub("cloudwatch", HOME).add_client_error("get_metric_data", "AccessDenied", "no metrics either")
    facts = collect.collect(account, [HOME], NOW, limits())
    assert [one.name for one in facts.databases] == ["postgres"]
    assert facts.unreadable == {
        (HOME, "clusters"): "rds describe_db_clusters: AccessDenied: "
        "User is not authorized to perform rds:DescribeDBClusters",
        (HOME, "file_systems"): "efs describe_file_systems: AccessDeniedException: no",
        # Without file systems nobody knows whose mount targets to ask for.
        (HOME, "mount_targets"): "efs describe_file_systems: AccessDeniedException: no",
        (HOME, "metrics"): "cloudwatch get_metric_data: AccessDenied: no metrics either",
    }


XML = """<DescribeDBInstancesResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribeDBInstancesResult>
<DBInstances><DBInstance><DBInstanceIdentifier>postgres</DBInstanceIdentifier></DBInstance></DBInstances>
</DescribeDBInstancesResult></DescribeDBInstancesResponse>"""
THROTTLED = """<ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>Sender</Type>
<Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>"""


class Raw:
    """A body as botocore reads it."""

    def __init__(self, text: str) -> None:
        self.text = text.encode()

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.text


def wired(*answers: tuple[int, str]) -> tuple[Any, list[str]]:
    """Return a real client whose wire says these things in turn, the last for ever, and what was sent."""
    found, sent = client("rds", HOME), []

    def send(request: Any, **_: object) -> AWSResponse:
        sent.append(request.url)
        status, text = answers[min(len(sent), len(answers)) - 1]
        return AWSResponse(request.url, status, {}, Raw(text))

    found.meta.events.register("before-send", send)
    return found, sent


def test_a_throttled_request_is_asked_again() -> None:
    rds, sent = wired((400, THROTTLED), (200, XML))
    found = collect.read(lambda *_: rds, HOME, collect.SOURCES["instances"], limits())
    assert found == [{"DBInstanceIdentifier": "postgres"}]
    assert len(sent) == 2


def test_throttling_without_end_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    rds, sent = wired((400, THROTTLED))
    found = collect.read(lambda *_: rds, HOME, collect.SOURCES["instances"], limits())
    assert isinstance(found, Unreadable)
    assert found.reason.startswith("rds describe_db_instances: Throttling: Rate exceeded")
    assert len(sent) == collect.ATTEMPTS


def test_nothing_is_sent_when_the_time_is_over() -> None:
    rds, sent = wired((200, XML))
    over = collect.Limits(lambda: 10.0, 10.0, 7)
    rds.meta.events.register_first("before-send", over.check)
    found = collect.read(lambda *_: rds, HOME, collect.SOURCES["instances"], over)
    assert found == Unreadable("not answered within the 7 s that all has")
    assert sent == []


class Hanging:
    """A client that answers only when it is let go."""

    def __init__(self, gate: threading.Event) -> None:
        self.gate = gate

    def get_paginator(self, _name: str) -> Hanging:
        return self

    def paginate(self, **_: object) -> Iterator[dict[str, Any]]:
        self.gate.wait(20)
        yield {}


def test_a_region_that_does_not_answer_costs_the_budget_and_no_more() -> None:
    gate = threading.Event()
    with ExitStack() as stack:
        stack.callback(gate.set)
        begin = time.monotonic()
        facts = collect.collect(lambda *_: Hanging(gate), [HOME], NOW, limits(0.5, workers=2))
        assert time.monotonic() - begin < 5
    assert {source for _region, source in facts.unreadable} == {*collect.SOURCES, "mount_targets"}
    assert set(facts.unreadable.values()) == {"not answered within the 0.5 s that all has"}


class Meeting:
    """A client that answers only when both regions are being asked."""

    def __init__(self, barrier: threading.Barrier) -> None:
        self.barrier = barrier

    def get_paginator(self, name: str) -> Meeting:
        self.name = name
        return self

    def paginate(self, **_: object) -> Iterator[dict[str, Any]]:
        if self.name == "describe_db_instances":
            self.barrier.wait(10)
        yield {}


def test_regions_are_asked_at_the_same_time() -> None:
    barrier = threading.Barrier(2)
    facts = collect.collect(lambda *_: Meeting(barrier), [HOME, AWAY], NOW, limits(workers=collect.WORKERS))
    assert facts.unreadable == {}
    assert not barrier.broken


def test_a_listing_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "MOST_PAGES", 2)

    class Endless:
        def get_paginator(self, _name: str) -> Endless:
            return self

        def paginate(self, **_: object) -> Iterator[dict[str, Any]]:
            while True:
                yield {}

    found = collect.read(lambda *_: Endless(), HOME, collect.SOURCES["instances"], limits())
    assert isinstance(found, Unreadable)
    assert "TooManyPages" in found.reason


@pytest.mark.parametrize("source", [*collect.SOURCES.values(), collect.TARGETS, collect.METRICS])
def test_every_source_is_a_paged_listing_of_its_service(source: collect.Source) -> None:
    model = client(source.service, HOME)
    assert model.can_paginate(source.operation)
    operation = model.meta.service_model.operation_model(model.meta.method_to_api_mapping[source.operation])
    assert source.key in operation.output_shape.members


@pytest.mark.parametrize("name", collect.SOURCES)
@pytest.mark.parametrize("region", [HOME, AWAY])
def test_the_answers_of_the_tests_are_what_the_api_can_say(region: str, name: str) -> None:
    source = collect.SOURCES[name]
    stub = Stubber(client(source.service, region))
    stub.add_response(source.operation, {source.key: aws.answers()[region][name]})


def test_a_long_reason_stays_on_one_line() -> None:
    text = collect.reason(collect.ClientError({"Error": {"Code": "X", "Message": "a\n" * 200}}, "Op"))
    assert "\n" not in text
    assert len(text) == collect.LONGEST_REASON
