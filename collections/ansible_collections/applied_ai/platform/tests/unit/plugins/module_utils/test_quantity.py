# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.quantity import SUFFIXES, parse, shown
from kubernetes.utils.quantity import parse_quantity


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("250m", "0.25"),
        (2, "2"),
        ("1.5", "1.5"),
        (".5", "0.5"),
        ("+2", "2"),
        ("512Mi", "536870912"),
        ("1k", "1000"),
        ("1e3", "1000"),
        ("2E-1", "0.2"),
        ("1E", "1000000000000000000"),
    ],
)
def test_amounts_are_read(text: object, amount: str) -> None:
    assert parse(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "x", "1 Gi", "1gi", "1K", "-1", "1GiB", "1e", None, True, "1.2.3"])
def test_what_is_no_amount_is_none(text: object) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_suffixes_mean_what_the_client_of_kubernetes_means(suffix: str) -> None:
    assert parse(f"3{suffix}") == parse_quantity(f"3{suffix}")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.25", "0.25"),
        ("100", "100"),
        ("20.0", "20"),
        ("134217728", "128Mi"),
        ("134217729", "129Mi"),
        (str(64 * 2**30), "64Gi"),
        (str(3 * 2**40), "3Ti"),
        ("0", "0"),
    ],
)
def test_amounts_are_written(amount: str, text: str) -> None:
    assert shown(Decimal(amount)) == text
