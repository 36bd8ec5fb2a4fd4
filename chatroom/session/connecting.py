"""``connect``: whose session it is, whether the account may have another one, and the reply."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import trio

from ..accounts.identities import Identity
from ..errors import TEMPORARY, CloseCode, Refused
from ..hub.session_handle import SessionHandle
from ..protocol import results
from .services import Services
from .timeouts import SessionTimeouts

ENDINGS: Final[Mapping[str, CloseCode]] = MappingProxyType(
    {
        "unauthenticated": CloseCode.BAD_TOKEN,
        "quota_exceeded": CloseCode.TOO_MANY_SESSIONS,
        **dict.fromkeys(TEMPORARY, CloseCode.RESTART),
    }
)
"""Close codes for refusals of ``connect`` that end the session, by reason."""


async def identify(
    services: Services, timeouts: SessionTimeouts, token: str | None, address: str
) -> Identity:
    """Return whose token it is, after the rate of ``connect`` allows the call.

    :raises Refused: ``unauthenticated``; ``rate_limited``: the wait would be too long.
    """
    if token is None:
        raise Refused("unauthenticated", "token: is missing")
    identity = await services.authentication.authenticate(token, address)
    now = trio.current_time()
    if wait := services.limits.spend_connect(identity.user.name, now):
        # The wait does not count towards the client's deadline.
        timeouts.restart_connect(now + wait)
        await trio.sleep(wait)
        return await services.authentication.authenticate(token, address)
    return identity


def check_sessions(services: Services, user: str) -> None:
    """:raises Refused: ``quota_exceeded``; the account has the maximum number of sessions."""
    limit = services.config.max_sessions
    if services.limits.on and services.hub.sessions.count(user) >= limit:
        raise Refused("quota_exceeded", f"{user} has {limit} sessions already: end one of them")


def connect_reply(
    services: Services, handle: SessionHandle, identity: Identity, inbox: results.Inbox
) -> results.Connected:
    """Return what a client must know of the server and of its account."""
    config = services.config
    return results.Connected(
        user=identity.user,
        server_role=identity.role,
        session_id=handle.id,
        token_expires_at=handle.token.expires_at if handle.token else 0,
        protocol=results.PROTOCOL,
        features=results.FEATURES,
        epoch=services.hub.channels.epoch,
        server_time=services.clock(),
        limits=results.ServerLimits(
            text_chars=config.text_chars,
            text_bytes=config.text_bytes,
            frame_bytes=results.FRAME_BYTES,
            page_size=results.MAX_PAGE,
        ),
        server=services.server.shown(),
        inbox=inbox,
    )
