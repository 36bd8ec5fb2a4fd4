"""One data directory, clients that write, listen, join and leave, and a server that is killed.

Clients reconnect after each kill and continue: they retry unanswered calls and resume what they
missed. At the end all calls have been answered, and everything is read once more.
"""

import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import ClassVar, Final, TypeAlias

import attrs
import trio
from trio_websocket import ConnectionClosed, HandshakeError

from chatroom.store.search import CONSUMER as SEARCH
from chatroom.store.sql.deleted_rooms import ERASED

from ..history.database import UNDECIDED, UNSENT, Query, count_rows, unhandled
from ..history.devices import recorded_device
from ..history.entries import FINAL
from ..history.operator import delete_room
from ..history.recorded import Recorded, recorded
from ..history.recorder import Recorder
from ..push.loopback import LOOPBACK
from ..server.process import Server
from .bells import Ringer, Sleeper
from .consumer import NAME
from .courier import Courier
from .deleters import Deleter, Guest
from .kills import ROUND, Kill
from .movers import Mover, Rooms
from .people import Caller, Gone, Listener, Writer, ask, read_room
from .tally import CHANGES, Tally

Act: TypeAlias = Callable[[Recorded], Awaitable[None]]

WRITERS: Final = tuple(f"w{number}" for number in range(8))
LISTENERS: Final = tuple(f"l{number}" for number in range(4))
MOVERS: Final = tuple(f"m{number}" for number in range(6))
DELETER: Final = "d0"
GUEST: Final = "d1"
COURIER: Final = "c0"
RINGER: Final = "n0"
SLEEPER: Final = "n1"
EVERYBODY: Final = (*WRITERS, *LISTENERS, *MOVERS, DELETER, GUEST, COURIER, RINGER, SLEEPER)
OPEN: Final = ("north", "south")
VAULT: Final = "vault"
INSIDERS: Final = (*WRITERS[:4], *LISTENERS[:2])
"""The members of the private room. The first one owns it."""
DIRECT: Final = f"@{LISTENERS[-1]}:{WRITERS[-1]}"
MIN_CHANGES: Final = ROUND // 4
"""Changes of membership of each kind in a campaign."""
UNERASED: Final = "retired WHERE NOT erased"
HANGS_S: Final = 120
"""Time until the next kill that only a hanging server or client exceeds."""


@attrs.define(eq=False)
class Campaign:
    """:param killed: called after each kill.
    :param push_host: the address of the push service.
    :cvar consumers: the log consumers that must have handled everything at the end.
    """

    consumers: ClassVar[Sequence[str]] = (NAME, SEARCH)

    number: int
    server: Server
    query: Query
    recorder: Recorder
    kills: Sequence[Kill]
    messages: int
    killed: Callable[[], None]
    tally: Tally
    push_host: str = LOOPBACK
    _acknowledged: int = 0
    _tokens: dict[str, str] = attrs.field(factory=dict)
    _rooms: Rooms = attrs.field(factory=Rooms)
    _sleeper: Sleeper = attrs.field(init=False)
    _movers: list[Mover] = attrs.field(factory=list)
    _kills_left: int = 0
    _dialling: set[trio.CancelScope] = attrs.field(factory=set)
    _up: trio.Event = attrs.field(factory=trio.Event)
    _counted: trio.lowlevel.ParkingLot = attrs.field(factory=trio.lowlevel.ParkingLot)

    async def run(self) -> None:
        async with recorded_device(self.recorder, SLEEPER, self.push_host) as device:
            self._sleeper = Sleeper(SLEEPER, RINGER, self._choose(SLEEPER), device)
            await self._run()
            self.tally.notified += len(device.got)

    async def _run(self) -> None:
        self._kills_left = len(self.kills)
        await self._begin()
        movers = self._movers = [self._mover(name) for name in MOVERS]
        writers = [self._writer(number) for number in range(len(WRITERS))]
        courier = self._courier()
        ringer = Ringer(*self._caller(RINGER), sleeper=self._sleeper)
        busy: list[Caller | Courier] = [*writers, *movers, *self._deleters(), courier, ringer]
        listeners = [self._listener(name) for name in LISTENERS]
        async with trio.open_nursery() as listening:
            for listener in listeners:
                listening.start_soon(self._live, listener.name, listener.listen)
            listening.start_soon(self._live, SLEEPER, self._sleeper.listen)
            async with trio.open_nursery() as working:
                for person in busy:
                    working.start_soon(
                        self._live, person.name, partial(person.work, go_on=self._go_on)
                    )
                await self._lives()
            listening.cancel_scope.cancel()
        for listener in listeners:
            await self._live(listener.name, listener.catch_up)
        for mover in movers:
            await self._live(mover.name, mover.visit)
            self.tally.done += mover.done
            self.tally.refused += mover.refused
        await self._live(COURIER, courier.read_all)
        await self._all_is_erased()
        for rows in (*map(unhandled, self.consumers), UNDECIDED, UNSENT):
            await self._none_left(rows)
        assert all(person.settled for person in busy)
        self.recorder.fact(FINAL)
        await self._read_all()
        self.tally.acknowledged += self._acknowledged

    # ---- the server

    async def _begin(self) -> None:
        """Create accounts and rooms, and send the first message of the direct room."""
        await self._start()
        made = await self.server.command("token", "--create", *EVERYBODY)
        self._tokens |= dict(line.split() for line in made.splitlines())
        for name in (*WRITERS, *LISTENERS):
            async with self._session(name) as me:
                for room in OPEN:
                    await ask(me, "joinRoom", room=room)
        async with self._session(INSIDERS[0]) as me:
            await ask(me, "createRoom", room=VAULT, visibility="private")
            for name in INSIDERS[1:]:
                await ask(me, "invite", room=VAULT, user=name)
        async with self._session(WRITERS[-1]) as me:
            await ask(me, "sendMessage", to=LISTENERS[-1], text="first", clientId="first")
        await self._end(signal.SIGKILL)

    async def _start(self, kill: Kill | None = None) -> bool:
        """Start the server. Return whether it accepts connections; False only if it was killed."""
        at = trio.current_time()
        self.server.launch(traced=kill.strace(self.server.data) if kill else ())
        ready = await trio.to_thread.run_sync(self.server.ready)
        if ready:
            self.tally.ready_s.append(trio.current_time() - at)
            self.recorder.fact("started")
            self.tally.unerased += bool(self._count_rows(UNERASED))
            self._up.set()
        assert ready or kill, (self.server.said, self.server.log.read_text())
        return ready

    async def _end(self, how: signal.Signals | None = None) -> None:
        """Kill the server, or wait until it has ended by itself."""
        if how is not None:
            self.server.send_signal(how)
        code = await self.server.wait(HANGS_S)
        if self._up.is_set():  # it was ready
            self._up = trio.Event()
        for scope in self._dialling:
            # trio-websocket (0.12) would wait forever for the response to its upgrade.
            scope.cancel()
        self.recorder.fact("killed")
        assert code == -signal.SIGKILL, self.server.log.read_text()

    async def _lives(self) -> None:
        """Run and kill one server after the other, and leave one running."""
        for kill in self.kills:
            await self._one_life(kill)
            self._kills_left -= 1
            self.killed()
        await self._start()

    async def _one_life(self, kill: Kill) -> None:
        self.tally.kills[kill.what] += 1
        if not await self._start(kill):
            self.tally.at_start[kill.what] += 1
            await self._end()
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._kill_after, kill)
            await self._end()
            nursery.cancel_scope.cancel()

    async def _kill_after(self, kill: Kill) -> None:
        await self._wait_for(kill.after)
        if not self._up.is_set():
            return  # strace has just killed it
        if kill.call is not None:
            self.tally.missed[kill.what] += 1
        self.server.send_signal(signal.SIGKILL)

    async def _wait_for(self, count: int) -> None:
        """Wait for so many acknowledgements."""
        last = self._acknowledged + count
        while self._acknowledged < last:
            await self._counted.park()

    # ---- the people

    def _choose(self, name: str) -> random.Random:
        return random.Random(f"{self.number} {name}")  # noqa: S311 - to be repeated

    def _caller(self, name: str) -> tuple[str, random.Random, Callable[[], None], Tally]:
        return name, self._choose(name), self._count, self.tally

    def _writer(self, number: int) -> Writer:
        name, following = WRITERS[number], WRITERS[(number + 1) % len(WRITERS)]
        places = [{"room": OPEN[number % len(OPEN)]}, {"to": following}]
        if name in INSIDERS:
            places.append({"room": VAULT})
        if name == WRITERS[-1]:
            places.append({"to": LISTENERS[-1]})
        return Writer(*self._caller(name), places=places, people=(*WRITERS, *LISTENERS))

    def _listener(self, name: str) -> Listener:
        rooms = [*OPEN]
        if name in INSIDERS:
            rooms.append(VAULT)
        if name == LISTENERS[-1]:
            rooms.append(DIRECT)
        return Listener(name, rooms, self._choose(name), self.tally)

    def _mover(self, name: str) -> Mover:
        return Mover(*self._caller(name), others=MOVERS, people=EVERYBODY, rooms=self._rooms)

    def _deleters(self) -> tuple[Deleter, Guest]:
        delete = partial(delete_room, self.server, self.recorder)
        deleter = Deleter(*self._caller(DELETER), delete_room=delete)
        return deleter, Guest(*self._caller(GUEST), deleter=deleter)

    def _courier(self) -> Courier:
        token, choose = self._tokens[COURIER], self._choose(COURIER)
        return Courier(COURIER, OPEN[0], self.server.http, token, choose, self.tally)

    def _count(self) -> None:
        self._acknowledged += 1
        self._counted.unpark_all()

    def _go_on(self) -> bool:
        return self._kills_left > 0 or self._acknowledged < self.messages or not self._enough()

    def _enough(self) -> bool:
        """Return whether each change of membership was done often enough to be checked."""
        done = sum((mover.done for mover in self._movers), Counter[str]())
        return all(done[method] >= MIN_CHANGES for method in CHANGES)

    async def _live(self, name: str, act: Act) -> None:
        """Run a client in one session after the other, until its work is done."""
        done = False
        while not done:
            await self._up.wait()
            try:
                async with self._session(name) as me:
                    await act(me)
                    done = True
            except* (OSError, HandshakeError, ConnectionClosed, Gone):
                pass  # the server was killed; there will be another

    @asynccontextmanager
    async def _session(self, name: str) -> AsyncIterator[Recorded]:
        """Connect. :raises Gone: the connection ended; connecting may raise other errors."""
        headers = {"Authorization": f"Bearer {self._tokens[name]}"}
        with trio.CancelScope() as scope:
            self._dialling.add(scope)
            try:
                async with self.server.socket(headers=headers) as client:
                    self._dialling.discard(scope)
                    with recorded(client, self.recorder, name) as me:
                        client.connected.update(await ask(me, "connect"))
                        yield me
            finally:
                self._dialling.discard(scope)
        if scope.cancelled_caught:
            raise Gone

    # ---- the end

    async def _all_is_erased(self) -> None:
        """Wait until the last server has erased the rows of all deleted rooms."""
        await self._none_left(UNERASED)
        for table, _ in ERASED:
            left = self._count_rows(f"{table} JOIN retired ON retired.name = room")
            assert not left, f"{table}: {left} rows"

    async def _none_left(self, rows: str) -> None:
        """Wait until the database has no such rows."""
        with trio.fail_after(HANGS_S):
            while self._count_rows(rows):  # noqa: ASYNC110 - another process
                await trio.sleep(0.05)

    def _count_rows(self, rows: str) -> int:
        """Count rows, given as what follows FROM, in the database of the running server."""
        return count_rows(self.query, rows)

    async def _read_all(self) -> None:
        """Read each inbox, and each room once."""
        read = set[str]()
        for name in EVERYBODY:
            async with self._session(name) as me:
                await ask(me, "getThreads", limit=200)
                inbox = await ask(me, "getInbox")
                assert inbox["next"] is None
                rooms = {entry["room"] for entry in inbox["rooms"]}
                for room in sorted(rooms - read):
                    if not room.startswith("@"):
                        await ask(me, "listMembers", room=room)
                    await read_room(me, room)
                read |= rooms
