# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import itertools

import pytest
from example_service import app
from example_service.lifecycle import Lifecycle
from example_service.metrics import Metrics
from example_service.settings import Settings
from starlette.testclient import TestClient


class Service:
    """The application with its parts at hand; each look at the clock takes 0.1 s."""

    def __init__(self, settings: Settings) -> None:
        ticks = itertools.count()
        self.life = Lifecycle(settings, lambda: 0.0)
        self.metrics = Metrics()
        self.client = TestClient(app.create(settings, self.life, self.metrics, lambda: next(ticks) / 10))

    def counted(self, status: str, method: str = "GET", path: str = "/") -> float | None:
        return self.metrics.registry.get_sample_value(
            "http_requests_total", {"method": method, "path": path, "status": status}
        )


@pytest.fixture
def service() -> Service:
    return Service(Settings(version="1.2.3", hostname="pod-1"))


def test_work_is_answered_and_counted(service: Service) -> None:
    assert service.client.get("/").json() == {"host": "pod-1", "version": "1.2.3"}
    assert service.client.post("/", params={"status": 503, "ms": 1}).status_code == 503
    assert service.counted("200") == 1 and service.counted("503", "POST") == 1


def test_the_duration_is_in_the_buckets_that_the_platform_asks_for(service: Service) -> None:
    service.client.get("/")
    buckets = {
        one.labels["le"]: one.value
        for metric in service.metrics.registry.collect()
        for one in metric.samples
        if one.name == "http_request_duration_seconds_bucket"
    }
    assert set(buckets) >= {"0.05", "0.1", "0.2", "0.5", "1.0", "2.0", "+Inf"}
    assert buckets["0.05"] == 0 and buckets["0.2"] == 1


def test_what_the_platform_asks_is_no_work(service: Service) -> None:
    for path in ("/health", "/ready", "/metrics"):
        assert service.client.get(path).status_code == 200
    assert service.counted("200") is None


def test_labels_that_callers_choose_have_a_bound(service: Service) -> None:
    assert service.client.get("/users/1").status_code == 404
    assert service.client.request("BREW", "/").status_code == 405
    assert service.counted("404", path="other") == 1 and service.counted("405", method="other") == 1


@pytest.mark.parametrize("query", [{"ms": "soon"}, {"ms": "60001"}, {"status": "99"}, {"status": "ok"}])
def test_a_wrong_wish_is_refused(service: Service, query: dict[str, str]) -> None:
    answer = service.client.get("/", params=query)
    assert answer.status_code == 400 and "in the query is no" in answer.json()["error"]


def test_readiness_says_why_not(service: Service) -> None:
    service.life.end()
    answer = service.client.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "because": "ending"})
    assert service.client.get("/health").status_code == 200


def test_health_can_be_lost(service: Service) -> None:
    service.life.forced_unhealthy = True
    assert service.client.get("/health").status_code == 503
    assert service.client.get("/ready").status_code == 200


def test_told_to_end_it_still_works_but_keeps_no_connection(service: Service) -> None:
    assert "connection" not in service.client.get("/").headers
    service.life.end()
    answer = service.client.get("/")
    assert answer.status_code == 200 and answer.headers["connection"] == "close"


@pytest.mark.parametrize(("rate", "failed"), [(0.0, 0), (0.01, 1), (0.25, 25), (1.0, 100)])
def test_the_share_that_fails_is_exact(rate: float, failed: int) -> None:
    service = Service(Settings(fail_rate=rate))
    statuses = [service.client.get("/").status_code for _ in range(100)]
    assert statuses.count(500) == failed and statuses.count(200) == 100 - failed
    assert (service.counted("500") or 0) == failed


def test_the_metrics_are_what_prometheus_reads(service: Service) -> None:
    service.client.get("/")
    answer = service.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'http_requests_total{method="GET",path="/",status="200"} 1.0' in answer.text
    assert "process_resident_memory_bytes" in answer.text
