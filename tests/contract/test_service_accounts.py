# SPDX-License-Identifier: Apache-2.0
"""The roles that Terraform makes for controllers are those that the add-ons' service accounts bear."""

from __future__ import annotations

import json
import re

import pytest
from contract import charts, house

MODULES = house.REPO / "terraform/modules/aws"
CATALOGUE = house.load(house.ROLES / "addon/vars/main.yml")["addon_catalogue"]
ARN = "arn:aws:iam::123456789012:role/of-this-add-on"


# An object for each controller: a key of the module identity's presets, a variable of the module autoscaling.
PLACES = {
    "identity": r"^    (\w+) = optional\(object\(\{\n(.*?)^    \}\)\)",
    "autoscaling": r'^variable "(\w+)" \{(.*?)^\}',
}


def controllers() -> dict[str, tuple[str, str]]:
    """Return namespace and service account for which Terraform makes a role, by add-on."""
    found = {}
    for module, pattern in PLACES.items():
        text = (MODULES / module / "variables.tf").read_text()
        for name, body in re.findall(pattern, text, re.DOTALL | re.MULTILINE):
            given = dict(re.findall(r'(namespace|service_account) +=\s+optional\(string, "([\w-]+)"\)', body))
            if len(given) == 2:
                found[name] = (given["namespace"], given["service_account"])
    return found


CONTROLLERS = controllers()


def test_there_are_controllers() -> None:
    assert {"velero", "external_secrets", "karpenter", "cluster_autoscaler", "elastic_stack"} <= CONTROLLERS.keys()


@pytest.mark.parametrize("role", sorted(CONTROLLERS))
def test_the_role_is_for_the_add_ons_own_service_account(role: str) -> None:
    assert role in CATALOGUE
    namespace, account = CONTROLLERS[role]
    assert house.options(role)[f"{role}_namespace"]["default"] == namespace
    keys = ("addon_values", "addon_objects")
    found = [one for key in keys for one in charts.rendered(role, {"addon_role_arns": {role: ARN}}, key)]
    assert ARN in json.dumps(found), f"the service account {account} would not bear its role"
