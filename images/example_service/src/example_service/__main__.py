# SPDX-License-Identifier: Apache-2.0
"""`python -m example_service`."""

from __future__ import annotations

import os
import sys
import time

from example_service import app, logs, server
from example_service.lifecycle import Lifecycle
from example_service.metrics import Metrics
from example_service.settings import SettingsError, read


def main() -> int:
    """Run the service to its end."""
    try:
        settings = read(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - there is no log yet
        return 2
    logs.set_up(settings.log_level)
    lifecycle = Lifecycle(settings, time.monotonic)
    server.serve(app.create(settings, lifecycle, Metrics()), settings, lifecycle)
    return 0


if __name__ == "__main__":
    sys.exit(main())
