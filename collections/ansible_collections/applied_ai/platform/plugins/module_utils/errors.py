# SPDX-License-Identifier: Apache-2.0
"""The one base of this collection's errors."""

from __future__ import annotations


class PlatformError(Exception):
    """Something failed in a way that an operator can act on.

    ``message`` is one sentence: what was wrong, where it is set, what would be right.
    ``details`` goes into the module's result beside ``msg``.
    """

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class HealthError(PlatformError):
    """A cluster could not be looked at."""
