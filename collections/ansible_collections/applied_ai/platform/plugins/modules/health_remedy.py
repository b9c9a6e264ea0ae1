#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: apply the safe remedies for what a look at a cluster found."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health_remedy
short_description: Apply the safe remedies for what a look at a cluster found
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Recognises the known cases among findings, and asks each guard. What no guard refuses is done, one after the other.
  - Nothing is done unless its case is listed in O(policy).
  - A line is in O(record_file), and on disk, before anything is done, and another one when it has ended. The guards
    count in this file.
  - Two runs with one record never act at once. The second one fails.
  - Ends instances of AWS only; nodes of other clouds are cordoned and drained. This needs boto3.
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
attributes:
  check_mode:
    description: Decides the same and changes nothing, the record included. C(changed) says whether it would act.
    support: full
  diff_mode:
    description: Shows each action beside its reasons.
    support: full
options:
  checks:
    description: The findings, as the modules C(health_cluster_info) and C(health_gpu_info) return them.
    type: list
    elements: dict
    required: true
  taken_at:
    description: When the look began, RFC 3339. Findings that are too old are not acted on.
    type: str
    required: true
  policy:
    description:
      - What may be done, and the limits, see docs/remediation.md.
      - Left out, nothing may be done.
    type: dict
    default: {}
  record_file:
    description:
      - The file with one line for each beginning and each end of an action. Lost, no limit is kept.
    type: path
    required: true
  closed:
    description:
      - Ids of actions in the record that were cut off, and whose remains somebody has looked at. They are recorded as
        failed, so that their subjects may be acted on again.
      - Empty means none.
    type: list
    elements: str
    default: []
  drain_seconds:
    description: Seconds that a drain may take. A node that is not empty by then stays cordoned, and its instance stays.
    type: int
    default: 900
  end_seconds:
    description: Seconds within which deleted pods must be gone.
    type: int
    default: 30
  node_group_labels:
    description: Node labels that name a node's group. The first that a node has counts.
    type: list
    elements: str
    default:
      - eks.amazonaws.com/nodegroup
      - karpenter.sh/nodepool
      - cloud.google.com/gke-nodepool
      - kubernetes.azure.com/agentpool
  region:
    description:
      - The region of AWS where instances are ended. Credentials come from the environment of the process.
      - Empty means what the node's label C(topology.kubernetes.io/region) says.
    type: str
    default: ""
requirements:
  - boto3
"""

EXAMPLES = r"""
- name: Look at the cluster
  applied_ai.platform.health_cluster_info:
    kubeconfig: /srv/platform/kubeconfig
  register: health

- name: Delete stuck pods
  applied_ai.platform.health_remedy:
    kubeconfig: /srv/platform/kubeconfig
    checks: "{{ health.checks }}"
    taken_at: "{{ now(utc=true).isoformat() }}"
    policy:
      enabled: [stuck_pod]
      never: ["* kube-system/*"]
    record_file: /srv/platform/remedies.jsonl
  register: remedy

- name: Show what was done and what not
  ansible.builtin.debug:
    msg: "{{ remedy.summary }}"
"""

RETURN = r"""
decisions:
  description: One entry per subject of a case, in the order in which they were judged.
  returned: success
  type: list
  elements: dict
  sample:
    - case: stuck_pod
      action: delete
      subject: Deployment services/vibe-coder
      target: {kind: Pods, owner: Deployment services/vibe-coder, reason: Evicted}
      zone: ""
      decision: act
      reasons: ["Deployment services/vibe-coder: 2 pods Evicted"]
      guard: ""
      why_not: ""
      outcome: succeeded
      told: "deleted 2 pods: services/vibe-coder-5f-a, services/vibe-coder-5f-b"
  contains:
    case:
      description: Which known case it is.
      type: str
      returned: always
    action:
      description: What the case asks for.
      type: str
      returned: always
    subject:
      description: What it is about.
      type: str
      returned: always
    target:
      description: The same as data.
      type: dict
      returned: always
    zone:
      description: The zone that loses a node, empty where none does.
      type: str
      returned: always
    decision:
      description: One of C(act), C(dry_run), C(refused).
      type: str
      returned: always
    reasons:
      description: The findings, word for word.
      type: list
      elements: str
      returned: always
    guard:
      description: Which guard refused, or empty.
      type: str
      returned: always
    why_not:
      description: Why it refused.
      type: str
      returned: always
    outcome:
      description: How the act ended, C(succeeded) or C(failed); empty where there was none.
      type: str
      returned: always
    told:
      description: What was done, or what went wrong.
      type: str
      returned: always
summary:
  description: One line per decision, for people.
  returned: success
  type: list
  elements: str
  sample: ["refused by case_listed: restart Deployment services/api: failed_rollout is not enabled"]
failures:
  description: The lines of the actions that failed.
  returned: success
  type: list
  elements: str
  sample: []
"""

import functools
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import connect
from ansible_collections.applied_ai.platform.plugins.module_utils.kube_write import sender
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy import decide, ledger, nodes, run
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.acts import ACTS
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.policy import Policy
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.tools import Tools

Json = dict[str, Any]
ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    "checks": {"type": "list", "elements": "dict", "required": True},
    "taken_at": {"type": "str", "required": True},
    "policy": {"type": "dict", "default": {}},
    "record_file": {"type": "path", "required": True},
    "closed": {"type": "list", "elements": "str", "default": []},
    "drain_seconds": {"type": "int", "default": 900},
    "end_seconds": {"type": "int", "default": 30},
    "node_group_labels": {"type": "list", "elements": "str", "default": list(nodes.GROUPS)},
    "region": {"type": "str", "default": ""},
}


def client(service: str, region: str) -> Any:  # noqa: ANN401  boto3's clients have no types
    """Return a client of AWS; a missing library is a sentence."""
    try:
        import boto3  # noqa: PLC0415  needed for nodes of AWS only
    except ImportError as error:
        msg = f"The Python library boto3 is missing ({error}). Install requirements/runtime.txt."
        raise RemedyError(msg) from error
    return boto3.client(service, region_name=region)


def tools_of(params: Json) -> Tools:
    """Return what acts need, of the real world."""
    return Tools(
        reader=connect(params["kubeconfig"], params["context"], params["api_timeout"]),
        send=sender(params["kubeconfig"], params["context"], params["api_timeout"]),
        clients=functools.cache(client),
        now=lambda: datetime.now(UTC),
        tick=time.monotonic,
        sleep=time.sleep,
        drain_seconds=params["drain_seconds"],
        end_seconds=params["end_seconds"],
        region=params["region"],
    )


def situation_of(params: Json, tools: Tools, record: ledger.Record) -> decide.Situation:
    """Return all that guards look at.

    Raises:
        RemedyError: The policy or the time of the look makes no sense.

    """
    taken_at = decide.time_of(params["taken_at"])
    if taken_at is None:
        msg = f"taken_at is {params['taken_at']!r}; give a time such as 2026-11-28T12:00:00+00:00."
        raise RemedyError(msg)
    policy = Policy.from_json(params["policy"])
    seen = nodes.nodes_seen(tools.reader, params["node_group_labels"])
    return decide.Situation(policy, record, tools.now(), taken_at, params["checks"], seen)


def remedy(params: Json, tools: Tools, *, check_mode: bool) -> Json:
    """Return the module's result."""
    path = Path(params["record_file"])
    if check_mode or Policy.from_json(params["policy"]).dry_run:
        record = ledger.load(path)
        closing = run.to_close(record, params["closed"])
        ends = tuple(run.closing(one, tools.now()) for one in closing)
        would = ledger.Record((*record.entries, *ends), record.unreadable)
        found = run.told(situation_of(params, tools, would))
        acts = any(one.decision.decision == decide.ACT for one in found) or (bool(closing) and check_mode)
        return result(found, changed=acts)
    with run.alone(path):
        closing = run.to_close(ledger.load(path), params["closed"])
        run.close(path, closing, tools.now())
        situation = situation_of(params, tools, ledger.load(path))
        found = run.carried_out(situation, path, doing(tools, situation.policy), tools.now)
    return result(found, changed=bool(closing) or any(one.outcome for one in found))


def doing(tools: Tools, policy: Policy) -> Callable[[decide.Decision], str]:
    """Return what does what a decision says."""
    return lambda decision: ACTS[decision.action](tools, decision, policy.least(decision.case))


def result(found: list[run.Done], *, changed: bool) -> Json:
    """Return what the module returns."""
    acts = [one for one in found if one.decision.decision == decide.ACT]
    return {
        "changed": changed,
        "decisions": [one.to_json() for one in found],
        "summary": [one.line() for one in found] or ["no known case"],
        "failures": [one.line() for one in found if one.outcome == ledger.FAILED],
        "diff": [
            {
                "before_header": one.decision.subject,
                "after_header": one.decision.subject,
                "before": "".join(f"{reason}\n" for reason in one.decision.reasons),
                "after": f"{one.decision.action}\n",
            }
            for one in acts
        ],
    }


def stopped(number: int, _frame: object) -> NoReturn:
    """End in order when the process is told to, so that what is under way is recorded as failed."""
    raise SystemExit(128 + number)


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    signal.signal(signal.SIGTERM, stopped)
    try:
        module.exit_json(**remedy(module.params, tools_of(module.params), check_mode=module.check_mode))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
