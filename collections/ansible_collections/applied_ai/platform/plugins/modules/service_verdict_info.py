#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: judge new versions of services by what Prometheus saw of them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_verdict_info
short_description: Judge new versions of services by what Prometheus saw
version_added: 0.1.0
description:
  - Watches services for O(window) seconds, then compares errors and the 95th percentile of the time that requests took
    with what is promised, and those of a canary with those of the version beside it.
  - A canary may fail as often as is promised or twice as often as the present version, and take as long as is promised
    or a fifth longer. What is promised comes from the service's C(slo); where nothing is, one error in a hundred and
    50 ms are borne.
  - The verdict is V(unknown) where Prometheus does not answer, knows nothing, or saw too few requests. Such services
    are watched for up to O(limit) seconds.
  - It judges the counter C(http_requests_total) and the histogram C(http_request_duration_seconds), without requests to
    C(/health), C(/ready) and C(/metrics).
  - It changes nothing and does not fail because of a verdict.
author:
  - Applied AI Platform (@applied-ai)
extends_documentation_fragment:
  - applied_ai.platform.prometheus_access
attributes:
  check_mode:
    description: Only reads, so it does the same in check mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
options:
  services:
    description: The services, as M(applied_ai.platform.service_plan_info) returns them.
    type: list
    elements: dict
    required: true
  compare:
    description: Whether the pods of their canaries are judged, beside the others. If not, all pods are.
    type: bool
    default: false
  window:
    description: Seconds that are watched and judged. Two samples must fall into it.
    type: int
    default: 60
  limit:
    description: Seconds after which nothing more is expected from those that nothing is known of.
    type: int
    default: 180
"""

EXAMPLES = r"""
- name: Judge a canary
  applied_ai.platform.service_verdict_info:
    kubeconfig: /srv/platform/kubeconfig
    services:
      - name: example-api
        namespace: services
        slo: {availability: 99.9, latency_p95_ms: 500}
    compare: true
    window: 120
  register: watched

- name: Require that it does well
  ansible.builtin.assert:
    that: watched.verdicts[0].verdict == 'good'
    fail_msg: "{{ watched.verdicts[0].reason }}"
"""

RETURN = r"""
verdicts:
  description: What is thought of each service, sorted by namespace and name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
      sample: example-api
    namespace:
      description: Its namespace.
      type: str
      sample: services
    verdict:
      description: V(good), V(bad) or V(unknown).
      type: str
      sample: bad
    reason:
      description: Why, in words.
      type: str
      sample: 5.20% of its 480 requests failed, at most 1.00% may
    figures:
      description: What was seen of each track and what the limits are.
      type: dict
      sample:
        canary: {requests: 480, error_ratio: 0.052, p95_ms: 210}
        stable: {requests: 4310, error_ratio: 0.0004, p95_ms: 190}
        limits: {requests: 50, error_ratio: 0.01, p95_ms: 500}
"""

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.service import access
from ansible_collections.applied_ai.platform.plugins.module_utils.service.errors import ServiceError
from ansible_collections.applied_ai.platform.plugins.module_utils.service.verdict import Target, Verdict, watch

ARGUMENTS: dict[str, dict[str, Any]] = {
    "services": {"type": "list", "elements": "dict", "required": True},
    "compare": {"type": "bool", "default": False},
    "window": {"type": "int", "default": 60},
    "limit": {"type": "int", "default": 180},
    **access.ARGUMENTS,
}


def target(service: dict[str, Any], *, compare: bool) -> Target:
    """Return what is judged of a service."""
    slo, canary = service.get("slo") or {}, service.get("canary") or {}
    availability, latency = slo.get("availability"), slo.get("latency_p95_ms")
    try:
        return Target(
            name=service["name"],
            namespace=service["namespace"],
            compare=compare,
            error_ratio=None if not availability else round(1 - float(availability) / 100, 9),
            p95=None if not latency else float(latency) / 1000,
            minimum_requests=float(canary.get("minimum_requests") or 50),
            app=str((service.get("values") or {}).get("serviceName") or ""),
        )
    except KeyError as error:
        msg = f"An entry of services lacks {error}. It must have name and namespace."
        raise ServiceError(msg) from error


def result(verdicts: dict[tuple[str, str], Verdict]) -> dict[str, Any]:
    """Return the module's result."""
    return {
        "verdicts": [
            {"name": name, "namespace": namespace, "verdict": one.verdict, "reason": one.reason, "figures": one.figures}
            for (namespace, name), one in sorted(verdicts.items())
        ]
    }


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    try:
        targets = [target(service, compare=params["compare"]) for service in params["services"]]
        found = watch(
            targets,
            access.asker(params),
            window=params["window"],
            limit=params["limit"],
            clock=time.monotonic,
            sleep=time.sleep,
        )
        module.exit_json(changed=False, **result(found))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
