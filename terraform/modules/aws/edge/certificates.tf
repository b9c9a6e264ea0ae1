locals {
  regional_certificates = { for key, certificate in var.certificates : key => certificate if !certificate.global }
  global_certificates   = { for key, certificate in var.certificates : key => certificate if certificate.global }

  certificates = merge(aws_acm_certificate.regional, aws_acm_certificate.global)

  # What a domain is validated with is the same for its wildcard, and for every certificate of the account: one record each,
  # keyed by what is known before a certificate is there.
  validations = {
    for domain, uses in {
      for use in flatten([
        for key, certificate in var.certificates : [
          for name in distinct(concat([certificate.domain_name], tolist(certificate.subject_alternative_names))) :
          { certificate = key, name = name, zone = certificate.zone }
        ]
      ]) : trimprefix(use.name, "*.") => use...
    } : domain => uses[0]
  }
  validation_options = {
    for domain, use in local.validations : domain => one([
      for option in local.certificates[use.certificate].domain_validation_options : option if option.domain_name == use.name
    ])
  }
  validation_fqdns = {
    for key, certificate in var.certificates : key => distinct([
      for name in concat([certificate.domain_name], tolist(certificate.subject_alternative_names)) :
      aws_route53_record.validation[trimprefix(name, "*.")].fqdn
    ])
  }

  # Known once the certificate is valid.
  certificate_arns = {
    for key, validation in merge(aws_acm_certificate_validation.regional, aws_acm_certificate_validation.global) :
    key => validation.certificate_arn
  }
}

resource "aws_acm_certificate" "regional" {
  for_each = local.regional_certificates

  domain_name               = each.value.domain_name
  subject_alternative_names = each.value.subject_alternative_names
  key_algorithm             = each.value.key_algorithm
  validation_method         = "DNS"
  tags                      = merge(var.tags, { Name = "${var.name}-${each.key}" })

  lifecycle {
    create_before_destroy = true
  }
}

# CloudFront takes certificates of one region only.
resource "aws_acm_certificate" "global" {
  for_each = local.global_certificates
  provider = aws.global

  domain_name               = each.value.domain_name
  subject_alternative_names = each.value.subject_alternative_names
  key_algorithm             = each.value.key_algorithm
  validation_method         = "DNS"
  tags                      = merge(var.tags, { Name = "${var.name}-${each.key}" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "validation" {
  for_each = local.validations

  zone_id = local.zone_ids[each.value.zone]
  name    = local.validation_options[each.key].resource_record_name
  type    = local.validation_options[each.key].resource_record_type
  records = [local.validation_options[each.key].resource_record_value]
  ttl     = 300

  # The same domain in another region of the account has the same record.
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "regional" {
  for_each = local.regional_certificates

  certificate_arn         = aws_acm_certificate.regional[each.key].arn
  validation_record_fqdns = local.validation_fqdns[each.key]
}

resource "aws_acm_certificate_validation" "global" {
  for_each = local.global_certificates
  provider = aws.global

  certificate_arn         = aws_acm_certificate.global[each.key].arn
  validation_record_fqdns = local.validation_fqdns[each.key]
}
