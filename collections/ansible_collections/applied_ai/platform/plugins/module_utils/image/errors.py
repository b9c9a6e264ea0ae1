# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with images."""

from __future__ import annotations

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError


class ImageError(PlatformError):
    """An image could not be planned, built, found or written."""
