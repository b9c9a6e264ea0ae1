# SPDX-License-Identifier: Apache-2.0
"""What the inventories hand to Terraform, platform by platform."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.vars.manager import VariableManager
from terraform.interface import REPOSITORY

INVENTORIES = REPOSITORY / "inventories"
# The edge needs a domain, which no inventory of ours can have: it is planned for each platform all the same.
EDGE: dict[str, Any] = {
    "zones": {"main": {"domain_name": "ai.example.com"}},
    "certificates": {
        "main": {"domain_name": "ai.example.com", "zone": "main"},
        "cdn": {"domain_name": "ai.example.com", "zone": "main", "global": True},
    },
    "load_balancers": {
        "public": {"certificate": "main", "target_groups": {"api": {"port": 8443}}, "redirect_http": True},
        "internal": {
            "certificate": "main",
            "internal": True,
            "type": "network",
            "target_groups": {"grpc": {"port": 8443}},
        },
    },
    "cdn": {
        "aliases": ["ai.example.com"],
        "certificate": "cdn",
        "default_origin": "api",
        "origins": {"api": {"domain_name": "origin.ai.example.com"}},
    },
    "health_checks": {"api": {"fqdn": "ai.example.com", "path": "/health"}},
    "records": {
        "api": {"name": "ai.example.com", "zone": "main", "cdn": True},
        "origin": {"name": "origin.ai.example.com", "zone": "main", "load_balancer": "public"},
    },
}


def all_platforms() -> list[tuple[str, str]]:
    """Return inventory and host of every platform."""
    return [(path.name, host) for path in sorted(INVENTORIES.iterdir()) for host in platforms(path.name)]


def platforms(inventory: str) -> list[str]:
    """Return the hosts of an inventory."""
    return sorted(host.name for host in _manager(INVENTORIES / inventory)[0].get_hosts())


def variables(inventory: str, host: str) -> dict[str, Any]:
    """Return the Terraform variables of a platform as the role terraform_stack writes them."""
    manager, loader = _manager(INVENTORIES / inventory)
    known = VariableManager(loader=loader, inventory=manager).get_vars(host=manager.get_host(host))
    given: dict[str, Any] = Templar(loader=loader, variables=known).template(known["terraform_stack_variables"])
    base = {name: known[f"platform_{name}"] for name in ("environment", "region")}
    return {"project": "applied-ai", **base, **given}


def _manager(path: Path) -> tuple[InventoryManager, DataLoader]:
    loader = DataLoader()
    return InventoryManager(loader=loader, sources=[str(path)]), loader
