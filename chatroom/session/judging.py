"""How a call of a session becomes mail: by its form, and by the rate of what it changes."""

from typing import Any

import trio

from ..actors.mailbox import Mail
from ..actors.supervisor import Address
from ..errors import Refused
from ..protocol.codec import Call, decode_params
from .methods import METHODS, Asking, Method
from .services import Services


def judged(
    services: Services, call: Call, size: int, asking: Asking
) -> tuple[Method, Any, Address, Mail]:
    """``size``: bytes of the call's frame, about as many as an event that follows from it.

    :raises Refused: it is out of form; or it changes something and comes too fast, as only
        ``rate_limited`` says.
    """
    method = _method(call.method)
    params = decode_params(method.params, call.params)
    address, mail = method.deliver(asking, params)
    limits = services.limits
    if limits.on and method.cost != "calls":
        user = asking.user
        told = services.topics.told_bytes(user, address.key, size)
        limits.take_change(asking.reply_to.session, user, method.cost, told, trio.current_time())
    return method, params, address, mail


def _method(name: str) -> Method:
    """:raises Refused: for a call that is none, or none any more."""
    if name == "connect":
        raise Refused("invalid_request", "connected already")
    method = METHODS.get(name)
    if method is None:
        raise Refused("unknown_method", f"{name[:64]}: no such method")
    return method
