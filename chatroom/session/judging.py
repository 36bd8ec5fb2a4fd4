"""How a call of a session becomes mail: by its form, and by the rate of what it changes."""

from typing import Any

import trio

from ..actors.mailbox import Mail
from ..actors.supervisor import Address
from ..errors import Refused
from ..protocol.calls import CALLS
from ..protocol.codec import Request, decode_call
from ..protocol.declaring import Call
from .methods import DELIVERIES, Asking
from .services import Services


def judged(
    services: Services, request: Request, size: int, asking: Asking
) -> tuple[Call[Any], Address, Mail]:
    """``size``: bytes of the call's frame, about as many as an event that follows from it.

    :raises Refused: it is out of form; or it changes something and comes too fast, as only
        ``rate_limited`` says.
    """
    call = decode_call(_kind(request.method), request.params)
    address, mail = DELIVERIES[request.method](asking, call)
    limits, cost = services.limits, call.declared.cost
    if limits.on and cost != "calls":
        user = asking.user
        told = services.topics.told_bytes(user, address.key, size)
        limits.spend_change(asking.reply_to.session, user, cost, told, trio.current_time())
    return call, address, mail


def _kind(name: str) -> type[Call[Any]]:
    """:raises Refused: for a call that is none, or none any more."""
    if name == "connect":
        raise Refused("invalid_request", "connected already")
    kind = CALLS.get(name)
    if kind is None:
        raise Refused("unknown_method", f"{name[:64]}: no such method")
    return kind
