# SPDX-License-Identifier: Apache-2.0
"""The few calls to the Kubernetes API that the lab makes, on plain data.

Only the standard library: the official client's models cost the agent seconds of processor time to
import and a hundred megabytes, for a dozen requests.
"""

from __future__ import annotations

import http.client
import json
import ssl
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from lab.errors import LabError

Object = dict[str, Any]
MERGE = "application/merge-patch+json"


class Kube:
    """An administrator's connection to the API server."""

    def __init__(self, server: str, pki: Path) -> None:
        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        address = urlsplit(server)
        self._connection = http.client.HTTPSConnection(str(address.hostname), address.port, context=context, timeout=15)

    def request(self, method: str, path: str, body: Object | None = None, fine: HTTPStatus | None = None) -> Object:
        """Make one request; `fine` is a failure that the caller does not mind."""
        kind = MERGE if method == "PATCH" else "application/json"
        try:
            self._connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": kind})
            answer = self._connection.getresponse()
            content: Object = json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next request connects anew
            raise
        if answer.status >= HTTPStatus.BAD_REQUEST:
            if answer.status == fine:
                return {}
            raise LabError(f"The API server answered {answer.status} to {method} {path}: {content.get('message')}.")
        return content

    def items(self, path: str, selector: str = "") -> list[Object]:
        """List the objects at a path."""
        query = f"?{urlencode({'labelSelector': selector})}" if selector else ""
        found: list[Object] = self.request("GET", path + query)["items"]
        return found

    def nodes(self) -> list[Object]:
        """List nodes."""
        return self.items("/api/v1/nodes")

    def pods(self, selector: str = "", namespace: str = "") -> list[Object]:
        """List pods, of one namespace or of all."""
        scope = f"/namespaces/{quote(namespace)}" if namespace else ""
        return self.items(f"/api/v1{scope}/pods", selector)

    def config_map(self, namespace: str, name: str) -> dict[str, str]:
        """Read a ConfigMap's data; one that is missing has none."""
        path = f"/api/v1/namespaces/{namespace}/configmaps/{name}"
        data: dict[str, str] = self.request("GET", path, fine=HTTPStatus.NOT_FOUND).get("data") or {}
        return data

    def create(self, path: str, content: Object) -> None:
        """Create an object; its being there already is fine."""
        self.request("POST", path, content, fine=HTTPStatus.CONFLICT)

    def patch(self, path: str, content: Object) -> None:
        """Merge into an object; its being gone already is fine."""
        self.request("PATCH", path, content, fine=HTTPStatus.NOT_FOUND)

    def delete(self, path: str) -> None:
        """Remove an object; its being gone already is fine."""
        self.request("DELETE", path, fine=HTTPStatus.NOT_FOUND)
