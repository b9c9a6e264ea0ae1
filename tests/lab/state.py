# SPDX-License-Identifier: Apache-2.0
"""What a lab remembers between commands: ports, credentials, processes."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lab.errors import LabError


@dataclass(frozen=True)
class Process:
    """A process that the lab started, told from a later owner of the same pid by its start time."""

    pid: int
    started: int
    command: str


@dataclass
class State:
    """The content of state.json."""

    ports: dict[str, int] = field(default_factory=dict)
    access_key_id: str = ""
    secret_access_key: str = ""
    region: str = "us-east-1"
    processes: dict[str, Process] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> State:
        """Read state.json; a lab never started has an empty state."""
        raw = read_json(path)
        if raw is None:
            return cls()
        try:
            processes = {name: Process(**entry) for name, entry in raw.pop("processes").items()}
            return cls(processes=processes, **raw)
        except (KeyError, TypeError, AttributeError) as error:
            raise LabError(f"{path} is not a lab's state ({error}): remove the folder with `lab clean`.") from error

    def save(self, path: Path) -> None:
        """Write state.json."""
        write_json(path, asdict(self))


def new_credentials() -> tuple[str, str]:
    """Make an access key of AWS's shape for one lab; the emulator takes any."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "AKIA" + "".join(secrets.choice(alphabet) for _ in range(16)), secrets.token_urlsafe(30)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the file's object, or None where there is no file."""
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except json.JSONDecodeError as error:
        raise LabError(f"{path} is not valid JSON ({error}): remove the folder with `lab clean`.") from error
    if not isinstance(content, dict):
        raise LabError(f"{path} does not hold a JSON object: remove the folder with `lab clean`.")
    return content


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace the file in one step, readable by its owner only: it may hold credentials."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True) + "\n")


def write_text(path: Path, content: str) -> None:
    """Replace a file in one step, mode 0600."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as stream:
        stream.write(content)
    Path(name).replace(path)


@contextmanager
def locked(path: Path, waiting: str) -> Iterator[None]:
    """Hold an exclusive lock on a file; say why we wait if somebody else holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(waiting, flush=True)
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
