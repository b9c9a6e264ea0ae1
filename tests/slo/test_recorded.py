# SPDX-License-Identifier: Apache-2.0
"""Where objectives stand, by a real Prometheus that has loaded their rules and recorded a week of requests.

What is expected is reckoned by hand from the requests: ten a second, of which an hour's or two hours' share failed.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.applied_ai.platform.plugins.module_utils.health.history_events import seconds_alone, subject_of
from ansible_collections.applied_ai.platform.plugins.module_utils.slo import documents
from slo.recorded import DAYS, HOUR_S, RATE, Outage, Recorded, Users
from support.browser import measured, opened, printed
from support.cluster import eventually
from support.rehearsal import BIN, REPO, ask_module

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Json = dict[str, Any]
PROMISED = {"spent": 99.9, "well": 99, "burning": 99.9, "gone": 99.9, "silent": 99.9}
DEFINITIONS = {name: {"slo": {"availability": percent}, "team": "research"} for name, percent in PROMISED.items()}
EVENTS = DAYS * 24 * HOUR_S * RATE
HALF_AN_HOUR = 0.5 * HOUR_S * RATE
# Long windows are sums of rates of five minutes.
STEP_S = 300
# An instant rate misses what comes between two samples, and windows begin and end between them.
CLOSE = 0.02


def noon_before(end: int, days: int) -> float:
    """Return how many hours before a time it was noon, so many days earlier: no month begins near it."""
    midnight = datetime.fromtimestamp(end, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (end - (midnight - timedelta(days=days) + timedelta(hours=12)).timestamp()) / HOUR_S


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record a week: half of the requests failed for an hour five days ago, and 2 % do for two hours now."""
    end = int(time.time()) // 60 * 60
    outage = Outage(noon_before(end, 5), noon_before(end, 5) - 1, 0.5)
    users = {
        "spent": Users((outage,)),
        "well": Users((outage,)),
        "burning": Users((Outage(2, -1, 0.02),)),
        "gone": Users((outage,), until_minutes=30),
    }
    promised = documents.of_services(
        [{"name": name, "namespace": "services", **one} for name, one in DEFINITIONS.items()]
    )
    one = Recorded(tmp_path_factory.mktemp("recorded") / "prometheus", promised, users, end=end)
    one.make()
    return one


def asked(recorded: Recorded, **more: Any) -> Json:
    """Run the module as Ansible does."""
    given = {"objectives": recorded.documents, "platform": False, "url": recorded.server.url, **more}
    return ask_module("slo_info", given)


def by_service(answer: Json) -> dict[str, Json]:
    return {one["service"]: one for one in answer["objectives"]}


@pytest.fixture(scope="module")
def running(recorded: Recorded) -> Iterator[Recorded]:
    with recorded.running():
        yield recorded


@pytest.fixture(scope="module")
def seen(running: Recorded) -> Json:
    """Return what the module says, and the last moment that it counts: long windows end at a multiple of their step."""
    counted = int(time.time()) // STEP_S * STEP_S
    return {**asked(running), "counted": counted}


def test_indicator_and_budget_are_those_of_the_requests(running: Recorded, seen: Json) -> None:
    found = by_service(seen)
    burnt = (seen["counted"] - running.end + 2 * HOUR_S) * RATE * 0.02
    for name, failed in {"spent": HALF_AN_HOUR, "well": HALF_AN_HOUR, "burning": burnt}.items():
        assert found[name]["events"] == pytest.approx(EVENTS, rel=CLOSE), name
        assert found[name]["failures"] == pytest.approx(failed, rel=CLOSE), name
        assert 1 - found[name]["sli"] == pytest.approx(failed / EVENTS, rel=2 * CLOSE), name
        allowed = 1 - PROMISED[name] / 100
        assert 1 - found[name]["budget_left"] == pytest.approx(failed / EVENTS / allowed, rel=2 * CLOSE), name
        assert found[name]["coverage"] == pytest.approx(DAYS / 30, abs=0.01), "a week of thirty days is known"


def test_burn_rates_and_the_end_of_a_budget_are_those_of_the_last_two_hours(seen: Json) -> None:
    burning = by_service(seen)["burning"]
    evenly = 0.02 / 0.001
    by_hand = {"5m": 1, "30m": 1, "1h": 1, "2h": 1, "6h": 2 / 6, "1d": 2 / 24, "3d": 2 / 72}
    for window, share in by_hand.items():
        assert burning["burn_rates"][window] == pytest.approx(evenly * share, rel=0.05), window
    left = 1 - 2 * 0.02 / (DAYS * 24) / 0.001
    assert burning["hours_left"] == pytest.approx(left * 30 * 24 / evenly, rel=0.05)
    assert by_service(seen)["well"]["hours_left"] is None


def test_the_verdict_names_what_burns_first(seen: Json) -> None:
    found = {(one["id"], one["subject"]): one["status"] for one in seen["checks"]}
    assert (seen["verdict"], seen["checks"][0]["subject"]) == ("unhealthy", "SLO burning-availability")
    assert found["slo_budget", "SLO spent-availability"] == "failed"
    assert found["slo_metric", "SLO silent-availability"] == "unknown"
    assert {status for (_, subject), status in found.items() if subject == "SLO well-availability"} == {"ok"}


def test_a_metric_that_vanished_is_unknown_and_what_it_spent_is_not_forgotten(seen: Json) -> None:
    gone = by_service(seen)["gone"]
    assert gone["unknown"] == "Prometheus has no metric of its indicator"
    assert gone["budget_left"] == pytest.approx(by_service(seen)["spent"]["budget_left"], abs=0.1)
    assert by_service(seen)["silent"]["events"] is None


def test_only_what_is_known_to_be_spent_is_refused(seen: Json) -> None:
    assert {one["service"]: one["allowed"] for one in seen["deploys"]} == {
        "burning": True,
        "gone": False,
        "silent": True,
        "spent": False,
        "well": True,
    }


def test_prometheus_itself_tells_the_alerts_that_the_figures_mean(running: Recorded) -> None:
    alerts = running.server.get("alerts")["alerts"]
    assert {(one["labels"]["alertname"], one["labels"]["service"]) for one in alerts} == {
        ("SloBudgetBurnsFast", "burning"),
        ("SloBudgetExhausted", "spent"),
        ("SloBudgetExhausted", "gone"),
        ("SloMetricMissing", "gone"),
        ("SloMetricMissing", "silent"),
    }


def test_the_module_tells_the_same_alerts_since_the_same_second(running: Recorded) -> None:
    """That is what the history records. Prometheus writes them down a moment after it tells them."""

    def told() -> bool:
        active = running.server.get("alerts")["alerts"]
        expected = {subject_of(one): (since(one), one["state"]) for one in active}
        found = {subject_of(one): (since(one), one["state"]) for one in asked(running)["alerts"]}
        return len(expected) == 5 and found == expected

    eventually(told, 120)


def since(alert: Json) -> datetime:
    """Return the second in which an alert became active."""
    return datetime.fromisoformat(seconds_alone(alert["activeAt"])).replace(microsecond=0)


def test_the_month_is_told_with_repairs_and_opens_in_a_browser(running: Recorded, tmp_path: Path) -> None:
    begin = datetime.fromtimestamp(running.end, UTC) - timedelta(hours=noon_before(running.end, 5))
    line = {"v": 1, "kind": "verdict", "subject": "cluster"}
    told = {0: "healthy", 10: "unhealthy", 22: "healthy", 40: "unhealthy", 44: "healthy"}
    records = [
        json.dumps({**line, "at": f"{begin + timedelta(minutes=after):%Y-%m-%dT%H:%M:%SZ}", "state": state})
        for after, state in told.items()
    ]
    (tmp_path / "health.jsonl").write_text("\n".join(records) + "\n")
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "service_definitions": DEFINITIONS,
        "slo_platform": False,
        "verdict_history_file": str(tmp_path / "health.jsonl"),
        "report_slo_url": running.server.url,
        "report_slo_month": f"{begin:%Y-%m}",
        "report_slo_dir": str(tmp_path / "out"),
    }
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"one": variables}}}))
    argv = [str(BIN / "ansible-playbook"), "playbooks/report_slo.yml", "-i", str(tmp_path / "hosts.yml")]
    done = subprocess.run(argv, cwd=REPO, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr

    figures = json.loads((tmp_path / f"out/{begin:%Y-%m}.json").read_text())
    verdicts = {one["service"]: one["verdict"] for one in figures["objectives"]}
    assert verdicts == {
        "burning": verdicts["burning"],
        "gone": "broken",
        "silent": "unknown",
        "spent": "broken",
        "well": "kept",
    }
    spent = next(one for one in figures["objectives"] if one["service"] == "spent")
    assert spent["failures"] == pytest.approx(HALF_AN_HOUR, rel=CLOSE)
    assert spent["worst_day"] == f"{begin:%Y-%m-%d}"
    # Twelve and four minutes.
    assert figures["repairs"]["verdict"]["mttr_minutes"] == 8
    assert figures["repairs"]["verdict"]["incidents"] == 2

    page = tmp_path / f"out/{begin:%Y-%m}.html"
    drawn = opened(page, tmp_path, "--dump-dom")
    assert "CONSOLE" not in drawn.stderr, drawn.stderr
    assert "8.0 min" in drawn.stdout
    for width in (1100, 520):
        sizes = measured(page, tmp_path, width)
        assert (sizes["wide"], sizes["outside"]) == ([], [])
    assert set(printed(page, tmp_path)) == {(595, 842)}


def test_prometheus_stops_and_comes_back(running: Recorded, seen: Json) -> None:
    """Nothing is known while it is away, and nothing is lost when it is back."""
    running.stop()
    try:
        told = asked(running)
        strict = asked(running, require_known=True)
    finally:
        running.start()
    assert (told["verdict"], {one["status"] for one in told["checks"]}) == ("unknown", {"unknown"})
    assert all("does not answer" in one["unknown"] for one in told["objectives"])
    assert {one["allowed"] for one in told["deploys"]} == {True}
    assert {one["allowed"] for one in strict["deploys"]} == {False}
    back = by_service(asked(running))
    for name in ("spent", "well", "burning"):
        assert back[name]["budget_left"] == pytest.approx(by_service(seen)[name]["budget_left"], abs=0.05), name
