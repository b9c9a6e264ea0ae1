# SPDX-License-Identifier: Apache-2.0
"""From the inventory's definition of a service to the values of the chart ai-service."""

from __future__ import annotations

import copy
import difflib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

Json = dict[str, Any]
# Whatever an inventory can hold.
Value = Any

# Helm, Kubernetes and DNS agree on this; 59 leaves room for the suffix -hpa.
NAME: Final = re.compile(r"[a-z]([a-z0-9-]{0,57}[a-z0-9])?")
DATABASE_VARIABLE: Final = "DATABASE_URL"

# Option of a definition → value of the chart. Left out in the one, left to the other's default.
VALUES: Final[dict[str, str]] = {
    "team": "team",
    "image.repository": "image.repository",
    "image.tag": "image.tag",
    "image.digest": "image.digest",
    "image.pull_secrets": "image.pullSecrets",
    "port": "service.port",
    "replicas": "replicaCount",
    "autoscaling.enabled": "autoscaling.enabled",
    "autoscaling.min_replicas": "autoscaling.minReplicas",
    "autoscaling.max_replicas": "autoscaling.maxReplicas",
    "resources.requests.cpu": "resources.requests.cpu",
    "resources.requests.memory": "resources.requests.memory",
    "resources.limits.cpu": "resources.limits.cpu",
    "resources.limits.memory": "resources.limits.memory",
    "gpu.count": "gpu.count",
    "gpu.resource": "gpu.resource",
    "gpu.node_selector": "gpu.nodeSelector",
    "database.secret_name": "database.secretName",
    "database.secret_key": "database.secretKey",
    "env": "env",
    "role_arn": "serviceAccount.roleArn",
}
# Options that chart_values or read_service treats by name, and those of which policies are made.
TREATED: Final = (
    "state",
    "namespace",
    "secret_env",
    "extra_values",
    "callers",
    "public",
    "hosts",
    "external",
    "timeout",
    "attempts",
)


@dataclass(frozen=True)
class SecretReference:
    """A Secret that a service reads, and what for."""

    variable: str
    name: str


@dataclass(frozen=True)
class Service:
    """One service as the platform shall have it."""

    name: str
    namespace: str
    state: str
    values: Json
    secrets: tuple[SecretReference, ...]
    autoscaling: bool
    replicas: int
    """The least number of pods, whoever decides on it."""

    def as_dict(self) -> Json:
        """Return plain data for a module's result."""
        return {
            "name": self.name,
            "namespace": self.namespace,
            "state": self.state,
            "values": self.values,
            "secrets": sorted({one.name for one in self.secrets}),
            "autoscaling": self.autoscaling,
            "replicas": self.replicas,
        }


def merged(base: Json, over: Json) -> Json:
    """Return base with over laid on it, as Helm does: dictionary by dictionary, lists as a whole."""
    result = copy.deepcopy(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else copy.deepcopy(value)
    return result


def value_at(data: Value, path: str) -> Value:
    """Return what is at a dotted path, None when nothing is."""
    for key in path.split("."):
        data = data.get(key) if isinstance(data, dict) else None
    return data


def nested(path: str, value: Value) -> Json:
    """Return dictionaries that hold value at a dotted path."""
    for key in reversed(path.split(".")):
        value = {key: value}
    result: Json = value
    return result


def chart_values(definition: Json, environment: str) -> Json:
    """Return the values that a definition gives to the chart, nothing that it leaves open."""
    values: Json = {"environment": environment} if environment else {}
    for option, path in VALUES.items():
        value = value_at(definition, option)
        if value is not None:
            values = merged(values, nested(path, value))
    if definition.get("replicas") is not None and value_at(definition, "autoscaling.min_replicas") is None:
        # `replicas: 2` means at least two when the autoscaler decides.
        values = merged(values, nested("autoscaling.minReplicas", definition["replicas"]))
    if definition.get("secret_env"):
        values["secretEnv"] = [
            {"name": one["name"], "secretName": one["secret_name"], "secretKey": one["secret_key"]}
            for one in definition["secret_env"]
        ]
    return merged(values, definition.get("extra_values") or {})


def secret_references(values: Json) -> tuple[SecretReference, ...]:
    """Return the Secrets that a service with all these values needs before it can start."""
    found = []
    database = value_at(values, "database.secretName")
    if database:
        found.append(SecretReference(DATABASE_VARIABLE, str(database)))
    found += [SecretReference(str(one["name"]), str(one["secretName"])) for one in values.get("secretEnv") or []]
    found += [
        SecretReference("the image's registry", str(name)) for name in value_at(values, "image.pullSecrets") or []
    ]
    return tuple(found)


def release_name(key: str) -> str:
    """Return the name that Kubernetes knows the service by; an inventory may write it with underscores."""
    return key.replace("_", "-")


def read_service(key: str, definition: Json, namespace: str, environment: str, chart_defaults: Json) -> Service:
    """Turn a definition without findings into a service."""
    values = chart_values(definition, environment)
    effective = merged(chart_defaults, values)
    autoscaling = bool(value_at(effective, "autoscaling.enabled"))
    least = value_at(effective, "autoscaling.minReplicas" if autoscaling else "replicaCount")
    return Service(
        name=release_name(key),
        namespace=definition.get("namespace") or namespace,
        state=definition.get("state") or "present",
        values=values,
        secrets=secret_references(effective),
        autoscaling=autoscaling,
        replicas=int(least or 0),
    )


def name_findings(keys: Iterable[str]) -> list[str]:
    """Say which names Kubernetes would not take, and which two would be one."""
    names = [release_name(str(key)) for key in keys]
    findings = [
        f"service {name} in service_definitions: this is no name for a service, use at most 59 lower-case letters, "
        "digits and hyphens (or underscores), starting with a letter"
        for name in names
        if not NAME.fullmatch(name)
    ]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    return findings + [
        f"service {name} in service_definitions: two entries have this name, as - and _ are the same in it, keep one"
        for name in twice
    ]


def definition_findings(key: str, definition: Value, spec: Json) -> list[str]:
    """Say what is wrong with one entry, measured by the role's own argument specification."""
    where = f"service {release_name(key)} in service_definitions"
    if not isinstance(definition, dict):
        return [f"{where}: it is {type(definition).__name__}, not a map of options such as image and team"]
    result = ArgumentSpecValidator(spec).validate(definition)
    findings = [f"{where}: {unknown_option(path, spec)}" for path in sorted(_paths(result.unsupported_parameters))]
    for message in result.error_messages:
        # Unsupported ones are said above, with a guess at what was meant.
        if "Supported parameters include" not in message:
            findings.append(f"{where}: {message.rstrip('.')}")
    image = definition.get("image")
    if (
        isinstance(image, dict)
        and definition.get("state") != "absent"
        and not (image.get("tag") or image.get("digest"))
    ):
        findings.append(f"{where}: image has neither tag nor digest, set one of them, there is no default tag")
    return findings


def unknown_option(path: tuple[str, ...], spec: Json) -> str:
    """Say that an option is unknown, and which one was meant."""
    for parent in path[:-1]:
        spec = (spec.get(parent) or {}).get("options") or {}
    guess = difflib.get_close_matches(path[-1], list(spec), n=1)
    right = f"did you mean {guess[0]}?" if guess else f"the options here are {', '.join(sorted(spec))}"
    return f"{'.'.join(path)} is not an option, {right}"


def _paths(unsupported: Iterable[Any]) -> set[tuple[str, ...]]:
    """Return option paths of what the validator found: names at the root, tuples or dotted names below it."""
    return {
        tuple(".".join(one).split(".")) if isinstance(one, tuple) else tuple(str(one).split(".")) for one in unsupported
    }
