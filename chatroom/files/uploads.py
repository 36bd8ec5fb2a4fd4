"""START HERE: uploads, from their announcement to the blob to which a message may refer.

What arrives is appended to a file, block by block, and never whole in memory. An interrupted upload
goes on where the file ends, also after a kill, but not after a restart of the machine. The complete
file is looked at, its pictures are made, and all of it is synced before the upload is complete: so
a message can only name what is on disk.

One request at a time writes to an upload (:mod:`.turns`).
"""

import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import trio

from ..config import Config
from ..errors import Refused, StorageFull
from ..names.invisible import has_invisible, visible
from ..store.files import FileLimits, FileStore, StoredPart, Upload
from .disk import BLOCK_BYTES, Disk, digest_of
from .pictures import Pictures, UnreadablePicture
from .sniffing import PICTURES, sniff
from .turns import UploadTurns

MAX_NAME_CHARS: Final = 200
DEFAULT_NAME: Final = "file"
RETRY_S: Final = 0.2
ATTEMPTS: Final = 50
"""Attempts to write a blob while an equal one is being deleted, and the pause between them."""
RESERVED_BYTES: Final = 64 << 20
"""Free space that uploads leave to the database."""
Receive: TypeAlias = Callable[[], Awaitable[bytes]]
"""Returns the next bytes; none at the end."""


class TooLarge(Exception):
    """A file has more bytes than allowed, or than announced."""


class WrongOffset(Exception):
    """The bytes do not begin where the upload ends.

    :ivar offset: where it ends.
    """

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class Interrupted(Exception):
    """A later request for the same upload took over."""


class Uploads:
    """:param clock: returns ms since the epoch."""

    def __init__(
        self,
        config: Config,
        store: FileStore,
        disk: Disk,
        pictures: Pictures,
        clock: Callable[[], int],
    ) -> None:
        self.max_bytes: Final = config.max_file_bytes
        self._store = store
        self._disk = disk
        self._pictures = pictures
        self._clock = clock
        quotas = config.enforced
        self._limits = FileLimits(
            None if quotas is None else quotas.file_bytes,
            None if quotas is None else quotas.waiting_files,
            config.max_files_bytes,
        )
        self._turns = UploadTurns()
        self.completed = 0
        self.received_bytes = 0

    @property
    def receiving(self) -> int:
        """The number of uploads that a request is writing to."""
        return len(self._turns)

    # ---- what clients do

    async def create(self, user: str, name: str | None, length: int) -> Upload:
        """:raises TooLarge: :raises Refused: ``quota_exceeded`` or ``storage_full``."""
        if length > self.max_bytes:
            raise TooLarge
        if await self._disk.free_bytes() < length + RESERVED_BYTES:
            raise _full()
        upload = Upload(secrets.token_hex(16), user, clean_name(name), length, self._clock())
        match await self._store.add_upload(upload, self._limits):
            case "account":
                raise Refused("quota_exceeded", "you have reached the limit of files; delete some")
            case "uploads":
                raise Refused("quota_exceeded", "too many of your files are in no message")
            case "server":
                raise _full()
            case None:
                return upload

    async def find(self, user: str, upload: str) -> Upload:
        """Return an upload of the user that is in no message.

        :raises Refused: ``not_found``.
        """
        found = await self._store.upload(upload)
        if found is None or found.user != user:
            raise Refused("not_found", "there is no such upload")
        return found

    async def offset(self, upload: Upload) -> int:
        """Return how many bytes have arrived. If that is all, the upload is completed first.

        :raises Refused: ``not_found``: it is gone, or in a message.
        """
        async with self._turns.take(upload.id):
            # Once more: an earlier request may have completed it.
            if (await self.find(upload.user, upload.id)).complete:
                return upload.length
            return await self._completed(upload, await self._disk.received(upload.id))

    async def append(self, upload: Upload, offset: int, receive: Receive | None) -> int:
        """Append bytes, and complete the upload if they are the last. Return how many have arrived.

        The bytes that have arrived are kept if ``receive`` raises or the server is killed.

        :raises WrongOffset: :raises TooLarge: :raises Interrupted:
        :raises Refused: ``not_found``: it is gone, or in a message.
        :raises StorageFull: the upload is removed.
        """
        async with self._turns.take(upload.id) as turn:
            # Once more: an earlier request may have completed it.
            complete = (await self.find(upload.user, upload.id)).complete
            received = upload.length if complete else await self._disk.received(upload.id)
            if offset != received:
                raise WrongOffset(received)
            if complete:
                return offset
            try:
                if receive is not None:
                    with turn.scope:
                        received = await self._receive(upload, received, receive)
                    if turn.scope.cancelled_caught:
                        raise Interrupted
                return await self._completed(upload, received)
            except StorageFull:
                with trio.CancelScope(shield=True):
                    await self._discard(upload.id)
                raise

    async def remove(self, upload: Upload) -> None:
        await self.discard(upload.id)

    async def discard(self, upload: str) -> None:
        """Remove an upload and what is here of it, unless it is in a message."""
        async with self._turns.take(upload):
            await self._discard(upload)

    # ---- receiving

    async def _receive(self, upload: Upload, offset: int, receive: Receive) -> int:
        block = bytearray()
        try:
            while data := await receive():
                if offset + len(block) + len(data) > upload.length:
                    raise TooLarge
                block += data
                self.received_bytes += len(data)
                if len(block) >= BLOCK_BYTES:
                    await self._write(upload.id, offset, bytes(block))
                    offset += len(block)
                    block.clear()
        finally:
            if block:
                with trio.CancelScope(shield=True):
                    await self._write(upload.id, offset, bytes(block))
        return offset + len(block)

    async def _write(self, upload: str, offset: int, block: bytes) -> None:
        """:raises StorageFull: it would take space that is left to the database."""
        # Many uploads may have been announced while there was space for each.
        await self._require_space()
        await self._disk.append(upload, offset, block)

    async def _require_space(self) -> None:
        if await self._disk.free_bytes() < RESERVED_BYTES:
            raise StorageFull("no space is left for files")

    # ---- completing

    async def _completed(self, upload: Upload, received: int) -> int:
        """Complete an upload if all of it has arrived.

        :raises UnreadablePicture: the upload is removed.
        """
        if received < upload.length:
            return received
        try:
            await self._finish(upload)
        except UnreadablePicture:
            with trio.CancelScope(shield=True):
                await self._discard(upload.id)
            raise
        return received

    async def _finish(self, upload: Upload) -> None:
        """Make the blobs of an upload. If that is interrupted, it is done anew the next time."""
        if not upload.length:
            await self._disk.append(upload.id, 0, b"")
        path = self._disk.partial_path(upload.id)
        sources = await self._parts(upload, path)
        digests = {part.digest for part, _ in sources}
        for _ in range(ATTEMPTS):
            if await self._store.claim_blobs(digests, self._clock()):
                for part, source in sources:
                    await self._disk.place(source, part.digest)
                if await self._store.finish_upload(upload.id, [part for part, _ in sources]):
                    break
                if await self._store.upload(upload.id) is None:
                    break  # removed meanwhile; the blobs go after the grace
            await trio.sleep(RETRY_S)
        else:
            raise Refused("busy", "an equal file is being deleted; try again")
        self.completed += 1
        await self._disk.discard(upload.id)

    async def _parts(self, upload: Upload, path: Path) -> list[tuple[StoredPart, Path]]:
        """Return the parts of an upload and the files that have them, the whole file first."""
        media_type = await self._disk.run(partial(sniff, path))
        if media_type in PICTURES:
            # One for each attempt: after a kill, a process of before may still write to its own.
            directory = self._disk.pictures / upload.id / secrets.token_hex(4)
            made = await self._pictures.make(path, directory, media_type)
            if not made or made[0].width is None:
                await self._require_space()  # else that may be why
            if not made:
                raise Refused("busy", "the picture was not read; try again")
            return [
                (
                    StoredPart(
                        each.part,
                        await self._disk.run(partial(digest_of, each.path)),
                        each.size,
                        each.type,
                        each.width,
                        each.height,
                    ),
                    each.path,
                )
                for each in made
            ]
        digest = await self._disk.run(partial(digest_of, path))
        return [(StoredPart("file", digest, upload.length, media_type), path)]

    async def _discard(self, upload: str) -> None:
        # The file first: that makes space for the commit.
        await self._disk.discard(upload)
        await self._store.remove_upload(upload)


def clean_name(name: str | None) -> str:
    """Return a name for people: the last part of a path, without characters that mislead."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(char for char in last if char.isprintable())
    if has_invisible(kept):
        kept = visible(kept)
    return kept.strip()[:MAX_NAME_CHARS].strip(" .") or DEFAULT_NAME


def _full() -> Refused:
    return Refused("storage_full", "the server has no space for files; try again later")
