"""The reply to ``connect``: what a client must know of the server and of its account."""

from ..accounts.identities import Identity
from ..hub.session_handle import SessionHandle
from ..protocol import results
from .services import Services


def connect_reply(
    services: Services, handle: SessionHandle, identity: Identity, inbox: results.Inbox
) -> results.Connected:
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
