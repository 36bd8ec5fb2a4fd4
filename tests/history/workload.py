"""A short workload of three users on a server that is killed twice. It covers everything that the
checker checks."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import attrs
import trio

from ..push.loopback import PushService
from ..server.process import Server
from .cursors import COPIED, PUT_BACK, STARTED
from .database import UNDECIDED, UNSENT, count_rows, in_file
from .devices import recorded_device
from .entries import FINAL
from .received import LOG_EVENTS
from .recorded import Recorded, recorded
from .recorder import Recorder
from .retention import PRUNED
from .workload_rooms import (
    CELLAR,
    CELLAR_KEEPS,
    EMOJIS,
    ERIN,
    PEOPLE,
    attempt,
    come_and_go,
    fill_and_delete,
    fill_the_cellar,
    look_for_what_was_deleted,
    write_and_be_erased,
)

ROOM: Final = "general"
ROUNDS: Final = 3
PUT_BACK_AT: Final = 2
"""The directory is copied before this round."""
PAGE: Final = 10
MAX_SENDS: Final = 500
"""Sends after a copy was restored, which a server with a bug perhaps refuses."""
MAX_PRUNING_WAITS: Final = 50
MAX_WAITS: Final = 300
"""Looks at what a server with a bug perhaps never completes: notifications, and the index."""


@attrs.define(eq=False)
class Person:
    """A user. ``unanswered``: messages to retry. ``seqs``: those of own messages in the room."""

    name: str
    token: str
    count: int = 0
    rev: int | None = None
    epoch: str | None = None
    unanswered: list[dict[str, Any]] = attrs.field(factory=list)
    seqs: list[int] = attrs.field(factory=list)

    def next(self, **where: Any) -> dict[str, Any]:
        self.count += 1
        text = f"{self.name} {self.count}"
        more: dict[str, Any] = (
            {"type": "poll", "data": {"n": self.count}} if self.count % 7 == 0 else {}
        )
        if where.get("room") == ROOM and self.seqs and self.count % 5 == 0:
            more["replyTo"] = self.seqs[0]
        return {**where, "text": text, "clientId": text, **more}

    async def send(self, me: Recorded, params: dict[str, Any]) -> int:
        """Send a message. Return its rev; 0 if it was refused."""
        sent = await attempt(me, "sendMessage", **params)
        if sent is None:
            self.unanswered.append(params)
            return 0
        if sent["room"] == ROOM:
            self.seqs.append(sent["seq"])
        return int(sent["rev"])


@asynccontextmanager
async def together(
    server: Server, recorder: Recorder, people: list[Person]
) -> AsyncIterator[list[Recorded]]:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(server.session(p.token)) for p in people]
        yield [
            stack.enter_context(recorded(client, recorder, person.name))
            for client, person in zip(clients, people, strict=True)
        ]


async def run(server: Server, recorder: Recorder) -> None:
    """Run the workload. The server is running before and after it."""
    async with recorded_device(recorder, "bob") as device:
        await _live(server, recorder, device)


async def _live(server: Server, recorder: Recorder, device: PushService) -> None:
    people = [Person(name, await server.sign_up(name)) for name in PEOPLE]
    for number in range(ROUNDS):
        if number == PUT_BACK_AT:
            await _put_back(server, recorder, people)
        async with together(server, recorder, people) as sessions:
            await _begin(people, sessions)
            if number == 0:
                await sessions[1].call("addPushEndpoint", **device.device.params)
            await come_and_go(number, sessions)
            if number == 0:
                await fill_and_delete(server, recorder, sessions)
                erin = Person(ERIN, await server.sign_up(ERIN))
                async with together(server, recorder, [erin]) as (hers,):
                    await write_and_be_erased(server, recorder, hers, sessions)
            await look_for_what_was_deleted(number, sessions)
            await fill_the_cellar(server, recorder, number, sessions[0])
            async with trio.open_nursery() as nursery:
                for person, me in zip(people, sessions, strict=True):
                    nursery.start_soon(talk, person, me)
            # Nobody changes that message again before the others come back.
            for seq in people[-1].seqs[-1:]:
                await attempt(sessions[-1], "addReaction", room=ROOM, seq=seq, emoji=EMOJIS[0])
            if number < ROUNDS - 1:
                await _end_badly(server, recorder, people[0], sessions[0])
            else:
                await _send_notifications(server)
                await _prune(server)
                recorder.fact(PRUNED)
                recorder.fact(FINAL)
                await read_all(sessions)
        if number < ROUNDS - 1:
            await _start(server, recorder)


async def _put_back(server: Server, recorder: Recorder, people: list[Person]) -> None:
    """Undo a round by restoring a copy of the data directory, made while the server ran, like a
    snapshot. Then a user writes until the room is past the old cursors of all others, and the
    server is restarted, before they resume.
    """
    copy = server.data.with_name("copy")
    before = [(person.unanswered[:], person.seqs[:]) for person in people]
    async with together(server, recorder, people) as sessions:
        await _begin(people, sessions)
        for me in sessions:
            me.drain()
        shutil.copytree(server.data, copy, ignore=_but_the_database)
        recorder.fact(COPIED)
        async with trio.open_nursery() as nursery:
            for person, me in zip(people, sessions, strict=True):
                nursery.start_soon(talk, person, me)
        await server.kill()
    recorder.fact("killed")
    shutil.rmtree(server.data)
    copy.rename(server.data)
    recorder.fact(PUT_BACK)
    for person, (unanswered, seqs) in zip(people, before, strict=True):
        person.unanswered, person.seqs = unanswered, seqs
    await _start(server, recorder)
    async with together(server, recorder, people[:1]) as (alice,):
        await alice.call("joinRoom", room=ROOM)
        seen = max(person.rev or 0 for person in people)
        for _ in range(MAX_SENDS):
            if await people[0].send(alice, people[0].next(room=ROOM)) > seen:
                break
        await server.kill()
    recorder.fact("killed")
    await _start(server, recorder)


def _but_the_database(_: str, names: list[str]) -> set[str]:
    return set(names) - {"chatroom.db", "chatroom.db-wal", "chatroom.mark"}


async def _start(server: Server, recorder: Recorder) -> None:
    await trio.to_thread.run_sync(server.start)
    recorder.fact(STARTED)


async def _begin(people: list[Person], sessions: list[Recorded]) -> None:
    """Only alice's inbox gets forwards of the room, since the others watch it."""
    for me in sessions:
        await me.call("getUsers", users=list(PEOPLE))  # at first they share no room
    for person, me in zip(people, sessions, strict=True):
        await me.call("joinRoom", room=ROOM)
        if person.name != "alice":
            since = {} if person.rev is None else {"sinceRev": person.rev, "epoch": person.epoch}
            page = await me.call("subscribe", room=ROOM, **since)
            while page["hasMore"]:
                since = {"sinceRev": page["nextRev"], "epoch": page["epoch"]}
                page = await me.call("subscribe", room=ROOM, **since)
            person.epoch, person.rev = page["epoch"], page["headRev"]


async def talk(person: Person, me: Recorded) -> None:
    again, person.unanswered = person.unanswered, []
    for params in again:
        await person.send(me, params)
    other = PEOPLE[PEOPLE.index(person.name) - 1]
    for number in range(10):
        where = {"to": other} if number % 5 == 2 else {"room": ROOM}
        await person.send(me, params := person.next(**where))
        if number % 4 == 1:  # as if the reply had been lost
            await person.send(me, params)
        if number == 5 and person.seqs:
            text = f"{person.name} edits {person.seqs[-1]}"
            await attempt(me, "editMessage", room=ROOM, seq=person.seqs[-1], text=text)
        if number == 7 and person.seqs:
            await attempt(me, "deleteMessage", room=ROOM, seq=person.seqs[0])
        if number % 3 == 0 and person.seqs:
            seq = person.seqs[-1]
            for emoji in EMOJIS:
                await attempt(me, "addReaction", room=ROOM, seq=max(seq - number, 1), emoji=emoji)
            await attempt(me, "removeReaction", room=ROOM, seq=seq, emoji=EMOJIS[0])
        if number % 4 == 2 and person.seqs:
            method = "pinMessage" if number % 8 == 2 else "unpinMessage"
            await attempt(me, method, room=ROOM, seq=max(person.seqs[-1] - number, 1))
        if number % 3 == 1 and person.seqs:
            root = {"room": ROOM, "thread": 1}
            await person.send(me, person.next(**root))
            await attempt(me, "getThreads")
            await attempt(me, "getHistory", thread=1, room=ROOM, limit=PAGE)
        if number == 6 and person.seqs:
            await attempt(me, "markRead", room=ROOM, thread=1, seq=person.seqs[-1])
        if number == 3 and person.seqs:
            await attempt(me, "markRead", room=ROOM, seq=person.seqs[-1])
        await attempt(me, "getInbox")
    if person.name != "alice":
        heard = (e["params"] for e in me.client.pending(*LOG_EVENTS))
        person.rev = max([person.rev or 0, *(message["rev"] for message in heard)])


async def _end_badly(server: Server, recorder: Recorder, person: Person, me: Recorded) -> None:
    """Kill the server after an acknowledgement, with calls in progress."""
    await person.send(me, person.next(room=ROOM))
    last = [person.next(room=ROOM) for _ in range(5)]
    for params in last:
        await me.begin("sendMessage", **params)
    await server.kill()
    recorder.fact("killed")
    person.unanswered += last


async def _send_notifications(server: Server) -> None:
    for _ in range(MAX_WAITS):
        query = in_file(server.data)
        if not (count_rows(query, UNDECIDED) or count_rows(query, UNSENT)):
            break
        await trio.sleep(0.1)


async def _prune(server: Server) -> None:
    for _ in range(MAX_PRUNING_WAITS):
        left = count_rows(in_file(server.data), f"messages WHERE room = '{CELLAR}'")
        if left <= CELLAR_KEEPS:
            break
        await trio.sleep(0.1)


async def read_all(sessions: list[Recorded]) -> None:
    for me in sessions:
        for _ in range(MAX_WAITS):
            if not (await me.call("searchMessages", query="hello"))["pending"]:
                break
            await trio.sleep(0.1)
        await me.call("getThreads")
        inbox = await me.call("getInbox")
        for entry in inbox["rooms"]:
            after, more = 0, True
            while more:
                page = await me.call(
                    "getHistory", room=entry["room"], after=after, limit=PAGE, whole=True
                )
                after, more = after + PAGE, page["hasMoreAfter"]
