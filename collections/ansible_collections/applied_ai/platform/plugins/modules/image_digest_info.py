#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: ask registries for the digests of images."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_digest_info
short_description: Ask registries for the digests of images
version_added: 0.1.0
description:
  - Reads which digest a tag points to now. A tag that there is not fails.
author:
  - Platform Engineering (@applied-ai)
attributes:
  check_mode:
    description: Only reads, so it does the same in check mode.
    support: full
  diff_mode:
    description: Changes nothing.
    support: none
options:
  images:
    description: Addresses with a tag, by a name of your choice.
    type: dict
    required: true
  docker_config:
    description: Folder of the Docker configuration with the credentials.
    type: path
    default: ~/.docker
"""

EXAMPLES = r"""
- name: Read what a tag is today
  applied_ai.platform.image_digest_info:
    images:
      slim: docker.io/library/python:3.13-slim
  register: read
"""

RETURN = r"""
digests:
  description: The digests, by the same names.
  returned: success
  type: dict
  sample: {slim: sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.image import client
from ansible_collections.applied_ai.platform.plugins.module_utils.image.errors import ImageError
from ansible_collections.applied_ai.platform.plugins.module_utils.image.registry import Registry, Repository

ARGUMENTS: dict[str, dict[str, Any]] = {
    "images": {"type": "dict", "required": True},
    "docker_config": {"type": "path", "default": "~/.docker"},
}


def read(images: dict[str, str], registry: Registry) -> dict[str, str]:
    """Return the digest of each tag."""
    found = {}
    for name, image in sorted(images.items()):
        address, _colon, tag = image.rpartition(":")
        digest = registry.digest(Repository.parse(address), tag)
        if not digest:
            raise ImageError(f"{image} does not exist; correct {name} in images/versions.yml.")
        found[name] = digest
    return found


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        digests = read(module.params["images"], client.connect(module.params["docker_config"]))
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(changed=False, digests=digests)


if __name__ == "__main__":
    main()
