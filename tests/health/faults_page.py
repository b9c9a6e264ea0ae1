# SPDX-License-Identifier: Apache-2.0
"""The table of docs/health_faults.md, from the table of faults and what a run of it measured.

``PYTHONPATH=tests:collections .venv/bin/python -m health.faults_page`` runs all faults on a rehearsal of its own, and
writes the document.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from health.faults import FAULTS, WAVES, Fault
from health.faults_run import ALL, Wave, bad, run
from health.faults_world import World, world
from support.cluster import eventually, started

Json = dict[str, Any]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs/health_faults.md"
HEAD = (
    "| fault | put in | found by | named | seconds | what else is not real |\n| --- | --- | --- | --- | --- | --- |\n"
)


def row(fault: Fault, seconds: str) -> str:
    """Return a fault's row."""
    subject = fault.sign.subject.replace("*", "…")
    check = f"[{fault.sign.check}](runbooks/{fault.sign.check}.md)"
    status = " as unknown" if fault.sign.status == "unknown" else ""
    return f"| {fault.name} | {fault.how} | {check}{status} | {subject} | {seconds} | {fault.stand_in or 'nothing'} |"


def table(seconds: Mapping[str, str]) -> list[str]:
    """Return all rows."""
    return [row(fault, seconds.get(fault.name, "not found")) for fault in FAULTS]


def rows_of(text: str) -> list[str]:
    """Return the rows of a document's table."""
    return [line for line in text.partition(HEAD)[2].splitlines() if line.startswith("| ")]


def without_seconds(line: str) -> list[str]:
    """Return a row's cells but the one that every run measures anew."""
    cells = line.strip("|").split(" | ")
    return [*cells[:4], *cells[5:]]


def calm(ground: World) -> None:
    """Wait until the new cluster is healthy in every look."""

    def well() -> bool:
        ground.go_on()
        return not any(bad(ground.look(name)) for name in ALL)

    eventually(well, 180)


def results(waves: Sequence[Wave]) -> Json:
    """Return what a run measured, as plain data."""
    return {
        name: {"seconds": round(one.seconds, 1), "look_s": one.look_s, "check": one.check}
        for wave in waves
        for name, one in wave.found.items()
    }


def written(text: str, found: Json) -> str:
    """Return the document with the rows of this run."""
    head, _, tail = text.partition(HEAD)
    rest = tail[tail.index("\n## ") :]
    lines = table({name: f"{max(one['seconds'], 1):.0f}" for name, one in found.items()})
    return "\n".join([f"{head}{HEAD}{lines[0]}", *lines[1:], ""]) + rest


def measured() -> tuple[Json, list[Json]]:
    """Run all faults on a rehearsal of its own; return what was found, and the findings without a fault."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(started(folder / "lab"))
        ground = stack.enter_context(world(cluster, folder / "world"))
        calm(ground)
        waves = [run(ground, faults) for faults in WAVES]
    return results(waves), [check for wave in waves for _look, check in wave.strange]


def main(arguments: Sequence[str]) -> int:
    """Write the document from a run of the test, whose file is named, or from one of its own."""
    found, strange = (json.loads(Path(arguments[0]).read_text()), []) if arguments else measured()
    DOCUMENT.write_text(written(DOCUMENT.read_text(), found))
    sys.stdout.write(json.dumps({"found": len(found), "of": len(FAULTS), "strange": strange}, indent=2) + "\n")
    return 0 if len(found) == len(FAULTS) and not strange else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
