# SPDX-License-Identifier: Apache-2.0
"""The few calls to the Kubernetes API that the lab makes, on plain data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

Object = dict[str, Any]


class Kube:
    """Lists as plain dictionaries: building model objects for every poll would cost a core."""

    def __init__(self, kubeconfig: Path) -> None:
        api = config.new_client_from_config(config_file=str(kubeconfig))
        self._core, self._storage = client.CoreV1Api(api), client.StorageV1Api(api)

    def nodes(self, selector: str = "") -> list[Object]:
        """List nodes."""
        return self._items(self._core.list_node(label_selector=selector, _preload_content=False, _request_timeout=10))

    def pods(self, selector: str = "", namespace: str = "") -> list[Object]:
        """List pods, of one namespace or of all."""
        options: dict[str, Any] = {"label_selector": selector, "_preload_content": False, "_request_timeout": 10}
        if namespace:
            return self._items(self._core.list_namespaced_pod(namespace, **options))
        return self._items(self._core.list_pod_for_all_namespaces(**options))

    def config_map(self, namespace: str, name: str) -> dict[str, str]:
        """Read a ConfigMap's data; one that is missing has none."""
        try:
            answer = self._core.read_namespaced_config_map(name, namespace, _preload_content=False, _request_timeout=10)
        except ApiException as error:
            if error.status == 404:
                return {}
            raise
        data: dict[str, str] = json.loads(answer.data).get("data") or {}
        return data

    def create_node(self, node: Object) -> None:
        """Register a node, as a kubelet does."""
        self._core.create_node(node)

    def delete_node(self, name: str) -> None:
        """Remove a node; its being gone already is fine."""
        try:
            self._core.delete_node(name)
        except ApiException as error:
            if error.status != 404:
                raise

    def patch_node(self, name: str, patch: Object) -> None:
        """Merge into a node's metadata and spec."""
        self._core.patch_node(name, patch)

    def patch_node_status(self, name: str, patch: Object) -> None:
        """Merge into a node's status."""
        self._core.patch_node_status(name, patch)

    def claims(self) -> list[Object]:
        """List volume claims of all namespaces."""
        return self._items(
            self._core.list_persistent_volume_claim_for_all_namespaces(_preload_content=False, _request_timeout=10)
        )

    def volumes(self) -> list[Object]:
        """List volumes."""
        return self._items(self._core.list_persistent_volume(_preload_content=False, _request_timeout=10))

    def storage_classes(self) -> list[Object]:
        """List storage classes."""
        return self._items(self._storage.list_storage_class(_preload_content=False, _request_timeout=10))

    def create_storage_class(self, content: Object) -> None:
        """Create a storage class; its being there already is fine."""
        try:
            self._storage.create_storage_class(content)
        except ApiException as error:
            if error.status != 409:
                raise

    def create_volume(self, content: Object) -> None:
        """Create a volume; its being there already is fine."""
        try:
            self._core.create_persistent_volume(content)
        except ApiException as error:
            if error.status != 409:
                raise

    def delete_volume(self, name: str) -> None:
        """Remove a volume; its being gone already is fine."""
        try:
            self._core.delete_persistent_volume(name)
        except ApiException as error:
            if error.status != 404:
                raise

    def annotate_pod(self, namespace: str, name: str, annotations: dict[str, str | None]) -> None:
        """Set annotations of a pod, or remove them with None; its being gone already is fine."""
        try:
            self._core.patch_namespaced_pod(name, namespace, {"metadata": {"annotations": annotations}})
        except ApiException as error:
            if error.status != 404:
                raise

    @staticmethod
    def _items(answer: Any) -> list[Object]:
        items: list[Object] = json.loads(answer.data)["items"]
        return items
