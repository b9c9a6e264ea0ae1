# SPDX-License-Identifier: Apache-2.0
"""Runs inside the emulator's own virtual environment: MiniStack, with two things added.

- It saves its state while it runs. MiniStack writes its state when it is ended politely; a killed machine loses seconds
  of the rehearsal's account instead of all of it.
- A repeated request gets the answer of the first. When an answer is lost, such as by a connection that is closed while
  idle, clients of AWS ask again with the same `amz-sdk-invocation-id`. AWS refuses most of what would make a thing
  twice; MiniStack makes it, and a later destroy waits for a subnet that nobody knows of.
"""

from __future__ import annotations

import collections
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app  # type: ignore[import-not-found]

SAVE_EVERY_S = 15.0
REMEMBERED = 500
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Callable[[], Awaitable[Message]], Send], Awaitable[None]]


def save_regularly() -> None:
    """Save until the process ends; one failed save is not the end of the emulator."""
    while True:
        threading.Event().wait(SAVE_EVERY_S)
        try:
            app.save_all(app._build_persistence_save_dict())
        except Exception:
            logging.getLogger("lab").exception("could not save the emulator's state")


def answering_once(application: Application) -> Application:
    """Give a repeated request the successful answer of the first. Nobody who got that one asks again."""
    answers: collections.OrderedDict[bytes, list[Message]] = collections.OrderedDict()

    async def answer(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        invocation = dict(scope.get("headers", ())).get(b"amz-sdk-invocation-id")
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or invocation is None:
            await application(scope, receive, send)
            return
        if invocation in answers:
            for message in answers[invocation]:
                await send(message)
            return
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)
            complete = message["type"] == "http.response.body" and not message.get("more_body")
            if complete and 200 <= messages[0]["status"] < 300:
                answers[invocation] = messages
                while len(answers) > REMEMBERED:
                    answers.popitem(last=False)
            await send(message)

        await application(scope, receive, keep)

    return answer


if __name__ == "__main__":
    threading.Thread(target=save_regularly, daemon=True, name="lab-save").start()
    app.app = answering_once(app.app)
    app.main()
