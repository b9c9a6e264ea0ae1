# SPDX-License-Identifier: Apache-2.0
"""From the inventory's definition of a service to the values of the chart ai-service."""

from __future__ import annotations

import copy
import difflib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

Json = dict[str, Any]
# Whatever an inventory can hold.
Value = Any

# Helm, Kubernetes and DNS agree on this; 59 leaves room for the suffix -hpa.
NAME: Final = re.compile(r"[a-z]([a-z0-9-]{0,57}[a-z0-9])?")
DATABASE_VARIABLE: Final = "DATABASE_URL"
REGISTRY: Final = "the image's registry"

# Option of a definition → value of the chart. Left out in the one, left to the other's default.
VALUES: Final[dict[str, str]] = {
    "team": "team",
    "component": "component",
    "priority": "priorityClassName",
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
    "gpu.model": "gpu.model",
    "gpu.node_selector": "gpu.nodeSelector",
    "database.secret_name": "database.secretName",
    "database.secret_key": "database.secretKey",
    "env": "env",
    "role_arn": "serviceAccount.roleArn",
    "public": "network.public",
    "external": "network.external",
    "hosts": "mesh.hosts",
    "timeout": "mesh.timeout",
    "attempts": "mesh.attempts",
    "slo.availability": "slo.availability",
    "slo.latency_p95_ms": "slo.latencyP95Milliseconds",
    "metrics.enabled": "monitoring.enabled",
    "metrics.path": "monitoring.path",
    "migration.command": "migration.command",
    "smoke_test.enabled": "smokeTest.enabled",
    "smoke_test.command": "smokeTest.command",
    "storage.size": "workload.storage.size",
    "storage.storage_class": "workload.storage.storageClass",
    "storage.path": "workload.storage.path",
    "model_cache.command": "modelCache.command",
    "model_cache.shared": "modelCache.shared",
    "model_cache.size": "modelCache.size",
    "model_cache.storage_class": "modelCache.storageClass",
    "model_cache.path": "modelCache.path",
}
# Options that are treated by name, and those that say how the role rolls out.
TREATED: Final = (
    "state",
    "namespace",
    "secret_env",
    "external_secrets",
    "autoscaling.triggers",
    "extra_values",
    "callers",
    "calls",
    "strategy",
    "canary.steps",
    "canary.interval",
    "canary.replicas",
    "canary.minimum_requests",
    "canary.allow_unknown",
)


@dataclass(frozen=True)
class Platform:
    """What the platform says for all of its services."""

    namespace: str
    """Of services whose team has none."""
    environment: str = ""
    values: Json = field(default_factory=dict)
    """Values for the chart below those of the definitions."""
    team_namespaces: dict[str, str] = field(default_factory=dict)


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
    rollout: Json = field(default_factory=dict)
    """How a new image comes: strategy, canary, slo."""
    effective: Json = field(default_factory=dict)
    """All values, the chart's defaults included."""

    def read_by_pods(self) -> list[str]:
        """Return the Secrets whose contents the pods get, made here or by External Secrets."""
        own = {one.name for one in self.secrets if one.variable != REGISTRY}
        external = bool(value_at(self.effective, "externalSecrets.keys"))
        return sorted(own | ({f"{self.name}-external"} if external else set()))

    def as_dict(self) -> Json:
        """Return plain data for a module's result."""
        return {
            "name": self.name,
            "namespace": self.namespace,
            "state": self.state,
            "values": self.values,
            "secrets": sorted({one.name for one in self.secrets}),
            "read_by_pods": self.read_by_pods(),
            "kind": value_at(self.effective, "workload.kind") or "Deployment",
            "autoscaling": self.autoscaling,
            "replicas": self.replicas,
            "image": {key: value_at(self.effective, f"image.{key}") or "" for key in ("repository", "tag", "digest")},
            **self.rollout,
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


def chart_values(definition: Json) -> Json:
    """Return the values that a definition gives to the chart, nothing that it leaves open."""
    values: Json = {}
    for option, path in VALUES.items():
        value = value_at(definition, option)
        if value is not None:
            values = merged(values, nested(path, value))
    if definition.get("replicas") is not None and value_at(definition, "autoscaling.min_replicas") is None:
        # `replicas: 2` means at least two when the autoscaler decides.
        values = merged(values, nested("autoscaling.minReplicas", definition["replicas"]))
    if triggers := value_at(definition, "autoscaling.triggers"):
        values = merged(values, nested("autoscaling.triggers", [present(one) for one in triggers]))
    if definition.get("secret_env"):
        values["secretEnv"] = [
            {"name": one["name"], "secretName": one["secret_name"], "secretKey": one["secret_key"]}
            for one in definition["secret_env"]
        ]
    if external := definition.get("external_secrets"):
        values = merged(values, nested("externalSecrets.keys", [present(one) for one in external]))
        if DATABASE_VARIABLE in [one.get("variable") for one in external] and "database" not in values:
            values["database"] = {"secretName": ""}
    if definition.get("storage"):
        values = merged(values, nested("workload.kind", "StatefulSet"))
    if definition.get("smoke_test") is not None and value_at(definition, "smoke_test.enabled") is None:
        values = merged(values, nested("smokeTest.enabled", True))
    return merged(values, definition.get("extra_values") or {})


def present(options: Json) -> Json:
    """Return options without those that were left out."""
    return {key: value for key, value in options.items() if value is not None}


def rollout_options(definition: Json, effective: Json, replicas: int) -> Json:
    """Return how a new image of the service comes, with all that the definition leaves open."""
    strategy = definition.get("strategy") or "rolling"
    canary = present(definition.get("canary") or {})
    whole = strategy == "blue_green"
    return {
        "strategy": strategy,
        "canary": {
            "steps": [100] if whole else [10, 50],
            "interval": 60,
            "replicas": replicas if whole else 1,
            "minimum_requests": 50,
            "allow_unknown": False,
            **canary,
        },
        "slo": {
            "availability": value_at(effective, "slo.availability") or 0,
            "latency_p95_ms": value_at(effective, "slo.latencyP95Milliseconds") or 0,
        },
        "smoke_test": bool(value_at(effective, "smokeTest.enabled")),
        "migration": bool(value_at(effective, "migration.command")),
    }


def secret_references(values: Json) -> tuple[SecretReference, ...]:
    """Return the Secrets that a service with all these values needs before it can start."""
    found = []
    database = value_at(values, "database.secretName")
    if database:
        found.append(SecretReference(DATABASE_VARIABLE, str(database)))
    found += [SecretReference(str(one["name"]), str(one["secretName"])) for one in values.get("secretEnv") or []]
    found += [SecretReference(REGISTRY, str(name)) for name in value_at(values, "image.pullSecrets") or []]
    return tuple(found)


def release_name(key: str) -> str:
    """Return the name that Kubernetes knows the service by; an inventory may write it with underscores."""
    return key.replace("_", "-")


def with_released_image(definition: Json, promoted: Json) -> Json:
    """Return the definition with the image that was promoted for it, where it names no digest itself."""
    if not promoted.get("digest") or value_at(definition, "image.digest"):
        return definition
    image = {name: promoted[name] for name in ("tag", "digest") if promoted.get(name)}
    return merged(definition, {"image": image})


def read_service(key: str, definition: Json, platform: Platform, chart_defaults: Json) -> Service:
    """Turn a definition without findings into a service."""
    environment = {"environment": platform.environment} if platform.environment else {}
    values = merged(merged(platform.values, environment), chart_values(definition))
    effective = merged(chart_defaults, values)
    if not has_database(effective) and value_at(effective, "network.databases"):
        values = merged(values, nested("network.databases", []))
        effective = merged(chart_defaults, values)
    autoscaling = bool(value_at(effective, "autoscaling.enabled"))
    least = int(value_at(effective, "autoscaling.minReplicas" if autoscaling else "replicaCount") or 0)
    team_namespace = platform.team_namespaces.get(str(definition.get("team")))
    return Service(
        name=release_name(key),
        namespace=definition.get("namespace") or team_namespace or platform.namespace,
        state=definition.get("state") or "present",
        values=values,
        secrets=secret_references(effective),
        autoscaling=autoscaling,
        replicas=least,
        rollout=rollout_options(definition, effective, least),
        effective=effective,
    )


def has_database(effective: Json) -> bool:
    """Say whether a service with all these values has a database."""
    external = value_at(effective, "externalSecrets.keys") or []
    return bool(value_at(effective, "database.secretName")) or DATABASE_VARIABLE in [
        one.get("variable") for one in external
    ]


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
    return findings


def image_findings(key: str, definition: Json, promoted: Json, promoted_from: str, require_digest: bool) -> list[str]:
    """Say what is wrong with the image that a definition, with what was promoted for it, leads to."""
    where = f"service {release_name(key)} in service_definitions"
    image = definition["image"]
    tag, digest = image.get("tag"), image.get("digest")
    if definition.get("state") == "absent":
        return []
    if promoted_from and promoted.get("promoted_from") != promoted_from:
        return [
            f"{where}: no image was promoted to this environment from {promoted_from} (service_promoted_from), run "
            "playbooks/promote_service.yml there"
        ]
    if promoted_from and digest != promoted.get("digest"):
        return [
            f"{where}: image.digest {digest} is not what was promoted from {promoted_from}, {promoted.get('digest')}, "
            "remove it from the definition or promote it there"
        ]
    if not tag and not digest:
        return [f"{where}: image has neither tag nor digest, set one of them, there is no default tag"]
    if require_digest and not digest:
        return [
            f"{where}: image.tag {tag} may be another image tomorrow and service_require_digest is on, set "
            "image.digest, which playbooks/build_images.yml tells"
        ]
    return []


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
