# SPDX-License-Identifier: Apache-2.0
"""Which account, region and address the clients have."""

from __future__ import annotations

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.aws_client import clients_of

TASK = {"AWS_ACCESS_KEY_ID": "task", "AWS_SECRET_ACCESS_KEY": "task", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}


def test_the_tasks_environment_says_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "process")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "process")
    clients, _failures = clients_of("eu-west-1", "", TASK)
    ec2 = clients("ec2")
    assert ec2.meta.endpoint_url == "http://127.0.0.1:9"
    assert (ec2.meta.region_name, ec2._request_signer._credentials.access_key) == ("eu-west-1", "task")
    assert clients("ec2") is ec2
    clients, _failures = clients_of("eu-west-1", "", {})
    assert clients("ec2")._request_signer._credentials.access_key == "process"
    assert clients_of("eu-west-1", "http://127.0.0.1:8", TASK)[0]("s3").meta.endpoint_url == "http://127.0.0.1:8"


def test_a_profile_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(CostError, match=r"AWS_PROFILE of the task's environment cannot be used: .*nobody"):
        clients_of("eu-west-1", "", {"AWS_PROFILE": "nobody"})
