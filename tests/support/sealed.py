# SPDX-License-Identifier: Apache-2.0
"""Run a program in a network namespace of its own, from where it reaches one address of this machine and nothing else.

For programs that insist on listening on every address: in there only loopback exists. Needs root, as `unshare` does.

    python -m support.sealed PORT SOCKET -- PROGRAM ARGUMENT…   is the inner half: it forwards 127.0.0.1:PORT to SOCKET.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
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
    argv: list[str], port: int, folder: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """Run a program that reaches 127.0.0.1:`port` alone; it is ended at the end. Its output is in `folder`/log."""
    path = folder / "socket"
    with socket.socket(socket.AF_UNIX) as listener, (folder / "log").open("w", encoding="utf-8") as log:
        listener.bind(str(path))
        serve(listener, lambda: socket.create_connection(("127.0.0.1", port)))
        inner = [sys.executable, "-m", "support.sealed", str(port), str(path), "--", *argv]
        process = subprocess.Popen(
            ["unshare", "--net", *inner],
            env={**os.environ, "PYTHONPATH": str(TESTS), **environment},
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
    port, path = int(sys.argv[1]), sys.argv[2]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with socket.create_server(("127.0.0.1", port)) as listener:
        serve(listener, lambda: to_socket(path))
        with subprocess.Popen(sys.argv[4:]) as child:
            signal.signal(signal.SIGTERM, lambda *_: child.terminate())
            return child.wait()


if __name__ == "__main__":
    sys.exit(main())
