# SPDX-License-Identifier: Apache-2.0
"""What Google's resources tell of themselves; tests/cost/test_prices_gcp_azure.py compares whole amounts."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import gcp
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import (
    Component,
    Free,
    Gap,
    Options,
    Part,
    Resource,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.pricer import Scope

BOOK = PriceBook(FOLDER)


def resource(kind: str, values: dict[str, Any], name: str = "a", **given: Any) -> Resource:
    return Resource(f"{kind}.{name}", kind, name, "", "", values, provider="gcp", **given)


def parts(subject: Resource, *peers: Resource) -> list[Part]:
    by_type = defaultdict(list)
    for peer in (subject, *peers):
        by_type[peer.type].append(peer)
    return list(
        gcp.PRICERS[subject.type](subject, Scope(subject, BOOK, {}, Options(today=date(2026, 11, 28)), by_type))
    )


@pytest.mark.parametrize(
    ("place", "region", "zone"),
    [
        ("us-central1-a", "us-central1", True),
        ("europe-west4", "europe-west4", False),
        ("https://www.googleapis.com/compute/v1/projects/p/zones/europe-west1-b", "europe-west1", True),
        ("US", "us", False),
    ],
)
def test_a_zone_tells_its_region(place: str, region: str, zone: bool) -> None:
    assert gcp.region_of(place) == region
    assert gcp.is_zone(place.rsplit("/", 1)[-1]) == zone


@pytest.mark.parametrize(
    ("values", "zones"),
    [
        ({"location": "us-central1"}, 3),
        ({"location": "us-central1", "node_locations": ["us-central1-a"]}, 1),
        ({"location": "us-central1-a"}, 1),
        ({"location": "us-central1-a", "node_locations": ["us-central1-b"]}, 2),
    ],
)
def test_a_cluster_tells_its_zones(values: dict[str, Any], zones: int) -> None:
    assert gcp.cluster_zones(resource("google_container_cluster", values)) == zones


@pytest.mark.parametrize(
    ("tier", "size"),
    [
        ("db-custom-2-7680", (2, Decimal("7.5"))),
        ("db-n1-highmem-4", (4, 26)),
        ("db-perf-optimized-N-8", (8, 64)),
    ],
)
def test_a_tier_tells_its_size(tier: str, size: tuple[Decimal, Decimal]) -> None:
    assert gcp.sql_size(tier) == size


def test_a_tier_without_a_size_is_an_error() -> None:
    with pytest.raises(CostError, match="db-custom-4-15360"):
        gcp.sql_size("db-standard")


def test_limits_of_a_pool_in_total_are_not_multiplied_by_zones() -> None:
    pool = resource(
        "google_container_node_pool",
        {
            "location": "us-central1",
            "initial_node_count": 1,
            "autoscaling": [{"total_min_node_count": 2, "total_max_node_count": 7}],
            "node_config": [{"machine_type": "e2-standard-4", "disk_size_gb": 10}],
        },
    )
    nodes = parts(pool)[0]
    assert isinstance(nodes, Component)
    assert nodes.quantity == 3 * 730
    assert nodes.low / nodes.price == 2 * 730
    assert nodes.high / nodes.price == 7 * 730


def test_a_disk_that_cannot_be_told_leaves_the_machine_priced() -> None:
    machine = resource(
        "google_compute_instance",
        {"zone": "us-central1-a", "machine_type": "e2-standard-4", "boot_disk": [{"initialize_params": [{}]}]},
    )
    found = parts(machine)
    assert isinstance(found[0], Component)
    assert [part.reason.split(" ")[0] for part in found if isinstance(part, Gap)] == [
        "boot_disk.0.initialize_params.0.size"
    ]


def test_only_the_first_of_five_forwarding_rules_costs() -> None:
    rules = [resource("google_compute_forwarding_rule", {"region": "us-central1"}, f"r{n}") for n in range(6)]
    found = [parts(rule, *(one for one in rules if one is not rule))[0] for rule in rules]
    assert isinstance(found[0], Component)
    assert found[0].quantity == 730
    assert all(isinstance(part, Free) for part in found[1:5])
    assert isinstance(found[5], Gap)


def test_an_address_in_use_costs_nothing_by_itself() -> None:
    address = resource("google_compute_address", {"region": "us-central1"})
    user = resource("google_compute_router_nat", {}, refs={"nat_ips": ("google_compute_address.a.self_link",)})
    free, paid = parts(address, user)[0], parts(address)[0]
    assert isinstance(free, Free)
    assert isinstance(paid, Component)
    assert paid.quantity == 730


def test_an_address_whose_users_the_state_names_costs_nothing_by_itself() -> None:
    user = {"region": "us-central1", "users": ["projects/p/zones/us-central1-a/instances/i"]}
    assert isinstance(parts(resource("google_compute_address", user))[0], Free)


def test_an_address_is_found_within_a_machines_interfaces() -> None:
    address = resource("google_compute_address", {"region": "us-central1", "address": "203.0.113.7"})
    interface = {"network": "default", "access_config": [{"nat_ip": "203.0.113.7"}]}
    machine = resource("google_compute_instance", {"network_interface": [interface]})
    other = resource("google_compute_instance", {"network_interface": [{**interface, "access_config": [{}]}]})
    assert isinstance(parts(address, machine)[0], Free)
    assert isinstance(parts(address, other)[0], Component)


POOL = {"name": "main", "node_count": 2, "node_config": [{"machine_type": "e2-medium", "disk_size_gb": 10}]}


@pytest.mark.parametrize(
    ("values", "nodes"),
    [
        ({"remove_default_node_pool": True, "node_pool": [POOL]}, []),
        ({"node_pool": [POOL, {**POOL, "name": "default-pool"}]}, ["default-pool: Nodes (e2-medium)"]),
        ({"node_pool": [{**POOL, "name": "in-the-cluster"}]}, ["in-the-cluster: Nodes (e2-medium)"]),
    ],
)
def test_pools_that_are_resources_are_not_counted_with_the_cluster_too(
    values: dict[str, Any], nodes: list[str]
) -> None:
    cluster = resource("google_container_cluster", {"name": "c", "location": "us-central1-a", **values})
    pool = resource("google_container_node_pool", {"cluster": "c", **POOL})
    found = [part.name for part in parts(cluster, pool) if isinstance(part, Component)]
    assert [name for name in found if "Nodes" in name] == nodes


DISK = "projects/p/zones/us-central1-a/disks"


@pytest.mark.parametrize(
    ("boot", "own"),
    [
        ({"initialize_params": [{"size": 20}]}, True),
        # So the state has a disk that came with the machine.
        ({"initialize_params": [{"size": 20}], "source": f"https://www.googleapis.com/compute/v1/{DISK}/a"}, True),
        ({"initialize_params": [{"size": 20}], "source": f"https://www.googleapis.com/compute/v1/{DISK}/b"}, False),
        ({"initialize_params": [], "source": f"{DISK}/b"}, False),
        ({"initialize_params": [], "source": f"{DISK}/elsewhere"}, False),
    ],
)
def test_a_boot_disk_is_counted_with_the_machine_unless_it_is_a_resource(boot: dict[str, Any], own: bool) -> None:
    machine = resource(
        "google_compute_instance", {"zone": "us-central1-a", "machine_type": "e2-medium", "boot_disk": [boot]}
    )
    disk = resource("google_compute_disk", {"size": 20, "self_link": f"https://compute.googleapis.com/v1/{DISK}/b"})
    names = [part.name for part in parts(machine, disk) if isinstance(part, Component)]
    assert names == ["Machine (e2-medium)", *(["Boot disk (pd-standard)"] if own else [])]


def test_a_group_whose_version_is_known_finds_its_template_by_the_link() -> None:
    link = "https://www.googleapis.com/compute/v1/projects/p/global/instanceTemplates/web"
    template = resource("google_compute_instance_template", {"machine_type": "e2-medium", "self_link": link})
    group = resource(
        "google_compute_instance_group_manager",
        {
            "zone": "us-central1-a",
            "target_size": 2,
            "version": [{"name": "", "instance_template": f"{link}?uniqueId=7"}],
        },
    )
    assert [part.quantity for part in parts(group, template) if isinstance(part, Component)] == [1460]


def test_the_addresses_of_a_nat_gateway_are_told_too() -> None:
    nat = {"region": "us-central1", "nat_ips": ["a", "b"]}
    (gap,) = [part for part in parts(resource("google_compute_router_nat", nat)) if isinstance(part, Gap)]
    assert gap.reason.startswith("Addresses in use: ")
    assert "static-ip-in-use per hour in us-central1" in gap.reason


def test_a_region_without_prices_is_a_gap_of_that_region() -> None:
    (found,) = parts(resource("google_compute_disk", {"zone": "africa-south1-a", "size": 10}))
    assert isinstance(found, Gap)
    assert "africa-south1" in found.reason
