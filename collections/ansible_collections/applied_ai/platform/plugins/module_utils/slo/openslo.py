# SPDX-License-Identifier: Apache-2.0
"""OpenSLO v1 documents as objectives; what of it the platform does not do is refused with a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.slo.errors import SloError
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.indicator import compiled, finite, mapping
from ansible_collections.applied_ai.platform.plugins.module_utils.slo.model import MINIMUM_FAILURES, Slo

Json = Mapping[str, Any]

VERSION: Final = "openslo/v1"
USED: Final = ("SLO", "SLI")
# Known to OpenSLO; nothing of the platform depends on them.
PLAIN: Final = ("Service", "DataSource")
MINIMUM_KEY: Final = "applied-ai.platform/minimum-failures"
NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
DURATION: Final = re.compile(r"([1-9]\d{0,3})([dw])")
SPEC_KEYS: Final = frozenset(
    {"description", "service", "indicator", "indicatorRef", "timeWindow", "budgetingMethod", "objectives"}
)
OBJECTIVE_KEYS: Final = frozenset({"displayName", "op", "value", "target", "targetPercent", "timeSliceWindow"})
LEAST_DAYS: Final = 28
MOST_DAYS: Final = 90
LOOSEST: Final = 0.5


def read(documents: object) -> list[Slo]:
    """Return the objectives in documents, sorted by name.

    Args:
        documents: Parsed OpenSLO v1 documents: SLO and SLI; Service and DataSource are allowed beside them.

    Raises:
        SloError: A document is none, or asks for what is not done here.

    """
    if isinstance(documents, str | bytes | Mapping) or not isinstance(documents, Iterable):
        raise SloError("Objectives must be a list of OpenSLO documents, each with apiVersion, kind, metadata and spec.")
    found = [(document(item, f"objectives[{number}]")) for number, item in enumerate(documents)]
    slis = {name: item["spec"] for kind, name, item in found if kind == "SLI"}
    slos = [objective(item, slis) for kind, _name, item in found if kind == "SLO"]
    require_once([(kind, name) for kind, name, _item in found])
    return sorted(slos, key=lambda slo: slo.name)


def document(item: object, where: str) -> tuple[str, str, Json]:
    """Return a document with its kind and name."""
    data = mapping(item, where)
    if data.get("apiVersion") != VERSION:
        raise SloError(f"{where}.apiVersion is {data.get('apiVersion')!r}; it must be {VERSION}.")
    kind, name = data.get("kind"), mapping(data.get("metadata"), f"{where}.metadata").get("name")
    if kind not in USED + PLAIN:
        raise SloError(
            f"{where}.kind is {kind!r}; it must be one of {', '.join(USED + PLAIN)}. Alerts follow from each target."
        )
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise SloError(f"{where}.metadata.name is {name!r}; it must be small letters, digits and hyphens, 63 at most.")
    mapping(data.get("spec"), f"{where} ({kind} {name}).spec")
    return str(kind), name, data


def require_once(names: Sequence[tuple[str, str]]) -> None:
    """Require that no name is used twice."""
    for kind, name in names:
        if names.count((kind, name)) > 1:
            raise SloError(f"There are two documents of kind {kind} with the name {name}; rename one of them.")


def objective(item: Json, slis: Mapping[str, Json]) -> Slo:
    """Return the objective of one SLO."""
    metadata, spec, name = item["metadata"], item["spec"], item["metadata"]["name"]
    where = f"SLO {name}"
    known(spec, SPEC_KEYS, f"{where}.spec")
    service = spec.get("service")
    if not isinstance(service, str) or not NAME.fullmatch(service):
        raise SloError(f"{where}.spec.service is {service!r}; it must be the name of a service.")
    entry = single(spec.get("objectives"), f"{where}.spec.objectives", "write one SLO for each")
    known(entry, OBJECTIVE_KEYS, f"{where}.spec.objectives[0]")
    sli = indicator_of(spec, slis, where)
    require_method(spec, entry, sli, where)
    bad, total = compiled(sli, entry, f"{where}: its indicator")
    return Slo(
        name=name,
        service=service,
        target=target(entry, f"{where}.spec.objectives[0]"),
        window_days=window(spec.get("timeWindow"), f"{where}.spec.timeWindow"),
        bad=bad,
        total=total,
        title=str(metadata.get("displayName") or name),
        team=label(metadata, "team", where),
        minimum_failures=minimum(metadata, where),
    )


def known(data: Json, keys: frozenset[str], where: str) -> None:
    """Refuse what nobody would read."""
    if unknown := sorted(str(key) for key in set(data) - keys):
        raise SloError(f"{where} has {unknown[0]}, which is not done here; it knows {', '.join(sorted(keys))}.")


def single(value: object, where: str, instead: str) -> Json:
    """Return the one entry of a list."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) != 1:
        raise SloError(f"{where} must be a list with one entry; {instead}.")
    return mapping(value[0], f"{where}[0]")


def indicator_of(spec: Json, slis: Mapping[str, Json], where: str) -> Json:
    """Return the spec of the indicator that stands in an SLO or that it names."""
    inline, reference = spec.get("indicator"), spec.get("indicatorRef")
    if (inline is None) == (reference is None):
        raise SloError(f"{where}.spec must have either indicator or indicatorRef.")
    if inline is not None:
        return mapping(mapping(inline, f"{where}.spec.indicator").get("spec"), f"{where}.spec.indicator.spec")
    if not isinstance(reference, str) or reference not in slis:
        raise SloError(
            f"{where}.spec.indicatorRef names {reference!r}; the SLIs are {', '.join(sorted(slis)) or 'none'}."
        )
    return slis[reference]


def require_method(spec: Json, entry: Json, sli: Json, where: str) -> None:
    """Require the way of counting that fits the indicator: events, or minutes of a value."""
    method = spec.get("budgetingMethod", "Occurrences")
    fitting = ("Occurrences", "Timeslices") if sli.get("thresholdMetric") else ("Occurrences",)
    if method not in fitting:
        raise SloError(
            f"{where}.spec.budgetingMethod is {method!r}; for its indicator it must be {' or '.join(fitting)}."
        )
    slice_ = entry.get("timeSliceWindow", "1m")
    if slice_ != "1m":
        raise SloError(f"{where}.spec.objectives[0].timeSliceWindow is {slice_!r}; a slice is 1m.")


def target(entry: Json, where: str) -> float:
    """Return the share of good events that is promised."""
    given = [key for key in ("target", "targetPercent") if key in entry]
    if len(given) != 1:
        raise SloError(f"{where} must have either target, such as 0.999, or targetPercent, such as 99.9.")
    value = entry[given[0]]
    if (number := finite(value)) is None:
        raise SloError(f"{where}.{given[0]} is {value!r}; it must be a number.")
    share = number if given[0] == "target" else number / 100
    if not LOOSEST <= share < 1:
        raise SloError(f"{where}.{given[0]} is {value!r}; it must be from 50 % to below 100 %.")
    return round(share, 12)


def window(value: object, where: str) -> int:
    """Return the days of a rolling window."""
    entry = single(value, where, "such as duration: 28d with isRolling: true")
    duration = str(entry.get("duration"))
    match = DURATION.fullmatch(duration)
    if not match or entry.get("isRolling") is not True:
        raise SloError(f"{where}[0] must be a rolling window of days or weeks: duration: 28d with isRolling: true.")
    days = int(match[1]) * (7 if match[2] == "w" else 1)
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise SloError(f"{where}[0].duration is {duration}; it must be from {LEAST_DAYS}d to {MOST_DAYS}d.")
    return days


def label(metadata: Json, key: str, where: str) -> str:
    """Return a label's first value."""
    value = mapping(metadata.get("labels") or {}, f"{where}.metadata.labels").get(key) or ""
    return str(value[0] if isinstance(value, list) else value)


def minimum(metadata: Json, where: str) -> int:
    """Return how many events must have failed before anybody is told."""
    value = mapping(metadata.get("annotations") or {}, f"{where}.metadata.annotations").get(MINIMUM_KEY)
    if value is None:
        return MINIMUM_FAILURES
    if not re.fullmatch(r"[1-9]\d{0,6}", str(value)):
        raise SloError(
            f"{where}.metadata.annotations has {MINIMUM_KEY}: {value!r}; it must be a whole number from 1 on."
        )
    return int(str(value))
