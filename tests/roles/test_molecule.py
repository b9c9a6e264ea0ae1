# SPDX-License-Identifier: Apache-2.0
"""Every Molecule scenario, on the rehearsal that is up already or on one that Molecule starts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from support.rehearsal import BIN, REPO

pytestmark = [pytest.mark.lab, pytest.mark.slow]

# What default makes is shared; it tests nothing.
SCENARIOS = sorted({path.parent.name for path in (REPO / "molecule").glob("*/molecule.yml")} - {"default"})


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_role_converges_repeats_verifies_and_goes(scenario: str, tmp_path: Path) -> None:
    # Molecule's own choice is the same for every clone of the same name.
    own = {"MOLECULE_EPHEMERAL_DIRECTORY": str(tmp_path), "ANSIBLE_FORCE_COLOR": "0", "NO_COLOR": "1"}
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **own}
    done = subprocess.run(
        [str(BIN / "molecule"), "test", "--scenario-name", scenario],
        cwd=REPO,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=1800,
    )
    assert done.returncode == 0, done.stdout[-6000:]
