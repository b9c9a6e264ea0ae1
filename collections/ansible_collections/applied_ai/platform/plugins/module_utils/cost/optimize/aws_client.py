# SPDX-License-Identifier: Apache-2.0
"""boto3's clients for a region; the one place of the savings that imports boto3."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize.aws_facts import Clients

Failures = tuple[type[Exception], ...]


def clients_of(region: str, endpoint_url: str, environment: Mapping[str, Any]) -> tuple[Clients, Failures]:
    """Return a function from a service's name to its client, and the errors by which AWS and the network refuse.

    ``environment`` is that of the task, which an action plugin's own process does not have: what it says of AWS counts
    more than the process's, so that nothing is done in another account than the platform's.

    Raises:
        CostError: The library is missing, or there is no such profile.

    """
    try:
        # Probed here: a missing library must be a sentence.
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError as error:
        raise CostError(f"The Python library boto3 is missing ({error}); run make setup.") from error
    told = {name: str(value) for name, value in environment.items() if value}
    endpoint = endpoint_url or told.get("AWS_ENDPOINT_URL")
    config = Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard", "max_attempts": 4},
        # An emulator has no name of its own for each bucket.
        s3={"addressing_style": "path"} if endpoint else {},
    )
    try:
        session = boto3.Session(
            profile_name=told.get("AWS_PROFILE"),
            aws_access_key_id=told.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=told.get("AWS_SECRET_ACCESS_KEY"),
            aws_session_token=told.get("AWS_SESSION_TOKEN"),
        )
    except BotoCoreError as error:
        raise CostError(f"AWS_PROFILE of the task's environment cannot be used: {error}.") from error

    @functools.cache
    def client(service: str) -> Any:  # noqa: ANN401  boto3's clients have no types
        return session.client(service, region_name=region, endpoint_url=endpoint, config=config)

    return client, (BotoCoreError, ClientError)
