# SPDX-License-Identifier: Apache-2.0
"""The table of all rules about a cluster, room by room: each a pure function from what was seen to findings."""

from __future__ import annotations

from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Rule
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import (
    gpu,
    nodes,
    policy,
    releases,
    storage,
    workloads,
)

RULES: Final[tuple[Rule, ...]] = (
    *policy.RULES,
    *nodes.RULES,
    *gpu.RULES,
    *workloads.RULES,
    *storage.RULES,
    *releases.RULES,
)
