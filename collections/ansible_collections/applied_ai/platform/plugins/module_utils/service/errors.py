# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with services."""

from __future__ import annotations

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError


class ServiceError(PlatformError):
    """A service is defined wrongly, or did not come up."""
