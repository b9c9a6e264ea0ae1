locals {
  # What each table is exported with. AWS takes no "all columns"; a setting that is not named comes back by itself and fails the apply.
  export_tables = {
    COST_AND_USAGE_REPORT = {
      columns = [
        "bill_bill_type", "bill_billing_entity", "bill_billing_period_end_date", "bill_billing_period_start_date", "bill_invoice_id",
        "bill_payer_account_id", "cost_category", "discount", "discount_bundled_discount", "discount_total_discount",
        "identity_line_item_id", "identity_time_interval", "line_item_availability_zone", "line_item_currency_code",
        "line_item_line_item_description", "line_item_line_item_type", "line_item_net_unblended_cost",
        "line_item_normalized_usage_amount", "line_item_operation", "line_item_product_code", "line_item_resource_id",
        "line_item_unblended_cost", "line_item_unblended_rate", "line_item_usage_account_id", "line_item_usage_account_name",
        "line_item_usage_amount", "line_item_usage_end_date", "line_item_usage_start_date", "line_item_usage_type",
        "pricing_public_on_demand_cost", "pricing_public_on_demand_rate", "pricing_purchase_option", "pricing_term", "pricing_unit",
        "product", "product_instance_family", "product_instance_type", "product_product_family", "product_region_code",
        "product_servicecode", "product_sku", "reservation_amortized_upfront_cost_for_usage", "reservation_effective_cost",
        "reservation_recurring_fee_for_usage", "reservation_reservation_a_r_n", "reservation_unused_amortized_upfront_fee_for_billing_period",
        "reservation_unused_quantity", "reservation_unused_recurring_fee", "resource_tags",
        "savings_plan_amortized_upfront_commitment_for_billing_period", "savings_plan_recurring_commitment_for_billing_period",
        "savings_plan_savings_plan_a_r_n", "savings_plan_savings_plan_effective_cost", "savings_plan_savings_plan_rate",
        "savings_plan_total_commitment_to_date", "savings_plan_used_commitment",
      ]
      settings = {
        BILLING_VIEW_ARN                      = "arn:${local.partition}:billing::${local.account_id}:billingview/primary"
        INCLUDE_MANUAL_DISCOUNT_COMPATIBILITY = "FALSE"
        INCLUDE_RESOURCES                     = "TRUE"
        INCLUDE_SPLIT_COST_ALLOCATION_DATA    = "FALSE"
        TIME_GRANULARITY                      = "DAILY"
      }
    }
    FOCUS_1_2_AWS = {
      columns = [
        "AvailabilityZone", "BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType", "BillingCurrency",
        "BillingPeriodEnd", "BillingPeriodStart", "CapacityReservationId", "CapacityReservationStatus", "ChargeCategory", "ChargeClass",
        "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart", "CommitmentDiscountCategory",
        "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountQuantity", "CommitmentDiscountStatus",
        "CommitmentDiscountType", "CommitmentDiscountUnit", "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "ContractedUnitPrice",
        "EffectiveCost", "InvoiceId", "InvoiceIssuerName", "ListCost", "ListUnitPrice", "PricingCategory", "PricingCurrency",
        "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice", "PricingQuantity",
        "PricingUnit", "ProviderName", "PublisherName", "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType",
        "ServiceCategory", "ServiceName", "ServiceSubcategory", "SkuId", "SkuMeter", "SkuPriceDetails", "SkuPriceId", "SubAccountId",
        "SubAccountName", "SubAccountType", "Tags", "x_Discounts", "x_Operation", "x_ServiceCode",
      ]
      settings = { TIME_GRANULARITY = "DAILY" }
    }
  }
}

resource "aws_bcmdataexports_export" "this" {
  count    = var.export == null ? 0 : 1
  provider = aws.global

  tags = var.tags

  export {
    name        = var.name
    description = "Costs of the account, for ${var.name}"

    data_query {
      query_statement = join(" ", [
        "SELECT", join(", ", coalesce(var.export.columns, local.export_tables[var.export.table].columns)), "FROM", var.export.table,
      ])
      table_configurations = {
        (var.export.table) = merge(local.export_tables[var.export.table].settings, var.export.settings)
      }
    }

    destination_configurations {
      s3_destination {
        s3_bucket = aws_s3_bucket.export[0].id
        s3_prefix = "costs"
        s3_region = data.aws_region.current.name

        s3_output_configurations {
          compression = "PARQUET"
          format      = "PARQUET"
          output_type = "CUSTOM"
          overwrite   = "OVERWRITE_REPORT"
        }
      }
    }

    refresh_cadence {
      frequency = "SYNCHRONOUS"
    }
  }

  # AWS looks whether it may deliver before it takes the export.
  depends_on = [
    aws_s3_bucket_policy.export,
    aws_s3_bucket_server_side_encryption_configuration.export,
  ]
}

resource "aws_kms_key" "export" {
  count = var.export == null ? 0 : 1

  description             = "Exported costs of ${var.name}"
  deletion_window_in_days = var.kms_deletion_window_days
  enable_key_rotation     = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountAdministersThroughIam"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "BillingEncrypts"
        Effect    = "Allow"
        Principal = { Service = local.billing_services }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
    ]
  })
  tags = merge(var.tags, { Name = "${var.name}-costs" })
}
