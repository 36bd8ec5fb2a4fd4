"""Uploads, and the blobs on disk to which they refer.

An upload is one file that an account sends. It belongs to that account until it is in a message,
and with the message to its room. An avatar belongs to its account. Its content on disk
is a blob, named by the SHA-256 of its bytes: the file itself, and thumbnails of pictures. Equal
files share a blob.

A blob's row is there before the blob is, and goes after it: :meth:`FileStore.claim_blobs` makes the
row, then the file is written and synced, then :meth:`FileStore.finish_upload` refers to it. To
delete one, :meth:`FileStore.doom_blobs` marks the row, then the file is deleted, then
:meth:`FileStore.forget_blobs` deletes the row. A marked row refuses new references, so an equal
file that arrives meanwhile waits until the row is gone, and is written anew. A crash leaves a row
too many at most, never a reference without a file.
"""

from collections.abc import Collection, Sequence
from typing import Final, Literal, Protocol, TypeAlias

import attrs

from ..errors import Refused
from ..frozen import frozen
from ..model import Attachment, Part

FILE_OVERHEAD_BYTES: Final = 4096
"""Counted for each upload beside its bytes, so that empty ones are not free."""
Limit: TypeAlias = Literal["account", "uploads", "server"]
"""Which limit an upload exceeds."""


@attrs.frozen
class Upload:
    """An upload as it was announced.

    ``length``: its size in bytes as it is sent; ``complete``: all of it is here.
    """

    id: str
    user: str
    name: str
    length: int
    created_at: int
    complete: bool = attrs.field(default=False)


@attrs.frozen
class FileLimits:
    """What an account and the whole server may keep. None: no limit.

    ``bytes``, ``waiting``: of one account; the number of its uploads that are in no message.
    ``all_bytes``: of all accounts together.
    """

    bytes: int | None = None
    waiting: int | None = None
    all_bytes: int | None = None


@attrs.frozen
class StoredPart:
    """A blob of an upload: the file as it is served, or a thumbnail."""

    part: Part
    digest: str
    size: int
    type: str
    width: int | None = None
    height: int | None = None


@frozen
class OwnUpload:
    """A complete upload that is in no message yet, for the rules of a room."""

    user: str
    attachment: Attachment


@attrs.frozen
class ReadableFile:
    """A part of an upload that somebody may read, and the name of the whole file."""

    name: str
    part: StoredPart


class FileStore(Protocol):
    @property
    def link_key(self) -> str:
        """The secret key by which links to files are signed: the same at all nodes."""

    async def files_directory(self) -> str | None:
        """Return the id of the directory of files that all nodes share; None if there is none."""

    async def claim_files_directory(self, directory: str) -> bool:
        """Set that id. Return False, and write nothing, if there is one."""

    async def add_upload(self, upload: Upload, limits: FileLimits) -> Limit | None:
        """Add an upload. :returns: None, or the limit for which nothing was written."""

    async def upload(self, upload: str) -> Upload | None:
        """Return an upload that is in no message; None if there is none with this id."""

    async def remove_upload(self, upload: str) -> bool:
        """Remove an upload, unless it is in a message. Return whether it was removed."""

    async def old_uploads(self, before: int, limit: int) -> list[str]:
        """Return uploads in no message that were made before a time in ms, the oldest first."""

    async def claim_blobs(self, digests: Collection[str], now: int) -> bool:
        """Begin to write blobs, at time ``now`` (ms). Return False, and write nothing, if one of
        them is being deleted: try again later."""

    async def finish_upload(self, upload: str, parts: Sequence[StoredPart]) -> bool:
        """Complete an upload. Return False, and write nothing, if a blob is not claimed, or is
        being deleted; or if the upload is gone.

        :param parts: the blobs, which are synced; the first is the file as it is served.
        """

    async def doom_blobs(self, now: int, before: int, limit: int) -> list[str]:
        """Mark blobs for deletion to which nothing has referred since before a time in ms. Return
        up to ``limit`` marked ones, also those marked earlier."""

    async def forget_blobs(self, digests: Collection[str]) -> None:
        """Delete the rows of marked blobs whose files are deleted."""

    async def readable_file(
        self, upload: str, part: Part, log_in: str, *, everyone: bool = False
    ) -> ReadableFile | Refused:
        """Return a part of an upload if the account of a log-in may read it now: a member of the
        room of the message that has it, or whoever made it and has not sent it; of an avatar,
        whoever shares a room with the person, admins, or everyone if the server is set so. Refused
        as ``not_found`` for all others, and as ``forbidden`` for a log-in that has ended and for
        disabled accounts.

        :param log_in: the id of a token.
        """
