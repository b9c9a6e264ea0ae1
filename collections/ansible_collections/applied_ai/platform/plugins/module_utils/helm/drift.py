# SPDX-License-Identifier: Apache-2.0
"""A live object against what a release's manifest says of it: which fields differ, who wrote them, and when.

A value that differs is drift only if somebody else wrote it: what the API server defaults or writes in another way
still belongs to Helm. A field that is gone has no owner. Helm 4 applies on the server, where its own entry lists all
that it applied: a field of the manifest that is no longer in that entry was removed. Values are never returned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.helm.ownership import Owned, Owner, owned
from ansible_collections.applied_ai.platform.plugins.module_utils.quantity import parse

Json = dict[str, Any]

# Not compared: what names the object, and what the cluster says of it.
NAMES: Final = frozenset({"apiVersion", "kind", "status"})
METADATA: Final = ("labels", "annotations")
# Operators put in their own certificate authority, and renew it.
RENEWED: Final = "caBundle"
# Maps that take any key: the API server drops nothing of them.
FREE: Final = frozenset({"labels", "annotations", "data", "binaryData", "matchLabels", "nodeSelector"})


@dataclass(frozen=True)
class Difference:
    """A field that is not as the release has it; ``managers`` is empty where the API server keeps no record."""

    path: str
    managers: tuple[str, ...] = ()
    time: str = ""
    removed: bool = False


@dataclass(frozen=True)
class Place:
    """Where in an object one is, and what is known there."""

    path: str
    owned: Owned
    # Helm applied on the server: its entry lists all that it applied.
    applied: bool
    # Somebody else wrote to the object after it was deployed.
    touched: bool
    # A map that takes any key.
    free: bool = False
    # In such a map, or an element with a name: the API server does not drop it.
    kept: bool = False

    def field(self, name: str) -> Place:
        """Return the place of a field."""
        step = f"[{name}]" if {".", "/"} & set(name) else f".{name}"
        path = f"{self.path}{step}".lstrip(".")
        return replace(
            self, path=path, owned=self.owned.field(name), free=name in FREE and not self.free, kept=self.free
        )

    def element(self, item: Mapping[str, Any], keys: Sequence[str]) -> Place:
        """Return the place of a list's element."""
        shown = ",".join(f"{key}={item[key]}" for key in keys if key in item)
        return replace(self, path=f"{self.path}[{shown}]", owned=self.owned.element(item), free=False, kept=True)


def differences(wanted: Json, live: Json, deployed: datetime) -> list[Difference]:
    """Return the fields of a manifest's object that differ in the cluster, sorted by path.

    ``deployed`` is when the release was, with its time zone.
    """
    everything = owned(live)
    owners = everything.owners
    place = Place(
        path="",
        owned=everything,
        applied=any(one.helm and one.applies for one in owners),
        touched=any(one.foreign and not one.subresource and _not_before(one, deployed) for one in owners),
    )
    return sorted(_map(_compared(wanted), _compared(live), place), key=lambda one: one.path)


def _compared(obj: Json) -> Json:
    metadata = obj.get("metadata") or {}
    content = {key: value for key, value in obj.items() if key not in NAMES}
    return {**content, "metadata": {key: metadata[key] for key in METADATA if key in metadata}}


def _not_before(owner: Owner, deployed: datetime) -> bool:
    # The API server's times are whole seconds.
    return bool(owner.time) and datetime.fromisoformat(owner.time) >= deployed.astimezone(UTC).replace(microsecond=0)


def _walk(want: object, have: object, place: Place) -> Iterator[Difference]:
    if want is None:
        return
    if isinstance(want, dict) and isinstance(have, dict):
        yield from _map(want, have, place)
    elif isinstance(want, list) and isinstance(have, list) and (keys := place.owned.merge_keys):
        yield from _elements(want, have, place, keys)
    elif isinstance(want, list) and isinstance(have, list) and place.owned.is_set:
        gone = [one for one in want if one not in have and not _helms(place.owned.member(one))]
        yield from [Difference(place.path, removed=True)] if gone else []
    elif not _same(want, have, exact=place.kept):
        yield from _changed(have, place)


def _map(want: Json, have: Json, place: Place) -> Iterator[Difference]:
    for name, value in want.items():
        if name == RENEWED or value is None:
            continue
        if have.get(name) is None:
            yield from _removed(value, place.field(name))
        else:
            yield from _walk(value, have[name], place.field(name))


def _elements(want: list[Any], have: list[Any], place: Place, keys: Sequence[str]) -> Iterator[Difference]:
    left = [one for one in have if isinstance(one, dict)]
    # Those that name all keys first, so that they are not taken by one that leaves a key to its default.
    for item in sorted((one for one in want if isinstance(one, dict)), key=lambda one: -len(set(keys) & one.keys())):
        found = next((one for one in left if _matches(item, one, keys)), None)
        if found is None:
            yield from _removed(item, place.element(item, keys))
        else:
            left.remove(found)
            yield from _map(item, found, replace(place.element(item, keys), owned=place.owned.element(found)))


def _matches(item: Mapping[str, Any], live: Mapping[str, Any], keys: Sequence[str]) -> bool:
    return all(item[key] == live.get(key) for key in keys if key in item)


def _changed(have: object, place: Place) -> Iterator[Difference]:
    # Without an owner it is the API server's own, unless Helm's entry lists all that it applied. Of one who scales to
    # nothing no record is kept.
    known = place.owned.owners or place.applied or have == 0
    if _helms(place.owned) or not known:
        return
    yield from _said(place, removed=False)


def _removed(value: object, place: Place) -> Iterator[Difference]:
    owners = place.owned.owners
    # Whoever applied false or 0 owns it, though the API server leaves it out.
    if _empty(value, zero=bool(owners) or not place.applied) or _helms(place.owned):
        return
    if owners or place.applied or place.kept or place.touched:
        yield from _said(place, removed=True)


def _said(place: Place, *, removed: bool) -> Iterator[Difference]:
    owners = place.owned.owners
    foreign = [one for one in owners if one.foreign]
    if owners and not foreign:
        return
    times = sorted(one.time for one in foreign if one.time)
    managers = tuple(sorted({one.manager for one in foreign}))
    yield Difference(place.path, managers, times[-1] if times else "", removed)


def _helms(here: Owned) -> bool:
    return any(one.helm for one in here.owners)


def _empty(value: object, *, zero: bool) -> bool:
    """Say whether a value is the same as none; ``zero``: false and 0 too, which the API server leaves out."""
    if isinstance(value, dict):
        return all(_empty(one, zero=zero) for one in value.values())
    return value is None or value in ("", []) or (zero and not value)


def _same(want: object, have: object, *, exact: bool) -> bool:
    """Say whether the live value says what the manifest does; what was added to its maps does not count."""
    if isinstance(want, dict) and isinstance(have, dict):
        return all(_same(value, have.get(name), exact=exact) for name, value in want.items() if name != RENEWED)
    if isinstance(want, list) and isinstance(have, list):
        return len(want) == len(have) and all(_same(a, b, exact=exact) for a, b in zip(want, have, strict=True))
    if want == have or (have is None and _empty(want, zero=True)):
        return True
    number = None if exact else parse(want)
    return number is not None and number == parse(have)
