# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from example_service.settings import Settings, SettingsError, read


def test_nothing_set_is_the_defaults() -> None:
    assert read({}) == Settings()
    assert read({"PORT": "", "PATH": "/bin"}) == Settings()


def test_every_field_is_a_variable() -> None:
    said = read(
        {
            "HOST": "127.0.0.1",
            "PORT": "9000",
            "LOG_LEVEL": "debug",
            "VERSION": "1.2.3",
            "HOSTNAME": "pod-1",
            "STARTUP_SECONDS": "1.5",
            "DRAIN_SECONDS": "0",
            "FINISH_SECONDS": "7",
            "FAIL_RATE": "0.25",
            "LATENCY_MS": "20",
            "CRASH_AFTER": "3",
        }
    )
    assert said == Settings("127.0.0.1", 9000, "DEBUG", "1.2.3", "pod-1", 1.5, 0.0, 7.0, 0.25, 20.0, 3.0)


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("PORT", "http", "whole number from 1 to 65535"),
        ("PORT", "0", "whole number from 1 to 65535"),
        ("PORT", "80.5", "whole number from 1 to 65535"),
        ("FAIL_RATE", "1.1", "number from 0 to 1"),
        ("FAIL_RATE", "nan", "number from 0 to 1"),
        ("LATENCY_MS", "-1", "number from 0 to 60000"),
        ("STARTUP_SECONDS", "soon", "number from 0 to 86400"),
        ("LOG_LEVEL", "loud", "use one of DEBUG, INFO, WARNING, ERROR"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(name: str, value: str, right: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read({name: value})
    said = str(refused.value)
    assert said.startswith(f"{name}={value!r} in the environment") and right in said and said.count(". ") == 0
