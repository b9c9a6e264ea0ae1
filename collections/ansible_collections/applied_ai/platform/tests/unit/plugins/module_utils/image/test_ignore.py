# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.image import ignore

ALLOWED = "# only these\n*\n!src\n!/requirements.txt\n\n**/__pycache__\n**/*.pyc\n"


@pytest.mark.parametrize(
    ("text", "path", "stays_away"),
    [
        (ALLOWED, "README.md", True),
        (ALLOWED, "src/a.py", False),
        (ALLOWED, "src/deep/er/a.py", False),
        (ALLOWED, "other/src/a.py", True),
        (ALLOWED, "requirements.txt", False),
        (ALLOWED, "src/__pycache__/a", True),
        (ALLOWED, "src/deep/__pycache__/a", True),
        (ALLOWED, "src/a.pyc", True),
        ("", "anything", False),
        ("*.md\n!README.md\n", "docs.md", True),
        ("*.md\n!README.md\n", "README.md", False),
        ("*.md", "docs/one.md", False),
        ("docs/*.md", "docs/one.md", True),
        ("docs/?.md", "docs/one.md", False),
        ("docs/**", "docs/deep/one.md", True),
        ("!docs\ndocs", "docs/one.md", True),
        ("a.b", "aXb", False),
    ],
)
def test_the_last_rule_that_matches_decides(text: str, path: str, stays_away: bool) -> None:
    assert ignore.ignored(path, ignore.parse(text)) is stays_away
