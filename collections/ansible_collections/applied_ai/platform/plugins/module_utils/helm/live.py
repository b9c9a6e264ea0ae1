# SPDX-License-Identifier: Apache-2.0
"""The live objects of releases, held against the manifests that Helm keeps.

A list per kind of what Helm manages, then one by one what is not in it: nine hundred objects in some fifty requests.
Of a Secret only metadata leaves the cluster. Of a CRD too, unless somebody else has written to it: most of all bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from ansible_collections.applied_ai.platform.plugins.module_utils.helm.drift import Difference, differences
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.manifest import Wanted, newest_deployed, objects
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.ownership import owned
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import (
    KubeError,
    MissingKindError,
    Reader,
    one_line,
)

Json = dict[str, Any]
Clock = Callable[[], float]

WORKERS: Final = 8
# Helm puts it on all that it makes. An object that has lost it is asked for by name.
MANAGED: Final = "app.kubernetes.io/managed-by=Helm"
AUTOSCALERS: Final = "/apis/autoscaling/v2/horizontalpodautoscalers"
REPLICAS: Final = "spec.replicas"


@dataclass(frozen=True)
class Kind:
    """Where the API server has a kind."""

    base: str
    plural: str
    namespaced: bool

    def namespace(self, one: Wanted) -> str:
        """Return the namespace of an object, empty where its kind has none."""
        given = (one.content.get("metadata") or {}).get("namespace") or one.source.namespace
        return str(given) if self.namespaced else ""

    def path(self, namespace: str = "") -> str:
        """Return the path of its list, in one namespace or in all."""
        return f"{self.base}/namespaces/{quote(namespace)}/{self.plural}" if namespace else f"{self.base}/{self.plural}"


@dataclass(frozen=True)
class Compared:
    """What came of one object; ``unread`` says why it could not be compared."""

    wanted: Wanted
    namespace: str = ""
    missing: bool = False
    fields: tuple[Difference, ...] = ()
    unread: str = ""


@dataclass(frozen=True)
class Drift:
    """What came of all: how many objects of how many releases were compared, those that differ, what was not seen."""

    releases: int
    objects: int
    drifted: tuple[Compared, ...]
    unread: tuple[str, ...]


def look(secrets: Iterable[Json], reader: Reader, *, seconds: float, clock: Clock) -> Drift:
    """Compare the objects of all releases that are deployed; of one whose last change failed, what is certain.

    ``secrets`` are Helm's, without those that are superseded. After ``seconds`` nothing more is asked for.
    """
    end = clock() + seconds
    deployed = newest_deployed(secrets)
    wanted, broken = _all_objects(deployed)
    groups: dict[tuple[str, str], list[Wanted]] = {}
    for one in wanted:
        groups.setdefault((one.api, one.kind), []).append(one)
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="drift") as pool:
        versions = sorted({one.api for one in wanted})
        kinds = dict(zip(versions, pool.map(lambda one: _served(reader, one), versions), strict=True))
        cluster = Cluster(reader, kinds, lambda: clock() > end)
        first = [one for some in pool.map(cluster.by_list, groups.values()) for one in some]
        found = list(pool.map(lambda one: cluster.by_name(one) if isinstance(one, Wanted) else one, first))
    found, untold = _without_autoscaled(found, reader)
    drifted = tuple(one for one in found if one.missing or one.fields)
    compared = sum(not one.unread for one in found)
    return Drift(len(deployed), compared, drifted, (*broken, *untold, *_unread(found)))


def _all_objects(secrets: Iterable[tuple[Json, bool]]) -> tuple[list[Wanted], list[str]]:
    """Return the objects of all releases, and a sentence for each release that cannot be read."""
    wanted: list[Wanted] = []
    broken: list[str] = []
    for secret, settled in secrets:
        try:
            wanted += objects(secret, settled=settled)
        except HelmError as error:
            broken.append(error.message)
    return wanted, broken


def _served(reader: Reader, api: str) -> dict[str, Kind] | str:
    """Return the kinds of a group version by name, or why they cannot be told."""
    base = f"/apis/{api}" if "/" in api else f"/api/{api}"
    try:
        resources = reader.get(base).get("resources") or []
    except MissingKindError:
        return f"the cluster does not serve {api}"
    except KubeError as error:
        return error.message
    return {
        str(one["kind"]): Kind(base, str(one["name"]), bool(one.get("namespaced")))
        for one in resources
        if "/" not in str(one.get("name") or "/")
    }


@dataclass(frozen=True)
class Cluster:
    """Where the objects are: a reader, the kinds of each group version, and whether it is too late to ask."""

    reader: Reader
    kinds: Mapping[str, Mapping[str, Kind] | str]
    late: Callable[[], bool]

    def by_list(self, group: Sequence[Wanted]) -> list[Compared | Wanted]:
        """Compare objects of one kind by a list of those that Helm manages; return those not in it as they are."""
        kind = self._kind(group[0])
        if isinstance(kind, str):
            return [Compared(one, unread=kind) for one in group]
        if len(group) == 1:
            return [*group]
        by_metadata = all(one.secret or one.text for one in group)
        try:
            listed = (self.reader.metadata if by_metadata else self.reader.items)(kind.path(), labelSelector=MANAGED)
        except KubeError:
            # There may be the right to read each, without the right to list all.
            return [*group]
        live = {_key(one): one for one in listed}
        return [_by_list(one, kind.namespace(one), live) for one in group]

    def by_name(self, one: Wanted) -> Compared:
        """Compare one object that is asked for by its name."""
        kind = self._kind(one)
        if isinstance(kind, str):
            return Compared(one, unread=kind)
        namespace = kind.namespace(one)
        if not one.name:
            # The API server has made one, and the manifest does not know which.
            return Compared(one, namespace)
        try:
            return _held_against(one.in_full(), namespace, self._live(one, kind.path(namespace)))
        except KubeError as error:
            return Compared(one, namespace, unread=error.message)

    def _live(self, one: Wanted, path: str) -> Json | None:
        if one.secret:
            found = self.reader.metadata(path, fieldSelector=f"metadata.name={one.name}")
            return found[0] if found else None
        try:
            return self.reader.get(f"{path}/{quote(one.name, safe=':')}")
        except MissingKindError:
            return None

    def _kind(self, one: Wanted) -> Kind | str:
        """Return where its kind is, or why it is not asked for."""
        kinds = self.kinds[one.api]
        if self.late():
            return "not asked for in time"
        return kinds if isinstance(kinds, str) else kinds.get(one.kind, f"the cluster does not serve it in {one.api}")


def _key(obj: Json) -> tuple[str, str]:
    return str(obj["metadata"].get("namespace") or ""), str(obj["metadata"]["name"])


def _by_list(one: Wanted, namespace: str, listed: Mapping[tuple[str, str], Json]) -> Compared | Wanted:
    live = listed.get((namespace, one.name))
    # Of a CRD the list has metadata only, which says whether somebody else has written to it.
    if live is None or (one.text and any(owner.foreign and not owner.subresource for owner in owned(live).owners)):
        return one
    return _held_against(one, namespace, live)


def _held_against(one: Wanted, namespace: str, live: Json | None) -> Compared:
    if live is None:
        return Compared(one, namespace, missing=one.source.settled and not one.goes_by_itself)
    if one.secret:
        return Compared(one, namespace)
    if not (live.get("metadata") or {}).get("managedFields"):
        return Compared(one, namespace, unread="the API server keeps no record of who wrote it")
    try:
        fields = differences(one.content, live, datetime.fromisoformat(one.source.deployed))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # Its type only: the text may quote a value.
        return Compared(one, namespace, unread=f"it makes no sense: {type(error).__name__}")
    # What the failed revision left out looks like something that was removed.
    certain = [field for field in fields if one.source.settled or (field.managers and not field.removed)]
    return Compared(one, namespace, fields=tuple(certain))


def _without_autoscaled(found: list[Compared], reader: Reader) -> tuple[list[Compared], list[str]]:
    """Take out replicas that an autoscaler decides about: who scaled last does not matter there."""
    if not any(field.path == REPLICAS for one in found for field in one.fields):
        return found, []
    try:
        targets = {_target(one) for one in reader.items(AUTOSCALERS)}
    except KubeError as error:
        # Whether these replicas are an autoscaler's cannot be told.
        return [_without_replicas(one) for one in found], [f"HorizontalPodAutoscaler: {one_line(error.message)}"]
    return [_without_replicas(one) if _scalable(one) in targets else one for one in found], []


def _target(autoscaler: Json) -> tuple[str, str, str]:
    target = (autoscaler.get("spec") or {}).get("scaleTargetRef") or {}
    return autoscaler["metadata"]["namespace"], str(target.get("kind") or ""), str(target.get("name") or "")


def _scalable(one: Compared) -> tuple[str, str, str]:
    return one.namespace, one.wanted.kind, one.wanted.name


def _without_replicas(one: Compared) -> Compared:
    return replace(one, fields=tuple(field for field in one.fields if field.path != REPLICAS))


def _unread(found: Iterable[Compared]) -> list[str]:
    """Return one sentence per kind whose objects could not be compared."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for one in found:
        if one.unread:
            reasons.setdefault((one.wanted.kind, one.wanted.api), []).append(one_line(one.unread))
    return [f"{kind} of {api}, {len(why)} not compared: {why[0]}" for (kind, api), why in sorted(reasons.items())]
