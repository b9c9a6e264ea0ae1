# SPDX-License-Identifier: Apache-2.0
"""Whether a new version of a service does as well as was promised and as the present one, by what Prometheus saw."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError

Json = dict[str, Any]
# PromQL → Prometheus' answer; raises UnknownError
Ask = Callable[[str], Json]
Word = Literal["good", "bad", "unknown"]

# A canary may fail this many times as often as the present version does, and be this much slower.
ERROR_FACTOR: Final = 2.0
LATENCY_FACTOR: Final = 1.2
# What is borne where nothing is promised: beside a version without any error the first one would be too many.
ERROR_FLOOR: Final = 0.01
LATENCY_FLOOR: Final = 0.05
# Probes and Prometheus itself are no users.
NOT_USERS: Final = 'path!~"/health|/ready|/metrics"'


class UnknownError(ServiceError):
    """Prometheus did not say what was asked, and why."""


@dataclass(frozen=True)
class Target:
    """What is judged."""

    name: str
    namespace: str
    compare: bool
    """Whether its canary is compared with the stable version; if not, all of it is held against what is promised."""
    error_ratio: float | None = None
    """Promised; None is no promise. So is p95, in seconds."""
    p95: float | None = None
    minimum_requests: float = 50
    app: str = ""
    """Its label of that name, where it is not its name."""


@dataclass(frozen=True)
class Track:
    """What Prometheus saw of one track in the window."""

    requests: float = 0.0
    errors: float = 0.0
    p95: float | None = None

    @property
    def error_ratio(self) -> float:
        """Return the share of requests that failed."""
        return min(1.0, self.errors / self.requests) if self.requests > 0 else 0.0

    def figures(self) -> Json:
        """Return plain data, rounded as one reads it."""
        return {
            "requests": round(self.requests),
            "error_ratio": round(self.error_ratio, 5),
            "p95_ms": None if self.p95 is None else round(self.p95 * 1000),
        }


@dataclass(frozen=True)
class Verdict:
    """What is thought of a version."""

    verdict: Word
    reason: str
    figures: Json


def selector(target: Target) -> str:
    """Return the labels by which Prometheus finds the service's users."""
    return f'namespace="{target.namespace}",app="{target.app or target.name}",{NOT_USERS}'


def queries(target: Target, seconds: int) -> dict[str, str]:
    """Return what is asked about a window."""
    of, window = selector(target), f"[{seconds}s]"
    buckets = f"sum by (track, le) (rate(http_request_duration_seconds_bucket{{{of}}}{window}))"
    return {
        "requests": f"sum by (track) (increase(http_requests_total{{{of}}}{window}))",
        "errors": f'sum by (track) (increase(http_requests_total{{{of},status=~"5.."}}{window}))',
        "p95": f"histogram_quantile(0.95, {buckets})",
    }


def by_track(answer: Json) -> dict[str, float]:
    """Return the value of each track; what is no number is left out."""
    if answer.get("status") != "success":
        msg = f"Prometheus refuses the question: {answer.get('errorType', '')} {answer.get('error', 'no reason given')}"
        raise UnknownError(" ".join(msg.split()))
    try:
        found = {
            str(one["metric"].get("track") or "stable"): float(one["value"][1]) for one in answer["data"]["result"]
        }
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        msg = "Prometheus' answer is not a vector"
        raise UnknownError(msg) from error
    return {track: value for track, value in found.items() if math.isfinite(value)}


def observe(target: Target, ask: Ask, seconds: int) -> dict[str, Track]:
    """Return what was seen of each track."""
    seen = {name: by_track(ask(query)) for name, query in queries(target, seconds).items()}
    return {
        track: Track(seen["requests"][track], seen["errors"].get(track, 0.0), seen["p95"].get(track))
        for track in seen["requests"]
    }


def judge(target: Target, tracks: Mapping[str, Track]) -> Verdict:
    """Say what is thought of what was seen."""
    stable = tracks.get("stable", Track())
    judged = tracks.get("canary", Track()) if target.compare else stable
    errors, p95 = limits(target, stable)
    figures: Json = {
        ("canary" if target.compare else "stable"): judged.figures(),
        **({"stable": stable.figures()} if target.compare else {}),
        "limits": {
            "requests": round(target.minimum_requests),
            "error_ratio": None if errors is None else round(errors, 5),
            "p95_ms": None if p95 is None else round(p95 * 1000),
        },
    }
    if judged.requests < target.minimum_requests:
        few = f"it had {judged.requests:.0f} requests, {target.minimum_requests:.0f} are needed for a judgement"
        return Verdict("unknown", few, figures)
    if errors is None and p95 is None:
        return Verdict("unknown", "there is neither a promise (slo) nor a present version with requests", figures)
    if p95 is not None and judged.p95 is None:
        return Verdict("unknown", "Prometheus has no http_request_duration_seconds of it", figures)
    wrong = broken(judged, errors, p95)
    return Verdict("bad" if wrong else "good", wrong or praise(judged), figures)


def limits(target: Target, stable: Track) -> tuple[float | None, float | None]:
    """Return what share of errors and what 95th percentile are borne, None where there is nothing to hold against."""
    errors, p95 = target.error_ratio, target.p95
    # A version that answers nobody says nothing about how good it is.
    if target.compare and stable.requests >= 1:
        errors = max(ERROR_FLOOR if errors is None else errors, stable.error_ratio * ERROR_FACTOR)
        if stable.p95 is not None:
            p95 = max(LATENCY_FLOOR if p95 is None else p95, stable.p95 * LATENCY_FACTOR)
    return errors, p95


def broken(judged: Track, errors: float | None, p95: float | None) -> str:
    """Say which limits are broken, empty when none is."""
    wrong = []
    if errors is not None and judged.error_ratio > errors:
        wrong.append(f"{judged.error_ratio:.2%} of its {judged.requests:.0f} requests failed, at most {errors:.2%} may")
    if p95 is not None and judged.p95 is not None and judged.p95 > p95:
        wrong.append(f"95 of 100 requests took up to {judged.p95 * 1000:.0f} ms, at most {p95 * 1000:.0f} ms may be")
    return " and ".join(wrong)


def praise(judged: Track) -> str:
    """Return the figures in words."""
    took = "" if judged.p95 is None else f", 95 of 100 took up to {judged.p95 * 1000:.0f} ms"
    return f"{judged.error_ratio:.2%} of its {judged.requests:.0f} requests failed{took}"


def look(targets: Iterable[Target], ask: Ask, seconds: int) -> dict[tuple[str, str], Verdict]:
    """Return the verdict of each target at this moment."""
    found = {}
    for target in targets:
        try:
            verdict = judge(target, observe(target, ask, seconds))
        except UnknownError as error:
            verdict = Verdict("unknown", error.message, {})
        found[target.namespace, target.name] = verdict
    return found


def watch(
    targets: list[Target],
    ask: Ask,
    *,
    window: float,
    limit: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    interval: float = 10.0,
) -> dict[tuple[str, str], Verdict]:
    """Watch for ``window`` seconds, and those that nothing is known of for up to ``limit``; then return the verdicts.

    A canary that is bad twice in a row is not watched to the end: each further request would fail for nothing.
    """
    start = clock()
    final: dict[tuple[str, str], Verdict] = {}
    bad_before: set[tuple[str, str]] = set()
    while open_ := [target for target in targets if (target.namespace, target.name) not in final]:
        elapsed = clock() - start
        # Before the window is over, what is not compared would be judged by requests to the version before.
        asked = open_ if elapsed >= window else [target for target in open_ if target.compare]
        found = look(asked, ask, max(1, round(window)))
        for key, verdict in found.items():
            over = elapsed >= (max(limit, window) if verdict.verdict == "unknown" else window)
            if over or (verdict.verdict == "bad" and key in bad_before):
                final[key] = verdict
        bad_before = {key for key, verdict in found.items() if verdict.verdict == "bad"}
        if len(final) < len(targets):
            end = window if elapsed < window else max(limit, window)
            sleep(max(0.1, min(interval, end - elapsed)))
    return final
