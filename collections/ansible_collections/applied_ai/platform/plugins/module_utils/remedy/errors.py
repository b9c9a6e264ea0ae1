# SPDX-License-Identifier: Apache-2.0
"""Errors of remediation."""

from __future__ import annotations

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError


class RemedyError(PlatformError):
    """Nothing can be decided, so that nothing is done."""
