# SPDX-License-Identifier: Apache-2.0
"""What acts need of the world, injected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.kube import Reader
from ansible_collections.applied_ai.platform.plugins.module_utils.kube_write import Send

# (service, region) → boto3 client.
Clients = Callable[[str, str], Any]


@dataclass(frozen=True)
class Tools:
    """A cluster to read and change, a cloud, and time."""

    reader: Reader
    send: Send
    clients: Clients
    # The wall clock, and one that only goes forward, in seconds.
    now: Callable[[], datetime]
    tick: Callable[[], float]
    sleep: Callable[[float], None]
    # Seconds that a drain may take, and that a deleted pod may take to vanish.
    drain_seconds: int = 900
    end_seconds: int = 30
    # Of the cloud; empty means what the node's label says.
    region: str = ""
