# SPDX-License-Identifier: Apache-2.0
"""Where a lab keeps its things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parent
REPOSITORY = SOURCE.parent.parent


@dataclass(frozen=True)
class Paths:
    """The folders and files of one lab; nothing is created by asking for them."""

    dir: Path
    cache: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Paths:
        """Read LAB_DIR and LAB_CACHE, or take the documented defaults."""
        home_cache = Path(environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "/")) / ".cache")
        directory = Path(environ.get("LAB_DIR") or REPOSITORY / ".lab")
        cache = Path(environ.get("LAB_CACHE") or home_cache / "applied-ai-platform")
        return cls(dir=directory.expanduser().absolute(), cache=cache.expanduser().absolute())

    @property
    def bin(self) -> Path:
        """Folder of the tools (links into the cache)."""
        return self.dir / "bin"

    @property
    def charts(self) -> Path:
        """Folder of the packaged stand-in charts."""
        return self.dir / "charts"

    @property
    def logs(self) -> Path:
        """Folder of the processes' logs."""
        return self.dir / "logs"

    @property
    def kwok_workdir(self) -> Path:
        """KWOK_WORKDIR of this lab."""
        return self.dir / "kwok"

    @property
    def cluster(self) -> Path:
        """The kwokctl cluster's own folder: configuration, PKI, pids, etcd data."""
        return self.kwok_workdir / "clusters" / "lab"

    @property
    def kubeconfig(self) -> Path:
        """Administrator's kubeconfig with its certificates embedded."""
        return self.dir / "kubeconfig"

    @property
    def facts(self) -> Path:
        """lab.json: what inventories/local reads."""
        return self.dir / "lab.json"

    @property
    def state(self) -> Path:
        """Ports, credentials and processes of this lab."""
        return self.dir / "state.json"

    @property
    def faults(self) -> Path:
        """Register of the injected faults; the agent and the proxies read it."""
        return self.dir / "faults.json"

    @property
    def memory(self) -> Path:
        """The memory sampler's current and peak values."""
        return self.dir / "memory.json"

    @property
    def heartbeat(self) -> Path:
        """Touched by the agent after each turn."""
        return self.dir / "agent.heartbeat"

    @property
    def terraformrc(self) -> Path:
        """Terraform CLI configuration naming a filesystem mirror, if one was found."""
        return self.dir / "terraformrc"

    @property
    def emulator(self) -> Path:
        """The emulator's own data: state, buckets and temporary files."""
        return self.dir / "emulator"
