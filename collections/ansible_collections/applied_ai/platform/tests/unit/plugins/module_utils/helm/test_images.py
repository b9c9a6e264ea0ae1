# SPDX-License-Identifier: Apache-2.0
"""Images that objects name, wherever they do."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.images import of_objects

DIGEST = "@sha256:" + "a" * 64
FOUND: dict[str, tuple[Any, list[str]]] = {
    "container": ({"spec": {"containers": [{"image": "quay.io/a/b:1"}]}}, ["quay.io/a/b:1"]),
    "digest": ({"image": f"registry.k8s.io/pause{DIGEST}"}, [f"registry.k8s.io/pause{DIGEST}"]),
    "hub": ({"image": "grafana/grafana:12.1"}, ["grafana/grafana:12.1"]),
    "official": ({"image": "busybox:1.37"}, ["busybox:1.37"]),
    "port": ({"image": "mirror.example.com:5000/a:1"}, ["mirror.example.com:5000/a:1"]),
    "custom resource": ({"kind": "Prometheus", "spec": {"image": "quay.io/p/p:v3"}}, ["quay.io/p/p:v3"]),
    "option": ({"args": ["--prometheus-config-reloader-image=quay.io/p/r:v1"]}, ["quay.io/p/r:v1"]),
    "variable": ({"env": [{"name": "VALIDATOR_IMAGE", "value": "nvcr.io/n/v:1"}]}, ["nvcr.io/n/v:1"]),
    "once, sorted": ([{"image": "b.io/x:1"}, {"image": "a.io/x:1"}, {"image": "b.io/x:1"}], ["a.io/x:1", "b.io/x:1"]),
}
NOT_FOUND: dict[str, Any] = {
    "pull policy": {"imagePullPolicy": "IfNotPresent"},
    "a place to go": {"args": ["--endpoint=https://example.com/a:1"]},
    "another variable": {"env": [{"name": "HOST", "value": "a.example.com/path:80"}]},
    "nothing": {"image": ""},
    "text about images": {"description": "image quay.io/a/b:1 is used"},
}


@pytest.mark.parametrize(("objects", "images"), FOUND.values(), ids=FOUND)
def test_images_are_found(objects: Any, images: list[str]) -> None:
    assert of_objects(objects) == images


@pytest.mark.parametrize("objects", NOT_FOUND.values(), ids=NOT_FOUND)
def test_other_strings_are_none(objects: Any) -> None:
    assert of_objects(objects) == []
