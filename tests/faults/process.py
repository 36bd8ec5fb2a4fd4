"""A server process with faults that a test can turn on: see :mod:`.planted`."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from ..client import DEADLINE_S
from ..server.process import Server
from .planted import HELD, STUCK


class PlantedServer(Server):
    def __init__(self, directory: Path, *options: str) -> None:
        command = [sys.executable, "-m", "tests.faults.planted", str(directory)]
        super().__init__(directory, "--rate-limits", "off", *options, command=command)
        self._directory = directory

    @asynccontextmanager
    async def stuck(self) -> AsyncIterator[None]:
        """Make commits wait during the block."""
        (self._directory / HELD).unlink(missing_ok=True)
        (self._directory / STUCK).touch()
        try:
            yield
        finally:
            (self._directory / STUCK).unlink()

    async def held(self) -> None:
        """Wait until a commit waits."""
        await self._until((self._directory / HELD).exists)

    async def failed(self, actor: str, times: int) -> None:
        """Wait until the log has this many failures of the actor. Later calls are not part of the
        batch that failed."""
        line = f"actor failed: {actor}"
        await self._until(lambda: self.log.read_text().count(line) >= times)

    async def _until(self, done: Callable[[], bool]) -> None:
        with trio.fail_after(DEADLINE_S):
            while not done():  # noqa: ASYNC110 - in another process
                await trio.sleep(0.01)

    def take_log(self) -> str:
        """Return the log so far, which may contain errors. The rest must not contain any."""
        log = self.log.read_text()
        self.log.write_text("")
        return log
