# SPDX-License-Identifier: Apache-2.0
"""All revisions that Helm keeps of a release, and the chart that one of them was made of."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any, Final

import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.releases import (
    OF_TYPE,
    Release,
    decode,
    list_path,
    release_of,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import Reader

Json = dict[str, Any]

# A revision of these was complete once, so that one can go back to it.
COMPLETE: Final = ("deployed", "superseded")


def revisions(reader: Reader, namespace: str, names: Iterable[str]) -> dict[str, list[Release]]:
    """Return the revisions of releases of one namespace by name, the newest first: one list call."""
    wanted = sorted(set(names))
    found: dict[str, list[Release]] = {name: [] for name in wanted}
    selector = f"owner=helm,name in ({','.join(wanted)})"
    for secret in reader.items(list_path(namespace), labelSelector=selector, fieldSelector=OF_TYPE) if wanted else []:
        release = release_of(secret)
        found[release.name].append(release)
    return {name: sorted(all_, key=lambda one: one.revision, reverse=True) for name, all_ in found.items()}


def payload(reader: Reader, release: Release) -> Json:
    """Return all that Helm keeps of a revision."""
    secret = reader.get(f"{list_path(release.namespace)}/{release.secret}")
    return decode(str((secret.get("data") or {}).get("release", "")), f"{release.namespace}/{release.secret}")


def chart_files(payload: Json) -> dict[str, bytes]:
    """Return the files of the chart that a revision was made of, by their paths in the chart."""
    chart = payload.get("chart") or {}
    metadata = chart.get("metadata") or {}
    if metadata.get("dependencies"):
        msg = (
            f"The chart {metadata.get('name')} of release {payload.get('name')} has charts of its own, use its folder."
        )
        raise HelmError(msg)
    files = {
        "Chart.yaml": yaml.safe_dump(metadata).encode(),
        "values.yaml": yaml.safe_dump(chart.get("values") or {}).encode(),
    }
    try:
        if chart.get("schema"):
            files["values.schema.json"] = base64.b64decode(chart["schema"], validate=True)
        for one in [*(chart.get("templates") or []), *(chart.get("files") or [])]:
            files[str(one["name"])] = base64.b64decode(one["data"] or "", validate=True)
    except (binascii.Error, KeyError, TypeError) as error:
        msg = f"The chart in release {payload.get('name')} cannot be read: {error}. Deploy it from its folder."
        raise HelmError(msg) from error
    if any(name.startswith("/") or ".." in name.split("/") for name in files):
        msg = f"The chart in release {payload.get('name')} has files outside of it. Deploy it from its folder."
        raise HelmError(msg)
    return files


def default_values(payload: Json) -> Json:
    """Return the chart's own values."""
    values: Json = (payload.get("chart") or {}).get("values") or {}
    return values
