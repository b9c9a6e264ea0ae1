# SPDX-License-Identifier: Apache-2.0
"""What in the definitions of teams cannot work: with each other, and with the services in their namespaces."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.applied_ai.platform.plugins.module_utils.inventory.keys import suggestion
from ansible_collections.applied_ai.platform.plugins.module_utils.inventory.values import plain
from ansible_collections.applied_ai.platform.plugins.module_utils.quantity import parse, shown
from ansible_collections.applied_ai.platform.plugins.module_utils.service import definitions
from ansible_collections.applied_ai.platform.plugins.module_utils.service.definitions import (
    merged,
    release_name,
    value_at,
)

Json = dict[str, Any]
# Kubernetes' rule for names of namespaces.
NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# What Istio's proxies beside pods, and its waypoints, ask for and may use.
PROXY: Final = {"cpu": Decimal("0.1"), "memory": Decimal(128 * 2**20)}
PROXY_LIMITS: Final = {"cpu": Decimal(2), "memory": Decimal(2**30)}
BESIDE_PODS: Final = ("istio_sidecar", "linkerd")
# Options that hold amounts: in these maps, and in those of each priority class.
AMOUNTS: Final = (
    "quota",
    "quota.gpus",
    "quota.objects",
    "limits.default",
    "limits.default_request",
    "limits.max",
    "limits.max_ratio",
    "limits.volume",
)
NONE: Final = Decimal(0)
MAPS: Final = ("gpus", "objects", "priorities")


@dataclass(frozen=True)
class Platform:
    """What teams are measured by: the other parts of the inventory."""

    spec: Json
    """Options of one entry of team_definitions."""
    defaults: Json
    """Quota and limits of a team whose entry says nothing."""
    services: Json
    service_spec: Json
    """Options of one entry of service_definitions."""
    chart: Json
    """The values of the services' chart."""
    service_namespace: str
    priorities: Collection[str]
    roles: Collection[str] = ()
    """Empty where somebody else asks for them."""
    flavors: Collection[str] = ()
    mesh: str = "none"
    waypoints: int = 0
    """Replicas of the waypoint that a namespace of services has."""


@dataclass(frozen=True)
class Demand:
    """What a service asks for: so many pods, some more while it is updated, and this each."""

    service: str
    team: str
    namespace: str
    priority: str
    pods: int
    more: int
    amounts: Mapping[str, Decimal]
    shared: Mapping[str, Decimal]
    """Of all pods together."""
    volumes: Collection[Decimal]
    """Size of each kind of volume."""
    limits: Mapping[str, Decimal]


def findings(teams: Mapping[str, Any], platform: Platform) -> list[str]:
    """Return one sentence per mistake, in the order of the teams; without teams nothing is asked of services."""
    if not teams:
        return []
    spec = {name: plain(option) for name, option in platform.spec.items()}
    teams = {name: team or {} for name, team in teams.items()}
    entries = {**{f"team_definitions.{name}": team for name, team in teams.items()}, "team_defaults": platform.defaults}
    wrong = [finding for name, entry in entries.items() for finding in shape_findings(name, entry, spec)]
    wrong = wrong or [finding for name, entry in entries.items() for finding in amount_findings(name, entry)]
    # What is of the wrong shape cannot be counted.
    if wrong:
        return wrong
    whole = {name: complete(name, team, platform.defaults) for name, team in teams.items()}
    demands = list(demands_of(platform, whole))
    return [
        *namespace_findings(whole),
        *(finding for name, team in whole.items() for finding in reference_findings(name, team, platform)),
        *(finding for name, team in whole.items() for finding in limit_findings(name, team, platform)),
        *(finding for name, team in whole.items() for finding in queue_findings(name, team, platform.flavors)),
        *place_findings(demands, whole),
        *class_findings(demands, platform.priorities),
        *(finding for name, team in whole.items() for finding in share_findings(name, team, demands, platform)),
    ]


def shape_findings(where: str, entry: Json, spec: Json) -> Iterator[str]:
    """Say which options are unknown or of another type."""
    if not isinstance(entry, dict):
        yield f"{where} is {entry}; write a map of options such as namespaces and quota."
        return
    result = ArgumentSpecValidator(spec).validate(entry)
    for one in sorted(".".join(one) if isinstance(one, tuple) else one for one in result.unsupported_parameters):
        told = definitions.unknown_option(tuple(one.split(".")), spec)
        yield f"{where}: {told}{'' if told.endswith('?') else '.'}"
    for message in result.error_messages:
        if "Supported parameters include" not in message:
            yield f"{where}: {message.rstrip('.')}."


def complete(name: str, team: Json, defaults: Json) -> Json:
    """Return a team with everything that it did not say."""
    laid = merged(defaults, {key: value for key, value in team.items() if value is not None})
    return {**laid, "namespaces": team.get("namespaces") or [release_name(name)]}


def amount_findings(where: str, entry: Json) -> Iterator[str]:
    """Say which amounts are none. Nothing takes a default away."""
    places = [*AMOUNTS, *(f"quota.priorities.{name}" for name in value_at(entry, "quota.priorities") or {})]
    for place in places:
        amounts = value_at(entry, place) or {}
        if not isinstance(amounts, dict):
            yield f"{where}.{place} is {amounts}; write amounts by name, such as {{cpu: 2, memory: 4Gi}}."
            continue
        for key, value in amounts.items():
            if not (place == "quota" and key in MAPS) and value is not None and parse(value) is None:
                yield f"{where}.{place}.{key} is {value}, which is no amount; write it like 2, 500m or 16Gi."


def namespace_findings(teams: Mapping[str, Json]) -> Iterator[str]:
    """Say which namespaces cannot be those of a team, or are those of two."""
    owners: dict[str, str] = {}
    for name, team in teams.items():
        for namespace in dict.fromkeys(team["namespaces"]):
            where = f"team_definitions.{name} has the namespace {namespace}"
            if namespace == "default" or namespace.startswith("kube-"):
                yield f"{where}, which is the cluster's own; choose another."
            elif not NAME.fullmatch(namespace):
                yield f"{where}, which is no name for one; use at most 63 lower-case letters, digits and hyphens."
            elif namespace in owners:
                yield f"{where}, which is one of {owners[namespace]} already; leave it with one of the two."
            owners.setdefault(namespace, name)


def reference_findings(name: str, team: Json, platform: Platform) -> Iterator[str]:
    """Say which roles and priority classes there are not."""
    for role in team.get("groups") or {}:
        if platform.roles and role not in platform.roles:
            right = suggestion(role, platform.roles, f"use one of {', '.join(platform.roles)}")
            yield f"team_definitions.{name}.groups names the role {role}, which rbac_roles_definitions lacks; {right}."
    for priority in value_at(team, "quota.priorities") or {}:
        if priority not in platform.priorities:
            right = suggestion(priority, platform.priorities, f"use one of {', '.join(platform.priorities)}")
            yield (
                f"team_definitions.{name}.quota.priorities names the class {priority},"
                f" which priority_classes_definitions lacks; {right}."
            )


def limit_findings(name: str, team: Json, platform: Platform) -> Iterator[str]:
    """Say where limits contradict each other, or refuse the proxies of the mesh."""
    where = f"team_definitions.{name}.limits"
    for resource in ("cpu", "memory"):
        steps = [(step, amount(team, f"limits.{step}.{resource}")) for step in ("default_request", "default", "max")]
        known = [(step, value) for step, value in steps if value is not None]
        for (lower, less), (upper, greater) in pairwise(known):
            if less > greater:
                yield (
                    f"{where} has {lower}.{resource} {shown(less)}, above {upper}.{resource} {shown(greater)};"
                    " lower the one or raise the other."
                )
        if not platform.mesh.startswith("istio"):
            continue
        most, ratio = amount(team, f"limits.max.{resource}"), amount(team, f"limits.max_ratio.{resource}")
        if most is not None and most < PROXY_LIMITS[resource]:
            yield (
                f"{where}.max.{resource} is {shown(most)}, and proxies of the mesh may use"
                f" {shown(PROXY_LIMITS[resource])}; set that or more."
            )
        times = PROXY_LIMITS[resource] / PROXY[resource]
        if ratio is not None and ratio < times:
            yield (
                f"{where}.max_ratio.{resource} is {shown(ratio)}, and proxies of the mesh may use {times:f} times"
                " what they ask for; set that or more."
            )
    least, most = amount(team, "limits.volume.min"), amount(team, "limits.volume.max")
    if least is not None and most is not None and least > most:
        yield f"{where}.volume has min {shown(least)}, above max {shown(most)}; lower the one or raise the other."


def queue_findings(name: str, team: Json, flavors: Iterable[str]) -> Iterator[str]:
    """Say where a queue promises GPUs that the quota then refuses."""
    queue = team.get("queue") or {}
    promised: dict[str, Decimal] = defaultdict(Decimal)
    for flavor in flavors:
        shares = {**(queue.get("quotas") or {}), **((queue.get("flavor_quotas") or {}).get(flavor) or {})}
        for resource, share in shares.items():
            promised[resource] += parse((share or {}).get("nominal", 0)) or 0
    for resource, nominal in promised.items():
        allowed = (amount_of(team, "quota.gpus", resource) or NONE) * len(team["namespaces"])
        if "/" in resource and nominal > allowed:
            yield (
                f"team_definitions.{name}.queue promises {shown(nominal)} {resource}, and quota.gpus allows"
                f" {shown(allowed)}; raise the quota or promise less."
            )


def demands_of(platform: Platform, teams: Mapping[str, Json]) -> Iterator[Demand]:
    """Return what the services ask for; what is wrong with a definition itself, the services' own check says."""
    homes = {name: team["namespaces"][0] for name, team in teams.items()}
    whole = definitions.Platform(namespace=platform.service_namespace, team_namespaces=homes)
    for key, definition in platform.services.items():
        if definitions.definition_findings(key, definition, platform.service_spec):
            continue
        service = definitions.read_service(key, definition, whole, platform.chart)
        if service.state == "present":
            own, shared = volumes(service.effective)
            yield Demand(
                service=service.name,
                team=str(definition["team"]),
                namespace=service.namespace,
                priority=str(value_at(service.effective, "priorityClassName") or ""),
                pods=service.replicas,
                more=more_pods(service),
                amounts={**pod_amounts(service.effective, platform.mesh), "storage": sum(own, NONE)},
                shared={"storage": sum(shared, NONE)},
                volumes=[*own, *shared],
                limits=parsed(value_at(service.effective, "resources.limits") or {}),
            )


def volumes(values: Json) -> tuple[list[Decimal], list[Decimal]]:
    """Return the sizes of the volumes of each pod, and of those that all pods share."""
    own: list[Decimal] = []
    shared: list[Decimal] = []
    if value_at(values, "workload.kind") == "StatefulSet":
        own.append(parse(value_at(values, "workload.storage.size")) or NONE)
    if value_at(values, "modelCache.command"):
        kind = shared if value_at(values, "modelCache.shared") else own
        kind.append(parse(value_at(values, "modelCache.size")) or NONE)
    return own, shared


def more_pods(service: definitions.Service) -> int:
    """Return how many pods an update adds for a while."""
    if service.rollout["strategy"] != "rolling":
        return int(service.rollout["canary"]["replicas"])
    if value_at(service.effective, "workload.kind") == "StatefulSet":
        return 0
    surge = str(value_at(service.effective, "rollout.maxSurge") or 0)
    share = service.replicas * int(surge.removesuffix("%")) / 100 if surge.endswith("%") else int(surge)
    return math.ceil(share)


def pod_amounts(values: Json, mesh: str) -> dict[str, Decimal]:
    """Return what one pod counts for, with the proxy beside it."""
    amounts = {"pods": Decimal(1), **parsed(value_at(values, "resources.requests") or {})}
    gpus = Decimal(value_at(values, "gpu.count") or 0)
    if gpus:
        amounts[str(value_at(values, "gpu.resource"))] = gpus
    if mesh in BESIDE_PODS:
        amounts |= {name: amounts.get(name, NONE) + value for name, value in PROXY.items()}
    return amounts


def place_findings(demands: Iterable[Demand], teams: Mapping[str, Json]) -> Iterator[str]:
    """Say which services are of no team, or not in its namespaces, where no quota of it holds."""
    for one in demands:
        where = f"service_definitions: {one.service}"
        if one.team not in teams:
            right = suggestion(one.team, teams, "add it there")
            yield f"{where} names the team {one.team}, which team_definitions lacks; {right}."
        elif one.namespace not in teams[one.team]["namespaces"]:
            yield (
                f"{where} is in namespace {one.namespace}, which is none of its team {one.team}"
                f" ({', '.join(teams[one.team]['namespaces'])}); leave namespace out, or add it to the team."
            )


def class_findings(demands: Iterable[Demand], priorities: Collection[str]) -> Iterator[str]:
    """Say which services are of a priority class that there is not."""
    for one in demands:
        if one.priority and one.priority not in priorities:
            right = suggestion(one.priority, priorities, f"use one of {', '.join(priorities)}")
            yield (
                f"service_definitions: {one.service} has the priority {one.priority}, which"
                f" priority_classes_definitions lacks; {right}."
            )


def share_findings(name: str, team: Json, demands: list[Demand], platform: Platform) -> Iterator[str]:
    """Say where the services of a team do not fit into what it has."""
    for namespace in team["namespaces"]:
        here = [one for one in demands if one.namespace == namespace]
        if not here:
            continue
        total = needed(here)
        for resource, value in {**PROXY, "pods": Decimal(1)}.items():
            if platform.mesh == "istio_ambient":
                total[resource] += value * platform.waypoints
        yield from quota_findings(f"team_definitions.{name}.quota", team["quota"], total, here, namespace)
        for priority, quota in (team["quota"].get("priorities") or {}).items():
            of_class = [one for one in here if one.priority == priority]
            where = f"team_definitions.{name}.quota.priorities.{priority}"
            if of_class:
                yield from quota_findings(where, {"gpus": None, **quota}, needed(of_class), of_class, namespace)
        for one in here:
            yield from container_findings(name, team, one)


def needed(demands: Iterable[Demand]) -> dict[str, Decimal]:
    """Return what services need at their least replicas, and for the update of one of them."""
    least: dict[str, Decimal] = defaultdict(Decimal)
    update: dict[str, Decimal] = defaultdict(Decimal)
    for one in demands:
        for resource, value in one.amounts.items():
            least[resource] += one.pods * value + one.shared.get(resource, NONE)
            update[resource] = max(update[resource], one.more * value)
    return defaultdict(Decimal, {resource: value + update[resource] for resource, value in least.items()})


def quota_findings(
    where: str, quota: Json, total: Mapping[str, Decimal], demands: Iterable[Demand], namespace: str
) -> Iterator[str]:
    """Say which part of a quota is less than what is needed. A GPU that it does not name, the team has not."""
    names = ", ".join(sorted(one.service for one in demands))
    gpus = quota.get("gpus", {})
    for resource, value in total.items():
        if "/" not in resource:
            place, allowed = resource, amount(quota, resource)
        elif gpus is None:
            continue
        else:
            place, allowed = f"gpus.{resource}", amount_of(quota, "gpus", resource) or NONE
        if allowed is not None and value > allowed:
            yield (
                f"{where}.{place} is {shown(allowed)}, and what runs in {namespace} ({names}) needs {shown(value)}"
                f" at its least replicas while one is updated; set {shown(value)} or more."
            )


def container_findings(name: str, team: Json, one: Demand) -> Iterator[str]:
    """Say where a service's limits are above what a container of the team may have."""
    for resource, limit in one.limits.items():
        most, ratio = amount(team, f"limits.max.{resource}"), amount(team, f"limits.max_ratio.{resource}")
        request = one.amounts.get(resource)
        if most is not None and limit > most:
            yield (
                f"service_definitions: {one.service} has resources.limits.{resource} {shown(limit)}, and"
                f" team_definitions.{name}.limits.max.{resource} is {shown(most)}; lower the one or raise the other."
            )
        if ratio is not None and request and limit / request > ratio:
            yield (
                f"service_definitions: {one.service} may use {shown(limit / request)} times the {resource} that it asks"
                f" for, and team_definitions.{name}.limits.max_ratio.{resource} is {shown(ratio)};"
                " ask for more or raise that."
            )

    largest = amount(team, "limits.volume.max")
    for size in one.volumes:
        if largest is not None and size > largest:
            yield (
                f"service_definitions: {one.service} has a volume of {shown(size)}, and"
                f" team_definitions.{name}.limits.volume.max is {shown(largest)}; lower the one or raise the other."
            )


def amount(team: Json, path: str) -> Decimal | None:
    """Return an amount at a path, None where there is none."""
    value = value_at(team, path)
    return None if value is None else parse(value)


def amount_of(team: Json, path: str, key: str) -> Decimal | None:
    """Return an amount by a key that may have dots in it."""
    value = (value_at(team, path) or {}).get(key)
    return None if value is None else parse(value)


def parsed(amounts: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return those amounts that are some."""
    return {name: value for name, text in amounts.items() if (value := parse(text)) is not None}
