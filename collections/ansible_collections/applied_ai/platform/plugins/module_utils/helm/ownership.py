# SPDX-License-Identifier: Apache-2.0
"""Who wrote which field of a live object: ``metadata.managedFields``, walked beside the object.

The format is Kubernetes' FieldsV1: ``f:name`` is a field, ``k:{…}`` an element of a list by its merge keys, ``v:…`` a
member of a set, ``.`` the thing itself; ``{}`` is a field that is owned as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

Json = dict[str, Any]

# The helm binary under any name, Flux' helm-controller, Terraform's provider.
HELM: Final = re.compile(r"helm|terraform-provider-helm")
# Who may write what a chart has set: that is its work, and no drift.
CONTROLLERS: Final[tuple[str, ...]] = (
    "applied-ai-platform",
    "cert-manager-*",
    "cluster-autoscaler",
    "clusterrole-aggregation-controller",
    "external-secrets*",
    "karpenter*",
    "keda*",
    "kube-controller-manager",
    "pilot-discovery",
    "vpa-*",
)


@dataclass(frozen=True)
class Owner:
    """One entry of managedFields; ``time`` is RFC 3339, or empty where the API server keeps none."""

    manager: str
    time: str = ""
    subresource: str = ""
    applies: bool = False

    @property
    def helm(self) -> bool:
        """Say whether Helm wrote this as part of a release."""
        return not self.subresource and bool(HELM.match(self.manager))

    @property
    def foreign(self) -> bool:
        """Say whether neither Helm nor a controller at its work wrote this."""
        return not self.helm and not any(fnmatchcase(self.manager, one) for one in CONTROLLERS)


@dataclass(frozen=True)
class Owned:
    """What each owner has at one place of an object and below it."""

    below: tuple[tuple[Owner, Json], ...]

    @property
    def owners(self) -> tuple[Owner, ...]:
        """Return those that own something here."""
        return tuple(owner for owner, _fields in self.below)

    @property
    def merge_keys(self) -> tuple[str, ...]:
        """Return the merge keys of the list that is here, empty where its elements have none."""
        names = (name for _owner, fields in self.below for name in fields)
        return next((tuple(_parsed(name)) for name in names if name.startswith("k:")), ())

    @property
    def is_set(self) -> bool:
        """Say whether the list that is here is a set of values."""
        return any(name.startswith("v:") for _owner, fields in self.below for name in fields)

    def field(self, name: str) -> Owned:
        """Return what is owned of a field."""
        return self._step(lambda one: one == f"f:{name}")

    def element(self, item: Mapping[str, Any]) -> Owned:
        """Return what is owned of a list's element; a merge key that ``item`` leaves to its default does not count."""
        return self._step(lambda one: one.startswith("k:") and _agrees(_parsed(one), item))

    def member(self, value: object) -> Owned:
        """Return who owns a member of a set."""
        return self._step(lambda one: one.startswith("v:") and bool(json.loads(one[2:]) == value))

    def _step(self, here: Callable[[str], bool]) -> Owned:
        found: list[tuple[Owner, Json]] = []
        for owner, fields in self.below:
            if not fields:
                # Owned as a whole, with all that is in it.
                found.append((owner, fields))
            else:
                found += [(owner, below) for name, below in fields.items() if here(name)]
        return Owned(tuple(found))


def owned(live: Mapping[str, Any]) -> Owned:
    """Return what is owned of a whole object; an entry without fields owns nothing."""
    entries = (live.get("metadata") or {}).get("managedFields") or []
    return Owned(tuple((_owner(one), one["fieldsV1"]) for one in entries if one.get("fieldsV1")))


def _owner(entry: Mapping[str, Any]) -> Owner:
    return Owner(
        manager=str(entry.get("manager") or "somebody"),
        time=str(entry.get("time") or ""),
        subresource=str(entry.get("subresource") or ""),
        applies=entry.get("operation") == "Apply",
    )


def _parsed(name: str) -> Json:
    keys: Json = json.loads(name.removeprefix("k:"))
    return keys


def _agrees(keys: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    return any(key in item for key in keys) and all(item.get(key, value) == value for key, value in keys.items())
