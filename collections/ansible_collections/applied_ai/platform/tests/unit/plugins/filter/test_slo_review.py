# SPDX-License-Identifier: Apache-2.0
"""The filter fails as a filter does."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.applied_ai.platform.plugins.filter.slo_review import FilterModule


def test_a_report_that_is_none_is_a_sentence() -> None:
    review = FilterModule().filters()["slo_review"]
    with pytest.raises(AnsibleFilterError, match="give what slo_report_info returns"):
        review({"month": "2026-11"})
