# SPDX-License-Identifier: Apache-2.0
"""A new version is judged by what Prometheus saw, and what nobody saw is never good."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service import verdict
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import Target, Track, UnknownError

Json = dict[str, Any]
CANARY = Target("api", "services", compare=True, error_ratio=0.001, p95=0.5)
ROLLING = Target("api", "services", compare=False, error_ratio=0.001, p95=0.5)
FREE = Target("api", "services", compare=True)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def vector(**tracks: Any) -> Json:
    result = [{"metric": {"track": track}, "value": [0, str(value)]} for track, value in tracks.items()]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def prometheus(requests: Json, errors: Json | None = None, p95: Json | None = None) -> verdict.Ask:
    """Answer as Prometheus does: by what a question is about."""

    def ask(query: str) -> Json:
        if query.startswith("histogram_quantile"):
            return vector(**(p95 or {}))
        return vector(**(errors or {})) if "status=~" in query else vector(**requests)

    return ask


JUDGED: dict[str, tuple[Target, dict[str, Track], str, str]] = {
    "as good": (
        CANARY,
        {"canary": Track(200, 0, 0.3), "stable": Track(900, 0, 0.3)},
        "good",
        "0.00% of its 200 requests",
    ),
    "errors": (
        CANARY,
        {"canary": Track(200, 10, 0.3), "stable": Track(900, 0, 0.3)},
        "bad",
        "5.00% of its 200 requests failed, at most 0.10% may",
    ),
    "slow": (
        CANARY,
        {"canary": Track(200, 0, 0.9), "stable": Track(900, 0, 0.3)},
        "bad",
        "95 of 100 requests took up to 900 ms, at most 500 ms may be",
    ),
    "both": (CANARY, {"canary": Track(200, 10, 0.9), "stable": Track(900, 0, 0.3)}, "bad", "may and 95 of 100"),
    "no worse than a bad version beside it": (
        CANARY,
        {"canary": Track(200, 10, 0.9), "stable": Track(900, 40, 0.8)},
        "good",
        "5.00%",
    ),
    "twice as many errors": (
        FREE,
        {"canary": Track(1000, 50, 0.1), "stable": Track(1000, 20, 0.1)},
        "bad",
        "at most 4.00%",
    ),
    "a few errors where nothing is promised": (
        FREE,
        {"canary": Track(1000, 9, 0.04), "stable": Track(1000, 0, 0.01)},
        "good",
        "0.90%",
    ),
    "too few": (CANARY, {"canary": Track(49), "stable": Track(900)}, "unknown", "it had 49 requests, 50 are needed"),
    "no canary": (CANARY, {"stable": Track(900)}, "unknown", "it had 0 requests"),
    "nothing": (CANARY, {}, "unknown", "it had 0 requests"),
    "nothing to compare with": (FREE, {"canary": Track(200, 0, 0.1)}, "unknown", "neither a promise"),
    "a promise alone": (CANARY, {"canary": Track(200, 0, 0.1)}, "good", "95 of 100 took up to 100 ms"),
    "no histogram": (
        CANARY,
        {"canary": Track(200), "stable": Track(900)},
        "unknown",
        "no http_request_duration_seconds",
    ),
    "no histogram, nor a promise": (FREE, {"canary": Track(200), "stable": Track(900)}, "good", "0.00%"),
    "all pods": (ROLLING, {"stable": Track(200, 10, 0.1)}, "bad", "5.00% of its 200 requests failed"),
    "all pods are well": (ROLLING, {"stable": Track(200, 0, 0.4)}, "good", "400 ms"),
}


@pytest.mark.parametrize(("target", "tracks", "word", "reason"), JUDGED.values(), ids=JUDGED)
def test_what_was_seen_is_judged(target: Target, tracks: dict[str, Track], word: str, reason: str) -> None:
    found = verdict.judge(target, tracks)
    assert found.verdict == word
    assert reason in found.reason


def test_figures_are_part_of_the_verdict() -> None:
    found = verdict.judge(CANARY, {"canary": Track(200.4, 10.02, 0.3), "stable": Track(900)})
    assert found.figures == {
        "canary": {"requests": 200, "error_ratio": 0.05, "p95_ms": 300},
        "stable": {"requests": 900, "error_ratio": 0.0, "p95_ms": None},
        "limits": {"requests": 50, "error_ratio": 0.001, "p95_ms": 500},
    }


def test_questions_are_about_users_of_one_service() -> None:
    asked = verdict.queries(Target("api", "services", compare=True, app="web"), 60)
    assert len(asked) == 3
    for query in asked.values():
        assert 'namespace="services",app="web",path!~"/health|/ready|/metrics"' in query
        assert "[60s]" in query


BROKEN: dict[str, tuple[Any, str]] = {
    "error": (
        {"status": "error", "errorType": "execution", "error": "too many\n samples"},
        "execution too many samples",
    ),
    "no status": ({}, "no reason given"),
    "no data": ({"status": "success"}, "not a vector"),
    "a scalar": ({"status": "success", "data": {"resultType": "scalar", "result": [0, "1"]}}, "not a vector"),
    "no number": (vector(canary="x"), "not a vector"),
}


@pytest.mark.parametrize(("answer", "reason"), BROKEN.values(), ids=BROKEN)
def test_an_answer_that_is_none_is_unknown(answer: Json, reason: str) -> None:
    found = verdict.look([CANARY], lambda _: answer, 60)["services", "api"]
    assert found.verdict == "unknown"
    assert reason in found.reason


def test_what_is_no_number_was_not_seen() -> None:
    ask = prometheus({"canary": 100, "stable": 100}, p95={"canary": "NaN", "stable": "+Inf"})
    found = verdict.look([FREE, CANARY], ask, 60)
    assert verdict.by_track(vector(canary="NaN", stable="+Inf")) == {}
    assert found["services", "api"].verdict == "unknown"


def test_a_metric_without_a_track_is_the_service() -> None:
    answer = {"status": "success", "data": {"result": [{"metric": {}, "value": [0, "5"]}]}}
    assert verdict.by_track(answer) == {"stable": 5.0}


def test_prometheus_that_is_down_is_unknown_and_gets_a_chance() -> None:
    clock = Clock()
    asked: list[float] = []

    def ask(query: str) -> Json:
        asked.append(clock.now)
        if clock.now < 90:
            msg = "does not answer"
            raise UnknownError(msg)
        return prometheus({"canary": 100, "stable": 100}, p95={"canary": 0.1, "stable": 0.1})(query)

    found = verdict.watch([CANARY], ask, window=60, limit=180, clock=clock, sleep=clock.sleep)
    assert found["services", "api"].verdict == "good"
    assert 90 <= clock.now <= 100


def test_what_stays_unknown_ends_with_the_limit() -> None:
    clock = Clock()
    found = verdict.watch([CANARY], prometheus({}), window=60, limit=180, clock=clock, sleep=clock.sleep)
    assert found["services", "api"].verdict == "unknown"
    assert clock.now == 180


def test_a_good_canary_is_watched_to_the_end() -> None:
    clock = Clock()
    ask = prometheus({"canary": 100, "stable": 100}, p95={"canary": 0.1, "stable": 0.1})
    assert verdict.watch([CANARY], ask, window=60, limit=180, clock=clock, sleep=clock.sleep)
    assert clock.now == 60


def test_a_bad_canary_is_not() -> None:
    clock = Clock()
    ask = prometheus({"canary": 100, "stable": 100}, {"canary": 50}, {"canary": 0.1, "stable": 0.1})
    found = verdict.watch([CANARY], ask, window=60, limit=180, clock=clock, sleep=clock.sleep)
    assert found["services", "api"].verdict == "bad"
    assert clock.now == 10


def test_a_bad_moment_is_no_verdict() -> None:
    clock = Clock()

    def ask(query: str) -> Json:
        errors = {"canary": 50} if clock.now == 20 else {}
        return prometheus({"canary": 100, "stable": 100}, errors, {"canary": 0.1, "stable": 0.1})(query)

    found = verdict.watch([CANARY], ask, window=60, limit=180, clock=clock, sleep=clock.sleep)
    assert found["services", "api"].verdict == "good"


def test_a_version_that_came_pod_by_pod_is_not_judged_by_the_one_before() -> None:
    clock = Clock()
    asked: list[float] = []

    def ask(query: str) -> Json:
        asked.append(clock.now)
        return prometheus({"stable": 100}, p95={"stable": 0.1})(query)

    found = verdict.watch([ROLLING], ask, window=60, limit=60, clock=clock, sleep=clock.sleep)
    assert found["services", "api"].verdict == "good"
    assert set(asked) == {60.0}


def test_nothing_to_watch_takes_no_time() -> None:
    clock = Clock()
    assert verdict.watch([], prometheus({}), window=60, limit=180, clock=clock, sleep=clock.sleep) == {}
    assert clock.now == 0
