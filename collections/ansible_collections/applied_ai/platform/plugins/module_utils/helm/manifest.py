# SPDX-License-Identifier: Apache-2.0
"""The objects that a release is made of, as the manifest in its secret has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.helm import crds
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.releases import decode

Json = dict[str, Any]

IS_CRD: Final = re.compile(r"^kind: CustomResourceDefinition\s*$", re.MULTILINE)


class Loader(crds.Loader):
    """Reads a manifest as Helm does: what looks like a date stays a text."""


Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))


@dataclass(frozen=True)
class Source:
    """The revision of a release that an object belongs to; ``deployed`` is RFC 3339.

    It is not ``settled`` where a later revision failed and may have written some of its objects.
    """

    namespace: str
    name: str
    revision: int
    deployed: str
    settled: bool = True

    @property
    def key(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class Wanted:
    """One object of a manifest; of a CRD ``content`` ends before its spec, and ``text`` is all of it."""

    source: Source
    content: Json
    text: str = ""

    @property
    def api(self) -> str:
        """Its group and version, as ``apps/v1``."""
        return str(self.content.get("apiVersion") or "")

    @property
    def kind(self) -> str:
        """Its kind."""
        return str(self.content.get("kind") or "")

    @property
    def name(self) -> str:
        """Its name, empty where the API server makes one."""
        return str((self.content.get("metadata") or {}).get("name") or "")

    @property
    def secret(self) -> bool:
        """Whether it is a Secret, whose content is never read."""
        return (self.api, self.kind) == ("v1", "Secret")

    @property
    def goes_by_itself(self) -> bool:
        """Whether the cluster removes it when it is done."""
        return self.kind == "Job" and (self.content.get("spec") or {}).get("ttlSecondsAfterFinished") is not None

    def in_full(self) -> Wanted:
        """Return it with all that its text has."""
        return Wanted(self.source, load(self.text)) if self.text else self


def newest_deployed(secrets: Iterable[Json]) -> list[tuple[Json, bool]]:
    """Return each release's newest deployed secret, and whether it is settled, sorted by namespace and name.

    A release on which Helm is at work, or was interrupted, has none: its objects are on their way.
    """
    releases: dict[tuple[str, str], list[Json]] = {}
    for secret in secrets:
        releases.setdefault((secret["metadata"]["namespace"], _labels(secret).get("name", "")), []).append(secret)
    found: list[tuple[Json, bool]] = []
    for _key, revisions in sorted(releases.items()):
        *older, newest = sorted(revisions, key=lambda one: int(_labels(one).get("version") or 0))
        deployed = [one for one in (*older, newest) if _labels(one).get("status") == "deployed"]
        if deployed and _labels(newest).get("status") in ("deployed", "failed"):
            found.append((deployed[-1], deployed[-1] is newest))
    return found


def objects(secret: Json, *, settled: bool = True) -> list[Wanted]:
    """Return the objects of a release's manifest; hooks are not in it, lists are taken apart."""
    metadata = secret["metadata"]
    payload = decode(str((secret.get("data") or {}).get("release", "")), f"{metadata['namespace']}/{metadata['name']}")
    source = Source(
        namespace=str(payload.get("namespace") or metadata["namespace"]),
        name=str(payload.get("name") or ""),
        revision=int(payload.get("version") or 0),
        deployed=str((payload.get("info") or {}).get("last_deployed") or ""),
        settled=settled,
    )
    try:
        # Helm leaves the manifest out where a chart makes no object.
        return [one for part in crds.SEPARATOR.split(payload.get("manifest") or "") for one in _parsed(source, part)]
    except (yaml.YAMLError, TypeError) as error:
        # The error's text quotes the manifest, which may hold a secret.
        msg = f"The manifest of release {source.key} revision {source.revision} is no YAML. Deploy the release again."
        raise HelmError(msg) from error


def load(text: str) -> Any:  # noqa: ANN401  any YAML document
    """Return one YAML document."""
    return yaml.load(text, Loader)  # noqa: S506  a SafeLoader


def _parsed(source: Source, text: str) -> Iterator[Wanted]:
    # Millions of letters of schema are parsed only where somebody has changed them.
    head, spec, _rest = text.partition("\nspec:")
    if spec and IS_CRD.search(head) and (crd := Wanted(source, load(head), text)).name:
        yield crd
    else:
        yield from (Wanted(source, one) for one in _flat(load(text)))


def _flat(one: object) -> Iterator[Json]:
    if isinstance(one, dict) and str(one.get("kind", "")).endswith("List") and isinstance(one.get("items"), list):
        for item in one["items"]:
            yield from _flat(item)
    elif isinstance(one, dict) and one:
        yield one


def _labels(secret: Json) -> dict[str, str]:
    return secret["metadata"].get("labels") or {}
