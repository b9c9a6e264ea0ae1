# SPDX-License-Identifier: Apache-2.0
"""HTTP as registries are spoken to."""

from __future__ import annotations

from pathlib import Path
from urllib.error import HTTPError, URLError

from ansible.module_utils.urls import open_url
from ansible_collections.applied_ai.platform.plugins.module_utils.image import registry
from ansible_collections.applied_ai.platform.plugins.module_utils.image.errors import ImageError

TIMEOUT_S = 30


def fetch(method: str, url: str, headers: registry.Headers, body: bytes | None) -> registry.Answer:
    """Ask a server; every status is an answer."""
    try:
        with open_url(
            url,
            data=body,
            headers=dict(headers),
            method=method,
            timeout=TIMEOUT_S,
            use_netrc=False,
            # Whoever a registry sends us on to gets no credentials.
            unredirected_headers=["Authorization"],
        ) as answer:
            known = {name.lower(): value for name, value in answer.headers.items()}
            return registry.Answer(answer.status, known, answer.read())
    except HTTPError as error:
        return registry.Answer(error.code, {name.lower(): value for name, value in error.headers.items()}, error.read())
    except (URLError, OSError) as error:
        why = getattr(error, "reason", error)
        raise ImageError(
            f"The registry does not answer at {url.partition('?')[0]}: {why}; check image_registry and the network."
        ) from error


def connect(config: str) -> registry.Registry:
    """Return a registry client with the credentials of a Docker configuration."""
    path = Path(config or "~/.docker").expanduser() / "config.json"
    return registry.Registry(fetch, registry.read_credentials(path))
