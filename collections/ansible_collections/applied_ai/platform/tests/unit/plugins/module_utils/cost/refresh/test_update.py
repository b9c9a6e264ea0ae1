# SPDX-License-Identifier: Apache-2.0
"""Which services can be refreshed; tests/cost/test_prices_refresh.py refreshes whole books."""

from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.coverage import services
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.refresh import changes, update


def test_every_service_that_can_be_refreshed_is_one_of_the_book() -> None:
    known = set(services([FOLDER]))
    assert {(provider, one) for provider, found in update.SERVICES.items() for one in found} <= known


def test_every_cloud_has_an_address_and_a_source() -> None:
    assert update.BASES.keys() == update.SERVICES.keys() == update.SOURCES.keys()
    assert set(update.SOURCES.values()) | {"aws-spot-history"} == changes.SOURCES.keys()
    assert all(base.startswith("https://") for base in update.BASES.values())


def test_no_choice_means_all_services_and_an_unknown_one_is_an_error() -> None:
    assert update.request_services("azure", []) == update.SERVICES["azure"]
    assert update.request_services("aws", ["ebs"]) == ("ebs",)
    with pytest.raises(CostError, match="services names 's3', which the price API of aws does not refresh"):
        update.request_services("aws", ["ec2", "s3"])
