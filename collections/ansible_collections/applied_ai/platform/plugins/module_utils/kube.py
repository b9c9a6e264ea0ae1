# SPDX-License-Identifier: Apache-2.0
"""The only file that talks to a cluster: a kubeconfig becomes a reader, which is injected everywhere else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError

Json = dict[str, Any]
PAGE_SIZE: Final = 500
HTTP_REFUSED: Final = 400
HTTP_TOO_MANY: Final = 429
HTTP_BROKEN: Final = 500
FIELD_MANAGER: Final = "applied-ai-platform"
Apply = Callable[[str, str], Json]


class KubeError(PlatformError):
    """The cluster's API could not be reached or refused."""


class MissingKindError(KubeError):
    """The API server does not serve this path: the kind is not installed."""


class UnreachableError(KubeError):
    """There is no connection to the API server: whoever asks it anything else only waits."""


class BusyError(KubeError):
    """The answer may be another one a moment later: too many requests, an error of the server, a broken connection.

    ``wait`` is the seconds that the server asks to wait, 0 where it says nothing.
    """

    def __init__(self, message: str, wait: float = 0.0, **details: object) -> None:
        super().__init__(message, **details)
        self.wait = wait


# What a list keeps of an object
Keep = Callable[[Json], Json]


class Reader(Protocol):
    """What read-only code needs of a cluster."""

    def get(self, path: str) -> Json:
        """Return one document."""

    def items(self, path: str, *, keep: Keep | None = None, **query: str) -> list[Json]:
        """Return every object of a list, all pages; ``keep`` reduces each as soon as its page is there."""

    def metadata(self, path: str, **query: str) -> list[Json]:
        """Return the metadata of every object of a list; spec, status and data stay in the cluster."""


JSON: Final = "application/json"
METADATA: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
# (path, what to accept) → document
Fetch = Callable[[str, str], Json]
# The same, as it is
Read = Callable[[str, str], bytes]


@dataclass(frozen=True)
class PagedReader:
    """Lists through ``fetch``, a page at a time, so that a large cluster does not choke one answer."""

    fetch: Fetch

    def get(self, path: str) -> Json:
        """Return one document."""
        return self.fetch(path, JSON)

    def items(self, path: str, *, keep: Keep | None = None, **query: str) -> list[Json]:
        """Return every object of a list, all pages; ``keep`` reduces each as soon as its page is there."""
        return self._all(path, JSON, query, keep)

    def metadata(self, path: str, **query: str) -> list[Json]:
        """Return the metadata of every object of a list."""
        return self._all(path, METADATA, query, None)

    def _all(self, path: str, accept: str, query: dict[str, str], keep: Keep | None) -> list[Json]:
        # A page that expired on the way starts the list again, once.
        try:
            return list(self._pages(path, accept, query, keep))
        except ExpiredPageError:
            return list(self._pages(path, accept, query, keep))

    def _pages(self, path: str, accept: str, query: dict[str, str], keep: Keep | None) -> Iterator[Json]:
        token = ""
        while True:
            page = {**query, "limit": str(PAGE_SIZE), **({"continue": token} if token else {})}
            found, following = page_of(path, self.fetch(f"{path}?{urlencode(page)}", accept))
            yield from map(keep, found) if keep else found
            if following and following == token:
                msg = f"The cluster answers GET {path} with the same page again and again."
                raise KubeError(msg)
            if not following:
                return
            token = following


def page_of(path: str, document: object) -> tuple[list[Json], str]:
    """Return a page's objects and the token of the next page, empty at the end.

    Raises:
        KubeError: It is no list: one that cannot be seen must not look like an empty one.

    """
    page = document if isinstance(document, dict) and "items" in document else {"items": ""}
    # A list that is empty may be null.
    found = [] if page["items"] is None else page["items"]
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        msg = f"The cluster answered GET {path} with something that is not a list of objects."
        raise KubeError(msg)
    about = page.get("metadata")
    token = about.get("continue") if isinstance(about, dict) else ""
    return found, token if isinstance(token, str) else ""


class ExpiredPageError(KubeError):
    """The list's continue token is too old (HTTP 410)."""


@dataclass(frozen=True)
class Patience:
    """How a read waits for a server that is busy: so many tries, with pauses that double, in seconds."""

    tries: int = 3
    pause: float = 0.5
    # The longest that a server may ask to wait (Retry-After); one that asks for more is told at once.
    longest: float = 15.0
    # The time of ``clock`` after which nothing is asked any more, and what then is said.
    until: float = float("inf")
    over: str = "the time for it is over"
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def within(cls, seconds: float) -> Patience:
        """Return the patience of a look that may take so long from now on."""
        return cls(until=cls.clock() + seconds, over=f"the look may take {seconds:g} s")

    def left(self) -> float:
        """Return the seconds that are left."""
        return self.until - self.clock()


def patient(read: Read, patience: Patience) -> Read:
    """Return ``read`` with some more tries while the server is busy; no connection at all is told at once."""

    def read_again(path: str, accept: str) -> bytes:
        rest, pause = patience.tries, patience.pause
        while True:
            if patience.left() <= 0:
                msg = f"GET {path.partition('?')[0]} was not asked: {patience.over}."
                raise KubeError(msg)
            try:
                return read(path, accept)
            except BusyError as error:
                rest, wait = rest - 1, max(pause, error.wait)
                if rest < 1 or wait > min(patience.longest, patience.left()):
                    raise
            patience.sleep(wait)
            pause *= 2

    return read_again


def connect(kubeconfig: str, context: str = "", timeout: float = 30, patience: Patience | None = None) -> PagedReader:
    """Build a reader of the cluster that ``kubeconfig`` names."""
    return PagedReader(api_fetch(api_client(kubeconfig, context), kubeconfig, timeout, patience))


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


def api_fetch(
    api: Any,  # noqa: ANN401  the library has no types
    kubeconfig: str,
    timeout: float,
    patience: Patience | None = None,
) -> Fetch:
    """Return a function that gets a path of the API as a plain dict."""
    read = api_read(api, kubeconfig, timeout)
    if patience:
        read = patient(read, patience)

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
    timeout: float,
) -> Read:
    """Return a function that gets a path of the API as it is: a pod's log is no JSON."""
    from kubernetes.client.exceptions import OpenApiException  # noqa: PLC0415  see api_client
    from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError  # noqa: PLC0415

    def read(path: str, accept: str) -> bytes:
        asked = f"GET {path.partition('?')[0]}"
        try:
            # Raw bytes: the typed models cost time and drop fields they do not know.
            request = api.param_serialize("GET", path, header_params={"Accept": accept}, auth_settings=["BearerToken"])
            response = api.call_api(*request, _request_timeout=timeout)
            data: bytes = response.read()
        except (OpenApiException, HTTPError, OSError) as error:
            msg = f"The cluster of {kubeconfig} does not answer {asked}: {one_line(error)}."
            # A connection that broke may come back; one that never was has told all.
            broke = isinstance(error, ReadTimeoutError | ProtocolError)
            raise (BusyError if broke else UnreachableError)(msg) from error
        if response.status >= HTTP_REFUSED:
            reason = one_line(response.reason or "without a reason")
            raise refusal(path, response.status, reason, response.headers.get("Retry-After") or "")
        return data

    return read


def refusal(path: str, status: int, reason: str, retry_after: str = "") -> KubeError:
    """Turn an HTTP status into the error that callers tell apart."""
    msg = f"The cluster refused GET {path.partition('?')[0]}: {status} {reason}."
    if status == HTTP_TOO_MANY or status >= HTTP_BROKEN:
        # The API server says seconds; a date, which only a proxy before it would say, counts as nothing.
        return BusyError(msg, float(retry_after) if retry_after.isdecimal() else 0.0, status=status)
    kind = {404: MissingKindError, 410: ExpiredPageError}.get(status, KubeError)
    return kind(msg, status=status)


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
