# SPDX-License-Identifier: Apache-2.0
"""Documentation of the options in module_utils/args.py, KUBERNETES."""

from __future__ import annotations


class ModuleDocFragment:
    """How a module reaches a cluster."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of the kubeconfig file that says where the cluster is and how to log in.
      - Nothing else is looked at, neither E(KUBECONFIG) nor the home directory, so that a run cannot reach another
        cluster by accident.
    type: path
    required: true
  context:
    description:
      - The context of O(kubeconfig) to use.
      - Empty means the file's current context.
    type: str
    default: ""
  api_timeout:
    description:
      - Seconds that one request to the cluster may take.
    type: int
    default: 30
"""
