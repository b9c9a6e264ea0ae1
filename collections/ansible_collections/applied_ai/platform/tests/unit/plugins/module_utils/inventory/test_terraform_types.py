# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.inventory import terraform_types

SOURCE = """
locals {
  type = "not a variable"
}

variable "node_groups" {
  description = "Groups."
  type = map(object({
    instance_types = list(string)
    disk_size      = optional(number, 50)
    taints = optional(list(object({
      key    = string
      effect = optional(string, "NO_SCHEDULE")
    })), [])
  }))
  default = { general = { instance_types = [] } }

  validation {
    condition     = alltrue([for group in var.node_groups : length(group.instance_types) > 0])
    error_message = "node_groups is empty."
  }
}

variable "labels" { type = map(string) }

variable "size" {
  type    = number
  default = 3
}

variable "anything" {}
"""


@pytest.fixture(scope="module")
def types() -> dict[str, terraform_types.Type]:
    return terraform_types.declared_types([SOURCE, 'variable "region" {\n  type = string\n}\n'])


def findings(variables, types):
    return terraform_types.key_findings(variables, types, lambda name: f"variables.{name}")


def test_variables_of_all_files_are_found(types):
    assert set(types) == {"node_groups", "labels", "size", "anything", "region"}
    assert set(types["node_groups"].element.attributes) == {"instance_types", "disk_size", "taints"}


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"size": 3, "region": "us-east-1", "labels": {"any": "thing"}, "anything": {"at": {"all": 1}}},
        {"node_groups": {"gpu": {"instance_types": ["g5.xlarge"], "taints": [{"key": "a", "effect": "b"}]}}},
        {"node_groups": None},
    ],
)
def test_sound_variables_pass(types, variables):
    assert findings(variables, types) == []


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"sizes": 3}, "variables.sizes is no variable of this Terraform root; did you mean size."),
        ({"colour": 3}, "variables.colour is no variable of this Terraform root; remove it."),
        (
            {"node_groups": {"gpu": {"disk_szie": 100}}},
            "variables.node_groups.gpu.disk_szie is no key that Terraform knows there; did you mean disk_size.",
        ),
        (
            {"node_groups": {"gpu": {"taints": [{"key": "a"}, {"spot": True}]}}},
            "variables.node_groups.gpu.taints[1].spot is no key that Terraform knows there; it takes effect, key.",
        ),
    ],
)
def test_what_terraform_would_drop_is_a_sentence(types, variables, sentence):
    assert findings(variables, types) == [sentence]
