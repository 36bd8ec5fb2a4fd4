"""Uploads by tus 1.0 (https://tus.io): core, creation, creation-with-upload, termination."""

import binascii
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from ..accounts.identities import Identity
from ..errors import Refused, StorageFull
from ..files.uploads import Interrupted, TooLarge, Uploads, WrongOffset
from ..net.http_messages import Request, Response
from ..protocol.constraints import UPLOAD_ID
from ..session.authentication import Authentication
from ..store.files import Upload
from .credentials import Credentials
from .refusals import refusal

PATH: Final = "/api/uploads"
VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,termination"
CONTENT_TYPE: Final = "application/offset+octet-stream"
MAX_LENGTH_DIGITS: Final = 15
MAX_METADATA_CHARS: Final = 4096
_TUS: Final = {"Tus-Resumable": VERSION}


def is_upload(path: str) -> bool:
    return path == PATH or path.startswith(f"{PATH}/")


class UploadRoutes:
    """:param spend: counts a request of an account. It raises ``rate_limited``.
    :param prefix: the path below which the server is.
    :param max_at_once: uploads of an account that are received at the same time; None: no limit.
    """

    def __init__(
        self,
        uploads: Uploads,
        authentication: Authentication,
        credentials: Credentials,
        spend: Callable[[str], None],
        max_at_once: int | None,
        prefix: str = "",
    ) -> None:
        self._uploads = uploads
        self._authentication = authentication
        self._credentials = credentials
        self._spend = spend
        self._max_at_once = max_at_once
        self._prefix = prefix
        self._receiving: Counter[str] = Counter()

    async def answer(self, request: Request) -> Response:
        """Answer a request for :data:`PATH` or below it. A HEAD request appears as GET."""
        try:
            return await self._answer(request)
        except TooLarge:
            most = self._uploads.max_bytes
            refused = Refused(
                "invalid_params", f"the file has more than {most} bytes, or than it was said to"
            )
            return _error(413, refused, {"Tus-Max-Size": str(most)})
        except WrongOffset as wrong:
            refused = Refused("conflict", f"Upload-Offset: the upload has {wrong.offset} bytes")
            return _error(409, refused, {"Upload-Offset": str(wrong.offset)})
        except _WrongType:
            refused = Refused("invalid_request", f"Content-Type: must be {CONTENT_TYPE}")
            return _error(415, refused)
        except Interrupted:
            return _error(409, Refused("conflict", "another request continues the upload"))
        except StorageFull as full:
            return _error(507, Refused("storage_full", str(full)))
        except Refused as refused:
            return refusal(refused, _TUS)

    async def _answer(self, request: Request) -> Response:
        creates = request.path == PATH
        if request.method == "OPTIONS":
            return self._options()
        if request.headers.get("tus-resumable") != VERSION:
            refused = Refused("invalid_request", f"Tus-Resumable: must be {VERSION}")
            return _error(412, refused, {"Tus-Version": VERSION})
        token = self._credentials.token(request)
        identity = await self._authentication.authenticate(token, request.peer)
        self._spend(identity.user.name)
        match request.method:
            case "POST" if creates:
                return await self._create(identity, request)
            case "GET" if not creates:
                return await self._head(identity, request)
            case "PATCH" if not creates:
                return await self._patch(identity, request)
            case "DELETE" if not creates:
                await self._uploads.remove(await self._find(identity, request))
                return Response(204, headers=_TUS)
        allowed = "OPTIONS, POST" if creates else "DELETE, HEAD, OPTIONS, PATCH"
        refused = Refused("invalid_request", f"the method must be {allowed}")
        return _error(405, refused, {"Allow": allowed})

    def _options(self) -> Response:
        return Response(
            204,
            headers={
                **_TUS,
                "Tus-Version": VERSION,
                "Tus-Extension": EXTENSIONS,
                "Tus-Max-Size": str(self._uploads.max_bytes),
            },
        )

    async def _create(self, identity: Identity, request: Request) -> Response:
        length = _number(request, "upload-length")
        name = _metadata(request).get("filename")
        with_bytes = request.incoming is not None or not length
        if request.incoming is not None:
            _require_offset_type(request)
        upload = await self._uploads.create(identity.user.name, name, length)
        headers = {"Location": f"{self._prefix}{PATH}/{upload.id}"}
        if with_bytes:
            headers["Upload-Offset"] = str(await self._append(upload, 0, request))
        return Response(201, headers={**_TUS, **headers})

    async def _head(self, identity: Identity, request: Request) -> Response:
        upload = await self._find(identity, request)
        offset = await self._uploads.offset(upload)
        headers = {"Upload-Offset": str(offset), "Upload-Length": str(upload.length)}
        return Response(200, headers={**_TUS, **headers})

    async def _patch(self, identity: Identity, request: Request) -> Response:
        _require_offset_type(request)
        offset = _number(request, "upload-offset")
        upload = await self._find(identity, request)
        length = None if request.incoming is None else request.incoming.length
        if length is not None and offset + length > upload.length:
            raise TooLarge
        offset = await self._append(upload, offset, request)
        return Response(204, headers={**_TUS, "Upload-Offset": str(offset)})

    async def _append(self, upload: Upload, offset: int, request: Request) -> int:
        receive = None if request.incoming is None else request.incoming.receive
        with self._slot(upload.user):
            return await self._uploads.append(upload, offset, receive)

    @contextmanager
    def _slot(self, user: str) -> Iterator[None]:
        if self._max_at_once is not None and self._receiving[user] >= self._max_at_once:
            raise Refused("rate_limited", "too many uploads at the same time", 1000)
        self._receiving[user] += 1
        try:
            yield
        finally:
            self._receiving[user] -= 1
            if not self._receiving[user]:
                del self._receiving[user]

    async def _find(self, identity: Identity, request: Request) -> Upload:
        upload = request.path.removeprefix(f"{PATH}/")
        if UPLOAD_ID.fullmatch(upload) is None:
            raise Refused("not_found", "there is no such upload")
        return await self._uploads.find(identity.user.name, upload)


class _WrongType(Exception):
    """Bytes of a file have another Content-Type."""


def _error(status: int, refused: Refused, headers: dict[str, str] | None = None) -> Response:
    return Response.json_error(status, refused, {**_TUS, **(headers or {})})


def _number(request: Request, header: str) -> int:
    """:raises Refused: ``invalid_request``; the header is missing, or no number."""
    value = request.headers.get(header, "")
    if not (value.isascii() and value.isdecimal() and len(value) <= MAX_LENGTH_DIGITS):
        raise Refused("invalid_request", f"{header.title()}: must be a number of bytes")
    return int(value)


def _require_offset_type(request: Request) -> None:
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != CONTENT_TYPE:
        raise _WrongType


def _metadata(request: Request) -> dict[str, str]:
    """Return Upload-Metadata: keys, each with a text in base64.

    :raises Refused: ``invalid_request``.
    """
    header = request.headers.get("upload-metadata", "")
    if len(header) > MAX_METADATA_CHARS:
        raise Refused("invalid_request", "Upload-Metadata: is too long")
    found = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Refused(
                "invalid_request", "Upload-Metadata: a value is not a text in base64"
            ) from None
    return found
