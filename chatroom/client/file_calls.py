"""Calls on files, and their exchange."""

import os
from abc import abstractmethod
from pathlib import Path
from typing import BinaryIO

import attrs
import trio

from ..model import Part
from ..protocol import results
from ..protocol.calls import GetFile
from ..protocol.field_types import RoomName, Seq, UploadId
from .call_methods import CallMethods
from .errors import NotFound
from .files import FileTransfer


class FileCalls(CallMethods):
    """Calls on files, and their exchange."""

    @property
    @abstractmethod
    def files(self) -> FileTransfer: ...

    async def upload(
        self, source: str | os.PathLike[str] | BinaryIO, name: str | None = None
    ) -> str:
        """Upload a file, and return its id for the ``attachments`` of a message. An upload that is
        interrupted goes on where it was.

        :param source: a path, or a binary file that can seek, which is read to its end.
        :param name: for people; by default that of the file.
        :raises InvalidParams: the file is too large for the server.
        :raises QuotaExceeded: the account has too many files.

        >>> async def show(chat: Chat, picture: Path) -> None:
        ...     await chat.send("general", "look", attachments=[await chat.upload(picture)])
        """
        if isinstance(source, str | os.PathLike):
            with await trio.to_thread.run_sync(Path(source).open, "rb") as file:
                return await self.files.upload(file, name or Path(source).name)
        own = getattr(source, "name", None)
        return await self.files.upload(
            source, name or (Path(own).name if isinstance(own, str) else "file")
        )

    async def get_file(self, room: str, seq: int, file: str) -> results.FileLinks:
        """Return URLs of a file of a message and of its thumbnails, for five minutes. They need no
        token; whoever has one reads as this account.

        :param file: the ``id`` of one of the message's ``attachments``.
        """
        found = await self.call(GetFile(RoomName(room), Seq(seq), UploadId(file)))
        absolute = self.files.absolute
        return results.FileLinks(
            absolute(found.url),
            found.expires_at,
            tuple(attrs.evolve(each, url=absolute(each.url)) for each in found.thumbnails),
        )

    async def download(
        self,
        room: str,
        seq: int,
        file: str,
        target: str | os.PathLike[str] | BinaryIO,
        *,
        part: Part = "file",
    ) -> None:
        """Download a file of a message, or a thumbnail of it.

        :param target: a path, which is replaced when the whole file is there, or a binary file.
        :raises NotFound: the message has no such file, or no such thumbnail.
        """
        if not isinstance(target, str | os.PathLike):
            await self._download(room, seq, file, target, part)
            return
        path = Path(target)
        unfinished = path.with_name(f"{path.name}.part")
        try:
            with await trio.to_thread.run_sync(unfinished.open, "wb") as opened:
                await self._download(room, seq, file, opened, part)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    async def _download(self, room: str, seq: int, file: str, target: BinaryIO, part: Part) -> None:
        async def link() -> str:
            found = await self.call(GetFile(RoomName(room), Seq(seq), UploadId(file)))
            if part == "file":
                return found.url
            for each in found.thumbnails:
                if each.part == part:
                    return each.url
            raise NotFound("not_found", f"the file has no thumbnail {part!r}", temporary=False)

        await self.files.download(link, target)
