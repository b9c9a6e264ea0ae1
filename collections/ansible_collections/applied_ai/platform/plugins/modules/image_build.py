#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: build an image, or push what was built."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_build
short_description: Build an image into a folder, or push it
version_added: 0.1.0
description:
  - Builds with BuildKit, by C(docker buildx) or C(buildctl).
  - With O(layout), writes a folder as OCI lays images out, which can be looked at before anybody gets it.
  - With O(expected), pushes by digest and without a tag. BuildKit has every step in its cache, and an image whose
    digest is not the expected one fails.
author:
  - Platform Engineering (@applied-ai)
attributes:
  check_mode:
    description: Says that it would build, and builds nothing.
    support: full
  diff_mode:
    description: Has no difference to show.
    support: none
options:
  image:
    description: An entry of RV(applied_ai.platform.image_plan_info#module:images).
    type: dict
    required: true
  digests:
    description: Digests of the images that it is built on, by name.
    type: dict
    default: {}
  repositories:
    description: Addresses of the repositories of those, by name.
    type: dict
    default: {}
  layout:
    description: Folder to write; what is in it goes.
    type: path
  expected:
    description: Digest that the pushed image must have.
    type: str
  platform:
    description: Platform to build for.
    type: str
    default: linux/amd64
  secrets:
    description: Files that steps of the build may read and that get into no image, by the id that Dockerfiles use.
    type: dict
    default: {}
  engine:
    description: Container engine.
    type: str
    choices: [docker, buildctl]
    required: true
  builder:
    description: Name of a builder of Docker, or address of BuildKit. Empty means the engine's own choice.
    type: str
    default: ""
  docker_config:
    description: Folder of the Docker configuration with the credentials.
    type: path
    default: ~/.docker
"""

EXAMPLES = r"""
- name: Build the first image of a plan
  applied_ai.platform.image_build:
    image: "{{ plan.images[0] }}"
    engine: "{{ plan.engine }}"
    layout: /var/tmp/image
  register: built

- name: Push exactly that image
  applied_ai.platform.image_build:
    image: "{{ plan.images[0] }}"
    engine: "{{ plan.engine }}"
    expected: "{{ built.digest }}"
"""

RETURN = r"""
digest:
  description: The image's digest; empty in check mode.
  returned: success
  type: str
  sample: sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.image import engine
from ansible_collections.applied_ai.platform.plugins.module_utils.image.errors import ImageError

Json = dict[str, Any]
ARGUMENTS: dict[str, Json] = {
    "image": {"type": "dict", "required": True},
    "digests": {"type": "dict", "default": {}},
    "repositories": {"type": "dict", "default": {}},
    "layout": {"type": "path"},
    "expected": {"type": "str"},
    "platform": {"type": "str", "default": "linux/amd64"},
    # Names of files; what is in them is never read here.
    "secrets": {"type": "dict", "default": {}, "no_log": False},
    "engine": {"type": "str", "choices": list(engine.ENGINES), "required": True},
    "builder": {"type": "str", "default": ""},
    "docker_config": {"type": "path", "default": "~/.docker"},
}
# What a failed build shows beside its one sentence.
LAST_LINES = 80


def build_of(params: Json) -> engine.Build:
    """Return the build of a planned image."""
    image = params["image"]
    bases = {
        argument: f"{params['repositories'][name]}@{params['digests'][name]}"
        for argument, name in image["bases"].items()
    }
    labels = dict(image["labels"])
    if base := bases.get("BASE"):
        name, _at, digest = base.partition("@")
        labels |= {"org.opencontainers.image.base.name": name, "org.opencontainers.image.base.digest": digest}
    return engine.Build(
        context=Path(image["context"]),
        dockerfile=Path(image["dockerfile"]),
        platform=params["platform"],
        target=image["target"],
        arguments={**image["arguments"], **bases},
        labels=labels,
        secrets=params["secrets"],
    )


def build(params: Json, run: engine.Run) -> str:
    """Build or push; return the digest."""
    image, expected = params["image"], params["expected"]
    output = engine.output_registry(image["repository"]) if expected else engine.output_layout(Path(params["layout"]))
    if params["layout"]:
        # An interrupted run may have left one.
        shutil.rmtree(params["layout"], ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        metadata = Path(folder) / "metadata.json"
        argv = engine.command(params["engine"], params["builder"], build_of(params), output, metadata)
        status, out, err = run(argv)
        if status != 0:
            said = f"{out}\n{err}"
            doing = "push" if expected else "build"
            raise ImageError(
                f"Failed to {doing} {image['name']}: {engine.failure(said)}.",
                last_lines=said.rstrip().splitlines()[-LAST_LINES:],
            )
        digest = engine.digest(json.loads(metadata.read_text(encoding="utf-8")))
    if expected and digest != expected:
        raise ImageError(
            f"Failed to push {image['name']}: building it again gave {digest}, and {expected} is what was looked at;"
            " run the playbook again, with a builder that keeps its cache meanwhile."
        )
    return digest


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS,
        required_one_of=[("layout", "expected")],
        mutually_exclusive=[("layout", "expected")],
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=True, digest="")
    environment = {"DOCKER_CONFIG": str(Path(module.params["docker_config"]))}

    def run(argv: list[str]) -> tuple[int, str, str]:
        status, out, err = module.run_command(argv, environ_update=environment, handle_exceptions=True)
        return int(status), str(out), str(err)

    try:
        digest = build(module.params, run)
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(changed=True, digest=digest)


if __name__ == "__main__":
    main()
