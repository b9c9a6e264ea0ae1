# SPDX-License-Identifier: Apache-2.0
"""Run a program in a network namespace of its own, from where it reaches some ports of this machine and nothing else.

For programs that insist on listening on every address, and for those that shall contact nothing else: in there only
loopback exists. Needs root, as `unshare` does.

    python -m support.sealed FOLDER PORT… -- PROGRAM ARGUMENT…   is the inner half: 127.0.0.1:PORT leads to FOLDER/PORT.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def copy(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes, until the end."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def forward(listener: socket.socket, connect: Callable[[], socket.socket]) -> None:
    """Join every connection that comes with a new one, until the listener is closed."""
    while True:
        try:
            here, _address = listener.accept()
        except OSError:
            return
        there = connect()
        for pair in ((here, there), (there, here)):
            threading.Thread(target=copy, args=pair, daemon=True).start()


def serve(listener: socket.socket, connect: Callable[[], socket.socket]) -> None:
    """Forward in the background."""
    listener.listen(128)
    threading.Thread(target=forward, args=(listener, connect), daemon=True).start()


def to_socket(path: str) -> socket.socket:
    """Return a connection to a Unix socket."""
    one = socket.socket(socket.AF_UNIX)
    one.connect(path)
    return one


@contextlib.contextmanager
def running(
    argv: list[str], ports: Collection[int], folder: Path, environment: Mapping[str, str], cwd: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a program that reaches these ports of 127.0.0.1 alone, ended at the end. Its output is in `folder`/log."""
    with contextlib.ExitStack() as stack:
        for port in ports:
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(str(folder / str(port)))
            serve(listener, functools.partial(socket.create_connection, ("127.0.0.1", port)))
        log = stack.enter_context((folder / "log").open("w", encoding="utf-8"))
        inner = [sys.executable, "-m", "support.sealed", str(folder), *map(str, ports), "--", *argv]
        process = subprocess.Popen(
            ["unshare", "--net", *inner],
            env={**os.environ, **environment, "PYTHONPATH": str(TESTS)},
            cwd=cwd,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def main() -> int:
    """Be the inner half: bring loopback up, forward, and run the program until it ends or this is told to end."""
    end = sys.argv.index("--")
    folder, ports = Path(sys.argv[1]), [int(port) for port in sys.argv[2:end]]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with contextlib.ExitStack() as stack:
        for port in ports:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", port)))
            serve(listener, functools.partial(to_socket, str(folder / str(port))))
        child = stack.enter_context(subprocess.Popen(sys.argv[end + 1 :]))
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        return child.wait()


if __name__ == "__main__":
    sys.exit(main())
