# SPDX-License-Identifier: Apache-2.0
"""Jobs side by side, for a limited time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait


def in_time[T](jobs: Mapping[str, Callable[[], T]], seconds: float, workers: int) -> dict[str, T]:
    """Return the results of the jobs that end within ``seconds``, in the order of ``jobs``; an error is raised here.

    A job that hangs is left alone: its thread ends with the process, which does not wait for it.
    """
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    results: dict[str, Future[T]] = {name: Future() for name in jobs}
    for name in jobs:
        waiting.put(name)

    def work() -> None:
        while True:
            try:
                name = waiting.get_nowait()
            except queue.Empty:
                return
            # Refused when the time was over before its turn came.
            if not results[name].set_running_or_notify_cancel():
                continue
            # An error is raised again where the result is waited for.
            try:
                results[name].set_result(jobs[name]())
            except BaseException as error:
                results[name].set_exception(error)

    for _ in range(min(workers, len(jobs))):
        threading.Thread(target=work, daemon=True).start()
    done = wait(results.values(), seconds).done
    for one in results.values():
        one.cancel()
    return {name: one.result() for name, one in results.items() if one in done}
