# SPDX-License-Identifier: Apache-2.0
"""The usage keys of AWS resources: Infracost's names (its infracost-usage-example.yml), and a few of our own.

A key that is here and that no price rule asks for is listed as unpriced; one that is not here is a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

USAGE_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "aws_alb": frozenset(
        {
            "active_connections",
            "capacity_units_per_hr",
            "new_connections",
            "processed_bytes_gb",
            "public_ipv4_addresses",
            "rule_evaluations",
        }
    ),
    "aws_autoscaling_group": frozenset(
        {
            "instances",
            "monthly_cpu_credit_hrs",
            "monthly_hrs",
            "vcpu_count",
            "volume_size",
        }
    ),
    "aws_backup_vault": frozenset(
        {
            "monthly_aurora_snapshot_gb",
            "monthly_dynamodb_backup_gb",
            "monthly_dynamodb_restore_gb",
            "monthly_ebs_snapshot_gb",
            "monthly_efs_cold_backup_gb",
            "monthly_efs_cold_restore_gb",
            "monthly_efs_item_restore_requests",
            "monthly_efs_warm_backup_gb",
            "monthly_efs_warm_restore_gb",
            "monthly_fsx_lustre_backup_gb",
            "monthly_fsx_windows_backup_gb",
            "monthly_rds_snapshot_gb",
        }
    ),
    "aws_cloudfront_distribution": frozenset(
        {
            "custom_ssl_certificates",
            "monthly_data_transfer_to_internet_gb.asia_pacific",
            "monthly_data_transfer_to_internet_gb.australia",
            "monthly_data_transfer_to_internet_gb.europe",
            "monthly_data_transfer_to_internet_gb.india",
            "monthly_data_transfer_to_internet_gb.japan",
            "monthly_data_transfer_to_internet_gb.south_africa",
            "monthly_data_transfer_to_internet_gb.south_america",
            "monthly_data_transfer_to_internet_gb.us",
            "monthly_data_transfer_to_origin_gb.asia_pacific",
            "monthly_data_transfer_to_origin_gb.australia",
            "monthly_data_transfer_to_origin_gb.europe",
            "monthly_data_transfer_to_origin_gb.india",
            "monthly_data_transfer_to_origin_gb.japan",
            "monthly_data_transfer_to_origin_gb.south_africa",
            "monthly_data_transfer_to_origin_gb.south_america",
            "monthly_data_transfer_to_origin_gb.us",
            "monthly_encryption_requests",
            "monthly_http_requests.asia_pacific",
            "monthly_http_requests.australia",
            "monthly_http_requests.europe",
            "monthly_http_requests.india",
            "monthly_http_requests.japan",
            "monthly_http_requests.south_africa",
            "monthly_http_requests.south_america",
            "monthly_http_requests.us",
            "monthly_https_requests.asia_pacific",
            "monthly_https_requests.australia",
            "monthly_https_requests.europe",
            "monthly_https_requests.india",
            "monthly_https_requests.japan",
            "monthly_https_requests.south_africa",
            "monthly_https_requests.south_america",
            "monthly_https_requests.us",
            "monthly_invalidation_requests",
            "monthly_log_lines",
            "monthly_shield_requests.australia",
            "monthly_shield_requests.europe",
            "monthly_shield_requests.india",
            "monthly_shield_requests.japan",
            "monthly_shield_requests.singapore",
            "monthly_shield_requests.south_america",
            "monthly_shield_requests.south_korea",
            "monthly_shield_requests.us",
        }
    ),
    "aws_cloudtrail": frozenset(
        {
            "monthly_additional_management_events",
            "monthly_data_events",
            "monthly_insight_events",
        }
    ),
    "aws_cloudwatch_log_group": frozenset(
        {
            "monthly_data_ingested_gb",
            "monthly_data_scanned_gb",
            "storage_gb",
        }
    ),
    "aws_config_config_rule": frozenset(
        {
            "monthly_rule_evaluations",
        }
    ),
    "aws_config_configuration_recorder": frozenset(
        {
            "monthly_config_items",
            "monthly_custom_config_items",
        }
    ),
    "aws_db_instance": frozenset(
        {
            "additional_backup_storage_gb",
            "monthly_additional_performance_insights_requests",
            "monthly_cpu_credit_hrs",
            "monthly_standard_io_requests",
        }
    ),
    "aws_docdb_cluster": frozenset(
        {
            "backup_storage_gb",
            "monthly_io_requests",
            "storage_gb",
        }
    ),
    "aws_docdb_cluster_instance": frozenset(
        {
            "data_storage_gb",
            "monthly_cpu_credit_hrs",
            "monthly_io_requests",
        }
    ),
    "aws_dynamodb_table": frozenset(
        {
            "monthly_data_restored_gb",
            "monthly_read_request_units",
            "monthly_streams_read_request_units",
            "monthly_write_request_units",
            "on_demand_backup_storage_gb",
            "pitr_backup_storage_gb",
            "storage_gb",
        }
    ),
    "aws_ebs_snapshot": frozenset(
        {
            "fast_snapshot_restore_hours",
            "monthly_get_block_requests",
            "monthly_list_block_requests",
            "monthly_put_block_requests",
        }
    ),
    "aws_ebs_volume": frozenset(
        {
            "monthly_standard_io_requests",
        }
    ),
    "aws_ec2_transit_gateway_vpc_attachment": frozenset(
        {
            "monthly_data_processed_gb",
        }
    ),
    "aws_ecr_repository": frozenset(
        {
            "storage_gb",
        }
    ),
    "aws_efs_file_system": frozenset(
        {
            "infrequent_access_storage_gb",
            "monthly_elastic_read_gb",
            "monthly_elastic_write_gb",
            "monthly_infrequent_access_read_gb",
            "monthly_infrequent_access_write_gb",
            "storage_gb",
        }
    ),
    "aws_eks_node_group": frozenset(
        {
            "instances",
            "monthly_cpu_credit_hrs",
            "monthly_hrs",
            "vcpu_count",
            "volume_size",
        }
    ),
    "aws_elasticache_cluster": frozenset(
        {
            "snapshot_storage_size_gb",
        }
    ),
    "aws_elasticache_replication_group": frozenset(
        {
            "snapshot_storage_size_gb",
        }
    ),
    "aws_elb": frozenset(
        {
            "monthly_data_processed_gb",
        }
    ),
    "aws_instance": frozenset(
        {
            "monthly_cpu_credit_hrs",
            "monthly_hrs",
            "vcpu_count",
            "volume_size",
        }
    ),
    "aws_lambda_function": frozenset(
        {
            "monthly_requests",
            "request_duration_ms",
        }
    ),
    "aws_lb": frozenset(
        {
            "active_connections",
            "capacity_units_per_hr",
            "new_connections",
            "processed_bytes_gb",
            "public_ipv4_addresses",
            "rule_evaluations",
        }
    ),
    "aws_nat_gateway": frozenset(
        {
            "monthly_data_processed_gb",
        }
    ),
    "aws_neptune_cluster": frozenset(
        {
            "backup_storage_gb",
            "monthly_io_requests",
            "storage_gb",
        }
    ),
    "aws_neptune_cluster_instance": frozenset(
        {
            "monthly_cpu_credit_hrs",
        }
    ),
    "aws_rds_cluster": frozenset(
        {
            "average_statements_per_hr",
            "backtrack_window_hrs",
            "backup_snapshot_size_gb",
            "capacity_units_per_hr",
            "change_records_per_statement",
            "read_requests_per_sec",
            "snapshot_export_size_gb",
            "storage_gb",
            "write_requests_per_sec",
        }
    ),
    "aws_rds_cluster_instance": frozenset(
        {
            "capacity_units_per_hr",
            "monthly_additional_performance_insights_requests",
            "monthly_cpu_credit_hrs",
            "vcpu_count",
        }
    ),
    "aws_route53_record": frozenset(
        {
            "monthly_geo_queries",
            "monthly_latency_based_queries",
            "monthly_standard_queries",
        }
    ),
    "aws_s3_bucket": frozenset(
        {
            "glacier_deep_archive.early_delete_gb",
            "glacier_deep_archive.monthly_bulk_data_retrieval_gb",
            "glacier_deep_archive.monthly_bulk_data_retrieval_requests",
            "glacier_deep_archive.monthly_lifecycle_transition_requests",
            "glacier_deep_archive.monthly_standard_data_retrieval_gb",
            "glacier_deep_archive.monthly_standard_data_retrieval_requests",
            "glacier_deep_archive.monthly_tier_1_requests",
            "glacier_deep_archive.monthly_tier_2_requests",
            "glacier_deep_archive.storage_gb",
            "glacier_flexible_retrieval.early_delete_gb",
            "glacier_flexible_retrieval.monthly_bulk_select_data_returned_gb",
            "glacier_flexible_retrieval.monthly_bulk_select_data_scanned_gb",
            "glacier_flexible_retrieval.monthly_expedited_data_retrieval_gb",
            "glacier_flexible_retrieval.monthly_expedited_data_retrieval_requests",
            "glacier_flexible_retrieval.monthly_expedited_select_data_returned_gb",
            "glacier_flexible_retrieval.monthly_expedited_select_data_scanned_gb",
            "glacier_flexible_retrieval.monthly_lifecycle_transition_requests",
            "glacier_flexible_retrieval.monthly_standard_data_retrieval_gb",
            "glacier_flexible_retrieval.monthly_standard_data_retrieval_requests",
            "glacier_flexible_retrieval.monthly_standard_select_data_returned_gb",
            "glacier_flexible_retrieval.monthly_standard_select_data_scanned_gb",
            "glacier_flexible_retrieval.monthly_tier_1_requests",
            "glacier_flexible_retrieval.monthly_tier_2_requests",
            "glacier_flexible_retrieval.storage_gb",
            "glacier_instant_retrieval.monthly_data_retrieval_gb",
            "glacier_instant_retrieval.monthly_tier_1_requests",
            "glacier_instant_retrieval.monthly_tier_2_requests",
            "glacier_instant_retrieval.storage_gb",
            "intelligent_tiering.early_delete_gb",
            "intelligent_tiering.frequent_access_storage_gb",
            "intelligent_tiering.infrequent_access_storage_gb",
            "intelligent_tiering.monitored_objects",
            "intelligent_tiering.monthly_lifecycle_transition_requests",
            "intelligent_tiering.monthly_select_data_returned_gb",
            "intelligent_tiering.monthly_select_data_scanned_gb",
            "intelligent_tiering.monthly_tier_1_requests",
            "intelligent_tiering.monthly_tier_2_requests",
            "object_tags",
            "one_zone_infrequent_access.monthly_data_retrieval_gb",
            "one_zone_infrequent_access.monthly_lifecycle_transition_requests",
            "one_zone_infrequent_access.monthly_select_data_returned_gb",
            "one_zone_infrequent_access.monthly_select_data_scanned_gb",
            "one_zone_infrequent_access.monthly_tier_1_requests",
            "one_zone_infrequent_access.monthly_tier_2_requests",
            "one_zone_infrequent_access.storage_gb",
            "standard.monthly_select_data_returned_gb",
            "standard.monthly_select_data_scanned_gb",
            "standard.monthly_tier_1_requests",
            "standard.monthly_tier_2_requests",
            "standard.storage_gb",
            "standard_infrequent_access.monthly_data_retrieval_gb",
            "standard_infrequent_access.monthly_lifecycle_transition_requests",
            "standard_infrequent_access.monthly_select_data_returned_gb",
            "standard_infrequent_access.monthly_select_data_scanned_gb",
            "standard_infrequent_access.monthly_tier_1_requests",
            "standard_infrequent_access.monthly_tier_2_requests",
            "standard_infrequent_access.storage_gb",
        }
    ),
    "aws_secretsmanager_secret": frozenset(
        {
            "monthly_requests",
        }
    ),
    "aws_sns_topic": frozenset(
        {
            "email_subscriptions",
            "http_subscriptions",
            "kinesis_subscriptions",
            "macos_subscriptions",
            "mobile_push_subscriptions",
            "monthly_requests",
            "request_size_kb",
            "sms_notification_price",
            "sms_subscriptions",
        }
    ),
    "aws_spot_instance_request": frozenset({"monthly_cpu_credit_hrs", "monthly_hrs", "volume_size"}),
    "aws_sqs_queue": frozenset(
        {
            "monthly_requests",
            "request_size_kb",
        }
    ),
    "aws_ssm_parameter": frozenset(
        {
            "monthly_api_interactions",
            "parameter_storage_hrs",
        }
    ),
    "aws_vpc_endpoint": frozenset(
        {
            "monthly_data_processed_gb",
            "zones",
        }
    ),
    "aws_vpn_connection": frozenset(
        {
            "monthly_data_processed_gb",
        }
    ),
    "aws_wafv2_web_acl": frozenset(
        {
            "managed_rule_group_rules",
            "monthly_requests",
            "rule_group_rules",
        }
    ),
}
