resource "aws_dynamodb_table" "this" {
  for_each = var.dynamodb_tables

  name                        = "${var.name}-${each.key}"
  billing_mode                = each.value.billing_mode
  read_capacity               = each.value.read_capacity
  write_capacity              = each.value.write_capacity
  hash_key                    = each.value.hash_key.name
  range_key                   = try(each.value.range_key.name, null)
  deletion_protection_enabled = var.deletion_protection

  # Replicas are fed from the stream.
  stream_enabled   = length(each.value.replicas) > 0
  stream_view_type = length(each.value.replicas) > 0 ? "NEW_AND_OLD_IMAGES" : null

  dynamic "attribute" {
    for_each = merge(
      { (each.value.hash_key.name) = each.value.hash_key.type },
      { for key in each.value.range_key[*] : key.name => key.type },
      each.value.attributes,
    )

    content {
      name = attribute.key
      type = attribute.value
    }
  }

  dynamic "global_secondary_index" {
    for_each = each.value.global_secondary_indexes

    content {
      name               = global_secondary_index.key
      hash_key           = global_secondary_index.value.hash_key
      range_key          = global_secondary_index.value.range_key
      projection_type    = global_secondary_index.value.projection_type
      non_key_attributes = global_secondary_index.value.non_key_attributes
      read_capacity      = each.value.read_capacity
      write_capacity     = each.value.write_capacity
    }
  }

  dynamic "ttl" {
    for_each = each.value.ttl_attribute[*]

    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.databases.arn
  }

  dynamic "replica" {
    for_each = each.value.replicas

    content {
      region_name            = replica.key
      kms_key_arn            = coalesce(replica.value.kms_key_arn, aws_kms_key.replica[0].arn)
      point_in_time_recovery = true
      propagate_tags         = true
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  lifecycle {
    precondition {
      condition     = alltrue([for region, replica in each.value.replicas : region == data.aws_region.replica.name || replica.kms_key_arn != null])
      error_message = "dynamodb_tables[\"${each.key}\"] has replicas in ${join(", ", keys(each.value.replicas))}; the module has a key in ${data.aws_region.replica.name} only, give kms_key_arn for every other region."
    }
  }
}
