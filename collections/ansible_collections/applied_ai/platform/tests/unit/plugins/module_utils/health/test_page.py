# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from html.parser import HTMLParser

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Check, Severity, Status
from ansible_collections.applied_ai.platform.plugins.module_utils.health.page import page

CHECKS = [
    Check("a", Status.FAILED, Severity.CRITICAL, "Node <b>x</b>", "gone", "there", "", "Do it.", "docs/runbooks/a.md"),
    Check("b", Status.UNKNOWN, Severity.MAJOR, "cluster", "403", "readable"),
    Check("c", Status.EXCEPTED, Severity.MINOR, "Node y", "odd", "even", advice="Excepted until 2026-12-01 by ml: r."),
    Check("d", Status.OK, Severity.MAJOR, "cluster", "all well", "all"),
]
REPORT = {"verdict": "unhealthy", "checks": [check.to_json() for check in CHECKS], "duration_s": 1.25}


class Reader(HTMLParser):
    """What a page says and links to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def test_the_page_says_it_all_and_loads_nothing() -> None:
    told = Reader(page(REPORT, "demo", "2026-11-28"))
    for words in (
        "Unhealthy",
        "Node <b>x</b>",
        "gone",
        "Do it.",
        "docs/runbooks/a.md",
        "403",
        "all well",
        "1 check without a finding",
    ):
        assert words in told.words, words
    assert "Excepted until 2026-12-01 by ml: r." in told.words
    assert told.links == []
    assert not {"script", "link", "img", "b"} & set(told.tags) - {"b"}
    assert "2026-11-28" in told.words


def test_the_worst_comes_first() -> None:
    text = page(REPORT)
    assert text.index("gone") < text.index("403") < text.index("odd") < text.index("all well")


def test_run_books_are_links_where_an_address_is_given() -> None:
    assert Reader(page(REPORT, runbooks="https://git.example/x/")).links == ["https://git.example/x/docs/runbooks/a.md"]


def test_an_address_that_runs_a_script_is_refused() -> None:
    with pytest.raises(HealthError, match="runbooks is javascript:alert"):
        page(REPORT, runbooks="javascript:alert(1)//")


def test_what_is_no_report_is_refused() -> None:
    with pytest.raises(HealthError, match="The report has no checks, duration_s; give what a health module returns"):
        page({"verdict": "healthy"})


def test_a_healthy_page_has_no_list_of_findings() -> None:
    told = Reader(page({**REPORT, "verdict": "healthy", "checks": [CHECKS[3].to_json()]}))
    assert "What to act on, worst first" not in told.words
    assert "Excepted" not in told.words
