# SPDX-License-Identifier: Apache-2.0
"""CRDs applied on the server: their text is passed on as it is, since ten of them may have a hundred thousand lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import MissingKindError, one_line

Json = dict[str, Any]
Fetch = Callable[[str], Json]
Apply = Callable[[str, str], Json]

PATH: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SEPARATOR: Final = re.compile(r"^---[ \t]*(?:#.*)?$", re.MULTILINE)


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The fast loader, where libyaml is there."""


# A bare = is a string to Kubernetes, but a type of its own to YAML 1.1; the CRDs of Prometheus have it.
Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node))


@dataclass(frozen=True)
class Crd:
    """One custom resource definition and its text."""

    name: str
    text: str

    @property
    def path(self) -> str:
        """Return where the API server has it."""
        return f"{PATH}/{self.name}"


def show_command(source: Json) -> list[str]:
    """Return the command that prints a chart's CRDs."""
    command = ["helm", "show", "crds", source["ref"]]
    if source.get("repo_url"):
        command += ["--repo", source["repo_url"]]
    if source.get("version"):
        command += ["--version", source["version"]]
    return command


def parse(text: str, where: str) -> Iterator[Crd]:
    """Return the CRDs in a YAML text; anything else in it is an error."""
    for part in SEPARATOR.split(text):
        try:
            document = yaml.load(part, Loader)  # noqa: S506  a SafeLoader
        except yaml.YAMLError as error:
            msg = f"Failed to read the CRDs of {where}: {one_line(error)}."
            raise HelmError(msg) from error
        if document is None:
            continue
        kind = document.get("kind") if isinstance(document, dict) else type(document).__name__
        if kind != "CustomResourceDefinition":
            msg = f"Failed to read the CRDs of {where}: it holds a {kind}, not only CRDs."
            raise HelmError(msg)
        yield Crd(str(document["metadata"]["name"]), part)


def apply_all(crds: Iterable[Crd], fetch: Fetch, apply: Apply) -> list[str]:
    """Apply CRDs and return the names of those that changed, sorted."""
    return sorted(crd.name for crd in crds if _changed(_current(crd, fetch), apply(crd.path, crd.text)))


def await_established(
    names: Iterable[str], fetch: Fetch, timeout: float, clock: Callable[[], float], sleep: Callable[[float], None]
) -> None:
    """Wait until the API server serves the kinds; before that, objects of these kinds are refused."""
    end = clock() + timeout
    for name in names:
        while not _established(fetch(f"{PATH}/{name}")):
            if clock() >= end:
                msg = f"The API server does not serve the CRD {name} after {timeout:.0f} s. Look at its conditions."
                raise HelmError(msg)
            sleep(0.5)


def _current(crd: Crd, fetch: Fetch) -> Json | None:
    try:
        return fetch(crd.path)
    except MissingKindError:
        return None


def _changed(before: Json | None, after: Json) -> bool:
    return before is None or _content(before) != _content(after)


def _content(document: Json) -> tuple[Any, Any, Any]:
    metadata = document["metadata"]
    return metadata.get("labels"), metadata.get("annotations"), document.get("spec")


def _established(crd: Json) -> bool:
    conditions = (crd.get("status") or {}).get("conditions") or []
    return any(one.get("type") == "Established" and one.get("status") == "True" for one in conditions)
