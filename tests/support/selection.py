# SPDX-License-Identifier: Apache-2.0
"""A platform with the add-ons that services and nodes need, and no more.

All of them together have a test of their own (tests/site/test_addons.py), and `make site` installs all.
"""

from __future__ import annotations

import json

from contract import house

# What the services of the rehearsal ask for: kinds, classes, metrics, GPUs, teams with queues.
KEPT = {
    "admission_policies",
    "cert_manager",
    "dcgm_exporter",
    "gateway_api",
    "kube_prometheus_stack",
    "kueue",
    "metrics_server",
    "network_policies",
    "node_feature_discovery",
    "nvidia_device_plugin",
    "priority_classes",
    "storage_classes",
    "team",
}


def arguments() -> list[str]:
    """Return the arguments that leave the other add-ons out."""
    catalogue = house.load(house.ROLES / "addon/vars/main.yml")["addon_catalogue"]
    assert set(catalogue) >= KEPT
    absent = {f"{role}_state": "absent" for role in catalogue if role not in KEPT}
    choices = {"addon_mesh": "none", "addon_log_collector": "none", "addon_node_autoscaler": "none"}
    return ["-e", json.dumps(absent | choices)]
