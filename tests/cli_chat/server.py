"""A server, its people, and commands that connect to it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import trio
from click.testing import CliRunner

from chatroom.cli import main
from chatroom.client import Chat, connect

from ..client import DEADLINE_S
from ..server.commands import COMMAND, ENVIRONMENT, CommandResult, run_command
from ..server.shared_server import Site
from .terminal import Terminal, terminal


@attrs.frozen
class Place(Site):
    """A part of a server, and commands that store tokens in ``home``."""

    home: Path = attrs.field(kw_only=True)

    def name(self, word: str) -> str:
        return f"{word}{self.suffix}"

    @property
    def url(self) -> str:
        host, port = self.server.address
        return f"http://{host}:{port}"

    @asynccontextmanager
    async def person(self, name: str) -> AsyncIterator[Chat]:
        with trio.fail_after(DEADLINE_S * 2):
            token = await self.token(name)
            async with connect(self.url, token) as chat:
                yield chat

    @asynccontextmanager
    async def terminal(self, name: str, *arguments: str, **options: Any) -> AsyncIterator[Terminal]:
        """Yield the person's terminal chat after it has drawn the first screen."""
        token = await self.token(name)
        async with self.terminal_of_nobody(*arguments, token=token, **options) as opened:
            await opened.see("connected", *([">#"] if "--room" in arguments else []))
            yield opened

    def terminal_of_nobody(
        self, *arguments: str, **options: Any
    ) -> AbstractAsyncContextManager[Terminal]:
        return terminal(self.url, self.home, *arguments, **options)

    # ---- commands that run to their end

    def environment(self, token: str | None) -> dict[str, str]:
        added = {"CHATROOM_URL": self.url, "XDG_CONFIG_HOME": str(self.home), "TZ": "UTC"}
        return {**ENVIRONMENT, **added, **({} if token is None else {"CHATROOM_TOKEN": token})}

    async def open(self, name: str, *arguments: str, **pipes: Any) -> trio.Process:
        """Start a command without waiting for it."""
        environment = self.environment(await self.token(name))
        return await trio.lowlevel.open_process([*COMMAND, *arguments], env=environment, **pipes)

    async def run(
        self, name: str | None, *arguments: str, typed: str | bytes = "", code: int = 0
    ) -> CommandResult:
        environment = self.environment(None if name is None else await self.token(name))
        done = await run_command(*arguments, typed=typed, environment=environment)
        assert done.code == code, done.error
        if code == 1:
            assert done.error.count("\n") == 1
            assert done.error.startswith("Error: ")
        return done

    async def refused(self, name: str, *arguments: str, typed: str | bytes = "") -> str:
        """Run a command that must fail, and return its message.

        It runs in this process: there are many, and starting a process takes longer than the rest.
        """
        invoke = partial(
            CliRunner().invoke,
            main,
            arguments,
            input=typed,
            env=self.environment(await self.token(name)),
        )
        done = await trio.to_thread.run_sync(invoke)
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.count("\n") == 1
        return done.stderr

    async def fill(self, name: str, room: str, count: int) -> None:
        """Let the person join a room, and send it ``line 1`` to ``line COUNT``."""
        lines = "".join(f"line {number}\n" for number in range(1, count + 1))
        await self.run(name, "send", "--join", room, typed=lines)

    async def lines(self, name: str, *arguments: str, typed: str = "") -> list[str]:
        return (await self.run(name, *arguments, typed=typed)).out.splitlines()
