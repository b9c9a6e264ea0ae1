#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: record rollouts of services."""

from __future__ import annotations

DOCUMENTATION = r"""
module: service_record
short_description: Record how rollouts of services ended
version_added: 0.1.0
description:
  - Adds entries to the ConfigMap C(<service>-releases) beside each service, the newest first. The last 20 are kept.
  - An entry of a revision that is recorded already takes the older one's place.
  - Without entries it removes nothing and adds nothing.
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
author:
  - Applied AI Platform (@applied-ai)
attributes:
  check_mode:
    description: Says what would be written.
    support: full
  diff_mode:
    description: Shows the records before and after.
    support: full
options:
  entries:
    description: What to record.
    type: list
    elements: dict
    required: true
    suboptions:
      service:
        description: Name of the service.
        type: str
        required: true
      namespace:
        description: Its namespace.
        type: str
        required: true
      outcome:
        description: How it ended.
        type: str
        choices: [good, failed, rolled_back, withdrawn]
        required: true
      image:
        description: What was rolled out, with C(repository), C(tag) and C(digest).
        type: dict
        required: true
      revision:
        description: Helm's revision of it.
        type: int
        required: true
      chart:
        description: Version of the chart.
        type: str
        default: ""
      strategy:
        description: How it came.
        type: str
        default: rolling
      reason:
        description: Why it ended so.
        type: str
        default: ""
      back_to:
        description: The revision that was gone back to, V(0) for none.
        type: int
        default: 0
      verdict:
        description: What Prometheus' figures said.
        type: dict
        default: {}
      withdraws:
        description: Revisions that are no longer ones to go back to.
        type: list
        elements: int
        default: []
  by:
    description:
      - Who rolled out.
      - Empty means the user that runs Ansible.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Record a rollout
  applied_ai.platform.service_record:
    kubeconfig: /srv/platform/kubeconfig
    entries:
      - service: example-api
        namespace: services
        outcome: good
        image: {repository: registry.example.com/example-api, tag: 1.4.2, digest: ""}
        revision: 4
  register: recorded

- name: Show what is recorded
  ansible.builtin.debug:
    msg: "{{ recorded.records }}"
"""

RETURN = r"""
records:
  description: What is recorded then, by service, the newest first.
  returned: success
  type: dict
  sample:
    example-api:
      - {at: "2026-11-28T12:00:00Z", by: ana, outcome: good, image: "registry.example.com/api:1.4.2", revision: 4}
"""

import getpass
import json
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.args import KUBERNETES
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import (
    Apply,
    MissingKindError,
    PagedReader,
    Reader,
    api_apply,
    api_client,
    api_fetch,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.service import record
from ansible_collections.applied_ai.platform.plugins.module_utils.service.strategy import image_name

ENTRY: dict[str, dict[str, Any]] = {
    "service": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "outcome": {"type": "str", "required": True, "choices": ["good", "failed", "rolled_back", "withdrawn"]},
    "image": {"type": "dict", "required": True},
    "revision": {"type": "int", "required": True},
    "chart": {"type": "str", "default": ""},
    "strategy": {"type": "str", "default": "rolling"},
    "reason": {"type": "str", "default": ""},
    "back_to": {"type": "int", "default": 0},
    "verdict": {"type": "dict", "default": {}},
    "withdraws": {"type": "list", "elements": "int", "default": []},
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    **KUBERNETES,
    "entries": {"type": "list", "elements": "dict", "required": True, "options": ENTRY},
    "by": {"type": "str", "default": ""},
}


def entry(given: dict[str, Any], by: str, now: datetime) -> record.Entry:
    """Return what is recorded of a rollout."""
    image = given["image"]
    return record.Entry(
        at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        by=by,
        outcome=given["outcome"],
        image=image_name(image),
        revision=given["revision"],
        tag=str(image.get("tag") or ""),
        digest=str(image.get("digest") or ""),
        chart=given["chart"],
        strategy=given["strategy"],
        reason=given["reason"],
        back_to=given["back_to"],
        verdict=given["verdict"],
    )


def current(reader: Reader, namespace: str, service: str) -> list[record.Entry]:
    """Return what is recorded of a service."""
    try:
        return record.read(reader.get(f"/api/v1/namespaces/{namespace}/configmaps/{record.name_of(service)}"))
    except MissingKindError:
        return []


def run(given: list[dict[str, Any]], reader: Reader, apply: Apply, *, by: str, now: datetime) -> dict[str, Any]:
    """Write all records, one object a service."""
    before, after = {}, {}
    for namespace, service in sorted({(one["namespace"], one["service"]) for one in given}):
        mine = [one for one in given if (one["namespace"], one["service"]) == (namespace, service)]
        old = kept = current(reader, namespace, service)
        for one in mine:
            kept = record.withdrawn(kept, one["withdraws"], one["reason"])
        new = record.added(kept, [entry(one, by, now) for one in mine])
        path = f"/api/v1/namespaces/{namespace}/configmaps/{record.name_of(service)}"
        apply(path, json.dumps(record.config_map(service, namespace, new)))
        before[service] = [one.as_dict() for one in old]
        after[service] = [one.as_dict() for one in new]
    return {"changed": bool(given), "records": after, "diff": {"before": before, "after": after}}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    try:
        api = api_client(params["kubeconfig"], params["context"])
        reader = PagedReader(api_fetch(api, params["kubeconfig"], params["api_timeout"]))
        apply = api_apply(api, dry_run=module.check_mode, timeout=params["api_timeout"])
        now = datetime.now(UTC)
        module.exit_json(**run(params["entries"], reader, apply, by=params["by"] or getpass.getuser(), now=now))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)


if __name__ == "__main__":
    main()
