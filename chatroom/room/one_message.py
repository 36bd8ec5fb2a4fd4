"""Reads of one message: the message itself, and links to its files."""

from collections.abc import Awaitable, Callable
from functools import partial

from ..errors import Refused
from ..files.links import Links
from ..hub.channel import Channel
from ..hub.envelope import Envelope
from ..hub.session_registry import SessionRegistry
from ..protocol import results
from ..protocol.calls import GetFile, GetMessage
from ..store.room_log import Bounds, Page
from .log_reader import LogReader


class MessageReader:
    """:param reach: waits until the room's state has a version."""

    def __init__(
        self,
        log: LogReader,
        channel: Channel,
        sessions: SessionRegistry,
        links: Links,
        reach: Callable[[int], Awaitable[None]],
    ) -> None:
        self._log = log
        self._channel = channel
        self._sessions = sessions
        self._links = links
        self._reach = reach

    async def message(self, envelope: Envelope[GetMessage]) -> results.OneMessage:
        page = await self._page(envelope.call.seq, envelope.user)
        return results.OneMessage(
            epoch=self._channel.epoch,
            message=page.messages[0],
            my_reactions=page.beside.own_reactions,
            quoted=page.beside.quoted,
            threads=page.beside.threads,
        )

    async def file(self, envelope: Envelope[GetFile]) -> results.FileLinks:
        """Return links. Each use of one is checked once more."""
        call = envelope.call
        page = await self._page(call.seq, envelope.user)
        log_in = self._sessions.token(envelope.reply_to.session).id
        for attachment in page.messages[0].attachments:
            if attachment.id == call.id:
                until = self._links.end()
                link = partial(self._links.make, attachment.id, log_in=log_in, until=until)
                thumbnails = [
                    results.FileLink(each.part, link(each.part)) for each in attachment.thumbnails
                ]
                return results.FileLinks(link("file"), until, tuple(thumbnails))
        raise Refused("not_found", "id: the message has no such file")

    async def _page(self, seq: int, asker: str) -> Page:
        """Return a page with this message alone. :raises Refused: ``not_found``."""
        page = await self._log.page(1, asker, Bounds(around=seq, whole=True))
        await self._reach(page.version)
        if not page.messages or page.messages[0].seq != seq:
            raise Refused("not_found", "seq: there is no such message")
        return page
