"""``selftest``: try on this machine what the server promises, with a server of its own."""

import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Final, TypeAlias

import click
import trio

from ..client import Chat, NewMessage, connect
from ..client.accounts import sign_up
from ..errors import ChatroomError
from ..store.sqlite.integrity import faults

MESSAGES: Final = 300
KILLED_AT: Final = 100
"""The server is killed after this many messages, while others are on their way."""
DEADLINE_S: Final = 120
ROOM: Final = "selftest"
PASSWORD: Final = "only for a moment"  # noqa: S105
_OTHERS: Final = ("CHATROOM_", "LISTEN_", "NOTIFY_", "WATCHDOG_")
"""Beginnings of variables that are meant for another server: its data must not be written to."""
_READY: Final = re.compile(r"is ready at http://127\.0\.0\.1:(\d+)")

Server: TypeAlias = Popen[str]


class SelftestFailed(ChatroomError):
    """The server does not keep a promise on this machine."""


@click.command()
@click.option(
    "--directory",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Where to make the data, to try that disk. Default: that of temporary files.",
)
def selftest(directory: Path | None) -> None:
    """Start a server, write to it, kill it, and see that nothing is lost or doubled.

    It takes some seconds, and leaves nothing behind.
    """
    with tempfile.TemporaryDirectory(prefix="chatroom-selftest-", dir=directory) as place:
        began = time.monotonic()
        back_after_s = trio.run(_tried, Path(place))
        seconds = time.monotonic() - began
        if found := faults(Path(place)):
            raise SelftestFailed("; ".join(found))
    click.echo(f"{MESSAGES} messages arrived once each and in order, over a kill -9")
    click.echo(f"the server was back after {back_after_s:.1f} s; the test took {seconds:.1f} s")


async def _tried(data: Path) -> float:
    """Run the test. Return the seconds from the kill until the server was ready again."""
    with trio.move_on_after(DEADLINE_S), _started(data, 0) as (server, port):
        url = f"http://127.0.0.1:{port}"
        tokens = [await sign_up(url, name, PASSWORD) for name in ("sender", "reader")]
        async with connect(url, tokens[0]) as sender, connect(url, tokens[1]) as reader:
            for chat in (sender, reader):
                await chat.join(ROOM)
            with ExitStack() as second_run:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(_read, reader)
                    await _send(sender, 0, KILLED_AT)
                    nursery.start_soon(_send, sender, KILLED_AT, MESSAGES)
                    server.kill()
                    server.wait()
                    began = time.monotonic()
                    second_run.enter_context(_started(data, port))
                    back_after_s = time.monotonic() - began
        return back_after_s
    raise SelftestFailed(f"it did not end within {DEADLINE_S} s")


async def _send(chat: Chat, first: int, end: int) -> None:
    for number in range(first, end):
        sent = await chat.send(ROOM, f"message {number}")
        if sent.seq != number + 1:
            raise SelftestFailed(f"message {number} has the number {sent.seq}")


async def _read(chat: Chat) -> None:
    """Read until the last message. Each has to come once and in order."""
    expected = 0
    async for event in chat.events():
        if isinstance(event, NewMessage):
            if event.message.text != f"message {expected}":
                raise SelftestFailed(f"{event.message.text!r} came in place of message {expected}")
            expected += 1
            if expected == MESSAGES:
                return


@contextmanager
def _started(data: Path, port: int) -> Iterator[tuple[Server, int]]:
    """Run a server in the block, and kill it at the end. Yield its process and port."""
    program = [] if getattr(sys, "frozen", False) else ["-m", "chatroom"]
    options = ["--data", str(data), "--listen", f"127.0.0.1:{port}", "--rate-limits", "off"]
    command = [sys.executable, *program, "serve", *options]
    own = {name: value for name, value in os.environ.items() if not name.startswith(_OTHERS)}
    with Popen(command, env=own, stdout=PIPE, stderr=DEVNULL, text=True) as server:  # noqa: S603
        try:
            assert server.stdout is not None  # noqa: S101
            said = server.stdout.readline()
            ready = _READY.search(said)
            if ready is None:
                raise SelftestFailed("the server does not start; chatroom doctor may say why")
            yield server, int(ready[1])
        finally:
            server.kill()
