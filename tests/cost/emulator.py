# SPDX-License-Identifier: Apache-2.0
"""The rehearsal's AWS emulator (MiniStack) alone: an empty account in a folder of its own, without a cluster."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from lab import emulator, processes, tools
from lab.paths import Paths
from lab.state import State, new_credentials
from support.api import free_port

REGION = "us-east-1"


@dataclass(frozen=True)
class Account:
    """The emulator's address and the credentials that a user of it has."""

    url: str
    environment: dict[str, str]

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            config=Config(s3={"addressing_style": "path"}),
        )


@contextmanager
def running(folder: Path) -> Iterator[Account]:
    """Run the emulator until the end of the block."""
    paths = Paths.from_environment({**os.environ, "LAB_DIR": str(folder)})
    key, secret = new_credentials()
    state = State(ports={"emulator": free_port(), "kube_apiserver": free_port()})
    state.access_key_id, state.secret_access_key = key, secret
    venv = tools.build_emulator(paths, logging.getLogger(__name__).info)
    paths.logs.mkdir(parents=True)
    emulator.start(paths, state, venv)
    try:
        emulator.wait(paths, state)
        yield Account(emulator.endpoint(state), {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret})
    finally:
        processes.stop(state.processes["emulator"])
