# SPDX-License-Identifier: Apache-2.0
"""The error of everything that has to do with money."""

from __future__ import annotations


class CostError(Exception):
    """Money that cannot be told: one sentence with what is wrong, where it is set and what would be right."""


class BookError(CostError):
    """A price book that is damaged: no gap in an estimate, since its other prices are not to be trusted either."""
