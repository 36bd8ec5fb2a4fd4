"""Check a call before it is sent to an actor: its form, its texts, and the rate of changes."""

from typing import Any

import attrs
import trio

from ..actors.actor import Address
from ..config import Config
from ..errors import Refused
from ..protocol.calls import CALLS
from ..protocol.codec import Request, decode_call
from ..protocol.declaring import Call
from .services import Services


def checked_call(
    services: Services, request: Request, size: int, user: str, session: str
) -> tuple[Call[Any], Address]:
    """Return the call and the address of the actor that handles it.

    :param size: bytes of the request's frame, about the size of an event that results from it.
    :raises Refused: the call is invalid; or ``rate_limited``, if it changes something and exceeds
        its rate; or ``read_only``.
    """
    call = decode_call(_kind(request.method), request.params)
    declared = call.declared
    if not declared.when_read_only:
        services.server.require_writable()
    if declared.texts:
        call = _trimmed(call, services.config)
    address = Address(call.handler, call.key(user))
    limits, cost = services.limits, declared.cost
    if limits.on and cost != "calls":
        fan_out = 0
        if call.handler == "room":
            fan_out = services.hub.fan_out_bytes(user, address.key, size)
        limits.spend_change(session, user, cost, fan_out, trio.current_time())
    return call, address


def _kind(name: str) -> type[Call[Any]]:
    """:raises Refused: the method is unknown, or it is ``connect``, which is valid only once."""
    if name == "connect":
        raise Refused("invalid_request", "connected already")
    kind = CALLS.get(name)
    if kind is None:
        raise Refused("unknown_method", f"{name[:64]}: no such method")
    return kind


def _trimmed(call: Call[Any], config: Config) -> Call[Any]:
    """Return the call with all texts trimmed; the same object if nothing changes.

    :raises Refused: ``text_empty`` or ``text_too_long``.
    """
    for name in call.declared.texts:
        text: str = getattr(call, name)
        trimmed = text.strip()
        if not trimmed and not getattr(call, "attachments", None):
            raise Refused("text_empty", f"{name}: is empty")
        if len(trimmed) > config.text_chars or len(trimmed.encode()) > config.text_bytes:
            raise Refused(
                "text_too_long",
                f"{name}: at most {config.text_chars} characters and {config.text_bytes} bytes of"
                " UTF-8",
            )
        if trimmed != text:
            call = attrs.evolve(call, **{name: trimmed})
    return call
