# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ansible_collections.applied_ai.platform.plugins.module_utils.health import objects


def test_shorten_keeps_one_line() -> None:
    assert objects.shorten("a\n  b") == "a b"
    assert len(objects.shorten("x" * 500)) == 160
