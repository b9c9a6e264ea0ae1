#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: give an image in a registry a tag."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_tag
short_description: Give an image in a registry a tag
version_added: 0.1.0
description:
  - Writes the tag of an image that was pushed by its digest. It is the last step of a build, so that an image with a
    tag is one that was looked at and signed.
author:
  - Platform Engineering (@applied-ai)
attributes:
  check_mode:
    description: Predicts whether the tag would be written.
    support: full
  diff_mode:
    description: Shows the digest before and after.
    support: full
options:
  repository:
    description: Address of the repository.
    type: str
    required: true
  digest:
    description: The image's digest.
    type: str
    required: true
  tag:
    description: The tag.
    type: str
    required: true
  docker_config:
    description: Folder of the Docker configuration with the credentials.
    type: path
    default: ~/.docker
"""

EXAMPLES = r"""
- name: Name the image
  applied_ai.platform.image_tag:
    repository: registry.example.com/example-service
    digest: sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    tag: 1.0.0-0123456789ab
"""

RETURN = r"""
reference:
  description: The image's address by its digest.
  returned: success
  type: str
  sample: registry.example.com/example-service@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.image import client
from ansible_collections.applied_ai.platform.plugins.module_utils.image.registry import Registry, Repository

Json = dict[str, Any]
ARGUMENTS: dict[str, Json] = {
    "repository": {"type": "str", "required": True},
    "digest": {"type": "str", "required": True},
    "tag": {"type": "str", "required": True},
    "docker_config": {"type": "path", "default": "~/.docker"},
}


def write(params: Json, registry: Registry, check_mode: bool) -> Json:
    """Write the tag unless it is there; return the module's result."""
    repository, digest, tag = Repository.parse(params["repository"]), params["digest"], params["tag"]
    before = registry.digest(repository, tag)
    if before != digest and not check_mode:
        registry.tag(repository, digest, tag)
    return {
        "changed": before != digest,
        "reference": f"{params['repository']}@{digest}",
        "diff": {"before": f"{tag}: {before or 'none'}\n", "after": f"{tag}: {digest}\n"},
    }


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = write(module.params, client.connect(module.params["docker_config"]), module.check_mode)
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
