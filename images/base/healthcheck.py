#!/usr/bin/env -S python3 -I
# SPDX-License-Identifier: Apache-2.0
"""Ask the service in this container whether it is healthy: exit status 0 or 1, and one line that says why.

PORT (8080) and HEALTH_PATH (/health) say where, HEALTH_TIMEOUT (3) for how many seconds. Needs nothing but Python: the
image has no curl. Kubernetes asks by itself; this is for `docker run` and for probes of type exec.
"""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping


def check(environ: Mapping[str, str]) -> tuple[int, str]:
    """Return the exit status and the line."""
    path = environ.get("HEALTH_PATH", "/health")
    try:
        port, timeout = int(environ.get("PORT", "8080")), float(environ.get("HEALTH_TIMEOUT", "3"))
    except ValueError as error:
        return 1, f"PORT or HEALTH_TIMEOUT is no number: {error}"
    # A proxy of the environment is not asked: this is the container itself.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return 1, f"port {port} does not answer {path}: {error or type(error).__name__}"
    finally:
        connection.close()
    healthy = http.client.OK <= status < http.client.MULTIPLE_CHOICES
    return (0 if healthy else 1), f"port {port} answers {path} with {status}"


def main() -> int:
    """Say it and return the exit status."""
    status, line = check(os.environ)
    sys.stdout.write(f"{line}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
