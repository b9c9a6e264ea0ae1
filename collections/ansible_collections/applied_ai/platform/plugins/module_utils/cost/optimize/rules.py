# SPDX-License-Identifier: Apache-2.0
"""All rules, in the order in which their unknowns are told."""

from __future__ import annotations

from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize import (
    commitments,
    compute,
    network,
    storage,
)

RULES: Final = (*compute.RULES, *commitments.RULES, *network.RULES, *storage.RULES)
