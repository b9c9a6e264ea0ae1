# SPDX-License-Identifier: Apache-2.0
"""Option groups that several modules share; each mirrors the doc fragment of the same name."""

from __future__ import annotations

from typing import Any, Final

KUBERNETES: Final[dict[str, dict[str, Any]]] = {
    "kubeconfig": {"type": "path", "required": True},
    "context": {"type": "str", "default": ""},
    "api_timeout": {"type": "int", "default": 30},
}

AWS: Final[dict[str, dict[str, Any]]] = {
    "region": {"type": "str", "required": True},
    "endpoint_url": {"type": "str", "default": ""},
}
