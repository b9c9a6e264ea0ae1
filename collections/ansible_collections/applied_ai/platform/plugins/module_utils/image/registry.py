# SPDX-License-Identifier: Apache-2.0
"""What a registry has under a name, and giving it another name. Layers are pushed by the container engine."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ansible_collections.applied_ai.platform.plugins.module_utils.image.errors import ImageError

Headers = Mapping[str, str]
MANIFESTS = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
DOCKER_HUB = "docker.io"
# Where Docker Hub answers, and under which name its credentials are kept.
HUB_HOST, HUB_CREDENTIALS = "registry-1.docker.io", "https://index.docker.io/v1/"
LOOPBACK = re.compile(r"^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$")
CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Answer:
    """What a server said; header names are in lower case."""

    status: int
    headers: Headers
    body: bytes


# method, URL, headers, body
Fetch = Callable[[str, str, Headers, bytes | None], Answer]


@dataclass(frozen=True)
class Repository:
    """A repository of a registry."""

    host: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Repository:
        """Read host/name; without a host it is Docker Hub's."""
        host, slash, name = text.partition("/")
        if not slash or not ("." in host or ":" in host or host == "localhost"):
            host, name = DOCKER_HUB, text
        if host == DOCKER_HUB and "/" not in name:
            name = f"library/{name}"
        return cls(host, name)

    @property
    def base(self) -> str:
        """Return the address of its API; on loopback, registries speak plain HTTP."""
        host = HUB_HOST if self.host == DOCKER_HUB else self.host
        return f"{'http' if LOOPBACK.match(host) else 'https'}://{host}/v2/{self.name}"


def read_credentials(config: Path) -> dict[str, str]:
    """Return the credentials (user:password in base64) by registry that a Docker configuration holds."""
    try:
        content = json.loads(config.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except ValueError as error:
        raise ImageError(f"{config} is no JSON; log in to the registry again, which writes it anew.") from error
    auths = content.get("auths") or {}
    return {host: entry["auth"] for host, entry in auths.items() if entry.get("auth")}


class Registry:
    """Speaks with registries, with the credentials it was given."""

    def __init__(self, fetch: Fetch, credentials: Mapping[str, str]) -> None:
        self._fetch = fetch
        self._credentials = credentials
        self._headers: dict[str, str] = {}

    def digest(self, repository: Repository, reference: str) -> str | None:
        """Return the digest of a tag or a digest; None when there is nothing."""
        answer = self._ask("HEAD", repository, f"manifests/{reference}", {"Accept": MANIFESTS})
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        self._must(answer, repository, f"look up {reference}")
        if found := answer.headers.get("docker-content-digest"):
            return found
        _kind, body = self.manifest(repository, reference)
        return f"sha256:{hashlib.sha256(body).hexdigest()}"

    def manifest(self, repository: Repository, reference: str) -> tuple[str, bytes]:
        """Return the media type and the bytes of a manifest."""
        answer = self._ask("GET", repository, f"manifests/{reference}", {"Accept": MANIFESTS})
        self._must(answer, repository, f"read {reference}")
        return answer.headers.get("content-type", ""), answer.body

    def tag(self, repository: Repository, digest: str, tag: str) -> None:
        """Give an image that is there a name."""
        kind, body = self.manifest(repository, digest)
        answer = self._ask(
            "PUT", repository, f"manifests/{tag}", {"Content-Type": kind}, body=body, actions="pull,push"
        )
        self._must(answer, repository, f"write the tag {tag}")

    def _ask(
        self,
        method: str,
        repository: Repository,
        path: str,
        headers: Headers,
        *,
        body: bytes | None = None,
        actions: str = "pull",
    ) -> Answer:
        url, scope = f"{repository.base}/{path}", f"{repository.base} {actions}"
        answer = self._fetch(method, url, {**headers, **self._known(scope)}, body)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        authorization = self._log_in(repository, answer.headers.get("www-authenticate", ""), actions)
        if not authorization:
            return answer
        self._headers[scope] = authorization
        return self._fetch(method, url, {**headers, **self._known(scope)}, body)

    def _known(self, scope: str) -> dict[str, str]:
        return {"Authorization": self._headers[scope]} if scope in self._headers else {}

    def _log_in(self, repository: Repository, challenge: str, actions: str) -> str:
        """Return the header that a challenge asks for; nothing where there are no credentials for it."""
        key = HUB_CREDENTIALS if repository.host == DOCKER_HUB else repository.host
        basic = f"Basic {self._credentials[key]}" if key in self._credentials else ""
        scheme, _space, rest = challenge.partition(" ")
        if scheme.lower() != "bearer":
            return basic
        asked = dict(CHALLENGE.findall(rest))
        query = {"scope": f"repository:{repository.name}:{actions}"}
        query |= {"service": asked["service"]} if "service" in asked else {}
        url = f"{asked.get('realm', '')}?{urlencode(query)}"
        answer = self._fetch("GET", url, {"Authorization": basic} if basic else {}, None)
        self._must(answer, repository, "log in")
        said: dict[str, Any] = json.loads(answer.body)
        return f"Bearer {said.get('token') or said.get('access_token') or ''}"

    @staticmethod
    def _must(answer: Answer, repository: Repository, what: str) -> None:
        if answer.status < HTTPStatus.BAD_REQUEST:
            return
        where = f"{repository.host}/{repository.name}"
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise ImageError(
                f"Failed to {what} in {where}: the registry answers {answer.status}; log in to {repository.host}"
                " with an identity that may push there."
            )
        raise ImageError(f"Failed to {what} in {where}: the registry answers {answer.status}{reason(answer.body)}.")


def reason(body: bytes) -> str:
    """Return what a registry says in its own words, in a few."""
    try:
        errors = json.loads(body)["errors"]
        return f" ({', '.join(str(error.get('message') or error.get('code')) for error in errors)})"
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
