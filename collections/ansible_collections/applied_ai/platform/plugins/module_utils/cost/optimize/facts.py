# SPDX-License-Identifier: Apache-2.0
"""What is known of an environment, as values.

None is "nobody knows", which is not nought; a source that could not be asked is listed in ``Facts.unknown``. Sizes in
GB, shares from 0 to 1, moments in ISO 8601, all numbers exact.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.money import decimal_of

Tags = Mapping[str, str]


@dataclass(frozen=True)
class Unknown:
    """What could not be looked at or priced, and why: no finding there does not mean that there is none."""

    source: str
    reason: str


@dataclass(frozen=True)
class Volume:
    """An EBS volume; ``throughput_peak`` in MiB/s."""

    id: str
    kind: str
    size_gb: int
    attached: bool
    created: str = ""
    iops: int = 0
    throughput_peak: Decimal | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class Address:
    """A public IPv4 address of the account."""

    id: str
    address: str
    attached: bool
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """A snapshot of a volume; ``size_gb`` is the volume's size, the most that it can take."""

    id: str
    size_gb: int
    created: str
    image: str = ""
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class NodeGroup:
    """Nodes of one kind; shares used are means of the time looked at, ``interruptible`` says that work may stop."""

    name: str
    instance_type: str
    desired: int
    minimum: int = 0
    capacity: str = "ON_DEMAND"
    cpu_used: Decimal | None = None
    memory_used: Decimal | None = None
    gpu_used: Decimal | None = None
    interruptible: bool | None = None
    egress_gb: Decimal | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class Gateway:
    """A NAT gateway with the GB it passed in a month, and how many of them to which AWS service."""

    id: str
    vpc: str
    zones: int
    gb_month: Decimal | None = None
    gb_by_service: Mapping[str, Decimal] | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """An endpoint of a VPC; ``service`` is the last part of its name, such as s3 or ecr.dkr."""

    id: str
    vpc: str
    service: str


@dataclass(frozen=True)
class Bucket:
    """A bucket; ``cold_gb`` was not read for 30 days, ``multipart_gb`` belongs to uploads that were never ended."""

    name: str
    standard_gb: Decimal | None = None
    cold_gb: Decimal | None = None
    cold_objects: int = 0
    multipart_gb: Decimal | None = None
    lifecycle: bool = False
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class LogGroup:
    """A log group; ``retention_days`` 0 keeps for ever, ``ingest_gb`` is a month's, stored."""

    name: str
    stored_gb: Decimal
    retention_days: int
    ingest_gb: Decimal | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class Database:
    """A database instance of RDS; the peaks are the greatest shares over the time looked at."""

    name: str
    instance_class: str
    engine: str = "postgres"
    multi_az: bool = False
    cpu_peak: Decimal | None = None
    memory_peak: Decimal | None = None
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class Workload:
    """What pods ask for and what was recommended, each per pod: CPU in cores, memory in GiB."""

    namespace: str
    name: str
    replicas: int
    cpu: Decimal
    memory_gib: Decimal
    cpu_recommended: Decimal | None = None
    memory_recommended: Decimal | None = None
    node_type: str = ""
    source: str = ""
    team: str = ""


@dataclass(frozen=True)
class Usage:
    """How many instances of a type ran on demand in each hour of the history."""

    instance_type: str
    hourly: tuple[int, ...]
    team: str = ""


@dataclass(frozen=True)
class Environment:
    """An environment, what of it could be stopped (dollars a month), and whether that has a schedule."""

    name: str
    stoppable_monthly: Decimal | None = None
    scheduled: bool = False
    tags: Tags = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """Everything that is known of one region of one account, and the clusters in it."""

    region: str
    as_of: str
    provider: str = "aws"
    volumes: tuple[Volume, ...] = ()
    addresses: tuple[Address, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    node_groups: tuple[NodeGroup, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    log_groups: tuple[LogGroup, ...] = ()
    databases: tuple[Database, ...] = ()
    workloads: tuple[Workload, ...] = ()
    usage: tuple[Usage, ...] = ()
    environments: tuple[Environment, ...] = ()
    terraform: tuple[str, ...] = ()
    unknown: tuple[Unknown, ...] = ()


def load(path: Path) -> Facts:
    """Read a facts file.

    Raises:
        CostError: It is not JSON, or something in it is of another kind; the sentence names the place.

    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise CostError(f"Failed to read the facts in {path}: {error}. It must be a JSON object.") from error
    return read(Facts, data, str(path))


def read[T](kind: type[T], data: object, where: str) -> T:
    """Return a dataclass of plain data; keys that it has not, and values of another kind, are errors."""
    if not isinstance(data, Mapping):
        raise CostError(f"{where} is {type(data).__name__}; it must be an object.")
    fields = {one.name: one for one in dataclasses.fields(kind)}  # type: ignore[arg-type]
    if strange := sorted(set(data) - set(fields)):
        raise CostError(f"{where} has {', '.join(strange)}, which is not known; known are {', '.join(fields)}.")
    required = [
        name
        for name, one in fields.items()
        if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
    ]
    if missing := [name for name in required if name not in data]:
        raise CostError(f"{where} lacks {', '.join(missing)}.")
    hints = typing.get_type_hints(kind)
    return kind(**{name: value_of(hints[name], value, f"{where}, {name}") for name, value in data.items()})


def value_of(hint: Any, value: object, where: str) -> object:  # noqa: ANN401  a type as typing tells it
    """Return a value as its type hint wants it."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        return None if value is None else value_of(arguments[0], value, where)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise CostError(f"{where} is {value!r}; it must be a list.")
        return tuple(value_of(arguments[0], one, f"{where}[{place}]") for place, one in enumerate(value))
    if hint == Tags or (origin is not None and issubclass(origin, Mapping)):
        if not isinstance(value, Mapping):
            raise CostError(f"{where} is {value!r}; it must be an object.")
        return {str(name): value_of(arguments[1], one, f"{where}, {name}") for name, one in value.items()}
    return _leaf(hint, value, where)


def _leaf(hint: Any, value: object, where: str) -> object:  # noqa: ANN401  see value_of
    if dataclasses.is_dataclass(hint):
        return value if isinstance(value, hint) else read(hint, value, where)  # type: ignore[arg-type]
    if hint is Decimal:
        number = decimal_of(value, where)
        if number < 0:
            raise CostError(f"{where} is {number}; it must not be negative.")
        return number
    if not isinstance(value, hint) or (hint is int and (isinstance(value, bool) or value < 0)):
        raise CostError(f"{where} is {value!r}; it must be {'an int from 0 up' if hint is int else hint.__name__}.")
    return value
