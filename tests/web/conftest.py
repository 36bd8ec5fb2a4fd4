"""A server as a process of its own, and a browser."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

import chatroom

from .browser import Browser, open_browser

START_S = 20
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("CHATROOM_")},
    "PYTHONPATH": str(Path(chatroom.__file__).parent.parent),
}


class Server:
    """``chatroom serve``; started again, it has the same address and data."""

    def __init__(self, directory: Path) -> None:
        self.url = ""
        self._directory = directory
        self._listen = "127.0.0.1:0"
        self._process: trio.Process | None = None

    async def start(self) -> None:
        serve = ["-m", "chatroom.cli", "serve", "--listen", self._listen, "--rate-limits", "off"]
        with (self._directory / "server.log").open("ab") as log:
            process = await trio.lowlevel.open_process(
                [sys.executable, *serve],
                cwd=self._directory,
                env=ENVIRONMENT,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._process = process
        assert process.stdout is not None
        announced = b""
        with trio.fail_after(START_S):
            while b"\n" not in announced:
                more = await process.stdout.receive_some()
                assert more, (self._directory / "server.log").read_text()
                announced += more
        self.url = announced.decode().split()[4]
        self._listen = self.url.removeprefix("http://")

    async def kill(self) -> None:
        """As a power cut would: nothing is said, nothing is finished."""
        process, self._process = self._process, None
        if process is None:
            return
        with trio.CancelScope(shield=True, deadline=trio.current_time() + START_S):
            process.kill()
            await process.wait()
            if process.stdout is not None:
                await process.stdout.aclose()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with open_browser(tmp_path / "profile") as browser:
        yield browser
