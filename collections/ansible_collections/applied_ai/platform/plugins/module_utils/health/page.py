# SPDX-License-Identifier: Apache-2.0
"""A report as one page of HTML that needs nothing else: no network, no script, no font."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Status, Verdict
from ansible_collections.applied_ai.platform.plugins.module_utils.health.objects import counted
from ansible_collections.applied_ai.platform.plugins.module_utils.health.report import check_of

HERE: Final = Path(__file__).parent
MEANING: Final = {
    Verdict.HEALTHY: "Everything that was looked at is as it should be.",
    Verdict.DEGRADED: "The platform works, and something in it does not.",
    Verdict.UNKNOWN: "Something could not be seen, so that nobody can say it is well.",
    Verdict.UNHEALTHY: "Something that others rely on is down.",
}
NEEDED: Final = ("verdict", "checks", "duration_s")


def page(report: Mapping[str, Any], title: str = "Platform", made: str = "", runbooks: str = "") -> str:
    """Return the page.

    Args:
        report: What a health module or the filter health_report returns.
        title: What the report is of.
        made: When it was made, as it shall be read; empty is not told.
        runbooks: Address before each run book's path; empty shows the path without a link.

    Raises:
        HealthError: The report is none, or the address is not one of the web.

    """
    if missing := [name for name in NEEDED if name not in report]:
        msg = f"The report has no {', '.join(missing)}; give what a health module returns."
        raise HealthError(msg)
    if runbooks and not runbooks.startswith(("https://", "http://")):
        msg = f"runbooks is {runbooks}; give an address with https, or leave it empty."
        raise HealthError(msg)
    try:
        import jinja2  # noqa: PLC0415 # Ansible has it
    except ImportError as error:
        msg = f"The Python library jinja2 is missing ({error}); run make setup."
        raise HealthError(msg) from error
    # Names and messages are foreign text: all of it is escaped, and the page's policy runs no script.
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    checks = [check_of(one) for one in report["checks"]]
    by_status = {status.value: [one for one in checks if one.status is status] for status in Status}
    verdict = Verdict(report["verdict"])
    return environment.get_template("page.html.j2").render(
        title=title,
        made=made,
        verdict=verdict.value,
        meaning=MEANING[verdict],
        findings=[*by_status["failed"], *by_status["unknown"]],
        excepted=by_status["excepted"],
        fine=by_status["ok"],
        by_status=by_status,
        duration=report["duration_s"],
        runbooks=runbooks.rstrip("/"),
        counted=counted,
    )
