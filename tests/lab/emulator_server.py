# SPDX-License-Identifier: Apache-2.0
"""Runs inside the emulator's own virtual environment: MiniStack, saving its state while it runs.

MiniStack writes its state when it is ended politely. Saving it every few seconds too means that a
killed machine loses seconds of the rehearsal's account instead of all of it.
"""

from __future__ import annotations

import logging
import threading

from ministack import app  # type: ignore[import-not-found]

SAVE_EVERY_S = 15.0


def save_regularly() -> None:
    """Save until the process ends; one failed save is not the end of the emulator."""
    while True:
        threading.Event().wait(SAVE_EVERY_S)
        try:
            app.save_all(app._build_persistence_save_dict())
        except Exception:
            logging.getLogger("lab").exception("could not save the emulator's state")


if __name__ == "__main__":
    threading.Thread(target=save_regularly, daemon=True, name="lab-save").start()
    app.main()
