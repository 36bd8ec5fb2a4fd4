"""A recording of one data directory under ``strace``: three servers, with clients on real sockets.

The first server is killed as its thread calls sync: the commit is written but not synced, and the
second server finds it. Clients retry unanswered calls with the same clientId.
"""

import itertools
import json
import os
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import attrs
import trio
from trio_websocket import ConnectionClosed

from ..client import CallFailed, Client, Json
from ..server.process import COMMAND, Server
from .moves import Move, moves
from .observations import Fact, SentCall, facts
from .operations import Operation, Reader, Sent
from .trace import STRACE, count_lines, read_trace

PEOPLE: Final = ("alice", "bob", "carol", "dave")
ROOMS: Final = ("general", "ops")
DIRECT: Final = "@alice:bob"
MOVING: Final = 0.2
"""Changes of membership per burst of messages."""
WORDS: Final = ("release", "search", "index", "rebuilt", "before", "noon", "again", "attached")


@attrs.frozen
class Recording:
    """``operations`` and ``facts`` are in the order of lines, of which there are ``lines``."""

    operations: Sequence[Operation]
    facts: Sequence[tuple[int, Fact]]
    asked: Mapping[str, SentCall]
    names: Mapping[str, int]
    """The names at the end of the recording, and all earlier ones."""
    lines: int
    starts: Sequence[int]
    """The first line of each server."""
    killed_at_sync: bool
    """Whether the first server was killed with a commit written but not synced."""

    @classmethod
    def read(cls, directory: Path) -> "Recording":
        """Read a recording that :func:`record` made in ``directory``."""
        data = json.loads((directory / "asked.json").read_text())
        asked = {call_id: SentCall(**call) for call_id, call in data.items()}
        reader, lines = Reader(directory / "data"), 0
        operations: list[Operation] = []
        names: dict[str, int] = {}
        starts, killed = [], False
        for trace in sorted(directory.glob("trace-*")):
            starts.append(lines)
            for call in read_trace(trace, lines):
                killed |= call.name == "fdatasync" and call.end is None
                operations += reader.read(call)
                names |= reader.names
            reader.closed()
            lines += count_lines(trace)
        sent = [operation for operation in operations if isinstance(operation, Sent)]
        return cls(operations, list(facts(sent, asked)), asked, names, lines, starts, killed)


async def record(
    directory: Path,
    *,
    seed: int,
    messages: int,
    people: Sequence[str] = PEOPLE,
    fault: str | None = None,
    once: bool = False,
) -> None:
    """Record a run in ``directory``.

    :param messages: the number of messages of all clients together.
    :param fault: a fault of :mod:`.planted`.
    :param once: run a single server, which is stopped normally.
    """
    asked: dict[str, SentCall] = {}
    server = TracedServer(directory, fault)
    try:
        each = messages // len(people)
        clients = [
            TracedClient(name, seed, server, asked, each, moves(name, people)) for name in people
        ]
        if once:
            await server.run(clients)
            return
        await server.run(clients, killed_at_sync=max(messages // 20, 30))
        await server.run(clients)
        for client in clients:
            client.count += 10
        await server.run(clients)
    finally:
        server.clean_up()
        text = json.dumps({call_id: attrs.asdict(call) for call_id, call in asked.items()})
        (directory / "asked.json").write_text(text)


class TracedServer(Server):
    def __init__(self, directory: Path, fault: str | None) -> None:
        planted = [sys.executable, "-m", "tests.power.planted", fault or ""]
        super().__init__(
            directory, "--rate-limits", "off", command=COMMAND if fault is None else planted
        )
        self._numbers = itertools.count(1)
        self._directory = directory
        self._injected: list[str] = []

    async def run(
        self, clients: Sequence["TracedClient"], *, killed_at_sync: int | None = None
    ) -> None:
        """Run until all clients are done, or until it is killed at a sync of a thread."""
        with self._traced(killed_at_sync):
            self.start()
            for client in clients:
                await client.sign_up()
            async with trio.open_nursery() as nursery:
                for client in clients:
                    nursery.start_soon(client.send_all)
            if killed_at_sync is None:
                assert await self.stop() == 0
            else:
                await self.kill()  # it has been killed already

    def launch(self, *before: str, pass_fds: Sequence[int] = ()) -> None:
        super().launch(*self._injected, *before, pass_fds=[self._held, *pass_fds])

    @contextmanager
    def _traced(self, killed_at_sync: int | None) -> Iterator[None]:
        """Wait for a complete trace at the end: server and strace hold a pipe open until they
        exit."""
        trace = self._directory / f"trace-{next(self._numbers)}"
        self._injected = [*STRACE, f"--output={trace}"]
        if killed_at_sync is None:
            self._injected.append("--seccomp-bpf")  # faster, but it cannot inject signals
        else:
            self._injected.append(f"--inject=fdatasync:signal=SIGKILL:when={killed_at_sync}")
        self._injected.append("--")
        exited, self._held = os.pipe()
        try:
            yield
        finally:
            if self._process is not None:  # something went wrong
                self._process.kill()
            os.close(self._held)
            with open(exited, "rb") as pipe:
                pipe.read()


class ConnectionLost(Exception):
    """The connection was lost."""


@attrs.define(eq=False)
class TracedClient:
    """A client that continues after an interruption."""

    name: str
    seed: int
    server: Server
    asked: dict[str, SentCall]
    count: int
    moves: Iterator[Move]
    said: int = 0
    token: str | None = None
    mine: dict[tuple[str, int], str] = attrs.Factory(dict)
    """(room, seq) -> text of the messages that may be edited or deleted"""
    unanswered: list[Json] = attrs.Factory(list)
    move: Move | None = None
    """A change that has not been answered."""
    _dice: random.Random = attrs.field(init=False)
    _ids: Iterator[int] = attrs.Factory(itertools.count)

    def __attrs_post_init__(self) -> None:
        self._dice = random.Random(f"{self.seed} {self.name}")  # noqa: S311 - to be repeated

    async def sign_up(self) -> None:
        if self.token is None:
            self.token = await self.server.sign_up(self.name)

    async def send_all(self) -> None:
        """Send until all messages are sent, or the connection is lost."""
        async with self.server.socket() as client:
            with suppress(ConnectionLost):
                await self._send_all(client)

    async def _send_all(self, client: Client) -> None:
        await self._call(client, "connect", token=self.token)
        for room in ROOMS:
            await self._call(client, "joinRoom", room=room)
            await self._call(client, "subscribe", room=room)
        again, self.unanswered = self.unanswered, []
        for message in again:
            await self._send(client, [message])
        while self.said < self.count:
            burst = self._dice.choice((1, 1, 1, 2, 5))
            await self._send(client, [self._message() for _ in range(burst)])
            await self._change(client)
            if self.move is not None or self._dice.random() < MOVING:
                await self._move(client)

    async def _move(self, client: Client) -> None:
        self.move = self.move or next(self.moves, None)
        if self.move is not None:
            with suppress(CallFailed):  # it was done already, but not answered
                await self._call(client, self.move.method, **self.move.params)
            self.move = None

    def _message(self) -> Json:
        dice, number = self._dice, self.said
        self.said += 1
        words = " ".join(dice.choices(WORDS, k=dice.choice((3, 10, 30, 300))))
        place = {"room": dice.choice(ROOMS)}
        if self.name == "bob" and dice.random() < 0.3:
            place = {"to": "alice"}
        mention = f"@{dice.choice(PEOPLE)} " if dice.random() < 0.1 else ""
        text = f"{mention}{self.name} {number} {words}"
        return {**place, "text": text, "clientId": f"{number:08}-{self.name}"}

    async def _send(self, client: Client, messages: Sequence[Json]) -> None:
        """Send messages at once, then read the replies."""
        self.unanswered += messages
        calls = [await self._begin(client, "sendMessage", **message) for message in messages]
        for call, message in zip(calls, messages, strict=True):
            sent = await self._reply(client, call)
            self.unanswered.remove(message)
            self.mine[sent["room"], sent["seq"]] = message["text"]

    async def _change(self, client: Client) -> None:
        dice = self._dice
        room, seq = place = dice.choice(list(self.mine))
        what = dice.random()
        if what < 0.2:
            self.mine[place] = text = f"{self.mine[place][:3000]} edited {next(self._ids)}"
            await self._call(client, "editMessage", room=room, seq=seq, text=text)
        elif what < 0.27 and len(self.mine) > 1:
            del self.mine[place]
            await self._call(client, "deleteMessage", room=room, seq=seq)
        elif what < 0.5:
            await self._call(client, "markRead", room=room, seq=seq)

    # ---- calls, with ids unique among all clients

    async def _call(self, client: Client, method: str, **params: object) -> Json:
        return await self._reply(client, await self._begin(client, method, **params))

    async def _begin(self, client: Client, method: str, **params: object) -> str:
        call_id = f"{self.name} {next(self._ids)}"
        self.asked[call_id] = SentCall(self.name, method, params)
        call = {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}
        try:
            await client.send(json.dumps(call))
        except ConnectionClosed:
            raise ConnectionLost from None
        return call_id

    async def _reply(self, client: Client, call_id: str) -> Json:
        try:
            reply: Json = await client.reply(call_id)
        except AssertionError:
            if client.closed_code is None:
                raise
            raise ConnectionLost from None
        return reply
