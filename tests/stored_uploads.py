"""Uploads in a store without files on disk, for tests of what messages have."""

from typing import Final

from chatroom.store.files import FileLimits, StoredPart, Upload
from chatroom.store.store import Store

PICTURE: Final = (
    StoredPart("file", "d" * 64, 5000, "image/png", 2000, 1000),
    StoredPart("small", "e" * 64, 500, "image/webp", 320, 160),
    StoredPart("large", "f" * 64, 900, "image/webp", 1280, 640),
)


def upload_id(number: int) -> str:
    return f"{number:032x}"


def plain(number: int = 0) -> StoredPart:
    """Return the only part of a file that is no picture."""
    return StoredPart("file", f"{number:064x}", 5, "text/plain")


async def add_upload(
    store: Store,
    user: str,
    number: int = 0,
    *parts: StoredPart,
    name: str = "notes.txt",
    at: int = 1 << 50,
    complete: bool = True,
) -> str:
    """Add an upload, of plain text by default. Return its id.

    :param at: when it was made, by default so late that it is never too old.
    """
    upload = Upload(upload_id(number), user, name, 5, at)
    assert await store.add_upload(upload, FileLimits()) is None
    if complete:
        parts = parts or (plain(number),)
        assert await store.claim_blobs({part.digest for part in parts}, at)
        assert await store.finish_upload(upload.id, parts)
    return upload.id
