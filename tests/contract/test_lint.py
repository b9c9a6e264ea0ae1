# SPDX-License-Identifier: Apache-2.0
"""What `make lint` runs, beside the other tests."""

from __future__ import annotations

import subprocess

import pytest
from support.rehearsal import REPO


@pytest.mark.slow
def test_every_linter_is_content() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "lint"], cwd=REPO, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
