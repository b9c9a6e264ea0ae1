# SPDX-License-Identifier: Apache-2.0
"""The root's inputs against those of its modules: Terraform drops a key that one side does not know without a word."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.applied_ai.platform.plugins.module_utils.inventory.terraform_types import Type, declared_types
from terraform.interface import TERRAFORM

# The root's input, and the module whose inputs it holds (all of them by name) or is (one input of the same name).
HOLDS = {
    "autoscaling": "autoscaling",
    "backup": "backup",
    "cost": "cost",
    "databases": "databases",
    "edge": "edge",
    "identity": "identity",
    "registry": "registry",
    "security": "security",
    "storage": "storage",
}
IS = {
    "access_entries": "kubernetes",
    "addons": "kubernetes",
    "capacity_blocks": "kubernetes",
    "capacity_reservations": "kubernetes",
    "client_vpn": "connectivity",
    "node_groups": "kubernetes",
    "transit_gateway": "connectivity",
}
# What only the root has: it makes something else of it.
ROOT_ALONE = {"identity.controllers", "storage.lustre_file_systems.zone"}
# What the root fills in, because it knows it or because an input of the PRD says it.
FILLED_IN = {
    "cluster_name",
    "deletion_protection",
    "discovery_resource_ids",
    "kms_deletion_window_days",
    "log_retention_days",
    "name",
    "oidc_provider_arn",
    "tags",
    "vpc_cidr",
    "vpc_id",
    "backup.notifications",
    "backup.selection_tags",
    "databases.aurora.availability_zones",
    "databases.aurora.db_subnet_group_name",
    "databases.aurora.vpc_security_group_ids",
    "databases.mongodb.db_subnet_group_name",
    "databases.mongodb.instance_class",
    "databases.mongodb.instance_count",
    "databases.mongodb.vpc_security_group_ids",
    "databases.neptune.db_subnet_group_name",
    "databases.neptune.vpc_security_group_ids",
    "databases.opensearch.security_group_ids",
    "databases.opensearch.subnet_ids",
    "databases.postgres.allocated_storage",
    "databases.postgres.db_subnet_group_name",
    "databases.postgres.engine_version",
    "databases.postgres.instance_class",
    "databases.postgres.multi_az",
    "databases.postgres.vpc_security_group_ids",
    "databases.redis.node_type",
    "databases.redis.num_cache_nodes",
    "databases.redis.security_group_ids",
    "databases.redis.subnet_group_name",
    "edge.load_balancers.subnet_ids",
    "edge.tls_policy",
    "identity.presets",
    "storage.lustre_file_systems.allowed_cidrs",
    "storage.lustre_file_systems.allowed_security_group_ids",
    "storage.lustre_file_systems.subnet_id",
    "storage.shared_file_systems.allowed_cidrs",
    "storage.shared_file_systems.allowed_security_group_ids",
    "storage.shared_file_systems.subnet_ids",
}


def types(folder: str) -> dict[str, Type]:
    """Return the inputs of the root or of a module."""
    return declared_types(path.read_text() for path in sorted((TERRAFORM / folder).glob("variables*.tf")))


def attributes(expected: Type, place: str) -> Iterator[str]:
    """Yield every attribute inside a type by its place, such as edge.zones.domain_name."""
    if expected.element:
        yield from attributes(expected.element, place)
    for name, inner in expected.attributes.items():
        yield f"{place}.{name}"
        yield from attributes(inner, f"{place}.{name}")


def both_sides() -> tuple[set[str], set[str]]:
    """Return the attributes of the root's inputs, and those of the modules under the root's names."""
    root, ours, theirs = types("aws"), set[str](), set[str]()
    for name, module in {**HOLDS, **IS}.items():
        ours |= set(attributes(root[name], name))
        inputs = types(f"modules/aws/{module}")
        theirs |= set(attributes(Type(attributes=inputs) if name in HOLDS else inputs[name], name))
    return ours, theirs


def filled_in(attribute: str) -> bool:
    """Tell whether the root gives an attribute its value, or one that it is part of."""
    return any(attribute == known or attribute.startswith(f"{known}.") for known in FILLED_IN) or (
        attribute.count(".") == 1 and attribute.partition(".")[2] in FILLED_IN
    )


def test_what_the_root_takes_a_module_knows():
    ours, theirs = both_sides()
    assert ours - theirs - ROOT_ALONE == set()


def test_what_a_module_takes_the_root_takes_or_fills_in():
    ours, theirs = both_sides()
    assert {attribute for attribute in theirs - ours if not filled_in(attribute)} == set()


def test_the_exceptions_are_none_too_many():
    ours, theirs = both_sides()
    assert ours >= ROOT_ALONE
    assert {known for known in FILLED_IN if "." in known} <= theirs - ours
