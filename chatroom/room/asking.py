"""Requests of the server itself to a room or another actor, with a reply."""

from collections.abc import Callable
from typing import Any

import trio

from ..actors.actor import Address
from ..actors.supervisor import Supervisor
from ..errors import Refused
from ..hub.envelope import Envelope, ReplyTo
from ..hub.hub import Hub
from ..protocol.declaring import Call
from . import mail


async def ask(
    actors: Supervisor, hub: Hub, room: str, request: Callable[[ReplyTo], mail.RoomMail]
) -> object:
    """Send a request to a room, and return its reply: see :func:`ask_actor`."""
    return await ask_actor(actors, hub, mail.address(room), request)


async def call_as(actors: Supervisor, hub: Hub, call: Call[Any], user: str) -> object:
    """Make a call as a session of the account does. :raises Refused:"""
    address = Address(call.handler, call.key(user))
    return await ask_actor(actors, hub, address, lambda reply_to: Envelope(user, reply_to, call))


async def ask_actor(
    actors: Supervisor, hub: Hub, address: Address, request: Callable[[ReplyTo], object]
) -> object:
    """Send a request to an actor, and return its reply.

    :param request: makes the mail, with where to send the reply.
    :raises Refused: the actor has refused it, or failed.
    """
    answered = trio.Event()
    results: list[object] = []

    def handle(result: object) -> None:
        results.append(result)
        answered.set()

    with hub.internal_calls.expecting(handle) as reply_to:
        await actors.post(address, request(reply_to))
        await answered.wait()
    if isinstance(results[0], Refused):
        raise results[0]
    return results[0]
