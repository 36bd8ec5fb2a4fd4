"""A client that uploads files, sends them, and reads all of them at the end."""

import random
from collections.abc import Awaitable, Callable
from typing import Final

import attrs
import h11
import trio

from ..client import Answer
from ..files.tus import Sender
from .people import Gone, Session, ask
from .tally import Tally

SIZES: Final = (0, 1, 5_000, 300_000)


@attrs.define
class Parcel:
    """A file on its way.

    :ivar received: bytes that the server has acknowledged.
    :ivar sent: the message with it was sent. It may have been stored without an answer.
    """

    number: int
    content: bytes
    path: str | None = None
    received: int = 0
    sent: bool = False


@attrs.frozen
class Delivered:
    room: str
    seq: int
    file: str
    content: bytes


@attrs.define(eq=False)
class Courier:
    """:param http: makes a request to the server of the moment."""

    name: str
    room: str
    http: Callable[..., Awaitable[Answer]]
    token: str
    choose: random.Random
    tally: Tally
    _number: int = 0
    _parcel: Parcel | None = None
    _delivered: list[Delivered] = attrs.field(factory=list)

    @property
    def settled(self) -> bool:
        return self._parcel is None

    async def work(self, me: Session, go_on: Callable[[], bool]) -> None:
        """:raises Gone: the next session goes on with the same parcel."""
        await ask(me, "joinRoom", room=self.room)
        while self._parcel is not None or go_on():
            if self._parcel is None:
                self._number += 1
                self._parcel = Parcel(self._number, self.next_content())
            else:
                self.tally.resumed_uploads += self._parcel.path is not None
            await self._carry(me, self._parcel)
            self._parcel = None

    def next_content(self) -> bytes:
        size = self.choose.choice(SIZES)
        content = self.choose.randbytes(min(size, 64)) * (size // 64 + 1)
        return content[:size]

    async def _carry(self, me: Session, parcel: Parcel) -> None:
        content = parcel.content
        if parcel.path is None:
            half = content[: len(content) // 2]
            made = await self._ask(Sender.create, len(content), "parcel", half)
            assert made.status == 201, made
            parcel.path, parcel.received = made.headers["location"], len(half)
        head = await self._ask(Sender.request, "HEAD", parcel.path)
        if head.status == 200:
            offset = int(head.headers["upload-offset"])
            assert offset >= parcel.received, f"{offset} of {parcel.received} bytes are left"
            # This may be more, since the answer to a PATCH may have been lost.
            parcel.received = offset
            while offset < len(content):
                piece = content[offset : offset + 100_000]
                answer = await self._ask(Sender.patch, parcel.path, offset, piece)
                assert answer.status == 204, answer
                offset = parcel.received = int(answer.headers["upload-offset"])
        else:
            # The message that has it was stored, and the answer lost.
            assert (head.status, parcel.sent) == (404, True), head
        file = parcel.path.rpartition("/")[2]
        key = f"{self.name} {parcel.number}"
        parcel.sent = True
        sent = await ask(
            me, "sendMessage", room=self.room, text=key, clientId=key, attachments=[file]
        )
        self._delivered.append(Delivered(self.room, sent["seq"], file, content))

    async def read_all(self, me: Session) -> None:
        """Read every file whose message was acknowledged."""
        for each in self._delivered:
            links = await ask(me, "getFile", room=each.room, seq=each.seq, id=each.file)
            answer = await self._ask(Sender.get, links["url"])
            assert (answer.status, answer.body) == (200, each.content), each
        self.tally.files += len(self._delivered)

    async def _ask(self, ask: Callable[..., Awaitable[Answer]], *args: object) -> Answer:
        try:
            answer = await ask(Sender(self.http, self.token), *args)
        except (OSError, trio.BrokenResourceError, h11.RemoteProtocolError):
            raise Gone from None
        if answer.status == 507 and self._parcel is not None:
            self._parcel.path = None  # nothing is kept of an upload for which there was no space
        if answer.status in (503, 507):  # its database is away, or has no space
            raise Gone
        return answer
