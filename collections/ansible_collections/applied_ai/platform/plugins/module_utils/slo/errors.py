# SPDX-License-Identifier: Apache-2.0
"""The error of everything that has to do with objectives."""

from __future__ import annotations

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError


class SloError(PlatformError):
    """An objective that cannot be used: one sentence with what is wrong, where it is set and what would be right."""
