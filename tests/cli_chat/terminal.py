"""The terminal chat in a pseudo-terminal, and its screen. All waits have deadlines."""

import fcntl
import pty
import re
import struct
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pyte
import trio

from ..client import DEADLINE_S
from ..server.commands import ENVIRONMENT, QUICK, Process, launched

UP: Final = "\x1b[A"
ALT_DOWN: Final = "\x1b\x1b[B"
END: Final = "\x1b[F"
PAGE_UP: Final = "\x1b[5~"
PAGE_DOWN: Final = "\x1b[6~"
ESCAPE: Final = "\x1b"
CTRL_C: Final = "\x03"


class Terminal:
    """A terminal. ``raw`` has all bytes written to it."""

    def __init__(self, process: Process, descriptor: int, size: tuple[int, int]):
        self.process = process
        self.raw = b""
        self._stream = trio.lowlevel.FdStream(descriptor)
        self._screen = pyte.Screen(*size)
        self._interpreter = pyte.ByteStream(self._screen)
        self._changed = trio.Event()
        self._over = False

    async def read(self) -> None:
        while True:
            try:
                data = await self._stream.receive_some(65536)
            except trio.BrokenResourceError:  # Linux: the other side is closed
                data = b""
            self.raw += data
            self._interpreter.feed(data)
            self._over = not data
            self._changed.set()
            self._changed = trio.Event()
            if not data:
                return

    async def type(self, keys: str) -> None:
        await self._stream.send_all(keys.encode())

    async def enter(self, text: str, *expected: str) -> None:
        """Type a line, and wait until these texts are shown."""
        await self.type(f"{text}\r")
        await self.see(*expected)

    async def say(self, text: str) -> None:
        """Send a message, and wait until the server has acknowledged it."""
        await self.enter(text)
        await self.hear(text)

    async def answer(self, *prompts: tuple[str, str]) -> None:
        """Wait for each prompt, and enter its answer."""
        for prompt, answer in prompts:
            await self.see(prompt)
            await self.enter(answer)

    # ---- the screen

    @property
    def rows(self) -> list[str]:
        return [row.rstrip() for row in self._screen.display]

    @property
    def shown(self) -> str:
        return "\n".join(self.rows)

    @property
    def title(self) -> str:
        return self._screen.title

    @property
    def rings(self) -> int:
        """How often the bell has rung. The byte also ends the sequence that sets the title."""
        return re.sub(rb"\x1b\][^\x07]*\x07", b"", self.raw).count(b"\x07")

    @property
    def sidebar(self) -> list[str]:
        """The list of rooms, without blank rows."""
        left = (row.split("\N{BOX DRAWINGS LIGHT VERTICAL}")[0] for row in self.rows[:-1])
        return [row.strip() for row in left if row.strip()]

    @property
    def said(self) -> list[str]:
        """The pane of messages, without blank rows."""
        right = (row.partition("\N{BOX DRAWINGS LIGHT VERTICAL}")[2] for row in self.rows[1:-3])
        return [row for row in right if row.strip()]

    @property
    def texts(self) -> list[str]:
        """The texts of the messages, without times and names."""
        found = (re.search(r"\d\d:\d\d \S+  (.*)", row) for row in self.said)
        return [match[1] for match in found if match is not None]

    @property
    def status(self) -> str:
        return self.rows[-1]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition of the completely drawn screen: drawing hides the cursor."""
        with trio.move_on_after(DEADLINE_S):
            while self._screen.cursor.hidden or not condition():
                assert not self._over, f"ended with {self.process.poll()} and\n{self.shown}"
                await self._changed.wait()
            return
        raise AssertionError(f"not seen in {DEADLINE_S} s; this is:\n{self.shown}")

    async def see(self, *texts: str) -> None:
        if texts:
            await self.until(lambda: all(text in self.shown for text in texts))

    async def hear(self, *texts: str) -> None:
        """Wait for messages with these texts that the server has acknowledged, so have a time."""
        await self.until(
            lambda: all(any(text in row for row in map(_heard, self.said)) for text in texts)
        )

    async def ended(self) -> int:
        """Wait for the end of the process and its output, and return the exit code."""
        with trio.fail_after(DEADLINE_S):
            while not self._over:
                await self._changed.wait()
            return await trio.to_thread.run_sync(self.process.wait, DEADLINE_S)

    async def aclose(self) -> None:
        await self._stream.aclose()


def _heard(row: str) -> str:
    """Return the row, unless it is a pending message."""
    return "" if row.startswith("  \N{HORIZONTAL ELLIPSIS}") else row


@asynccontextmanager
async def terminal(
    url: str,
    home: Path,
    *arguments: str,
    token: str | None = None,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[Terminal]:
    """Run ``chatroom chat`` with these arguments. It stores tokens in ``home``."""
    control, inside = pty.openpty()
    columns, lines = size
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    environment = {**ENVIRONMENT, "TERM": "xterm-256color", "XDG_CONFIG_HOME": str(home)}
    if token is not None:
        environment["CHATROOM_TOKEN"] = token
    with open(inside, "r+b", buffering=0) as stream:  # noqa: ASYNC230 - it is open already
        command = [*QUICK, "chat", "--url", url, *arguments]
        process = launched(command, environment, [stream] * 3)
    opened = Terminal(process, control, size)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(opened.read)
            yield opened
            nursery.cancel_scope.cancel()
    finally:
        process.kill()
        process.wait(DEADLINE_S)
        await opened.aclose()
