# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.modules import helm_releases_info as module


def params(kubeconfig: Path, **changes: Any) -> dict[str, Any]:
    base = {"kubeconfig": str(kubeconfig), "context": "", "api_timeout": 1, "namespace": "", "name": ""}
    return {**base, "with_namespaces": True, "with_crds": True, "allow_unreachable": False, **changes}


def test_a_cluster_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KubeError):
        module.run(params(tmp_path / "none"))


def test_check_mode_may_allow_it(tmp_path: Path) -> None:
    result = module.run(params(tmp_path / "none", allow_unreachable=True))
    assert result == {"reachable": False, "releases": [], "namespaces": {}, "crds": []}


class Reader:
    def get(self, path: str) -> dict[str, Any]:
        raise AssertionError(path)

    def items(self, path: str, **query: str) -> list[dict[str, Any]]:
        assert (path, query) == ("/api/v1/namespaces", {})
        return [{"metadata": {"name": "b"}}, {"metadata": {"name": "a", "labels": {"x": "y"}}}]

    def metadata(self, path: str, **query: str) -> list[dict[str, Any]]:
        assert (path, query) == ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {})
        return [{"metadata": {"name": "b.example.com"}}, {"metadata": {"name": "a.example.com"}}]


def test_namespaces_come_with_their_labels() -> None:
    assert module.namespaces_of(Reader()) == {"a": {"x": "y"}, "b": {}}


def test_crds_come_by_name() -> None:
    assert module.crds_of(Reader()) == ["a.example.com", "b.example.com"]
