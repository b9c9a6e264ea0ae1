locals {
  # NVIDIA GPUs of the instance types that have more than one; every other type of the families g and p counts as one.
  # The autoscaler learns from it what a group without nodes would bring. node_groups.<name>.gpus speaks for types not known here.
  gpus_by_type = {
    "g4dn.12xlarge"    = 4
    "g4dn.metal"       = 8
    "g5.12xlarge"      = 4
    "g5.24xlarge"      = 4
    "g5.48xlarge"      = 8
    "g5g.16xlarge"     = 2
    "g5g.metal"        = 2
    "g6.12xlarge"      = 4
    "g6.24xlarge"      = 4
    "g6.48xlarge"      = 8
    "g6e.12xlarge"     = 4
    "g6e.24xlarge"     = 4
    "g6e.48xlarge"     = 8
    "p3.16xlarge"      = 8
    "p3.8xlarge"       = 4
    "p3dn.24xlarge"    = 8
    "p4d.24xlarge"     = 8
    "p4de.24xlarge"    = 8
    "p5.48xlarge"      = 8
    "p5e.48xlarge"     = 8
    "p5en.48xlarge"    = 8
    "p6-b200.48xlarge" = 8
  }

  gpu_families = yamldecode(file("${path.module}/gpu_families.yml"))

  # Network cards with EFA of the instance types that have more than one. node_groups.<name>.efa_interfaces speaks for types not known here.
  efa_cards_by_type = {
    "g6e.24xlarge"     = 2
    "g6e.48xlarge"     = 4
    "p4d.24xlarge"     = 4
    "p4de.24xlarge"    = 4
    "p5.48xlarge"      = 32
    "p5e.48xlarge"     = 32
    "p5en.48xlarge"    = 16
    "p6-b200.48xlarge" = 8
  }
}
