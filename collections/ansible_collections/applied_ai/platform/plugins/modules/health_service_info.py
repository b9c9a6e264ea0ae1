#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: say whether services run and answer."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health_service_info
short_description: Say whether services are rolled out, steady and answer
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Looks at the workload, endpoints, pods and use of each service, and asks its addresses once.
  - O(expected.services[].urls) are asked from where the module runs, with the chain of TLS and the certificate's end.
    O(expected.services[].paths) are asked through the API server, which needs no way into the cluster and does not pass
    the mesh.
  - Use needs metrics-server; without it the room that is left is unknown.
  - It changes nothing.
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
  - applied_ai.platform.prometheus
  - applied_ai.platform.health
attributes:
  check_mode:
    description: This module only reads, so that it does the same with and without check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  probes:
    description:
      - Whether to ask Prometheus what the blackbox exporter sees from inside, through the mesh. Its targets are
        services, and what they depend on, such as databases, caches and queues.
    type: bool
    default: false
  expected:
    description:
      - What should be there.
    type: dict
    required: true
    suboptions:
      services:
        description: The services. Each must be there, with a ready endpoint.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of its workload.
            type: str
            required: true
          namespace:
            description: Its namespace.
            type: str
            required: true
          kind:
            description: Kind of its workload.
            type: str
            default: Deployment
            choices: [Deployment, DaemonSet, StatefulSet]
          service:
            description:
              - Name of its Service.
              - Empty means O(expected.services[].name).
            type: str
            default: ""
          port:
            description: Port of the Service that O(expected.services[].paths) are asked at.
            type: int
            default: 80
          paths:
            description: Paths that are asked through the API server, such as V(/health) and V(/ready).
            type: list
            elements: str
            default: []
          urls:
            description: Addresses that are asked from outside.
            type: list
            elements: str
            default: []
      probes:
        description:
          - Names of targets that must be probed, as the label C(target) says.
          - With O(probes=false) nobody looks for them.
        type: list
        elements: str
        default: []
      slowest:
        description: Seconds within which an address must answer.
        type: float
        default: 2.0
"""

EXAMPLES = r"""
- name: Look at a service from inside and from outside
  applied_ai.platform.health_service_info:
    kubeconfig: /srv/platform/kubeconfig
    expected:
      services:
        - name: vibe-coder
          namespace: services
          paths: [/health, /ready]
          urls: ["https://vibe-coder.example.com/health"]
  register: services

- name: Show what is wrong first
  ansible.builtin.debug:
    msg: "{{ services.summary }}"
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
    - id: services_have_endpoints
      status: failed
      severity: critical
      subject: Service services/vibe-coder
      seen: no ready endpoint
      expected: at least one
      since: ""
      advice: See whether pods are ready, and whether the Service selects their labels.
      runbook: docs/runbooks/services_have_endpoints.md
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
      critical: Service services/vibe-coder: no ready endpoint (expected at least one);
      docs/runbooks/services_have_endpoints.md
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
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health import metrics, probe, report
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import (
    Expected,
    ExpectedService,
    Json,
    Snapshot,
    Unreadable,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.health.observe import KINDS, LIMIT, Text, read
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules import services
from ansible_collections.applied_ai.platform.plugins.module_utils.health.rules.workloads import WORKLOAD_KINDS
from ansible_collections.applied_ai.platform.plugins.module_utils.health.verdict import judge
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import (
    KubeError,
    Patience,
    Reader,
    api_client,
    api_read,
    connect,
)

SERVICE: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "kind": {"type": "str", "default": "Deployment", "choices": list(WORKLOAD_KINDS)},
    "service": {"type": "str", "default": ""},
    "port": {"type": "int", "default": 80},
    "paths": {"type": "list", "elements": "str", "default": []},
    "urls": {"type": "list", "elements": "str", "default": []},
}
EXPECTED: dict[str, dict[str, Any]] = {
    "services": {"type": "list", "elements": "dict", "required": True, "options": SERVICE},
    "probes": {"type": "list", "elements": "str", "default": []},
    "slowest": {"type": "float", "default": 2.0},
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    **metrics.PROMETHEUS,
    "probes": {"type": "bool", "default": False},
    **report.ARGUMENTS,
    "expected": {"type": "dict", "required": True, "options": EXPECTED},
}
USAGE = "/apis/metrics.k8s.io/v1beta1/pods"
READ = {kind: KINDS[kind] for kind in (*WORKLOAD_KINDS.values(), "pods", "endpoints")} | {"usage": USAGE}


def namespaced(path: str, namespace: str) -> str:
    """Return the path of a kind in one namespace."""
    base, _, plural = path.rpartition("/")
    return f"{base}/namespaces/{namespace}/{plural}"


def observe(reader: Reader, text: Text, namespaces: list[str]) -> Snapshot:
    """Read what the rules look at, of these namespaces only."""
    try:
        version = str(reader.get("/version").get("gitVersion") or "")
    except KubeError as error:
        gone = Unreadable(error.message)
        return Snapshot(gone, dict.fromkeys(READ, gone))
    kinds: dict[str, list[Json] | Unreadable] = {}
    for kind, path in READ.items():
        lists = [read(reader, text, kind, namespaced(path, one)) for one in namespaces]
        lost = next((one for one in lists if isinstance(one, Unreadable)), None)
        kinds[kind] = lost or [obj for one in lists if not isinstance(one, Unreadable) for obj in one]
    return Snapshot(version, kinds)


def probes(
    given: list[Json], text: Text, outside: Callable[[str, str], Json], clock: Callable[[], float]
) -> list[Json]:
    """Ask all addresses of all services once."""
    asked = []
    for one in given:
        name, service = f"{one['namespace']}/{one['name']}", one["service"] or one["name"]
        for path in one["paths"]:
            address = probe.proxy_path(one["namespace"], service, one["port"], path)
            asked.append(probe.through_api(name, address, text, clock))
        asked += [outside(name, url) for url in one["urls"]]
    return asked


def look(
    reader: Reader,
    text: Text,
    outside: Callable[[str, str], Json],
    ask: metrics.Ask | None,
    params: dict[str, Any],
    *,
    now: datetime,
    clock: Callable[[], float],
) -> Json:
    """Return the module's result."""
    begin = clock()
    given = params["expected"]["services"]
    seen = observe(reader, text, sorted({one["namespace"] for one in given}))
    answers = probes(given, text, outside, clock)
    expected = Expected(
        services=tuple(ExpectedService(one["name"], one["namespace"], one["kind"], one["service"]) for one in given),
        probes=tuple(params["expected"]["probes"]),
        slowest=params["expected"]["slowest"],
    )
    rules = [rule for rule in services.RULES if ask or not set(rule.needs) & set(services.QUERIES)]
    kinds = {**seen.kinds, "probes": answers, **metrics.asked(ask, services.QUERIES)}
    checks = judge(Snapshot(seen.version, kinds), expected, now, rules)
    return report.of_look(checks, params, now, clock() - begin)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    try:
        reader = connect(params["kubeconfig"], params["context"], params["api_timeout"], Patience.within(LIMIT))
        raw = api_read(api_client(params["kubeconfig"], params["context"]), params["kubeconfig"], params["api_timeout"])
        outside = functools.partial(
            probe.from_outside,
            open_=functools.partial(open_url, timeout=params["api_timeout"]),
            certificate=probe.certificate_end(params["api_timeout"]),
            clock=time.monotonic,
        )
        told = look(
            reader,
            lambda path: raw(path, "*/*").decode(errors="replace"),
            outside,
            metrics.asker(params, reader) if params["probes"] else None,
            params,
            now=datetime.now(UTC),
            clock=time.monotonic,
        )
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(changed=False, **told)


if __name__ == "__main__":
    main()
