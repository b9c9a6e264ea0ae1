# SPDX-License-Identifier: Apache-2.0
"""Single changes to a cluster: one request, and its refusal as a sentence with the HTTP status."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.kube import (
    FIELD_MANAGER,
    HTTP_REFUSED,
    KubeError,
    api_client,
    one_line,
)

Json = dict[str, Any]
# (method, path, body) → the document that the API server answers with. Raises KubeError, whose details have ``status``
# where there was an answer.
Send = Callable[[str, str, Json], Json]
MERGE: Final = "application/merge-patch+json"
GONE: Final = frozenset({404, 409})


def sender(kubeconfig: str, context: str = "", timeout: int = 30) -> Send:
    """Return a function that sends a change to the cluster that ``kubeconfig`` names; ``timeout`` in seconds."""
    return api_send(api_client(kubeconfig, context), timeout)


def api_send(api: Any, timeout: int) -> Send:  # noqa: ANN401  the library has no types
    """Return a function that sends a change through the library's connection and log-in."""
    from urllib3 import Timeout  # noqa: PLC0415  comes with the library kubernetes
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    def send(method: str, path: str, body: Json) -> Json:
        headers = {"Accept": "application/json", "Content-Type": MERGE if method == "PATCH" else "application/json"}
        if method != "DELETE":
            path = f"{path}?fieldManager={FIELD_MANAGER}"
        verb, url, heads, _, _ = api.param_serialize(method, path, header_params=headers, auth_settings=["BearerToken"])
        try:
            # The library's own call would turn a refusal's body, which says why, into an exception's text.
            answer = api.rest_client.pool_manager.request(
                verb, url, body=json.dumps(body), headers=heads, timeout=Timeout(total=timeout)
            )
        except (HTTPError, OSError) as error:
            msg = f"The cluster does not answer {method} {path.partition('?')[0]}: {one_line(error)}."
            raise KubeError(msg) from error
        return answered(method, path.partition("?")[0], answer.status, answer.data)

    return send


def answered(method: str, path: str, status: int, data: bytes) -> Json:
    """Return the document of an answer.

    Raises:
        KubeError: The API server refused, or what answered is none.

    """
    try:
        document = json.loads(data)
    except ValueError:
        document = {}
    if status >= HTTP_REFUSED or not isinstance(document, dict):
        why = why_of(document if isinstance(document, dict) else {})
        msg = f"The cluster refused {method} {path}: {status} {why}."
        raise KubeError(msg, status=status)
    return document


def why_of(document: Json) -> str:
    """Return why the API server refused, with its causes: a disruption budget's name stands only there."""
    causes = [one.get("message") or "" for one in (document.get("details") or {}).get("causes") or []]
    said = [str(document.get("message") or "without a reason"), *causes]
    return one_line("; ".join(dict.fromkeys(one_line(one) for one in said if one)))
