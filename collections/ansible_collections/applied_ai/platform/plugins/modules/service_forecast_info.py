#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: how many pods a service will need by the hour of the week, as KEDA's triggers."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_forecast_info
short_description: Tell how many pods a service will need by the hour of the week
version_added: 0.1.0
description:
  - Forecasts the demand of each hour of the next week from the weeks before, and returns a least number of pods and
    triggers of KEDA that raise it ahead of each peak. The autoscaler stays on for what is beyond.
  - The method and its back-test are in docs/cost_optimization.md.
author:
  - Applied AI Platform (@applied-ai)
attributes:
  check_mode:
    description: It only reads, so that it does the same with and without check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  history_file:
    description:
      - A CSV file with the columns C(at), in ISO 8601 with an offset, and C(value).
      - Empty means that Prometheus is asked.
    type: path
    default: ""
  prometheus_url:
    description: Address of Prometheus.
    type: str
    default: ""
  query:
    description: The demand in PromQL, as one series, such as requests a second.
    type: str
    default: ""
  per_replica:
    description: The demand that one pod shall serve.
    type: float
    required: true
  minimum:
    description: Least number of pods at any time.
    type: int
    default: 2
  maximum:
    description: Greatest number of pods.
    type: int
    default: 10
  quantile:
    description: Share of the past weeks whose demand the forecast covers, from 0 to 1.
    type: float
    default: 0.75
  weeks:
    description: How many past weeks count.
    type: int
    default: 6
  lead_minutes:
    description: How long before an hour its pods shall be there.
    type: int
    default: 15
  steps:
    description: How many sizes there may be above the least.
    type: int
    default: 8
  time_zone:
    description: The time zone in which the week has its rhythm.
    type: str
    default: UTC
  api_timeout:
    description: Seconds that one request to Prometheus may take.
    type: int
    default: 30
"""

EXAMPLES = r"""
- name: Forecast the pods of a service
  applied_ai.platform.service_forecast_info:
    prometheus_url: http://127.0.0.1:9090
    query: sum(rate(http_requests_total{service="example-api"}[10m]))
    per_replica: 50
    maximum: 40
    time_zone: Europe/Berlin
  register: forecast

- name: Show the triggers for service_definitions
  ansible.builtin.debug:
    var: forecast.triggers
"""

RETURN = r"""
minimum:
  description: Least number of pods at any time, for C(autoscaling.min_replicas).
  returned: success
  type: int
  sample: 2
triggers:
  description: Triggers for C(autoscaling.triggers) of a service.
  returned: success
  type: list
  elements: dict
  sample:
    - type: cron
      metadata: {timezone: Europe/Berlin, start: "45 8 * * 1,2,3,4,5", end: "0 17 * * 1,2,3,4,5", desiredReplicas: "12"}
demand:
  description: The demand of each hour of the week that is expected, from Monday 00:00 on.
  returned: success
  type: list
  elements: float
  sample: [10.5, 9.1]
samples:
  description: How many samples the history had.
  returned: success
  type: int
  sample: 6048
"""

import functools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url
from ansible_collections.applied_ai.platform.plugins.module_utils.cost import history, predict

ARGUMENTS: dict[str, dict[str, Any]] = {
    "history_file": {"type": "path", "default": ""},
    "prometheus_url": {"type": "str", "default": ""},
    "query": {"type": "str", "default": ""},
    "per_replica": {"type": "float", "required": True},
    "minimum": {"type": "int", "default": 2},
    "maximum": {"type": "int", "default": 10},
    "quantile": {"type": "float", "default": 0.75},
    "weeks": {"type": "int", "default": 6},
    "lead_minutes": {"type": "int", "default": 15},
    "steps": {"type": "int", "default": 8},
    "time_zone": {"type": "str", "default": "UTC"},
    "api_timeout": {"type": "int", "default": 30},
}
SETTINGS = ("per_replica", "minimum", "maximum", "quantile", "weeks", "lead_minutes", "steps", "time_zone")


def run(params: dict[str, Any], samples: list[predict.Sample]) -> dict[str, Any]:
    """Return what the module returns for a history."""
    settings = predict.Settings(**{name: params[name] for name in SETTINGS})
    plan = predict.plan_of(samples, settings)
    return {
        "changed": False,
        "minimum": plan.minimum,
        "triggers": predict.triggers(plan, settings.time_zone),
        "demand": [round(value, 3) for value in predict.forecast(samples, settings)],
        "samples": len(samples),
    }


def read(params: dict[str, Any], now: datetime) -> list[predict.Sample]:
    """Return the history of the file, or of Prometheus."""
    if params["history_file"]:
        return history.from_file(Path(params["history_file"]))
    if not params["prometheus_url"] or not params["query"]:
        raise predict.PredictError("Set history_file, or prometheus_url and query; there is no history without.")
    open_ = functools.partial(open_url, timeout=params["api_timeout"])
    return history.from_prometheus(params["prometheus_url"], params["query"], now, params["weeks"], open_)


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        module.exit_json(**run(module.params, read(module.params, datetime.now(UTC))))
    except predict.PredictError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
