# SPDX-License-Identifier: Apache-2.0
"""The only file that talks to a cluster: a kubeconfig becomes a reader, which is injected everywhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError

Json = dict[str, Any]
PAGE_SIZE: Final = 500
HTTP_REFUSED: Final = 400
FIELD_MANAGER: Final = "applied-ai-platform"
Apply = Callable[[str, str], Json]


class KubeError(PlatformError):
    """The cluster's API could not be reached or refused."""


class MissingKindError(KubeError):
    """The API server does not serve this path: the kind is not installed."""


class Reader(Protocol):
    """What read-only code needs of a cluster."""

    def get(self, path: str) -> Json:
        """Return one document."""

    def items(self, path: str, **query: str) -> list[Json]:
        """Return every object of a list, all pages."""

    def metadata(self, path: str, **query: str) -> list[Json]:
        """Return the metadata of every object of a list; spec, status and data stay in the cluster."""


JSON: Final = "application/json"
METADATA: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
# (path, what to accept) → document
Fetch = Callable[[str, str], Json]


@dataclass(frozen=True)
class PagedReader:
    """Lists through ``fetch``, a page at a time, so that a large cluster does not choke one answer."""

    fetch: Fetch

    def get(self, path: str) -> Json:
        """Return one document."""
        return self.fetch(path, JSON)

    def items(self, path: str, **query: str) -> list[Json]:
        """Return every object of a list, all pages."""
        return self._all(path, JSON, query)

    def metadata(self, path: str, **query: str) -> list[Json]:
        """Return the metadata of every object of a list."""
        return self._all(path, METADATA, query)

    def _all(self, path: str, accept: str, query: dict[str, str]) -> list[Json]:
        # A page that expired on the way starts the list again, once.
        try:
            return list(self._pages(path, accept, query))
        except ExpiredPageError:
            return list(self._pages(path, accept, query))

    def _pages(self, path: str, accept: str, query: dict[str, str]) -> Iterator[Json]:
        token = ""
        while True:
            page = {**query, "limit": str(PAGE_SIZE), **({"continue": token} if token else {})}
            document = self.fetch(f"{path}?{urlencode(page)}", accept)
            yield from document.get("items") or []
            token = (document.get("metadata") or {}).get("continue") or ""
            if not token:
                return


class ExpiredPageError(KubeError):
    """The list's continue token is too old (HTTP 410)."""


def connect(kubeconfig: str, context: str = "", timeout: int = 30) -> PagedReader:
    """Build a reader of the cluster that ``kubeconfig`` names."""
    return PagedReader(api_fetch(api_client(kubeconfig, context), kubeconfig, timeout))


def api_client(kubeconfig: str, context: str = "") -> Any:  # noqa: ANN401  the library has no types
    """Build a kubernetes ``ApiClient``; raises a sentence when the library, the file or the context is missing."""
    try:
        from kubernetes import client, config  # noqa: PLC0415  probed here: a missing library must be a sentence
        from kubernetes.config.config_exception import ConfigException  # noqa: PLC0415
        from yaml import YAMLError  # noqa: PLC0415
    except ImportError as error:
        msg = f"The Python library kubernetes is missing ({error}). Install requirements/runtime.txt."
        raise KubeError(msg) from error
    path = Path(kubeconfig).expanduser()
    if not path.is_file():
        msg = f"The kubeconfig {path} does not exist. Set platform_kubeconfig to a file that does, or leave it empty."
        raise KubeError(msg)
    configuration = client.Configuration()
    # A dead server must be told at once, not after the library's three retries with growing pauses.
    configuration.retries = False
    try:
        config.load_kube_config(str(path), context=context or None, client_configuration=configuration)
    except (ConfigException, YAMLError, ValueError, TypeError, KeyError) as error:
        where = f", context {context}" if context else ""
        msg = f"The kubeconfig {path}{where} cannot be used: {one_line(error)}."
        raise KubeError(msg) from error
    return client.ApiClient(configuration)


def api_fetch(api: Any, kubeconfig: str, timeout: int) -> Fetch:  # noqa: ANN401  the library has no types
    """Return a function that gets a path of the API as a plain dict."""
    read = api_read(api, kubeconfig, timeout)

    def fetch(path: str, accept: str) -> Json:
        data = read(path, accept)
        try:
            document: Json = json.loads(data)
        except ValueError as error:
            asked = f"GET {path.partition('?')[0]}"
            msg = f"The cluster of {kubeconfig} answered {asked} with something that is not JSON."
            raise KubeError(msg) from error
        return document

    return fetch


def api_read(
    api: Any,  # noqa: ANN401  the library has no types
    kubeconfig: str,
    timeout: int,
) -> Callable[[str, str], bytes]:
    """Return a function that gets a path of the API as it is: a pod's log is no JSON."""
    from kubernetes.client.exceptions import OpenApiException  # noqa: PLC0415  see api_client
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    def read(path: str, accept: str) -> bytes:
        asked = f"GET {path.partition('?')[0]}"
        try:
            # Raw bytes: the typed models cost time and drop fields they do not know.
            request = api.param_serialize("GET", path, header_params={"Accept": accept}, auth_settings=["BearerToken"])
            response = api.call_api(*request, _request_timeout=timeout)
            data: bytes = response.read()
        except (OpenApiException, HTTPError, OSError) as error:
            msg = f"The cluster of {kubeconfig} does not answer {asked}: {one_line(error)}."
            raise KubeError(msg) from error
        if response.status >= HTTP_REFUSED:
            raise refusal(path, response.status, one_line(response.reason or "without a reason"))
        return data

    return read


def refusal(path: str, status: int, reason: str) -> KubeError:
    """Turn an HTTP status into the error that callers tell apart."""
    kind = {404: MissingKindError, 410: ExpiredPageError}.get(status, KubeError)
    return kind(f"The cluster refused GET {path.partition('?')[0]}: {status} {reason}.", status=status)


def api_apply(
    api: Any,  # noqa: ANN401  the library has no types
    *,
    dry_run: bool,
    timeout: int,
) -> Apply:
    """Return a function that applies a text on the server with this project's field manager."""
    from kubernetes.client.exceptions import OpenApiException  # noqa: PLC0415  see api_client
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    query = urlencode({"fieldManager": FIELD_MANAGER, "force": "true", **({"dryRun": "All"} if dry_run else {})})
    headers = {"Accept": "application/json", "Content-Type": "application/apply-patch+yaml"}

    def apply(path: str, text: str) -> Json:
        name = path.rpartition("/")[2]
        try:
            request = api.param_serialize(
                "PATCH", f"{path}?{query}", header_params=headers, body=text, auth_settings=["BearerToken"]
            )
            response = api.call_api(*request, _request_timeout=timeout)
            data = response.read()
        except (OpenApiException, HTTPError, OSError) as error:
            msg = f"The cluster does not answer when {name} is applied: {one_line(error)}."
            raise KubeError(msg) from error
        document: Json = json.loads(data)
        if response.status >= HTTP_REFUSED:
            msg = f"The cluster refused {name}: {response.status} {one_line(document.get('message', ''))}."
            raise KubeError(msg)
        return document

    return apply


def one_line(error: object) -> str:
    """Return an error's text on one line, without the full stop at its end."""
    return " ".join(str(error).split()).rstrip(".")
