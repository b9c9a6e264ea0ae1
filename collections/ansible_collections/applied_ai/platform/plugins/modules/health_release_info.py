#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: say whether the Helm releases of a cluster are as they should be."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health_release_info
short_description: Say whether Helm releases are there, deployed, at their pins and as installed
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Compares the newest revision of each release with what must be there and with the versions that charts are pinned
    to.
  - It decodes Helm's release secrets, as M(applied_ai.platform.helm_releases_info) does, and changes nothing.
  - It reads each object of a deployed release and tells those that are gone or that somebody changed, with the fields
    and who wrote them. Values are never told, and of Secrets only the names are read.
  - What the API server defaults, and what controllers such as autoscalers write, is no change. Neither is a field that
    a release does not set.
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
  - applied_ai.platform.health
attributes:
  check_mode:
    description: This module only reads, so that it does the same with and without check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  drift:
    description:
      - Whether to compare the objects of each release with what is in the cluster. It needs the right to read every
        kind that a release has.
      - After O(drift_seconds) nothing more is asked for, and what was not compared is C(unknown).
    type: bool
    default: true
  drift_seconds:
    description:
      - For how many seconds objects are asked for. One request that is under way may take O(api_timeout) more.
    type: int
    default: 60
  expected:
    description:
      - What should be there.
      - Left out, only failed and interrupted releases are findings.
    type: dict
    default: {}
    suboptions:
      releases:
        description: Releases that must be there, each as namespace/name.
        type: list
        elements: str
        default: []
      charts:
        description:
          - The version that each chart is pinned to, by the chart's name.
          - Charts that are not named may have any version.
        type: dict
        default: {}
      grace:
        description: Seconds, of which Helm may be at work on a release for five times as many before that is a finding.
        type: int
        default: 60
"""

EXAMPLES = r"""
- name: Compare the releases with the pins
  applied_ai.platform.health_release_info:
    kubeconfig: /srv/platform/kubeconfig
    expected:
      releases: [kube-system/metrics-server]
      charts: {metrics-server: 41.13.1}
  register: releases

- name: Show what is wrong first
  ansible.builtin.debug:
    msg: "{{ releases.summary }}"
"""

RETURN = r"""
verdict:
  description:
    - One word over all checks. C(unhealthy) when a critical check failed, else C(unknown) when something could not be
      seen, else C(degraded) when any check failed, else C(healthy).
  returned: always
  type: str
  sample: degraded
checks:
  description: One entry per finding, and one per rule without findings, worst first.
  returned: always
  type: list
  elements: dict
  sample:
    - id: releases_as_pinned
      status: failed
      severity: minor
      subject: release kube-system/metrics-server
      seen: chart metrics-server 41.12.2, behind its pin
      expected: 41.13.1
      since: "2026-11-20T12:00:00Z"
      advice: Run playbooks/install_addons.yml; before that, read what changed in the chart.
      runbook: docs/runbooks/releases_as_pinned.md
  contains:
    id:
      description: The rule.
      type: str
      returned: always
    status:
      description: One of C(failed), C(unknown), C(excepted), C(ok).
      type: str
      returned: always
    severity:
      description: What a failure means, one of C(critical), C(major), C(minor).
      type: str
      returned: always
    subject:
      description: What it is about.
      type: str
      returned: always
    seen:
      description: What is.
      type: str
      returned: always
    expected:
      description: What should be.
      type: str
      returned: always
    since:
      description: Since when, as the cluster says, or empty.
      type: str
      returned: always
    advice:
      description: What to do first.
      type: str
      returned: always
    runbook:
      description: The page that tells the whole way out.
      type: str
      returned: always
summary:
  description: The verdict for people, worst finding first. What does not fit is counted.
  returned: always
  type: list
  elements: str
  sample:
    - "degraded: 1 finding"
    - >-
      minor: release kube-system/metrics-server: chart metrics-server 41.12.2, behind its pin (expected 41.13.1);
      docs/runbooks/releases_as_pinned.md
exit_code:
  description: For pipelines, 0 for healthy, 1 for degraded, 2 for unhealthy, 3 for unknown.
  returned: always
  type: int
  sample: 1
duration_s:
  description: How long the look took, in seconds.
  returned: always
  type: float
  sample: 0.4
"""

import functools
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health import report
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Check,
    Expected,
    Json,
    Rule,
    Snapshot,
    Status,
    Unreadable,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import LIMIT
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import helm, releases
from ansible_collections.applied_ai.platform.plugins.module_utils.health.verdict import judge, unknown
from ansible_collections.applied_ai.platform.plugins.module_utils.helm import live
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.errors import HelmError
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.releases import (
    list_path,
    list_query,
    newest_releases,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError, Patience, Reader, connect

EXPECTED: dict[str, dict[str, Any]] = {
    "releases": {"type": "list", "elements": "str", "default": []},
    "charts": {"type": "dict", "default": {}},
    "grace": {"type": "int", "default": 60},
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    "drift": {"type": "bool", "default": True},
    "drift_seconds": {"type": "int", "default": 60},
    **report.ARGUMENTS,
    "expected": {"type": "dict", "default": {}, "apply_defaults": True, "options": EXPECTED},
}


DRIFT: Rule = next(rule for rule in helm.RULES if rule.needs == ("drift",))


def observe(reader: Reader, *, drift: Callable[[list[Json]], live.Drift] | None) -> tuple[Snapshot, tuple[str, ...]]:
    """Read the newest revision of each release and, with ``drift``, its objects; also say which could not be read."""
    try:
        secrets = reader.items(list_path(), keep=None, **list_query())
        found = [release.as_dict() for release in newest_releases(secrets)]
    except (KubeError, HelmError) as error:
        gone = Unreadable(error.message)
        return Snapshot(gone, {"helm": gone, "releases": gone, "drift": gone}), ()
    kinds: dict[str, list[Json] | Unreadable] = {
        "helm": found,
        "releases": [{"metadata": one.get("metadata") or {}} for one in secrets],
    }
    if drift is None:
        return Snapshot("", kinds), ()
    seen = drift(secrets)
    return Snapshot("", {**kinds, "drift": [plain(seen)]}), seen.unread


def plain(seen: live.Drift) -> Json:
    """Return what the rule judges."""
    return {
        "releases": seen.releases,
        "objects": seen.objects,
        "drifted": [
            {
                "subject": f"{one.wanted.kind} {'/'.join(part for part in (one.namespace, one.wanted.name) if part)}",
                "release": one.wanted.source.key,
                "revision": one.wanted.source.revision,
                "missing": one.missing,
                "fields": [asdict(field) for field in one.fields],
            }
            for one in seen.drifted
        ],
    }


def with_unread(checks: list[Check], unread: tuple[str, ...]) -> list[Check]:
    """Add what could not be compared. Beside that, nothing else was found is not said as fine."""
    if not unread:
        return checks
    told = [one for one in checks if (one.id, one.status) != (DRIFT.id, Status.OK)]
    advice = "See api_answers first; else give the caller the right to read this kind, or deploy the release again."
    return [*told, *(replace(unknown(DRIFT, why, advice), subject="objects of releases") for why in unread)]


def look(reader: Reader, params: dict[str, Any], *, now: datetime, clock: Callable[[], float]) -> Json:
    """Return the module's result."""
    begin = clock()
    given = params["expected"]
    charts = {str(name): str(version) for name, version in given["charts"].items()}
    expected = Expected(releases=tuple(given["releases"]), charts=charts, grace=given["grace"])
    drift = functools.partial(live.look, reader=reader, seconds=params["drift_seconds"], clock=clock)
    snapshot, unread = observe(reader, drift=drift if params["drift"] else None)
    rules = (*releases.RULES, *(rule for rule in helm.RULES if params["drift"] or rule is not DRIFT))
    checks = with_unread(judge(snapshot, expected, now, rules), unread)
    return report.of_look(checks, params, now, clock() - begin)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    try:
        reader = connect(params["kubeconfig"], params["context"], params["api_timeout"], Patience.within(LIMIT))
        told = look(reader, params, now=datetime.now(UTC), clock=time.monotonic)
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(changed=False, **told)


if __name__ == "__main__":
    main()
