# SPDX-License-Identifier: Apache-2.0
"""Another number of pods, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError
from ansible_collections.applied_ai.platform.plugins.module_utils.service.scale import scaled

Json = dict[str, Any]
DEFAULTS = {
    "replicaCount": 2,
    "autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 10},
    "canary": {"enabled": False},
}
GIVEN = {"image": {"tag": "1"}, "autoscaling": {"maxReplicas": 6}}


def ask(replicas: int, given: Json = GIVEN, *, autoscaling: bool = True, allow_zero: bool = False) -> Json:
    return scaled("api", given, DEFAULTS, replicas, autoscaling=autoscaling, allow_zero=allow_zero)


def test_with_an_autoscaler_it_is_the_least_number() -> None:
    assert ask(5) == {**GIVEN, "autoscaling": {"enabled": True, "minReplicas": 5, "maxReplicas": 6}}
    assert GIVEN == {"image": {"tag": "1"}, "autoscaling": {"maxReplicas": 6}}


def test_without_one_it_is_the_number() -> None:
    assert ask(15, autoscaling=False)["replicaCount"] == 15


def test_nothing_at_all_takes_the_autoscaler_away_and_more_brings_it_back() -> None:
    none = ask(0, allow_zero=True)
    assert (none["replicaCount"], none["autoscaling"]["enabled"]) == (0, False)
    assert ask(3, none)["autoscaling"] == {"enabled": True, "minReplicas": 3, "maxReplicas": 6}


@pytest.mark.parametrize(
    ("replicas", "given", "reason"),
    [
        (7, GIVEN, "autoscaling.max_replicas is 6. Raise that in service_definitions and deploy it."),
        (11, {}, "autoscaling.max_replicas is 10"),
        (0, GIVEN, "Set service_allow_zero to true"),
        (-1, GIVEN, "Set service_allow_zero to true"),
        (3, {"canary": {"enabled": True}}, "a new version of it is on its way"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(replicas: int, given: Json, reason: str) -> None:
    with pytest.raises(ServiceError, match=r"^Service api was not scaled: ") as caught:
        ask(replicas, given)
    assert reason in caught.value.message
