# SPDX-License-Identifier: Apache-2.0
"""What the scaling roles make of their inputs: which nodes come first, what is scraped for alerts to look at."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from contract import charts, house

Json = dict[str, Any]
NODE_GROUPS = {
    "general": {"capacity_type": "ON_DEMAND"},
    "general-spot": {"capacity_type": "SPOT"},
    "cheap": {"capacity_type": "SPOT"},
}
# Auto Scaling groups as EKS calls them, and the priority of each.
GROUPS = {
    "eks-general-0aa1b2c3-d4e5-f607-1829-3a4b5c6d7e8f": 10,
    "eks-general-spot-0aa1b2c3-d4e5-f607-1829-3a4b5c6d7e8f": 50,
    "eks-cheap-0aa1b2c3-d4e5-f607-1829-3a4b5c6d7e8f": 50,
    "eks-cheap-gpu-0aa1b2c3-d4e5-f607-1829-3a4b5c6d7e8f": 10,
}


def values(role: str, inputs: Json | None = None) -> Json:
    """Return the values that a role gives to its chart."""
    (found,) = charts.rendered(role, {"addon_monitoring": True, **(inputs or {})})
    return found


@pytest.mark.parametrize(("group", "wanted"), GROUPS.items(), ids=GROUPS)
def test_groups_of_spot_instances_are_preferred(group: str, wanted: int) -> None:
    """As the priority expander does it: the highest priority of which a pattern matches."""
    priorities = values("cluster_autoscaler", {"terraform_stack_cluster": {"node_groups": NODE_GROUPS}})[
        "expanderPriorities"
    ]
    matching = [int(one) for one, patterns in priorities.items() if any(re.search(each, group) for each in patterns)]
    assert max(matching) == wanted


def test_without_known_groups_names_decide() -> None:
    assert values("cluster_autoscaler")["expanderPriorities"] == {"50": [".*spot.*"], "10": [".*"]}


def test_what_alerts_and_dashboards_look_at_is_switched_on() -> None:
    """Some metrics are there only where a setting asks for them."""
    assert values("cluster_autoscaler")["extraArgs"]["emit-per-nodegroup-metrics"] is True
    kueue = yaml.safe_load(values("kueue")["managerConfig"]["controllerManagerConfigYaml"])
    assert kueue["metrics"]["enableClusterQueueResources"] is True
    keda = values("keda")["prometheus"]
    for part in ("operator", "metricServer", "webhooks"):
        assert keda[part]["enabled"] is True
        assert keda[part]["serviceMonitor"]["enabled"] is True


def test_a_scaled_objects_namespace_is_not_hidden_by_kedas() -> None:
    monitor = values("keda")["prometheus"]["operator"]["serviceMonitor"]
    assert {"action": "labeldrop", "regex": "namespace"} in monitor["relabelings"]


@pytest.mark.parametrize("monitoring", [True, False])
def test_the_vertical_pod_autoscaler_is_scraped_with_monitoring_alone(monitoring: bool) -> None:
    objects = charts.rendered_objects("vertical_pod_autoscaler", {"addon_monitoring": monitoring})
    assert [one["kind"] for one in objects] == (["PodMonitor"] if monitoring else [])


def test_pods_of_the_vertical_pod_autoscaler_may_run_in_its_namespace() -> None:
    """The chart leaves to its values what Pod Security level restricted asks for."""
    context = values("vertical_pod_autoscaler")["containerSecurityContext"]
    assert context["allowPrivilegeEscalation"] is False
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    (task,) = house.load(house.ROLES / "vertical_pod_autoscaler/tasks/main.yml")
    assert task["vars"]["addon_pod_security"] == "restricted"
