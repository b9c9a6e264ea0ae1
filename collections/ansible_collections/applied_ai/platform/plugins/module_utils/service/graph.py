# SPDX-License-Identifier: Apache-2.0
"""Who calls whom: from the definitions' callers and calls to what the chart opens."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.service.definitions import (
    Service,
    merged,
    release_name,
    value_at,
)

Json = dict[str, Any]
# (namespace, name)
Key = tuple[str, str]


def key_of(written: str, namespace: str) -> Key:
    """Return whom a definition means: name, in the same namespace, or namespace/name."""
    before, slash, name = written.rpartition("/")
    return (before if slash else namespace, release_name(name))


def service_account(service: Service) -> str:
    """Return the account that a service's pods run as."""
    return str(value_at(service.effective, "serviceAccount.name") or f"{service.name}-sa")


def port(service: Service) -> int:
    """Return the port that a service is called at."""
    return int(value_at(service.effective, "service.port"))


def edges(services: Iterable[Service], definitions: Mapping[str, Json], option: str) -> dict[Key, list[Key]]:
    """Return the services that each service's definition names under an option, callers or calls."""
    named = {release_name(key): definition.get(option) or [] for key, definition in definitions.items()}
    return {
        (service.namespace, service.name): [key_of(one, service.namespace) for one in named[service.name]]
        for service in services
        if service.state == "present"
    }


def findings(services: list[Service], definitions: Mapping[str, Json]) -> list[str]:
    """Say who names a service that is not there, and who calls one that does not let it in."""
    callers, calls = edges(services, definitions, "callers"), edges(services, definitions, "calls")
    found = []
    for (namespace, name), others in callers.items():
        found += [
            f"service {name} in service_definitions: callers names {'/'.join(other)}, and there is no such service, "
            "add it or correct the name"
            for other in others
            if other not in callers
        ]
        for other in calls[namespace, name]:
            if other not in callers:
                found.append(
                    f"service {name} in service_definitions: calls names {'/'.join(other)}, and there is no such "
                    "service, add it or correct the name"
                )
            elif (namespace, name) not in callers[other]:
                written = name if other[0] == namespace else f"{namespace}/{name}"
                found.append(
                    f"service {name} in service_definitions: it calls {other[1]}, which does not let it in, add "
                    f"{written} to the callers of {other[1]} or remove {other[1]} from its calls"
                )
    return found


def connected(services: list[Service], definitions: Mapping[str, Json]) -> list[Service]:
    """Return the services with the values by which each is open to its callers and reaches what it calls."""
    by_key = {(service.namespace, service.name): service for service in services if service.state == "present"}
    callers = edges(services, definitions, "callers")
    result = []
    for service in services:
        key = (service.namespace, service.name)
        if key not in by_key:
            result.append(service)
            continue
        network = {
            "callers": [
                {"namespace": one.namespace, "name": one.name, "serviceAccount": service_account(one)}
                for one in sorted((by_key[other] for other in set(callers[key])), key=lambda one: one.name)
            ],
            "callees": [
                {"namespace": one.namespace, "name": one.name, "port": port(one)}
                for other, one in sorted(by_key.items())
                if key in callers[other]
            ],
        }
        given = {"network": {name: entries for name, entries in network.items() if entries}}
        result.append(
            dataclasses.replace(
                service, values=merged(given, service.values), effective=merged(service.effective, given)
            )
        )
    return result
