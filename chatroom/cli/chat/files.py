"""Files: uploads beside everything else, and links to the files of the open room."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import attrs
import trio

from ...client import Attachment, CallRefused, CannotConnect, Chat, Message
from ...model import direct_pair
from ..sanitize import file_of, plain
from .refusals import sentence
from .state import State

MAX_QUEUED: Final = 20
MAX_LINKS: Final = 10
"""Files to which links are shown, the latest ones."""


@attrs.frozen
class Upload:
    """``text``: of the message, may be empty."""

    room: str
    path: Path
    text: str


@attrs.frozen
class Avatar:
    """A picture that becomes the user's avatar."""

    path: Path


class Files:
    """:param changed: called to redraw the screen."""

    def __init__(self, chat: Chat, state: State, changed: Callable[[], None]) -> None:
        self._chat = chat
        self._state = state
        self._changed = changed
        self._add, self._waiting = trio.open_memory_channel[Upload | Avatar](MAX_QUEUED)

    async def run(self) -> None:
        """Upload one file after the other, and use it."""
        async for upload in self._waiting:
            try:
                await self._use(upload, await self._chat.upload(upload.path.expanduser()))
            except OSError as error:
                self._tell(f"{upload.path}: {error.strerror}")
            except (CallRefused, CannotConnect) as error:
                self._tell(f"{upload.path.name}: {sentence(error)}")

    def upload(self, upload: Upload | Avatar) -> None:
        try:
            self._add.send_nowait(upload)
        except trio.WouldBlock:
            self._tell("too many files are waiting")
        else:
            self._tell(f"sending {upload.path.name}")

    async def remove_avatar(self) -> None:
        await self._chat.set_profile(avatar="")
        self._tell("you have no avatar")

    async def _use(self, upload: Upload | Avatar, file: str) -> None:
        if isinstance(upload, Avatar):
            await self._chat.set_profile(avatar=file)
            self._tell(f"{upload.path.name} is your avatar")
        else:
            await self._send(upload, [file])

    async def _send(self, upload: Upload, attachments: Sequence[str]) -> None:
        if (pair := direct_pair(upload.room)) is None:
            await self._chat.send(upload.room, upload.text, attachments=attachments)
        else:
            me = self._chat.user.name
            partner = pair[1] if pair[0] == me else pair[0]
            await self._chat.send_to(partner, upload.text, attachments=attachments)

    async def show_links(self, room: str) -> None:
        """Show links to the latest files of the loaded messages. They end after five minutes."""
        files = list(_files(self._state.window.messages.values()))[-MAX_LINKS:]
        lines = []
        for message, attachment in files:
            links = await self._chat.get_file(room, message.seq, attachment.id)
            lines.append(f"{file_of(attachment)}: {links.url}")
        self._state.window.notice(f"Files: {len(lines) or 'none'}", *lines)

    def _tell(self, text: str) -> None:
        self._state.window.notice(plain(text))
        self._changed()


def _files(messages: Iterable[Message]) -> Iterator[tuple[Message, Attachment]]:
    for message in messages:
        for attachment in message.attachments:
            yield message, attachment
