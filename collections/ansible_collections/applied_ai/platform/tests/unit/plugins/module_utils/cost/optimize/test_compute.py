# SPDX-License-Identifier: Apache-2.0
"""What computes, with money reckoned by hand: m5.large costs 73 dollars a month here, g4dn.xlarge 365."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize import compute
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.findings import (
    Context,
    Finding,
    Limits,
    Result,
    find,
)

Made = Callable[..., Context]


def group(**more: Any) -> dict[str, Any]:
    usual = {"name": "general", "instance_type": "m5.large", "desired": 4, "cpu_used": "0.5", "interruptible": False}
    return {**usual, **more}


def run(context: Context) -> Result:
    return find(compute.RULES, context)


def one(context: Context, rule: str) -> Finding:
    (found,) = [finding for finding in run(context).findings if finding.rule == rule]
    return found


def test_idle_nodes_go_but_for_what_is_used(context: Made) -> None:
    found = one(context(node_groups=[group(cpu_used="0.1", memory_used="0.3")]), "nodes_idle")
    # 4 x 0.3 / 0.75 = 1.6, so that 2 nodes stay.
    assert (found.saving, found.proposed) == (146, "2 nodes")
    assert run(context(node_groups=[group()])).findings == ()


def test_a_gpu_that_rests_is_found_by_its_own_use(context: Made) -> None:
    gpu = group(name="gpu", instance_type="g4dn.xlarge", desired=2, cpu_used="0.9", gpu_used="0.02")
    found = one(context(node_groups=[gpu]), "gpu_idle")
    assert (found.saving, found.proposed) == (365, "1 node")
    none = one(context(node_groups=[{**gpu, "gpu_used": 0}]), "gpu_idle")
    assert (none.saving, none.proposed) == (730, "0 nodes")


def test_idle_spot_nodes_cost_what_spot_costs(context: Made) -> None:
    found = one(context(node_groups=[group(cpu_used=0, capacity="SPOT")]), "nodes_idle")
    # 0.04 x 730 x 4
    assert found.saving == Decimal("116.8")


def test_use_that_is_not_measured_is_unknown_and_not_nought(context: Made) -> None:
    result = run(context(node_groups=[group(cpu_used=None)]))
    assert result.findings == ()
    assert [one.source for one in result.unknown] == ["nodes_idle:general"]


@pytest.mark.parametrize(
    ("kind", "saving", "risk", "told"),
    [
        ("m5.large", "175.2", "medium", "5-10%"),
        ("g4dn.xlarge", "876", "high", ">20%"),
        # What is told by itself of interruptions counts more than the price's note.
        ("c5.large", "175.2", "medium", "10-15%"),
        ("r5.large", "233.6", "high", "How often is not known."),
    ],
)
def test_spot_tells_how_often_it_is_interrupted(context: Made, kind: str, saving: str, risk: str, told: str) -> None:
    made = context(node_groups=[group(instance_type=kind, gpu_used="0.9", interruptible=True)])
    found = one(made, "spot")
    assert (found.saving, found.risk, found.safe) == (Decimal(saving), risk, False)
    assert told in found.why


def test_spot_without_a_price_is_unknown(context: Made) -> None:
    result = run(context(node_groups=[group(instance_type="m7i.large", interruptible=True)]))
    (told,) = [unknown for unknown in result.unknown if unknown.source == "spot:general"]
    assert "no aws ec2-spot price of m7i.large" in told.reason


def test_spot_needs_to_know_that_work_may_stop(context: Made) -> None:
    result = run(context(node_groups=[group(interruptible=None)]))
    assert [one.source for one in result.unknown] == ["spot:general"]


def workload(**more: Any) -> dict[str, Any]:
    return {
        **{"namespace": "services", "name": "api", "replicas": 10, "cpu": 1, "memory_gib": 2, "node_type": "m5.large"},
        **{"cpu_recommended": "0.2", "memory_recommended": "1", "team": "search", "source": "VPA"},
        **more,
    }


def test_requests_are_priced_by_their_share_of_a_node(context: Made) -> None:
    found = one(context(workloads=[workload()]), "workload_requests")
    # CPU 1 - 0.23 of 2, memory 2 - 1.15 of 8: 0.385 + 0.10625, half of it, 10 pods, 73 dollars.
    assert found.saving == Decimal("0.49125") / 2 * 10 * 73
    assert (found.owner, found.proposed) == ("search", "0.23 CPU and 1.15 GiB")


def test_a_pod_that_needs_more_saves_nothing(context: Made) -> None:
    made = context(workloads=[workload(cpu_recommended=3, memory_recommended=9)])
    assert run(made).findings == ()


def test_recommendations_that_are_not_there_yet_are_unknown(context: Made) -> None:
    made = context(workloads=[workload(cpu_recommended=None), workload(name="x", node_type="z9.huge")])
    assert [one.source for one in run(made).unknown] == [
        "workload_requests:services/api",
        "workload_requests:services/x",
    ]


def test_a_database_that_rests_gets_half_the_size(context: Made) -> None:
    database = {"name": "db", "instance_class": "db.m5.xlarge", "cpu_peak": "0.2", "memory_peak": "0.3"}
    assert one(context(databases=[database]), "database_large").saving == 146
    assert one(context(databases=[{**database, "multi_az": True}]), "database_large").saving == 292
    for busy in ({"cpu_peak": "0.4"}, {"memory_peak": "0.5"}, {"instance_class": "db.m5.micro"}):
        assert run(context(databases=[{**database, **busy}])).findings == ()
    assert run(context(databases=[{**database, "cpu_peak": None}])).unknown[0].source == "database_large:db"


def test_nights_without_anybody(context: Made) -> None:
    environments = [
        {"name": "development", "stoppable_monthly": 168},
        {"name": "staging", "stoppable_monthly": 168, "scheduled": True},
        {"name": "production", "stoppable_monthly": 1000},
        {"name": "demo"},
    ]
    result = run(context(environments=environments))
    assert [(one.subject, one.saving) for one in result.findings] == [("development", 108)]
    assert [one.source for one in result.unknown] == ["dev_schedule:demo"]


def test_the_same_gpu_elsewhere_less_what_its_data_cost(context: Made) -> None:
    gpu = group(name="gpu", instance_type="g4dn.xlarge", desired=1, gpu_used="0.9")
    found = one(context(node_groups=[gpu]), "gpu_elsewhere")
    assert found.proposed == "Standard_NC4as_T4_v3 of azure in eastus: $0.30 a GPU-hour"
    assert found.saving == 146
    assert "$0.09 a GB" in found.why
    told = one(context(node_groups=[{**gpu, "egress_gb": 1000}]), "gpu_elsewhere")
    assert told.saving == 56
    near = one(context(node_groups=[gpu], limits=Limits(compare_regions=("us-west-2",))), "gpu_elsewhere")
    assert near.proposed == "g4dn.xlarge of aws in us-west-2: $0.40 a GPU-hour"
    little = context(node_groups=[gpu], limits=Limits(arbitrage=Decimal("0.5")))
    assert run(little).findings == ()


def test_one_node_is_saved_once(context: Made) -> None:
    made = context(
        node_groups=[group(cpu_used=0, interruptible=True)],
        workloads=[workload()],
        environments=[{"name": "development", "stoppable_monthly": 292}],
    )
    result = run(made)
    assert [one.rule for one in result.findings] == ["nodes_idle", "dev_schedule", "workload_requests", "spot"]
    assert [one.excluded_by for one in result.findings] == ["", *["nodes_idle:general"] * 3]
    # All of the group's money, and not a cent more.
    assert result.saving == 292


def test_yuan_are_not_added_to_dollars(context: Made) -> None:
    with pytest.raises(CostError, match="is in CNY; savings are told in USD alone"):
        run(context(region="cn-north-1", node_groups=[group(cpu_used=0)]))
