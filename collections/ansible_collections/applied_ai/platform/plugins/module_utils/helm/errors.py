# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with releases and charts."""

from __future__ import annotations

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError


class HelmError(PlatformError):
    """A release or a chart could not be read, compared or changed."""
