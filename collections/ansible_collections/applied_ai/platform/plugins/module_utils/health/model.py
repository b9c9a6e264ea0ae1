# SPDX-License-Identifier: Apache-2.0
"""What health is made of: what should be, what was seen, and what the one says about the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError

Json = dict[str, Any]


class Status(Enum):
    """Outcome of one check."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    EXCEPTED = "excepted"
    OK = "ok"


class Severity(Enum):
    """What a failed check does to the platform."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


class Verdict(Enum):
    """The one word over all checks."""

    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"
    HEALTHY = "healthy"


@dataclass(frozen=True)
class Check:
    """One line of the result."""

    id: str
    status: Status
    severity: Severity
    subject: str
    seen: str
    expected: str
    since: str = ""
    advice: str = ""
    runbook: str = ""

    def to_json(self) -> Json:
        """Return plain data."""
        return {**asdict(self), "status": self.status.value, "severity": self.severity.value}


@dataclass(frozen=True)
class Known:
    """A check that no rule makes: its name, how bad it is, and what to do."""

    id: str
    severity: Severity
    advice: str

    @property
    def runbook(self) -> str:
        """Where the way out is written down."""
        return f"docs/runbooks/{self.id}.md"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be."""

    subject: str
    seen: str
    expected: str
    since: str = ""
    # Empty means the rule's own.
    advice: str = ""
    severity: Severity | None = None


@dataclass(frozen=True)
class Outcome:
    """What a rule found; ``summary`` is what an operator reads when there is nothing to find."""

    summary: str
    expected: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A kind that could not be listed, and why."""

    reason: str


@dataclass(frozen=True)
class Snapshot:
    """Everything that was read from the cluster, kind by kind."""

    version: str | Unreadable
    kinds: Mapping[str, list[Json] | Unreadable]

    def __getitem__(self, kind: str) -> list[Json]:
        """Return a kind's objects; a rule asks only for what it declared to need."""
        objects = self.kinds[kind]
        if isinstance(objects, Unreadable):
            raise HealthError(objects.reason)
        return objects

    def unreadable(self, kinds: tuple[str, ...]) -> str:
        """Return why one of these kinds could not be read, or an empty string."""
        return next((found.reason for kind in kinds if isinstance(found := self.kinds[kind], Unreadable)), "")


@dataclass(frozen=True)
class ExpectedGroup:
    """What Terraform promised of a node group."""

    count: int
    gpus_per_node: int = 0
    # In how many zones its nodes must stand; 0 and 1 are not judged.
    zones: int = 0


def expected_group(name: str, data: object) -> ExpectedGroup:
    """Read one entry of ``node_groups``."""
    numbers = {**asdict(ExpectedGroup(0)), **data} if isinstance(data, dict) else {}
    known = numbers.keys() == asdict(ExpectedGroup(0)).keys()
    if not known or not all(isinstance(number, int) and number >= 0 for number in numbers.values()):
        msg = f"expected.node_groups.{name} is {data!r}; give count, gpus_per_node and zones as numbers from 0 on."
        raise HealthError(msg)
    return ExpectedGroup(**numbers)


@dataclass(frozen=True)
class ExpectedGpus:
    """What was bought of GPUs in a node group, and how they are to be shared."""

    count: int
    gpus_per_node: int
    model: str = ""
    resource: str = "nvidia.com/gpu"
    # How many of ``resource`` a GPU is: time slices, or slices of MIG.
    replicas: int = 1
    mig_config: str = ""
    driver: str = ""
    cuda: str = ""
    tainted: bool = False

    @property
    def total(self) -> int:
        """How many of ``resource`` all nodes together have."""
        return self.count * self.gpus_per_node * self.replicas


def expected_gpus(name: str, data: Mapping[str, Any]) -> ExpectedGpus:
    """Read one entry of ``gpu_groups``."""
    group = ExpectedGpus(**{key: value for key, value in data.items() if value is not None})
    if group.count < 0 or group.gpus_per_node < 1 or group.replicas < 1:
        msg = (
            f"expected.gpu_groups.{name} is {dict(data)!r}; give count from 0 on, gpus_per_node and replicas from 1 on."
        )
        raise HealthError(msg)
    return group


@dataclass(frozen=True)
class ExpectedWorkload:
    """A workload that must be there."""

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True)
class ExpectedService:
    """A service that must be there."""

    name: str
    namespace: str
    kind: str = "Deployment"
    # Its Service, where that has another name.
    service: str = ""

    @property
    def key(self) -> str:
        """``namespace/name`` of its workload."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class Expected:
    """What should be there."""

    node_groups: Mapping[str, ExpectedGroup] = field(default_factory=dict)
    workloads: tuple[ExpectedWorkload, ...] = ()
    node_group_label: str = "eks.amazonaws.com/nodegroup"
    # Seconds for which a pod may wait or end before that counts.
    grace: int = 60
    gpu_groups: Mapping[str, ExpectedGpus] = field(default_factory=dict)
    services: tuple[ExpectedService, ...] = ()
    # Targets of the blackbox exporter.
    probes: tuple[str, ...] = ()
    # Seconds within which an address must answer.
    slowest: float = 2.0
    # ``namespace/name`` of Helm releases, and the pinned version of charts.
    releases: tuple[str, ...] = ()
    charts: Mapping[str, str] = field(default_factory=dict)
    # Keys of taints that pods with GPUs tolerate.
    tolerated: tuple[str, ...] = ("nvidia.com/gpu",)
    # Percent of all GPUs that may be idle before that is a finding.
    idle_limit: int = 100
    # Price of an hour by instance type, in ``currency``.
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    currency: str = "USD"

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Expected:
        """Read the module's option ``expected``."""
        groups = {str(name): expected_group(name, group) for name, group in (data.get("node_groups") or {}).items()}
        workloads = tuple(
            ExpectedWorkload(item["kind"], item["namespace"], item["name"]) for item in data.get("workloads") or []
        )
        return cls(
            groups,
            workloads,
            data.get("node_group_label") or cls.node_group_label,
            cls.grace if data.get("grace") is None else int(data["grace"]),
        )


@dataclass(frozen=True)
class Rule:
    """One row of the table."""

    id: str
    severity: Severity
    needs: tuple[str, ...]
    evaluate: Callable[[Snapshot, Expected, datetime], Outcome]
    advice: str

    @property
    def runbook(self) -> str:
        """Where the way out is written down."""
        return f"docs/runbooks/{self.id}.md"
