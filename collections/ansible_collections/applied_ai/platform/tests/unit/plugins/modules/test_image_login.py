# SPDX-License-Identifier: Apache-2.0
"""boto3's own client of ECR, whose answers botocore checks against AWS's description."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.applied_ai.platform.plugins.modules import image_login
from botocore.stub import Stubber

HOST = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
TOKEN = base64.b64encode(b"AWS:one-time-word").decode()


@pytest.fixture
def client() -> Any:
    """Return a client that reaches nothing."""
    options = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "eu-west-1"}
    return boto3.client("ecr", **options)


def answer(stubber: Stubber, name: str, there: bool) -> None:
    if there:
        uri = {"repositories": [{"repositoryUri": f"{HOST}/p/{name}"}]}
        stubber.add_response("describe_repositories", uri, {"repositoryNames": [f"p/{name}"]})
    else:
        stubber.add_client_error("describe_repositories", "RepositoryNotFoundException")


def params(tmp_path: Path, *names: str) -> dict[str, Any]:
    (tmp_path / "login").mkdir()
    return {"prefix": "p", "names": list(names), "directory": tmp_path / "login", "docker_config": tmp_path / "own"}


def test_repositories_are_found_and_the_token_is_kept_in_a_private_file(client: Any, tmp_path: Path) -> None:
    with Stubber(client) as stubber:
        answer(stubber, "base", True)
        answer(stubber, "one", False)
        stubber.add_response("get_authorization_token", {"authorizationData": [{"authorizationToken": TOKEN}]}, {})
        result, hidden = image_login.log_in(client, params(tmp_path, "base", "one"))
    assert result == {"changed": False, "repositories": {"base": f"{HOST}/p/base"}, "missing": ["one"]}
    path = tmp_path / "login/config.json"
    assert json.loads(path.read_text())["auths"] == {HOST: {"auth": TOKEN}}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert hidden == [TOKEN, "one-time-word"]


def test_without_repositories_nobody_logs_in(client: Any, tmp_path: Path) -> None:
    with Stubber(client) as stubber:
        answer(stubber, "base", False)
        result, hidden = image_login.log_in(client, params(tmp_path, "base"))
    assert (result["missing"], hidden) == (["base"], [])
    assert not (tmp_path / "login/config.json").exists()


def test_what_else_the_caller_has_stays_in_reach(tmp_path: Path) -> None:
    own, folder = tmp_path / "own", tmp_path / "login"
    (own / "buildx").mkdir(parents=True)
    folder.mkdir()
    (own / "config.json").write_text(
        json.dumps(
            {
                "auths": {"other": {"auth": "x"}},
                "credsStore": "desktop",
                "credHelpers": {HOST: "ecr-login", "gcr.io": "gcloud"},
                "currentContext": "mine",
            }
        )
    )
    for _ in range(2):
        image_login.write_configuration(folder, own, {HOST: TOKEN})
    assert json.loads((folder / "config.json").read_text()) == {
        "auths": {"other": {"auth": "x"}, HOST: {"auth": TOKEN}},
        "credHelpers": {"gcr.io": "gcloud"},
        "currentContext": "mine",
    }
    assert (folder / "buildx").resolve() == own / "buildx"
