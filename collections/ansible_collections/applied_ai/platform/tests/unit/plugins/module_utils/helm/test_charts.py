# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.charts import ChartSource, locate
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError

UPSTREAM = "https://charts.example.com"


@pytest.mark.parametrize(
    ("repository", "source", "expected"),
    [
        (UPSTREAM, "", ChartSource("demo", UPSTREAM, "1.0.0")),
        ("oci://example.com/charts", "", ChartSource("oci://example.com/charts/demo", "", "1.0.0")),
        (UPSTREAM, "oci://mirror.example.com/x/", ChartSource("oci://mirror.example.com/x/demo", "", "1.0.0")),
        ("oci://example.com/charts", "http://mirror", ChartSource("demo", "http://mirror", "1.0.0")),
        (UPSTREAM, "/charts", ChartSource("/charts/demo-1.0.0.tgz")),
    ],
)
def test_a_source_replaces_upstream(repository: str, source: str, expected: ChartSource) -> None:
    archive_only = locate("demo", "1.0.0", repository, source, is_file=lambda path: path.suffix == ".tgz")
    assert archive_only == expected


def test_a_missing_archive_is_named_with_what_would_be_right(tmp_path: Path) -> None:
    with pytest.raises(HelmError) as error:
        locate("demo", "1.0.0", UPSTREAM, str(tmp_path))
    assert f"{tmp_path}/demo-1.0.0.tgz does not exist" in error.value.message
    assert "addon_chart_source must be" in error.value.message


def test_a_chart_without_any_source_is_refused() -> None:
    with pytest.raises(HelmError, match="addon_catalogue"):
        locate("demo", "1.0.0", "", "")


def test_an_unpacked_chart_of_that_name_is_taken(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo/Chart.yaml").write_text("name: demo\n")
    assert locate("demo", "1.0.0", UPSTREAM, str(tmp_path)) == ChartSource(str(tmp_path / "demo"))
