"""The export of what the server has of a person, for that person."""

import os
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import IO, Final

import attrs
import trio

from ..accounts.identities import Identity
from ..config import Config
from ..exporting.person import PERSON, export_person
from ..exporting.target import ArchiveTarget
from ..files.copies import held
from ..net.http_messages import Request, Response
from ..store.opening import snapshot
from .account_routes import RequestHandler

ZIP: Final = "application/zip"
_BLOCK_BYTES: Final = 1 << 17


class ExportRoutes:
    """Writes one archive at a time, into a file without a name, and sends it.

    :param identity: authenticates a request.
    """

    def __init__(
        self,
        config: Config,
        identity: Callable[[Request], Awaitable[Identity]],
    ) -> None:
        self._config = config
        self._identity = identity
        self._turn = trio.CapacityLimiter(1)

    @property
    def routes(self) -> Mapping[tuple[str, str], RequestHandler]:
        return {("GET", "/api/account/export"): self._export}

    async def _export(self, request: Request) -> Response:
        name = (await self._identity(request)).user.name
        archive = await trio.to_thread.run_sync(
            partial(_written, self._config, name), limiter=self._turn
        )
        headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
        return Response(200, b"", ZIP, headers, _Archive(archive))


def _written(config: Config, name: str) -> IO[bytes]:
    with ExitStack() as on_failure:
        archive = on_failure.enter_context(tempfile.TemporaryFile(dir=config.data))
        with (
            held(config.files),
            snapshot(config.database, config.data) as connection,
            ArchiveTarget.made(archive, PERSON, config) as target,
        ):
            export_person(connection, target, name)
        on_failure.pop_all()
    return archive


@attrs.define(eq=False)
class _Archive:
    """A file as the content of a response."""

    _file: IO[bytes]
    length: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.length = self._file.seek(0, os.SEEK_END)
        self._file.seek(0)

    async def read(self) -> bytes:
        return await trio.to_thread.run_sync(self._file.read, _BLOCK_BYTES)

    def close(self) -> None:
        self._file.close()
