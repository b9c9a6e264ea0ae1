# SPDX-License-Identifier: Apache-2.0
"""Where a chart comes from: upstream, a mirror, or a directory of archives or charts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError


@dataclass(frozen=True)
class ChartSource:
    """What Helm has to be told to find one chart at one version."""

    ref: str
    repo_url: str = ""
    version: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return plain data for a module's result."""
        return asdict(self)


def locate(
    chart: str, version: str, repository: str, source: str, is_file: Callable[[Path], bool] = Path.is_file
) -> ChartSource:
    """Say where the chart is: in ``source`` if one is set, else in its own ``repository``."""
    base = source or repository
    if base.startswith("oci://"):
        return ChartSource(f"{base.rstrip('/')}/{chart}", version=version)
    if base.startswith(("http://", "https://")):
        return ChartSource(chart, repo_url=base, version=version)
    if not base:
        msg = f"The chart {chart} has no repository. Set it in addon_catalogue, or set addon_chart_source."
        raise HelmError(msg, chart=chart)
    folder = Path(base).expanduser() / chart
    if is_file(folder / "Chart.yaml"):
        return ChartSource(str(folder))
    archive = Path(base).expanduser() / f"{chart}-{version}.tgz"
    if not is_file(archive):
        msg = (
            f"The chart archive {archive} does not exist. addon_chart_source must be empty, an oci:// or http(s):// "
            f"address, or a directory that holds {archive.name}."
        )
        raise HelmError(msg, chart=chart)
    return ChartSource(str(archive))
