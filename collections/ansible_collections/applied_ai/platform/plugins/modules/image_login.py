#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: find repositories of ECR and log in to their registry."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_login
short_description: Find the repositories that Terraform made in ECR, and log in
version_added: 0.1.0
description:
  - Writes a Docker configuration with a token that ECR gives for twelve hours. The token is on no command line and in
    no result.
  - The folder also leads to everything else of the caller's own Docker configuration, such as builders and contexts.
author:
  - Platform Engineering (@applied-ai)
extends_documentation_fragment:
  - applied_ai.platform.aws
attributes:
  check_mode:
    description: Writes working files of this machine alone, in check mode too.
    support: full
  diff_mode:
    description: Changes nothing of a platform.
    support: none
options:
  prefix:
    description: What the names of the repositories begin with, such as the platform's name.
    type: str
    required: true
  names:
    description: Names of the repositories, without the prefix.
    type: list
    elements: str
    required: true
  directory:
    description: Existing folder for the configuration; to be removed afterwards.
    type: path
    required: true
  docker_config:
    description: Folder of the caller's own Docker configuration.
    type: path
    default: ~/.docker
requirements:
  - boto3
"""

EXAMPLES = r"""
- name: Log in to the registry of a platform
  applied_ai.platform.image_login:
    region: eu-west-1
    prefix: applied-ai-production
    names: [base, vibe-coder]
    directory: /run/user/1000/images
  register: login

- name: Show where images go
  ansible.builtin.debug:
    var: login.repositories
"""

RETURN = r"""
repositories:
  description: Address of each repository that there is, by its name.
  returned: success
  type: dict
  sample: {base: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/applied-ai-production/base}
missing:
  description: Names of the repositories that there are not, sorted.
  returned: success
  type: list
  elements: str
  sample: []
"""

import base64
import json
import os
from pathlib import Path
from typing import Any, Protocol

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.applied_ai.platform.plugins.module_utils.args import AWS
from ansible_collections.applied_ai.platform.plugins.module_utils.image.registry import Repository

try:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    boto3 = None  # type: ignore[assignment]

ARGUMENTS: dict[str, dict[str, Any]] = {
    **AWS,
    "prefix": {"type": "str", "required": True},
    "names": {"type": "list", "elements": "str", "required": True},
    "directory": {"type": "path", "required": True},
    "docker_config": {"type": "path", "default": "~/.docker"},
}


class Ecr(Protocol):
    """What of boto3's client of ECR is used."""

    exceptions: Any

    def describe_repositories(self, *, repositoryNames: list[str]) -> dict[str, Any]:  # noqa: N803  AWS's own name
        """Return repositories by their names."""

    def get_authorization_token(self) -> dict[str, Any]:
        """Return a token."""


def find_repositories(client: Ecr, prefix: str, names: list[str]) -> dict[str, str]:
    """Return the address of each repository that there is."""
    found = {}
    for name in names:
        try:
            answer = client.describe_repositories(repositoryNames=[f"{prefix}/{name}"])
        except client.exceptions.RepositoryNotFoundException:
            continue
        found[name] = answer["repositories"][0]["repositoryUri"]
    return found


def token(client: Ecr) -> str:
    """Return user and password in base64, as ECR and Docker both write them."""
    return str(client.get_authorization_token()["authorizationData"][0]["authorizationToken"])


def configuration(own: dict[str, Any], auths: dict[str, str]) -> dict[str, Any]:
    """Return the caller's Docker configuration with more credentials in it."""
    helpers = {host: name for host, name in (own.get("credHelpers") or {}).items() if host not in auths}
    merged = {**(own.get("auths") or {}), **{host: {"auth": auth} for host, auth in auths.items()}}
    # A store would be asked in place of `auths`.
    kept = {key: value for key, value in own.items() if key != "credsStore"}
    return {**kept, "credHelpers": helpers, "auths": merged}


def write_configuration(directory: Path, own: Path, auths: dict[str, str]) -> None:
    """Write the configuration, readable by its owner alone, and lead to what else the caller's own has."""
    for entry in own.iterdir() if own.is_dir() else ():
        if entry.name != "config.json" and not (directory / entry.name).exists():
            (directory / entry.name).symlink_to(entry)
    path = own / "config.json"
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    target = directory / "config.json"
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(configuration(content, auths), stream)


def log_in(client: Ecr, params: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the module's result, and what must not be shown."""
    found = find_repositories(client, params["prefix"], params["names"])
    hidden: list[str] = []
    if found:
        auth = token(client)
        hidden = [auth, base64.b64decode(auth).decode().partition(":")[2]]
        hosts = {Repository.parse(uri).host for uri in found.values()}
        own = Path(params["docker_config"])
        write_configuration(Path(params["directory"]), own, dict.fromkeys(hosts, auth))
    missing = sorted(set(params["names"]) - set(found))
    return {"changed": False, "repositories": found, "missing": missing}, hidden


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if boto3 is None:
        module.fail_json(msg=missing_required_lib("boto3"))
    region = module.params["region"]
    try:
        client = boto3.client("ecr", region_name=region, endpoint_url=module.params["endpoint_url"] or None)
        result, hidden = log_in(client, module.params)
    except (BotoCoreError, ClientError) as error:
        module.fail_json(msg=f"Failed to log in to ECR in {region}: {error}")
    except (OSError, ValueError) as error:
        module.fail_json(msg=f"Failed to write the Docker configuration: {error}; check image_docker_config.")
    module.no_log_values.update(hidden)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
