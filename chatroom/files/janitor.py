"""Deletes uploads that no message took, and blobs to which nothing refers any more.

The order of its steps makes it safe against kills and equal uploads: see
:mod:`chatroom.store.files`.
"""

import logging
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Final

import attrs

from ..store.files import FileStore
from .disk import Disk
from .uploads import Uploads

UPLOAD_AGE_MS: Final = 24 * 3600 * 1000
"""Age at which an upload that is in no message is removed."""
SLICE: Final = 100
"""Uploads or blobs removed in one step."""

logger = logging.getLogger(__name__)


@attrs.define(eq=False)
class Janitor:
    """:param clock: returns ms since the epoch.
    :param grace_s: for how long a blob is kept after its last reference.
    :param others: returns the other nodes, which may use the same directory.
    """

    store: FileStore
    disk: Disk
    uploads: Uploads
    clock: Callable[[], int]
    grace_s: float
    others: Callable[[], Collection[int]]
    deleted: int = attrs.field(default=0, init=False)
    """Blobs deleted since the start."""
    _swept: bool = attrs.field(default=False, init=False)

    async def clean(self) -> None:
        if not self._swept and self.disk.is_used():
            await self._sweep()
            self._swept = True
        await self._remove_old_uploads()
        if self.disk.is_used():
            await self._delete_blobs()

    async def _sweep(self) -> None:
        """Delete what an earlier process left of uploads that are complete or gone, and what is
        left from before the machine was booted. That may be another node's, on another machine."""
        if not self.others():
            await self.disk.discard_earlier()
        for upload in await self.disk.run(partial(_names, self.disk.partial, self.disk.pictures)):
            found = await self.store.upload(upload)
            if found is None or found.complete:
                await self.disk.discard(upload)

    async def _remove_old_uploads(self) -> None:
        before = self.clock() - UPLOAD_AGE_MS
        while old := await self.store.old_uploads(before, SLICE):
            for upload in old:
                await self.uploads.discard(upload)

    async def _delete_blobs(self) -> None:
        now = self.clock()
        before = now - round(self.grace_s * 1000)
        if await self.disk.backup_runs():
            return
        while doomed := await self.store.doom_blobs(now, before, SLICE):
            await self.disk.delete_blobs(doomed)
            await self.store.forget_blobs(doomed)
            self.deleted += len(doomed)
            logger.info("deleted files", extra={"files": len(doomed)})


def _names(*directories: Path) -> set[str]:
    return {path.name for each in directories if each.is_dir() for path in each.iterdir()}
