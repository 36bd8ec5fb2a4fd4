"""Files of an export, as uploads of their messages' senders."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import attrs
import trio

from ..config import Config
from ..files.disk import BLOCK_BYTES, Disk
from ..files.pictures import Pictures, UnreadablePicture
from ..files.uploads import Uploads
from ..store.files import FileStore
from .records import FileRecord, ImportFailed

MAX_FILE_BYTES: Final = 1 << 40
AT_ONCE: Final = 4


class Files:
    """:param directory: that of the export.
    :ivar unreadable: paths of pictures that cannot be read.
    """

    def __init__(
        self, config: Config, store: FileStore, clock: Callable[[], int], directory: Path
    ) -> None:
        disk = Disk(config.files)
        unlimited = attrs.evolve(
            config, rate_limits="off", max_file_bytes=MAX_FILE_BYTES, max_files_bytes=None
        )
        self.unreadable: list[str] = []
        self._uploads = Uploads(unlimited, store, disk, Pictures(disk), clock)
        self._directory = directory
        self._places = trio.CapacityLimiter(AT_ONCE)

    async def upload(self, user: str, files: Sequence[FileRecord]) -> list[str | None]:
        """Upload files. Return their ids; None for a picture that cannot be read."""
        found: list[str | None] = [None] * len(files)

        async def one(number: int) -> None:
            async with self._places:
                found[number] = await self._one(user, files[number])

        async with trio.open_nursery() as nursery:
            for number in range(len(files)):
                nursery.start_soon(one, number)
        return found

    async def _one(self, user: str, record: FileRecord) -> str | None:
        path = self._directory / record.path
        try:
            return await self._sent(user, record, path)
        except UnreadablePicture:
            self.unreadable.append(record.path)
            return None
        except OSError as error:
            raise ImportFailed(f"{path}: {error.strerror}") from None

    async def _sent(self, user: str, record: FileRecord, path: Path) -> str:
        async with await trio.open_file(path, "rb") as file:
            upload = await self._uploads.create(user, record.name, os.fstat(file.fileno()).st_size)

            async def receive() -> bytes:
                return await file.read(BLOCK_BYTES)

            await self._uploads.append(upload, 0, receive)
        return upload.id
