# SPDX-License-Identifier: Apache-2.0
"""What of a planned environment stops costing when it is stopped."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Estimate

# Nodes go with their disks. A database that is stopped keeps its storage, which costs on.
WHOLE: Final = frozenset({"aws_eks_node_group"})
BY_HOUR: Final = frozenset({"aws_db_instance", "aws_docdb_cluster_instance", "aws_rds_cluster_instance"})
HOUR: Final = "hour"


def stoppable(estimate: Estimate) -> Decimal:
    """Return what nodes and running databases cost in a month, in dollars.

    Raises:
        CostError: The estimate is in another currency.

    """
    if estimate.resources and estimate.currency != "USD":
        raise CostError(f"The plan is priced in {estimate.currency}; savings are told in USD alone.")
    return sum(
        (
            part.monthly
            for one in estimate.resources
            for part in one.components
            if one.type in WHOLE or (one.type in BY_HOUR and part.unit == HOUR)
        ),
        Decimal(0),
    )
