#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: say which images there are to be, and which of them have to be built."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_plan_info
short_description: Say which images there are to be, and which have to be built
version_added: 0.1.0
description:
  - Checks the definitions and the folders of services, computes each image's tag from everything that it is made of,
    and asks the registry whether it has that tag.
  - Fails with one sentence per mistake, and when something has to be built on a machine that cannot build.
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
  definitions:
    description: The services' images.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the service.
        type: str
        required: true
      kind:
        description: Which Dockerfile builds it.
        type: str
        choices: [api, worker, gpu_inference]
        required: true
      context:
        description: Folder of the service.
        type: path
        required: true
      package:
        description: Python package that is started.
        type: str
        required: true
      repository:
        description: Name of its repository.
        type: str
        required: true
  source:
    description: Folder with the Dockerfiles.
    type: path
    required: true
  upstream:
    description: Upstream images by variant, each with image, tag, digest and python.
    type: dict
    required: true
  upstream_file:
    description: Where upstream images are set, for messages.
    type: str
    default: images/versions.yml
  pinned:
    description: Whether upstream images need a digest.
    type: bool
    default: true
  mirror:
    description: Prefix of upstream images, of a mirror. Empty means that they come from upstream.
    type: str
    default: ""
  repositories:
    description: Address of each repository by its name.
    type: dict
    required: true
  base_repository:
    description: Name of the repository of base images.
    type: str
    default: base
  platform:
    description: Platform that images are built for.
    type: str
    default: linux/amd64
  engine:
    description: Container engine.
    type: str
    choices: [auto, docker, buildctl]
    default: auto
  builder:
    description: Name of a builder of Docker, or address of BuildKit. Empty means the engine's own choice.
    type: str
    default: ""
  docker_config:
    description: Folder of the Docker configuration with the credentials.
    type: path
    default: ~/.docker
  required_tools:
    description: Programs that have to be there when something is built.
    type: list
    elements: str
    choices: [trivy, syft, cosign]
    default: []
"""

EXAMPLES = r"""
- name: Plan the images
  applied_ai.platform.image_plan_info:
    source: images
    upstream: "{{ lookup('ansible.builtin.file', 'images/versions.yml') | from_yaml }}"
    definitions:
      - name: example_service
        kind: api
        context: images/example_service
        package: example_service
        repository: example-service
    repositories:
      base: registry.example.com/base
      example-service: registry.example.com/example-service
  register: plan

- name: Show what would be built
  ansible.builtin.debug:
    var: plan.outstanding
"""

RETURN = r"""
images:
  description: All images, bases first. The digest of one that has to be built is empty.
  returned: success
  type: list
  elements: dict
  sample:
    - name: example_service
      repository: registry.example.com/example-service
      tag: 1.0.0-0123456789ab
      digest: ""
outstanding:
  description: Names of the images that have to be built.
  returned: success
  type: list
  elements: str
  sample: [example_service]
engine:
  description: The container engine; empty when nothing has to be built.
  returned: success
  type: str
  sample: buildctl
tools:
  description: Path of trivy, syft and cosign; empty where it is not on PATH.
  returned: success
  type: dict
  sample: {trivy: /usr/bin/trivy, syft: "", cosign: ""}
"""

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.applied_ai.platform.plugins.module_utils.errors import PlatformError
from ansible_collections.applied_ai.platform.plugins.module_utils.image import client, engine, plan
from ansible_collections.applied_ai.platform.plugins.module_utils.image.errors import ImageError
from ansible_collections.applied_ai.platform.plugins.module_utils.image.registry import Registry, Repository

Json = dict[str, Any]
TOOLS = ("trivy", "syft", "cosign")
ARGUMENTS: dict[str, Json] = {
    "definitions": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "kind": {"type": "str", "choices": list(plan.VARIANTS), "required": True},
            "context": {"type": "path", "required": True},
            "package": {"type": "str", "required": True},
            "repository": {"type": "str", "required": True},
        },
    },
    "source": {"type": "path", "required": True},
    "upstream": {"type": "dict", "required": True},
    "upstream_file": {"type": "str", "default": "images/versions.yml"},
    "pinned": {"type": "bool", "default": True},
    "mirror": {"type": "str", "default": ""},
    "repositories": {"type": "dict", "required": True},
    "base_repository": {"type": "str", "default": "base"},
    "platform": {"type": "str", "default": "linux/amd64"},
    "engine": {"type": "str", "choices": ["auto", *engine.ENGINES], "default": "auto"},
    "builder": {"type": "str", "default": ""},
    "docker_config": {"type": "path", "default": "~/.docker"},
    "required_tools": {"type": "list", "elements": "str", "choices": list(TOOLS), "default": []},
}


def check(params: Json) -> None:
    """Fail with every mistake at once."""
    definitions, known = params["definitions"], params["repositories"]
    findings = [*plan.definition_findings(definitions, Path(params["source"]))]
    findings += plan.upstream_findings(
        plan.variants_of(definitions), params["upstream"], params["upstream_file"], params["pinned"]
    )
    wanted = {one["repository"] for one in definitions} | ({params["base_repository"]} if definitions else set())
    findings += [
        f"The registry has no repository {name}; add it to registry.repositories of terraform_stack_variables and run"
        " playbooks/provision_platform.yml, or set image_registry."
        for name in sorted(wanted - set(known))
    ]
    if findings:
        raise ImageError("\n".join(findings))


def wanted_images(params: Json) -> list[plan.Image]:
    """Return the images that there are to be, bases first."""
    definitions, known = params["definitions"], params["repositories"]
    source = plan.Source(Path(params["source"]), params["upstream"], params["platform"], params["mirror"])
    bases = {
        image.name: image
        for variant in plan.variants_of(definitions)
        for image in plan.base_images(variant, source, known[params["base_repository"]])
    }
    services = [plan.service_image(one, source, bases, known[one["repository"]]) for one in definitions]
    return [*bases.values(), *services]


def outstanding(images: list[Json]) -> list[str]:
    """Return what has to be built: what the registry has not, and a base only for what is built on it."""
    services = [one for one in images if one["service"] and not one["digest"]]
    needed = {name for one in services for name in one["bases"].values()}
    return [one["name"] for one in images if not one["digest"] and (one["service"] or one["name"] in needed)]


def source_of(folder: Path, run: engine.Run) -> Json:
    """Return the commit that a folder is at; nothing where git knows none."""
    status, commit, _err = run(["git", "-C", str(folder), "log", "-1", "--format=%H", "--", "."])
    if status != 0 or not commit.strip():
        return {}
    _status, changes, _err = run(["git", "-C", str(folder), "status", "--porcelain", "--", "."])
    return {"commit": commit.strip(), "changed": bool(changes.strip())}


def make_plan(params: Json, registry: Registry, which: Callable[[str], str | None], run: engine.Run) -> Json:
    """Return the module's result."""
    check(params)
    images: list[Json] = []
    for image in wanted_images(params):
        entry = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(image).items()}
        digest = registry.digest(Repository.parse(image.repository), image.tag) or ""
        source = source_of(image.context, run) if image.service else {}
        images.append({**entry, "labels": image.labels, "digest": digest, "source": source})
    builds = outstanding(images)
    tools = {name: which(name) or "" for name in TOOLS}
    chosen = ""
    if builds:
        chosen, reasons = engine.find(params["engine"], params["builder"], which, run)
        findings = [] if chosen else [engine.missing(builds, reasons)]
        findings += [
            f"{name} is not on PATH, and image_required_tools demands it; install it, or take it out of that list."
            for name in params["required_tools"]
            if not tools[name]
        ]
        if findings:
            raise ImageError("\n".join(findings))
    return {"changed": False, "images": images, "outstanding": builds, "engine": chosen, "tools": tools}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)

    def run(argv: list[str]) -> tuple[int, str, str]:
        status, out, err = module.run_command(argv, handle_exceptions=True)
        return int(status), str(out), str(err)

    try:
        result = make_plan(module.params, client.connect(module.params["docker_config"]), shutil.which, run)
    except PlatformError as error:
        module.fail_json(msg=error.message, **error.details)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
