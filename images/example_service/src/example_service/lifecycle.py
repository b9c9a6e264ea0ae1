# SPDX-License-Identifier: Apache-2.0
"""From the start to the end: when the service is ready, when it is healthy, when it may go."""

from __future__ import annotations

from collections.abc import Callable

from example_service.settings import Settings


class Lifecycle:
    """Where the process stands between its start and its end."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._began = clock()
        self._told_to_end: float | None = None
        # Faults that a test switches on and off.
        self.forced_unready = False
        self.forced_unhealthy = False

    def end(self) -> None:
        """Begin to end; a second word hurries nothing."""
        if self._told_to_end is None:
            self._told_to_end = self._clock()

    @property
    def ending(self) -> bool:
        """Whether it was told to end."""
        return self._told_to_end is not None

    @property
    def drained(self) -> bool:
        """Whether callers have had the time to go elsewhere."""
        return self._told_to_end is not None and self._clock() - self._told_to_end >= self._settings.drain_seconds

    @property
    def started(self) -> bool:
        """Whether what it loads at the start is loaded."""
        return self._clock() - self._began >= self._settings.startup_seconds

    @property
    def ready(self) -> bool:
        """Whether it wants requests."""
        return self.started and not self.ending and not self.forced_unready

    @property
    def healthy(self) -> bool:
        """Whether it can go on; false asks for a restart."""
        return not self.forced_unhealthy

    @property
    def breaks_down(self) -> bool:
        """Whether the time of the fault CRASH_AFTER has come."""
        return 0 < self._settings.crash_after <= self._clock() - self._began

    def not_ready_because(self) -> str:
        """Say in a word why it wants no requests."""
        if self.ending:
            return "ending"
        return "starting" if not self.started else "unready"
