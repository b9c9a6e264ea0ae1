# SPDX-License-Identifier: Apache-2.0
"""The one error that the lab reports as a sentence instead of a traceback."""

from __future__ import annotations


class LabError(Exception):
    """What was wrong, where it is set and what would be right, in one sentence."""
