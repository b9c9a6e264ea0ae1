# SPDX-License-Identifier: Apache-2.0
"""What has to hold for every planned resource, whatever the inventory says. Pure functions over a plan's resources."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Values = Mapping[str, Any]
REQUIRED_TAGS = {"CostCenter", "Environment", "ManagedBy", "Project", "Service", "Team"}
WORLD = {"0.0.0.0/0", "::/0"}


@dataclass(frozen=True)
class Resource:
    """A resource as the plan leaves it."""

    address: str
    kind: str
    values: Values


def resources(plan: Mapping[str, Any]) -> list[Resource]:
    """Return what a plan (as JSON) creates or keeps; data sources and what goes are left out."""
    return [
        Resource(change["address"], change["type"], change["change"]["after"])
        for change in plan["resource_changes"]
        if change["mode"] == "managed" and change["change"]["after"] is not None
    ]


def all_set(*names: str) -> Callable[[Values], bool]:
    """Tell whether each of these attributes is set; ElastiCache spells true as a text."""
    return lambda values: all(values.get(name) not in (None, "", False, "false") for name in names)


def first_block(block: str, check: Callable[[Values], bool]) -> Callable[[Values], bool]:
    """Tell whether there is such a block and the check holds for each."""
    return lambda values: bool(values.get(block)) and all(check(one) for one in values[block])


def is_replica(values: Values) -> bool:
    """Tell whether a database instance copies another one, whose encryption it has."""
    return bool(values.get("replicate_source_db") or values.get("cluster_identifier"))


# How each kind of resource that holds data shows that it is encrypted under a key of the account.
ENCRYPTED: dict[str, Callable[[Values], bool]] = {
    "aws_backup_vault": all_set("kms_key_arn"),
    "aws_cloudtrail": all_set("kms_key_id"),
    "aws_cloudwatch_log_group": all_set("kms_key_id"),
    "aws_db_instance": lambda values: all_set("storage_encrypted")(values) or is_replica(values),
    "aws_docdb_cluster": all_set("storage_encrypted", "kms_key_id"),
    "aws_dynamodb_table": first_block("server_side_encryption", all_set("enabled", "kms_key_arn")),
    "aws_ecr_repository": first_block("encryption_configuration", lambda values: values["encryption_type"] == "KMS"),
    "aws_ecr_repository_creation_template": first_block(
        "encryption_configuration", lambda values: values["encryption_type"] == "KMS"
    ),
    "aws_efs_file_system": all_set("encrypted", "kms_key_id"),
    "aws_eks_cluster": first_block("encryption_config", all_set("provider")),
    "aws_elasticache_replication_group": all_set(
        "at_rest_encryption_enabled", "kms_key_id", "transit_encryption_enabled"
    ),
    "aws_fsx_lustre_file_system": all_set("kms_key_id"),
    "aws_kms_key": all_set("enable_key_rotation"),
    "aws_launch_template": first_block("block_device_mappings", first_block("ebs", all_set("encrypted"))),
    "aws_neptune_cluster": all_set("storage_encrypted", "kms_key_arn"),
    "aws_opensearch_domain": lambda values: (
        first_block("encrypt_at_rest", all_set("enabled"))(values)
        and first_block("node_to_node_encryption", all_set("enabled"))(values)
        and first_block("domain_endpoint_options", all_set("enforce_https"))(values)
    ),
    "aws_rds_cluster": all_set("storage_encrypted", "kms_key_id"),
    "aws_s3_bucket_server_side_encryption_configuration": first_block(
        "rule", first_block("apply_server_side_encryption_by_default", all_set("sse_algorithm"))
    ),
    "aws_secretsmanager_secret": all_set("kms_key_id"),
    "aws_sns_topic": all_set("kms_master_key_id"),
    "aws_sqs_queue": lambda values: bool(values.get("sqs_managed_sse_enabled") or values.get("kms_master_key_id")),
}
# Attributes by whose names a kind of resource that can be encrypted is known.
ENCRYPTION_WORDS = ("encrypt", "kms_key", "kms_master_key", "sse_")
# Kinds that bear such an attribute and hold no data, or whose encryption is another resource's.
HOLD_NO_DATA = {
    "aws_backup_report_plan",
    "aws_backup_restore_testing_plan",
    "aws_bcmdataexports_export",
    "aws_cloudfront_distribution",
    "aws_config_delivery_channel",
    "aws_db_instance_automated_backups_replication",
    "aws_docdb_cluster_instance",
    "aws_ebs_default_kms_key",
    "aws_ebs_encryption_by_default",
    "aws_ec2_client_vpn_endpoint",
    "aws_flow_log",
    "aws_kms_alias",
    "aws_neptune_cluster_instance",
    "aws_rds_cluster_instance",
    "aws_s3_bucket",
    "aws_s3_bucket_replication_configuration",
    "aws_ssm_parameter",
}


def unencrypted(plan: list[Resource]) -> list[str]:
    """Return the addresses of what would hold data in the clear, and of buckets without an encryption of their own."""
    found = [one.address for one in plan if one.kind in ENCRYPTED and not ENCRYPTED[one.kind](one.values)]
    return found + without_companion(plan, "aws_s3_bucket_server_side_encryption_configuration")


def without_companion(plan: list[Resource], kind: str) -> list[str]:
    """Return the addresses of buckets without a resource of ``kind`` of the same name and key: a plan knows no more."""
    addresses = {one.address for one in plan}
    buckets = [one.address for one in plan if one.kind == "aws_s3_bucket"]
    return [address for address in buckets if address.replace("aws_s3_bucket.", f"{kind}.") not in addresses]


def public_buckets(plan: list[Resource]) -> list[str]:
    """Return the addresses of buckets that something could open to everyone."""
    closed = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    found = without_companion(plan, "aws_s3_bucket_public_access_block")
    for one in plan:
        if one.kind == "aws_s3_bucket_public_access_block" and not all_set(*closed)(one.values):
            found.append(one.address)
        if one.kind == "aws_s3_bucket_policy" and any(is_open(statement) for statement in statements(one.values)):
            found.append(one.address)
    return found


def statements(values: Values) -> Iterator[Values]:
    """Yield the statements of a policy."""
    yield from json.loads(values["policy"])["Statement"]


def is_open(statement: Values) -> bool:
    """Tell whether a statement allows something to everyone without a condition."""
    everyone = statement["Principal"] in ("*", {"AWS": "*"})
    return bool(statement["Effect"] == "Allow" and everyone and not statement.get("Condition"))


def open_ports(plan: list[Resource]) -> list[str]:
    """Return what the world may reach beside the TLS port of a load balancer (and 80, which redirects there)."""
    found = []
    for one in plan:
        if one.kind == "aws_security_group" and one.values.get("ingress"):
            found.append(one.address)
        if one.kind != "aws_vpc_security_group_ingress_rule":
            continue
        world = {one.values.get("cidr_ipv4"), one.values.get("cidr_ipv6")} & WORLD
        way_in = one.address.startswith("module.edge.") and one.values.get("to_port") in (80, 443)
        if world and not (way_in and one.values.get("from_port") == one.values.get("to_port")):
            found.append(f"{one.address} at {one.values.get('from_port')}-{one.values.get('to_port')}")
    return found


def untagged(plan: list[Resource], taggable: Callable[[str], bool]) -> list[str]:
    """Return the addresses of resources that take tags and lack one that costs and backups are told by."""
    return [
        one.address for one in plan if taggable(one.kind) and not set(one.values.get("tags") or {}) >= REQUIRED_TAGS
    ]


def in_one_zone(plan: list[Resource]) -> list[str]:
    """Return the addresses of what a zone's loss would stop."""
    spread: dict[str, Callable[[Values], bool]] = {
        "aws_db_instance": lambda values: bool(values.get("multi_az")) or is_replica(values),
        "aws_elasticache_replication_group": all_set("automatic_failover_enabled", "multi_az_enabled"),
        "aws_opensearch_domain": first_block("cluster_config", all_set("zone_awareness_enabled")),
    }
    found = [one.address for one in plan if one.kind in spread and not spread[one.kind](one.values)]
    for cluster, instance in (
        ("aws_docdb_cluster", "aws_docdb_cluster_instance"),
        ("aws_neptune_cluster", "aws_neptune_cluster_instance"),
        ("aws_rds_cluster", "aws_rds_cluster_instance"),
    ):
        clusters = [one.address for one in plan if one.kind == cluster]
        if clusters and sum(one.kind == instance for one in plan) < 2 * len(clusters):
            found += clusters
    zones = {one.values["availability_zone"] for one in plan if one.kind == "aws_subnet"}
    if sum(one.kind == "aws_nat_gateway" for one in plan) < len(zones):
        found.append("aws_nat_gateway")
    return found
