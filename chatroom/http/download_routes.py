"""Downloads by signed links, with ranges.

Nothing of a file runs with the rights of the page: only pictures that the server has read, sound
and video are shown, everything else is downloaded, types are never guessed, and a sandbox holds
what a browser shows.
"""

import logging
import re
from typing import Final
from urllib.parse import quote

from ..errors import Refused
from ..files.disk import Disk
from ..files.links import PREFIX, Links
from ..files.sniffing import SHOWN, TEXT
from ..net.http_messages import Request, Response
from ..store.files import FileStore, ReadableFile
from .refusals import refusal

logger = logging.getLogger(__name__)

_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_POLICY: Final = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'"


class DownloadRoutes:
    """:param lists_everyone: all accounts see each other's avatars."""

    def __init__(
        self, store: FileStore, disk: Disk, links: Links, *, lists_everyone: bool = False
    ) -> None:
        self._store = store
        self._disk = disk
        self._links = links
        self._lists_everyone = lists_everyone

    async def answer(self, request: Request) -> Response:
        """Answer a request below :data:`.links.PREFIX`."""
        if request.method != "GET":
            refused = Refused("invalid_request", "the method must be GET")
            return Response.json_error(405, refused, {"Allow": "GET, HEAD"})
        link = self._links.read(request.path, request.query)
        if link is None:
            return refusal(Refused("forbidden", "the link is invalid or has expired; get another"))
        found = await self._store.readable_file(
            link.upload, link.part, link.log_in, everyone=self._lists_everyone
        )
        if isinstance(found, Refused):
            return refusal(found)
        return await self._file(request, found)

    async def _file(self, request: Request, found: ReadableFile) -> Response:
        part = found.part
        etag = f'"{part.digest}"'
        headers = {
            "ETag": etag,
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-cache",  # kept, but asked for each time
            "Content-Security-Policy": _POLICY,
            "Content-Disposition": disposition(found.name, part.type),
        }
        if etag in request.listed("if-none-match"):
            return Response(304, headers=headers)
        span = None
        if request.headers.get("if-range", etag) == etag:
            span = requested_range(request.headers.get("range", ""), part.size)
        start, end = span or (0, part.size)
        if start >= part.size and span is not None:
            refused = Refused("invalid_request", "Range: begins after the end")
            return Response.json_error(416, refused, {"Content-Range": f"bytes */{part.size}"})
        content_type = f"{part.type}; charset=utf-8" if part.type == TEXT else part.type
        try:
            content = await self._disk.open(part.digest, start, end - start)
        except FileNotFoundError:
            # As after the restore of a backup without files. `chatroom check` names all of them.
            logger.warning("a file is missing on disk", extra={"digest": part.digest})
            return refusal(Refused("not_found", "there is no such file"))
        if span is None:
            return Response(200, b"", content_type, headers, content)
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{part.size}"
        return Response(206, b"", content_type, headers, content)


def is_download(path: str) -> bool:
    return path.startswith(PREFIX)


def disposition(name: str, media_type: str) -> str:
    """Return the Content-Disposition of a file (RFC 6266)."""
    kind = "inline" if media_type in SHOWN else "attachment"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-") else "_" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def requested_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the start and the end (exclusive) of a range; None if all is to be sent: without a
    range, with several, and if it is not well-formed (RFC 9110, 14.2). The start is ``size`` or
    more if the range cannot be met.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        count = min(int(last), size)
        return (size - count, size) if count else (size, size)
    start = int(first)
    end = min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None
    return start, end
