"""A client that uploads files and sends each with a message."""

import hashlib
import io
from contextlib import suppress
from typing import Final

import attrs
from PIL import Image

from ..crash.courier import Courier
from ..crash.people import Gone, ask
from ..server.process import Server
from .observations import SentCall
from .sessions import TracedSession

NAME: Final = "courier"
ROOM: Final = "general"
PLAIN_BYTES: Final = 200_000
"""Size of a plain file, which arrives in two requests."""


def content_of(text: str) -> bytes:
    """Return the file that comes with a message with this text: in turn a plain one and a picture
    that has a thumbnail. They are served as they are uploaded."""
    number = int(text.rpartition(" ")[2])
    if number % 2:
        block = hashlib.sha512(text.encode()).digest()
        return (block * (PLAIN_BYTES // len(block) + 1))[:PLAIN_BYTES]
    file = io.BytesIO()
    Image.new("RGB", (400, 10), (number, 0, 0)).save(file, "PNG")
    return file.getvalue()


def digest_sent(text: str) -> str:
    """Return the SHA-256 of the file that comes with a message with this text."""
    return hashlib.sha256(content_of(text)).hexdigest()


@attrs.define(eq=False, kw_only=True)
class TracedCourier(Courier):
    server: Server
    asked: dict[str, SentCall]
    count: int

    async def sign_up(self) -> None:
        if not self.token:
            self.token = await self.server.sign_up(self.name)

    async def send_all(self) -> None:
        """Send until all files are sent, or the connection is lost."""
        async with self.server.socket() as client:
            with suppress(Gone):
                me = TracedSession(client, self.name, self.asked)
                await ask(me, "connect", token=self.token)
                await self.work(me, lambda: len(self._delivered) < self.count)

    def next_content(self) -> bytes:
        return content_of(f"{self.name} {self._number}")
