# SPDX-License-Identifier: Apache-2.0
"""Which container images a set of Kubernetes objects names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

# registry/path:tag or registry/path@digest. The registry has a dot or a port, else words with a slash would do.
REFERENCE: Final = re.compile(
    r"(?P<image>[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:/[\w.-]+)+"
    r"(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?)"
)
# Where a chart tells its operator which images to use.
OPTION: Final = re.compile(rf"^--?[\w.-]*image[\w.-]*=(?:[\w-]+=)?{REFERENCE.pattern}$")
# Images without a registry come from Docker Hub.
SHORT: Final = re.compile(r"^[\w.-]+(?:/[\w.-]+)*(?::[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$")


def of_objects(documents: Any) -> list[str]:  # noqa: ANN401  any part of an object, down to its strings
    """Return the images, sorted: of containers, custom resources, and operators' options and variables."""
    return sorted(set(_walk(documents, "")))


def _walk(value: Any, key: str) -> Iterator[str]:  # noqa: ANN401
    if isinstance(value, dict):
        named = str(value.get("name", ""))
        for name, inner in value.items():
            # An environment variable's own name says what its value is.
            yield from _walk(inner, named if name == "value" else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, key)
    elif isinstance(value, str):
        yield from _of_string(value, key.lower())


def _of_string(text: str, key: str) -> Iterator[str]:
    if key == "image" or key.endswith("_image"):
        if REFERENCE.fullmatch(text) or SHORT.match(text):
            yield text
    elif found := OPTION.match(text):
        yield found["image"]
