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

from ..crash.people import REFUSALS, Call, Caller, Gone, Session, ask
from ..crash.tally import Tally
from ..server.commands import QUICK
from ..server.process import Server
from .couriers import NAME, ROOM, TracedCourier
from .moves import AFTER, Move, moves
from .observations import Fact, SentCall, facts
from .operations import Operation, Sent
from .reader import Reader
from .sessions import TracedSession
from .trace import STRACE, count_lines, read_trace

PEOPLE: Final = ("alice", "bob", "carol", "dave")
ROOMS: Final = ("general", "ops")
DIRECT: Final = "@alice:bob"
MOVING: Final = 0.2
"""Changes of membership per burst of messages."""
FILES: Final = 2
"""Files that are uploaded and sent before the last server, which gets one more."""
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
    files: int = FILES,
    fault: str | None = None,
    once: bool = False,
) -> None:
    """Record a run in ``directory``.

    :param messages: the number of messages of all clients together.
    :param files: the number of files that are uploaded and sent.
    :param fault: a fault of :mod:`.planted`.
    :param once: run a single server, which is stopped normally.
    """
    asked: dict[str, SentCall] = {}
    server = TracedServer(directory, fault)
    try:
        each = messages // max(len(people), 1)
        clients = [
            TracedClient(
                name=name,
                choose=random.Random(f"{seed} {name}"),  # noqa: S311 - to be repeated
                server=server,
                asked=asked,
                count=each,
                moves=moves(name, people),
            )
            for name in people
        ]
        courier = TracedCourier(
            name=NAME,
            room=ROOM,
            http=server.http,
            token="",
            choose=random.Random(seed),  # noqa: S311 - not used
            tally=Tally(),
            server=server,
            asked=asked,
            count=files,
        )
        everybody: list[TracedClient | TracedCourier] = [*clients]
        if files:
            everybody.append(courier)
        if once:
            await server.run(everybody)
            return
        await server.run(everybody, killed_at_sync=max(messages // 20, 30))
        await server.run(everybody)
        for client in clients:
            client.count += 10
        courier.count += 1
        await server.run(everybody)
    finally:
        server.clean_up()
        text = json.dumps({call_id: attrs.asdict(call) for call_id, call in asked.items()})
        (directory / "asked.json").write_text(text)


class TracedServer(Server):
    def __init__(self, directory: Path, fault: str | None) -> None:
        planted = [sys.executable, "-m", "tests.power.planted", fault or ""]
        super().__init__(
            directory, "--rate-limits", "off", command=QUICK if fault is None else planted
        )
        self._numbers = itertools.count(1)
        self._directory = directory
        self._injected: list[str] = []

    async def run(
        self,
        clients: Sequence["TracedClient | TracedCourier"],
        *,
        killed_at_sync: int | None = None,
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

    def launch(
        self, *before: str, traced: Sequence[str] = (), pass_fds: Sequence[int] = ()
    ) -> None:
        descriptors = [self._held, *pass_fds]
        super().launch(*self._injected, *before, traced=traced, pass_fds=descriptors)

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


@attrs.define(eq=False, kw_only=True)
class TracedClient(Caller):
    """A client that continues after an interruption."""

    server: Server
    asked: dict[str, SentCall]
    count: int
    moves: Iterator[Move]
    token: str | None = None
    _said: int = 0

    async def sign_up(self) -> None:
        if self.token is None:
            self.token = await self.server.sign_up(self.name)

    async def send_all(self) -> None:
        """Send until all messages are sent, or the connection is lost."""
        async with self.server.socket() as client:
            with suppress(Gone):
                await self.work(
                    TracedSession(client, self.name, self.asked), lambda: self._said < self.count
                )

    async def come(self, me: Session) -> None:
        await ask(me, "connect", token=self.token)
        for room in ROOMS:
            await ask(me, "joinRoom", room=room)
            await ask(me, "subscribe", room=room)

    def refusals(self, call: Call) -> frozenset[str]:
        """A change of membership may have been done already, but not answered."""
        return REFUSALS if call.method in AFTER else frozenset()

    def next(self) -> Sequence[Call]:
        calls = [self._message() for _ in range(self.choose.choice((1, 1, 1, 2, 5)))]
        if self._own:
            calls += self._change(self.choose.choice(self._own))
        if self.choose.random() < MOVING and (move := next(self.moves, None)) is not None:
            calls.append(Call(move.method, move.params))
        return calls

    def _message(self) -> Call:
        self._said += 1
        place = {"room": self.choose.choice(ROOMS)}
        if self.name == "bob" and self.choose.random() < 0.3:
            place = {"to": "alice"}
        mention = f"@{self.choose.choice(PEOPLE)} " if self.choose.random() < 0.1 else ""
        return self.send(place, mention + self._words())

    def _words(self) -> str:
        return " ".join(self.choose.choices(WORDS, k=self.choose.choice((3, 10, 30, 300))))

    def _change(self, own: tuple[str, int]) -> list[Call]:
        what = self.choose.random()
        if what < 0.2:
            return [self.edit(*own, self._words())]
        if what < 0.27 and len(self._own) > 1:
            self._own.remove(own)
            return [self.delete(*own)]
        room, seq = own
        return [Call("markRead", {"room": room, "seq": seq})] if what < 0.5 else []
