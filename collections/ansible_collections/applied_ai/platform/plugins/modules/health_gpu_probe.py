#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: find out with a pod whether a GPU can be used."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health_gpu_probe
short_description: Find out with pods whether GPUs can be used
version_added: 0.1.0
author:
  - Applied AI Platform (@applied-ai)
description:
  - Starts a pod in each node group that asks for a GPU, and says whether it ran. Afterwards the pods are removed,
    also those that a killed run left in the namespace, which end by themselves after O(timeout_s).
  - A pod never pushes out another one, and never makes an autoscaler add a node.
  - Where all GPUs are in use, the pods that run with them prove that they can be. With O(test=cuda) and
    O(test=nccl) the second check is unknown then, because nothing was computed.
  - What kept the probe away without being a fault of GPUs is unknown, such as an image that cannot be pulled or a
    policy that refuses the pod.
  - The pods are fit for the Pod Security level C(restricted) and for this platform's own policies.
  - RV(ignore:changed) is always false, because nothing that it starts stays.
  - The caller needs the rights to list nodes, pods and priority classes, and in O(namespace) to create and delete pods
    and to read their logs.
notes:
  - V(cuda) and V(nccl) need real GPUs. They were tested with a simulated kubelet and recorded output, never on a GPU.
extends_documentation_fragment:
  - applied_ai.platform.kubernetes
  - applied_ai.platform.health
attributes:
  check_mode:
    description: Starts nothing, and says that it was not asked, so that the verdict is C(unknown).
    support: full
  diff_mode:
    description: Nothing that it starts stays, so there is nothing to compare.
    support: none
options:
  namespace:
    description: Namespace of the pods. It must be there.
    type: str
    required: true
  test:
    description:
      - V(schedule) asks for one GPU and has to become ready.
      - V(cuda) adds vectors on one GPU.
      - V(nccl) lets all GPUs of one node add up what each has, which needs whole GPUs.
    type: str
    choices: [schedule, cuda, nccl]
    default: schedule
  image:
    description:
      - Image of the pods.
      - Empty means C(registry.k8s.io/pause:3.10.2), C(nvcr.io/nvidia/k8s/cuda-sample:vectoradd-cuda12.5.0-ubuntu22.04)
        and C(public.ecr.aws/hpc-cloud/nccl-tests:cuda12.8.1-efa1.43.2-ofiv1.16.3-ncclv2.27.7-1-testsv2.16.9) for the
        three tests. Copy them into your mirror where there is one.
    type: str
    default: ""
  command:
    description:
      - Command of the pods. With O(test=nccl) the output must be that of nccl-tests.
      - Empty means the image's own, and for V(nccl) C(/opt/nccl-tests/build/all_reduce_perf) with messages of 256 MiB
        to 1 GiB.
    type: list
    elements: str
    default: []
  timeout_s:
    description:
      - Seconds that the pods have, which all run at the same time. Pulling the image counts.
      - 0 means 60 for V(schedule), 300 for V(cuda) and 600 for V(nccl).
    type: int
    default: 0
  per_node:
    description: Whether each node is asked, not only one of each group.
    type: bool
    default: false
  least_bandwidth_gbs:
    description:
      - The least mean bus bandwidth in GB/s that V(nccl) has to reach where a node has several GPUs.
      - 0 means any.
    type: float
    default: 0
  labels:
    description: Labels of the pods, such as those that a policy asks for.
    type: dict
    default:
      service: gpu-probe
      team: platform
  priority_class:
    description:
      - A PriorityClass with C(preemptionPolicy) V(Never).
      - Empty means the lowest of the cluster. Without any, pods have the default priority, if no pod there has less.
    type: str
    default: ""
  runtime_class:
    description:
      - The RuntimeClass of the pods.
      - Empty means the nodes' own.
    type: str
    default: ""
  expected:
    description:
      - Where GPUs are. Without a group nothing is asked, and the verdict is C(unknown).
    type: dict
    default: {}
    suboptions:
      groups:
        description:
          - The node groups with GPUs, as M(applied_ai.platform.health_gpu_info) takes them. What that module judges and
            this one does not may be given, so that one list serves both.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Name of the node group, as its nodes' label says.
            type: str
            required: true
          count:
            description: Number of its nodes. With 0, that there is none is no finding.
            type: int
            required: true
          gpus_per_node:
            description: Number of GPUs that each node has.
            type: int
            required: true
          resource:
            description: Under which name pods ask for them, such as V(nvidia.com/mig-1g.5gb).
            type: str
            default: nvidia.com/gpu
          replicas:
            description: How many of O(expected.groups[].resource) each GPU is, as time slices or slices of MIG.
            type: int
            default: 1
          model:
            description: Not judged here.
            type: str
            default: ""
          mig_config:
            description: Not judged here.
            type: str
            default: ""
          driver:
            description: Not judged here.
            type: str
            default: ""
          cuda:
            description: Not judged here.
            type: str
            default: ""
          tainted:
            description: Not judged here.
            type: bool
            default: false
      node_group_label:
        description:
          - The node label that holds the name of the node group.
        type: str
        default: eks.amazonaws.com/nodegroup
      tolerated_taints:
        description: Keys of the taints that the pods tolerate. A GPU behind any other taint cannot be used.
        type: list
        elements: str
        default: [nvidia.com/gpu]
"""

EXAMPLES = r"""
- name: Find out whether a pod gets a GPU in each node group
  applied_ai.platform.health_gpu_probe:
    kubeconfig: /srv/platform/kubeconfig
    namespace: gpu-operator
    expected:
      groups:
        - {name: gpu, count: 2, gpus_per_node: 4}
        - {name: slices, count: 1, gpus_per_node: 8, resource: nvidia.com/mig-1g.10gb, replicas: 7}
  register: probe

- name: Show what is wrong first
  ansible.builtin.debug:
    msg: "{{ probe.summary }}"

- name: Compute on a GPU of each node, with an image from a registry of your own
  applied_ai.platform.health_gpu_probe:
    kubeconfig: /srv/platform/kubeconfig
    namespace: gpu-operator
    test: cuda
    image: registry.example.com/cuda-sample:vectoradd
    per_node: true
    expected:
      groups:
        - {name: gpu, count: 2, gpus_per_node: 4}

- name: Require the bandwidth of NVLink
  applied_ai.platform.health_gpu_probe:
    kubeconfig: /srv/platform/kubeconfig
    namespace: gpu-operator
    test: nccl
    least_bandwidth_gbs: 300
    expected:
      groups:
        - {name: training, count: 4, gpus_per_node: 8}
"""

RETURN = r"""
verdict:
  description:
    - One word over all checks. C(unhealthy) when a critical check failed, else C(unknown) when something could not be
      seen, else C(degraded) when any check failed, else C(healthy).
  returned: always
  type: str
  sample: unhealthy
checks:
  description: One entry per pod and what it was to show, worst first.
  returned: always
  type: list
  elements: dict
  sample:
    - id: gpu_probe_scheduled
      status: failed
      severity: critical
      subject: node group gpu
      seen: "0/6 nodes are available: 2 node(s) were unschedulable, after 60 s"
      expected: a pod that runs with 1 nvidia.com/gpu
      since: "2026-11-28T08:00:00Z"
      advice: "The nodes that fit are cordoned: see nodes_schedulable."
      runbook: docs/runbooks/gpu_probe_scheduled.md
  contains:
    id:
      description: One of C(gpu_probe_scheduled), C(gpu_probe_computes), C(gpu_probe_communicates).
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
      description: The node group, or the node with O(per_node).
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
      description: When the pod was made, or empty.
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
removed:
  description: Pods of killed runs that were removed, as namespace/name.
  returned: always
  type: list
  elements: str
  sample: [gpu-operator/gpu-probe-1f2e3d4c-0]
summary:
  description: The verdict for people, worst finding first. What does not fit is counted.
  returned: always
  type: list
  elements: str
  sample:
    - "healthy: 1 checks, no finding"
    - a pod had 1 nvidia.com/gpu on node ip-10-0-1-7.ec2.internal
exit_code:
  description: For pipelines, 0 for healthy, 1 for degraded, 2 for unhealthy, 3 for unknown.
  returned: always
  type: int
  sample: 0
duration_s:
  description: How long it took, in seconds.
  returned: always
  type: float
  sample: 3.1
"""

import secrets
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils import args
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import HealthError, PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.health import probe_run, report
from ansible_collections.applied_ai.platform.plugins.module_utils.health.model import Json
from ansible_collections.applied_ai.platform.plugins.module_utils.health.probe_pods import Order, group_of
from ansible_collections.applied_ai.platform.plugins.module_utils.health.probe_run import Cluster, Time, Told
from ansible_collections.applied_ai.platform.plugins.module_utils.health.promised import GPU_GROUP
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import (
    PagedReader,
    api_client,
    api_fetch,
    api_read,
)
from ansible_collections.applied_ai.platform.plugins.module_utils.kube_write import api_send

EXPECTED: dict[str, dict[str, Any]] = {
    "groups": {"type": "list", "elements": "dict", "default": [], "options": GPU_GROUP},
    "node_group_label": {"type": "str", "default": Order.node_group_label},
    "tolerated_taints": {"type": "list", "elements": "str", "default": list(Order.tolerated)},
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    **args.KUBERNETES,
    "namespace": {"type": "str", "required": True},
    "test": {"type": "str", "choices": ["schedule", "cuda", "nccl"], "default": "schedule"},
    "image": {"type": "str", "default": ""},
    "command": {"type": "list", "elements": "str", "default": []},
    "timeout_s": {"type": "int", "default": 0},
    "per_node": {"type": "bool", "default": False},
    "least_bandwidth_gbs": {"type": "float", "default": 0},
    "labels": {"type": "dict", "default": {"service": "gpu-probe", "team": "platform"}},
    "priority_class": {"type": "str", "default": ""},
    "runtime_class": {"type": "str", "default": ""},
    **report.ARGUMENTS,
    "expected": {"type": "dict", "default": {}, "options": EXPECTED},
}


def order_of(params: dict[str, Any]) -> Order:
    """Return what is asked for.

    Raises:
        HealthError: A number makes no sense.

    """
    if params["timeout_s"] < 0 or params["least_bandwidth_gbs"] < 0:
        msg = (
            f"timeout_s is {params['timeout_s']} and least_bandwidth_gbs {params['least_bandwidth_gbs']}; "
            "give numbers from 0 on."
        )
        raise HealthError(msg)
    expected = params["expected"]
    return Order(
        namespace=params["namespace"],
        groups=tuple(group_of(one) for one in expected["groups"]),
        test=params["test"],
        image=params["image"],
        command=tuple(params["command"]),
        timeout=params["timeout_s"],
        per_node=params["per_node"],
        least_bandwidth=params["least_bandwidth_gbs"],
        labels={key: str(value) for key, value in params["labels"].items()},
        priority_class=params["priority_class"],
        runtime_class=params["runtime_class"],
        node_group_label=expected["node_group_label"],
        tolerated=tuple(expected["tolerated_taints"]),
    )


def cluster_of(params: dict[str, Any]) -> Cluster:
    """Connect to the cluster."""
    kubeconfig, context, timeout = params["kubeconfig"], params["context"], params["api_timeout"]
    api = api_client(kubeconfig, context)
    read = api_read(api, kubeconfig, timeout)
    return Cluster(
        PagedReader(api_fetch(api, kubeconfig, timeout)),
        api_send(api, timeout),
        lambda path: read(path, "*/*").decode(errors="replace"),
    )


def probe(params: dict[str, Any], cluster: Callable[[], Cluster], clocks: Time, *, name: str, check_mode: bool) -> Json:
    """Return the module's result; in check mode without a cluster."""
    order, start = order_of(params), clocks.clock()
    if check_mode:
        told = Told(tuple(probe_run.not_asked(order, "not asked: check mode starts no pod")))
    else:
        told = probe_run.run(cluster(), order, name, clocks)
    shown = report.of_look(told.checks, params, clocks.now, clocks.clock() - start)
    return {**shown, "removed": list(told.removed)}


def ended(*_: object) -> None:
    """Stop what goes on."""
    msg = "The probe was ended from outside, and has removed its pods; run it again."
    raise HealthError(msg)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    # Ended from outside, it still removes its pods.
    signal.signal(signal.SIGTERM, ended)
    clocks = Time(datetime.now(UTC), time.monotonic, time.sleep)
    try:
        told = probe(
            module.params,
            lambda: cluster_of(module.params),
            clocks,
            name=secrets.token_hex(4),
            check_mode=module.check_mode,
        )
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(changed=False, **told)


if __name__ == "__main__":
    main()
