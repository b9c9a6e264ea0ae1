# SPDX-License-Identifier: Apache-2.0
"""Predictive scaling: the forecast's arithmetic, windows against minutes, KEDA's reading of cron, bad input."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import predict
from hypothesis import given, settings
from hypothesis import strategies as st

MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
ONE = predict.Settings(per_replica=1)


def weeks(*levels: float, peak: float = 3) -> list[predict.Sample]:
    """Return weeks of one sample an hour: `peak` times the level from 9 to 17 on workdays, else the level."""
    return [
        predict.Sample(
            MONDAY + timedelta(weeks=week, hours=hour),
            level * (peak if hour // 24 < 5 and 9 <= hour % 24 < 17 else 1),
        )
        for week, level in enumerate(levels)
        for hour in range(168)
    ]


def test_a_steady_rhythm_is_forecast_as_it_is() -> None:
    found = predict.forecast(weeks(10, 10, 10), ONE)
    assert found[8:18] == pytest.approx([10, *[30] * 8, 10])
    assert found[5 * 24 + 12] == pytest.approx(10)


def test_growth_moves_the_level_and_not_the_rhythm() -> None:
    assert predict.forecast(weeks(10, 11, 12, 13), ONE)[12] == pytest.approx(39)


def test_one_strange_week_moves_the_level_by_no_more_than_its_limits() -> None:
    assert predict.forecast(weeks(10, 10, 10, 100), ONE)[12] == pytest.approx(60)
    assert predict.forecast(weeks(10, 10, 10, 0), ONE)[12] == pytest.approx(15)


def test_a_spike_that_came_once_is_not_planned_for_at_a_lower_quantile() -> None:
    history = weeks(10, 10, 10, 10, 10)
    history[168 + 3] = predict.Sample(history[168 + 3].at, 1000)
    low = predict.forecast(history, predict.Settings(per_replica=1, quantile=0.5))
    assert low[3] == pytest.approx(10, rel=0.01)


def test_the_peak_of_an_hour_counts() -> None:
    history = weeks(10, 10)
    history += [predict.Sample(one.at + timedelta(minutes=20), 50) for one in history if one.at.hour == 3]
    assert predict.forecast(history, ONE)[3] == pytest.approx(50)


def test_hours_are_those_of_the_time_zone() -> None:
    history = weeks(10, 10, 10)
    berlin = predict.forecast(history, predict.Settings(per_replica=1, time_zone="Europe/Berlin"))
    # 9 to 17 in UTC is 11 to 19 in Berlin's summer.
    assert [round(value) for value in berlin[9:20]] == [10, 10, *[30] * 8, 10]


def test_sizes_are_few_and_round_up() -> None:
    demand = [float(hour % 24) for hour in range(168)]
    for steps in (1, 2, 4, 8):
        found = predict.minimums(demand, predict.Settings(per_replica=1, minimum=2, maximum=20, steps=steps))
        assert len(set(found)) <= steps + 1
        assert all(min(max(round(value), 2), 20) <= count <= 20 for value, count in zip(demand, found, strict=True))


def test_a_window_is_there_before_the_peak() -> None:
    plan = predict.plan_of(weeks(10, 10, 10), predict.Settings(per_replica=10, minimum=1, lead_minutes=15))
    assert plan.minimum == 1
    assert plan.windows == tuple(predict.Window(day * 1440 + 8 * 60 + 45, day * 1440 + 17 * 60, 3) for day in range(5))
    assert predict.triggers(plan, "UTC") == [
        {
            "type": "cron",
            "metadata": {
                "timezone": "UTC",
                "start": "45 8 * * 1,2,3,4,5",
                "end": "0 17 * * 1,2,3,4,5",
                "desiredReplicas": "3",
            },
        }
    ]


def test_a_demand_without_a_rhythm_is_a_minimum_and_no_window() -> None:
    plan = predict.plan_of(weeks(10, 10, peak=1), predict.Settings(per_replica=1, minimum=2))
    assert plan == predict.Plan(10, ())


def matches(cron: str, moment: datetime) -> bool:
    minute, hour, _, _, days = cron.split()
    return (
        moment.minute == int(minute)
        and moment.hour == int(hour)
        and (moment.weekday() + 1) % 7 in {int(day) for day in days.split(",")}
    )


def first(cron: str, moment: datetime) -> datetime:
    return next(at for n in range(1, 10082) if matches(cron, at := moment + timedelta(minutes=n)))


def keda(triggers: Iterable[dict], moment: datetime) -> int:
    """Return KEDA's answer: a trigger is active while its next end comes before its next start."""
    active = [
        int(one["metadata"]["desiredReplicas"])
        for one in triggers
        if first(one["metadata"]["end"], moment) <= first(one["metadata"]["start"], moment)
    ]
    return max([1, *active])


HOURS = st.lists(st.sampled_from([1, 1, 1, 4, 7]), min_size=168, max_size=168)
BLOCKS = st.lists(st.tuples(st.integers(1, 60), st.sampled_from([1, 4, 7])), min_size=1, max_size=30).map(
    lambda blocks: [size for length, size in blocks for _ in range(length)]
)


@settings(max_examples=20, deadline=None)
@given(
    replicas=st.one_of(HOURS, BLOCKS.map(lambda hours: (hours * 168)[:168])), lead=st.sampled_from([0, 1, 15, 60, 130])
)
def test_windows_say_for_each_minute_what_the_hours_ask(replicas: list[int], lead: int) -> None:
    plan = predict.planned(replicas, predict.Settings(per_replica=1, lead_minutes=lead))
    for minute in range(0, 10080, 13):
        ahead = {replicas[(minute + later) % 10080 // 60] for later in range(lead + 1)}
        moment = MONDAY + timedelta(minutes=minute)
        assert predict.minimum_at(plan, moment, ZoneInfo("UTC")) == max(ahead)


@settings(max_examples=4, deadline=None)
@given(replicas=BLOCKS.map(lambda hours: (hours * 168)[:168]))
def test_keda_reads_the_triggers_as_they_are_meant(replicas: list[int]) -> None:
    plan = predict.planned(replicas, predict.Settings(per_replica=1, lead_minutes=15))
    found = predict.triggers(plan, "UTC")
    for minute in range(7, 10080, 797):
        moment = MONDAY + timedelta(minutes=minute)
        assert max(plan.minimum, keda(found, moment)) == predict.minimum_at(plan, moment, ZoneInfo("UTC"))


BAD = {
    "empty": ([], ONE, "The history is empty"),
    "one week": (weeks(10), ONE, "fewer than 2 whole weeks with 168 of a week's 168 hours"),
    "negative": ([predict.Sample(MONDAY, -1)], ONE, "has -1 at 2026-09-07T00:00:00+00:00"),
    "nan": ([predict.Sample(MONDAY, float("nan"))], ONE, "has nan at"),
    "per_replica": (weeks(1, 1), predict.Settings(per_replica=0), "per_replica is 0; it has to be more than 0."),
    "bounds": (weeks(1, 1), predict.Settings(per_replica=1, minimum=5, maximum=4), "maximum is 4; it has to be"),
    "quantile": (weeks(1, 1), predict.Settings(per_replica=1, quantile=90), "quantile is 90; it has to be from 0 to 1"),
    "zone": (weeks(1, 1), predict.Settings(per_replica=1, time_zone="Mars"), "time_zone is 'Mars', which there is not"),
}


@pytest.mark.parametrize(("history", "chosen", "sentence"), BAD.values(), ids=BAD)
def test_what_cannot_be_told_is_one_sentence(
    history: list[predict.Sample], chosen: predict.Settings, sentence: str
) -> None:
    with pytest.raises(predict.PredictError) as caught:
        predict.plan_of(history, chosen)
    assert sentence in str(caught.value)


def test_weeks_with_gaps_do_not_count() -> None:
    history = weeks(10, 10, 10)
    del history[200:260]
    assert predict.forecast(history, ONE)[12] == pytest.approx(30)
    del history[:60]
    with pytest.raises(predict.PredictError, match="without gaps"):
        predict.forecast(history, ONE)
