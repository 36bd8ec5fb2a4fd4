"""Requests of the server itself to a room, with a reply."""

from collections.abc import Callable

import trio

from ..actors.supervisor import Supervisor
from ..errors import Refused
from ..hub.envelope import ReplyTo
from ..hub.hub import Hub
from . import mail


async def ask(
    actors: Supervisor, hub: Hub, room: str, request: Callable[[ReplyTo], mail.RoomMail]
) -> object:
    """Send a request to a room, and return its reply.

    :param request: makes the mail, with where to send the reply.
    :raises Refused: the room has refused it, or its actor failed.
    """
    answered = trio.Event()
    results: list[object] = []

    def handle(result: object) -> None:
        results.append(result)
        answered.set()

    with hub.internal_calls.expecting(handle) as reply_to:
        await actors.post(mail.address(room), request(reply_to))
        await answered.wait()
    if isinstance(results[0], Refused):
        raise results[0]
    return results[0]
