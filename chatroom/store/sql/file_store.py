"""Uploads and blobs."""

from collections.abc import Collection, Sequence

from ...errors import Refused
from ...model import Part
from ..files import FileLimits, Limit, ReadableFile, StoredPart, Upload
from . import files, meta
from .database import SqlDatabase


class SqlFileStore(SqlDatabase):
    """Uploads and blobs."""

    async def files_directory(self) -> str | None:
        return await self._readers.read(meta.optional, meta.FILES_DIRECTORY)

    async def claim_files_directory(self, directory: str) -> bool:
        return await self._write(meta.add, meta.FILES_DIRECTORY, directory)

    async def add_upload(self, upload: Upload, limits: FileLimits) -> Limit | None:
        return await self._write(files.add_upload, upload, limits)

    async def upload(self, upload: str) -> Upload | None:
        return await self._readers.read(files.upload, upload)

    async def remove_upload(self, upload: str) -> bool:
        return await self._write(files.remove_upload, upload)

    async def old_uploads(self, before: int, limit: int) -> list[str]:
        return await self._readers.read(files.old_uploads, before, limit)

    async def claim_blobs(self, digests: Collection[str], now: int) -> bool:
        return await self._write(files.claim_blobs, digests, now)

    async def finish_upload(self, upload: str, parts: Sequence[StoredPart]) -> bool:
        return await self._write(files.finish_upload, upload, parts)

    async def doom_blobs(self, now: int, before: int, limit: int) -> list[str]:
        return await self._write(files.doom_blobs, now, before, limit)

    async def forget_blobs(self, digests: Collection[str]) -> None:
        await self._write(files.forget_blobs, digests)

    async def readable_file(
        self, upload: str, part: Part, log_in: str, *, everyone: bool = False
    ) -> ReadableFile | Refused:
        return await self._readers.read(files.readable_file, upload, part, log_in, everyone)
