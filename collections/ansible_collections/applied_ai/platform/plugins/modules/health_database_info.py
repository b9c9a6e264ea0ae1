#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: look at databases, caches and shared file systems of AWS and say one verdict."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health_database_info
short_description: Look at databases, caches and shared file systems in AWS and say one verdict
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Reads RDS, Aurora, DocumentDB, Neptune, ElastiCache and EFS, their backups, AWS Backup, and CloudWatch's metrics of
    lag and storage, in several regions at the same time, and rolls what it sees up to one verdict with the findings
    worst first.
  - It only describes. It neither connects to a database nor reads data or secrets.
  - What cannot be read, for want of a right, of time or of data, is C(unknown) with its reason, and so is the verdict.
  - How long storage lasts is a forecast by a straight line, fitted by least squares through what was free on the last
    14 days; the check says how many points and how well the line fits. A jump upwards begins a new line.
extends_documentation_fragment:
  - applied_ai.platform.aws
  - applied_ai.platform.health
attributes:
  check_mode:
    description: This module only reads, so that it does the same with and without check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  more_regions:
    description:
      - Regions that are asked besides O(region).
    type: list
    elements: str
    default: []
  profile:
    description:
      - The profile of AWS's configuration to sign in with.
      - Empty means what the environment says.
    type: str
    default: ""
  time_budget:
    description:
      - Seconds that the whole look may take. What is not answered by then is unknown.
      - A request that is under way is let go after 15 more seconds at the latest.
    type: int
    default: 60
  expected:
    description:
      - What should be there, and what is good enough.
      - Left out, what is there is judged by the defaults.
    type: dict
    default: {}
    suboptions:
      databases:
        description:
          - What must exist. One of them that is missing or does not serve makes the verdict unhealthy.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Identifier of the instance, cluster, replication group or file system, or a file system's Name.
            type: str
            required: true
          kind:
            description: What it is.
            type: str
            required: true
            choices: [rds, aurora, documentdb, neptune, elasticache, efs]
          region:
            description: Where it is; empty means O(region).
            type: str
            default: ""
          engine:
            description: The engine as AWS names it, such as C(postgres); empty asks nothing.
            type: str
            default: ""
          version:
            description: The version, or how it must begin, such as C(16); empty asks nothing.
            type: str
            default: ""
          members:
            description: How many instances, nodes or mount targets there must be at least.
            type: int
            default: 0
          multi_zone:
            description: Whether it must be spread over several zones.
            type: bool
            default: false
      backup_age_hours:
        description: Hours that the youngest backup may be old.
        type: int
        default: 26
      lag_seconds:
        description: Seconds that a replica may be behind.
        type: int
        default: 30
      file_lag_minutes:
        description: Minutes that the copy of a file system may be behind.
        type: int
        default: 60
      runway_days:
        description: Days that storage must last by the forecast.
        type: int
        default: 30
      notice_days:
        description: Days ahead for which forced maintenance, ending certificates and ending support are told.
        type: int
        default: 30
      engine_support:
        description:
          - When support ends, by engine and major version such as C(redis 7), each a date.
          - For engines whose end AWS's API does not tell; it goes before what AWS tells.
        type: dict
        default: {}
"""

EXAMPLES = r"""
- name: Look at the databases of a region
  applied_ai.platform.health_database_info:
    region: eu-central-1
  register: health

- name: Compare two regions with what was promised
  applied_ai.platform.health_database_info:
    region: eu-central-1
    more_regions: [eu-west-1]
    profile: production
    expected:
      databases:
        - name: applied-ai-production-postgres
          kind: rds
          engine: postgres
          version: "16"
          multi_zone: true
        - name: applied-ai-production-postgres-replica
          kind: rds
          region: eu-west-1
      engine_support:
        redis 7: "2028-05-31"
  register: health

- name: Fail unless all is well
  ansible.builtin.assert:
    that: health.verdict == "healthy"
    fail_msg: "{{ health.summary | join('\n') }}"
"""

RETURN = r"""
verdict:
  description:
    - One word over all checks. C(unhealthy) when a critical check failed, else C(unknown) when something could not be
      seen, else C(degraded) when any check failed, else C(healthy).
  returned: always
  type: str
  sample: degraded
exit_code:
  description: For pipelines, 0 for healthy, 1 for degraded, 2 for unhealthy, 3 for unknown.
  returned: always
  type: int
  sample: 1
checks:
  description: One entry per finding, and one per rule without findings, worst first.
  returned: always
  type: list
  elements: dict
  sample:
    - id: databases_have_room
      status: failed
      severity: major
      subject: rds applied-ai-production-postgres in eu-central-1
      seen: "31.0% free, full in 12 days by a straight line through 56 points of 14 days (R² 0.98)"
      expected: 10% free and room for 30 days
      since: "2026-11-14T12:00:00+00:00"
      advice: >-
        Find what grows; enlarge the storage before it is full, since a full database takes no writes.
      runbook: docs/runbooks/databases_have_room.md
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
      description: Since when, where that is known, or empty.
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
databases:
  description: What was found, sorted by region, kind and name.
  returned: always
  type: list
  elements: dict
  sample:
    - name: applied-ai-production-postgres
      kind: rds
      region: eu-central-1
      engine: postgres
      version: "16.4"
      status: available
      members: 1
  contains:
    name:
      description: Its identifier.
      type: str
      returned: always
    kind:
      description: What it is.
      type: str
      returned: always
    region:
      description: Where it is.
      type: str
      returned: always
    engine:
      description: Its engine.
      type: str
      returned: always
    version:
      description: The engine's version.
      type: str
      returned: always
    status:
      description: Its state in AWS's words.
      type: str
      returned: always
    members:
      description: How many instances, nodes or mount targets it has.
      type: int
      returned: always
duration_s:
  description: How long the look took, in seconds.
  returned: always
  type: float
  sample: 2.1
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.applied_ai.platform.plugins.module_utils.args import AWS
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError

try:
    import boto3
    from ansible_collections.applied_ai.platform.plugins.module_utils.health import database_collect
    from botocore.exceptions import BotoCoreError
except ImportError:
    boto3 = None  # type: ignore[assignment]

from ansible_collections.applied_ai.platform.plugins.module_utils.health import report
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_expected import ExpectedDatabases
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_facts import Database
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_rules import judge
from ansible_collections.applied_ai.platform.plugins.module_utils.health.database_view import View

DATABASE: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "kind": {
        "type": "str",
        "required": True,
        "choices": ["rds", "aurora", "documentdb", "neptune", "elasticache", "efs"],
    },
    "region": {"type": "str", "default": ""},
    "engine": {"type": "str", "default": ""},
    "version": {"type": "str", "default": ""},
    "members": {"type": "int", "default": 0},
    "multi_zone": {"type": "bool", "default": False},
}
EXPECTED: dict[str, dict[str, Any]] = {
    "databases": {"type": "list", "elements": "dict", "default": [], "options": DATABASE},
    "backup_age_hours": {"type": "int", "default": 26},
    "lag_seconds": {"type": "int", "default": 30},
    "file_lag_minutes": {"type": "int", "default": 60},
    "runway_days": {"type": "int", "default": 30},
    "notice_days": {"type": "int", "default": 30},
    "engine_support": {"type": "dict", "default": {}},
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    **AWS,
    "more_regions": {"type": "list", "elements": "str", "default": []},
    "profile": {"type": "str", "default": ""},
    "time_budget": {"type": "int", "default": 60},
    **report.ARGUMENTS,
    "expected": {"type": "dict", "default": {}, "options": EXPECTED},
}


def clients_of(params: dict[str, Any], limits: database_collect.Limits) -> database_collect.Clients:
    """Return what makes clients: one per service and region, none of which sends when the time is over."""
    session = boto3.Session(profile_name=params["profile"] or None)
    made: dict[tuple[str, str], Any] = {}
    # A session's client() must not run twice at once; clients themselves may be shared.
    lock = threading.Lock()

    def client(service: str, region: str) -> Any:  # noqa: ANN401  # boto3 makes its classes at run time
        with lock:
            if (service, region) not in made:
                one = session.client(
                    service,
                    region_name=region,
                    endpoint_url=params["endpoint_url"] or None,
                    config=database_collect.config(limits.budget),
                )
                one.meta.events.register("before-send", limits.check)
                made[service, region] = one
            return made[service, region]

    return client


def row(database: Database) -> dict[str, Any]:
    """Return a database as the module tells it."""
    return {
        "name": database.name,
        "kind": database.kind.value,
        "region": database.region,
        "engine": database.engine,
        "version": database.version,
        "status": database.status,
        "members": len(database.members),
    }


def look(
    params: dict[str, Any],
    clients: Callable[[dict[str, Any], database_collect.Limits], database_collect.Clients],
    now: datetime,
    clock: Callable[[], float],
) -> dict[str, Any]:
    """Return the module's result.

    Raises:
        HealthError: An option or an exception is wrong.
        BotoCoreError: There is no such profile.

    """
    begin = clock()
    regions = tuple(dict.fromkeys([params["region"], *params["more_regions"]]))
    expected = ExpectedDatabases.from_json(params["expected"], params["region"], regions)
    if params["time_budget"] < 1:
        msg = f"time_budget is {params['time_budget']}; give seconds from 1 on."
        raise HealthError(msg)
    limits = database_collect.Limits(clock, begin + params["time_budget"], params["time_budget"])
    facts = database_collect.collect(clients(params, limits), regions, now, limits)
    found = report.of_look(judge(View(facts, expected, now)), params, now, clock() - begin)
    return {**found, "databases": [row(one) for one in facts.databases]}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if boto3 is None:
        module.fail_json(msg=missing_required_lib("boto3"))
    try:
        found = look(module.params, clients_of, datetime.now(UTC), time.monotonic)
    except HealthError as error:
        module.fail_json(msg=error.message, **error.details)
    except BotoCoreError as error:
        module.fail_json(msg=f"Failed to sign in to AWS with profile {module.params['profile']!r}: {error}.")
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
