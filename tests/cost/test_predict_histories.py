# SPDX-License-Identifier: Apache-2.0
"""Back-test of predictive scaling on generated histories; docs/cost_optimization.md has the figures."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import predict

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
STEP = 5
PER_WEEK = 7 * 24 * 60 // STEP
WEEKS = 10
# What an autoscaler lags behind: metric, pod, node.
DELAY = 10
SETTINGS = predict.Settings(per_replica=50, minimum=2, maximum=60)
SEED = 20261128
DOCUMENT = Path(__file__).resolve().parents[2] / "docs/cost_optimization.md"

Shape = Callable[[int, float, random.Random], float]


def office(_week: int, hour: float, _chance: random.Random) -> float:
    day, clock = divmod(hour, 24)
    return 100 + (900 * math.exp(-(((clock - 13) / 3.2) ** 4)) if day < 5 else 60)


def evening(_week: int, hour: float, _chance: random.Random) -> float:
    day, clock = divmod(hour, 24)
    return 150 + (1.3 if day >= 5 else 1) * 700 * math.exp(-(((clock - 20.5) / 2.5) ** 2))


def growing(week: int, hour: float, chance: random.Random) -> float:
    return office(week, hour, chance) * 1.06**week


def batch(_week: int, hour: float, _chance: random.Random) -> float:
    return 1600 if hour % 24 < 1.5 else 120


def rush(_week: int, hour: float, _chance: random.Random) -> float:
    """Return a load that is there at nine sharp, as when a shift begins."""
    day, clock = divmod(hour, 24)
    return 1100 if day < 5 and 9 <= clock < 17 else 100


def shifted(week: int, hour: float, chance: random.Random) -> float:
    return office(week, hour, chance) * (1.6 if week >= 7 else 1)


def flat(_week: int, _hour: float, _chance: random.Random) -> float:
    return 600


def bursts(week: int, hour: float, chance: random.Random) -> float:
    """Return a load without a rhythm: what nobody can foresee."""
    return 200 + (1200 if random.Random(week * 1000 + int(hour // 2)).random() < 0.05 else 0) * chance.uniform(0.9, 1)  # noqa: S311  no secret


SHAPES: dict[str, Shape] = {
    "office": office,
    "evening": evening,
    "growing": growing,
    "batch": batch,
    "rush": rush,
    "shifted": shifted,
    "flat": flat,
    "bursts": bursts,
}


@cache
def history(name: str) -> tuple[predict.Sample, ...]:
    """Return ten weeks in steps of five minutes, with 6 % of noise and 8 % of difference between days."""
    chance = random.Random(f"{SEED}{name}")  # noqa: S311  no secret
    samples = []
    for step in range(WEEKS * PER_WEEK):
        if step % (24 * 60 // STEP) == 0:
            day = max(chance.gauss(1, 0.08), 0.5)
        week, place = divmod(step, PER_WEEK)
        value = SHAPES[name](week, place * STEP / 60, chance) * day * max(chance.gauss(1, 0.06), 0.1)
        samples.append(predict.Sample(MONDAY + timedelta(minutes=step * STEP), value))
    return tuple(samples)


@cache
def scores(name: str) -> tuple[predict.Score, ...]:
    """Return the scores of the last three weeks, each with only the weeks before known."""
    samples = history(name)
    return tuple(
        predict.back_test(samples[: week * PER_WEEK], samples[week * PER_WEEK : (week + 1) * PER_WEEK], SETTINGS, DELAY)
        for week in range(WEEKS - 3, WEEKS)
    )


def mean(name: str, field: str) -> float:
    return statistics.fmean(getattr(score, field) for score in scores(name))


RHYTHMIC = ("office", "evening", "growing", "batch", "rush", "shifted")
# They begin faster than an autoscaler can follow.
SUDDEN = ("batch", "rush")


@pytest.mark.parametrize("name", RHYTHMIC)
def test_peaks_with_a_rhythm_find_their_pods_there(name: str) -> None:
    assert mean(name, "covered") >= 0.99


@pytest.mark.parametrize("name", SUDDEN)
def test_what_begins_at_once_is_where_an_autoscaler_comes_late(name: str) -> None:
    assert mean(name, "covered") > mean(name, "covered_reactive") + 0.01


@pytest.mark.parametrize("name", [*RHYTHMIC, "bursts"])
def test_it_costs_less_than_the_greatest_number_all_the_time(name: str) -> None:
    assert mean(name, "pod_hours") < 0.8 * mean(name, "pod_hours_static")


@pytest.mark.parametrize("name", SHAPES)
def test_it_is_never_worse_than_the_autoscaler_alone(name: str) -> None:
    for score in scores(name):
        assert score.covered >= score.covered_reactive
        assert score.pod_hours >= score.pod_hours_reactive


def test_a_load_without_a_rhythm_is_hardly_foreseen() -> None:
    """The measure can fail: where there is nothing to learn, little is gained."""
    assert mean("bursts", "covered") - mean("bursts", "covered_reactive") < 0.02


def test_a_forecast_of_the_wrong_hours_covers_less() -> None:
    """The back-test can fail: the same load six hours later is not what was learnt."""
    samples = history("batch")
    week = samples[8 * PER_WEEK : 9 * PER_WEEK]
    later = [predict.Sample(one.at, week[place - 6 * 60 // STEP].value) for place, one in enumerate(week)]
    score = predict.back_test(samples[: 8 * PER_WEEK], later, SETTINGS, DELAY)
    assert score.covered < 0.95


def row(name: str) -> str:
    """Return the figures of one shape as docs/cost_optimization.md shows them."""
    hours = mean(name, "pod_hours")
    reactive, static = hours / mean(name, "pod_hours_reactive") - 1, hours / mean(name, "pod_hours_static") - 1
    shares = f"{mean(name, 'covered'):.0%} | {mean(name, 'covered_reactive'):.0%}"
    return f"| {name} | {shares} | {reactive:+.0%} | {static:+.0%} |"


@pytest.mark.parametrize("name", SHAPES)
def test_the_document_tells_the_figures(name: str) -> None:
    assert row(name) in DOCUMENT.read_text(encoding="utf-8")
