# SPDX-License-Identifier: Apache-2.0
"""Documentation of the options in module_utils/args.py, AWS."""

from __future__ import annotations


class ModuleDocFragment:
    """How a module reaches AWS."""

    DOCUMENTATION = r"""
options:
  region:
    description:
      - The AWS region to ask.
      - Credentials come from the environment of the process, such as E(AWS_PROFILE), or from a role of the machine,
        never from an option, so that they cannot get into a log.
    type: str
    required: true
  endpoint_url:
    description:
      - Address of the API when it is not the one of the region.
      - Empty means the region's own, or what E(AWS_ENDPOINT_URL) says.
    type: str
    default: ""
"""
