"""Slow sessions are notified later, with the state at that time."""

import pytest
import trio

from chatroom.inbox.notifier import Notifier
from chatroom.inbox.threads import ThreadKey
from chatroom.model import InboxRoom, Message
from chatroom.protocol import calls

from ..builders import Guest, House
from ..hub.hub_harness import BoxedSession, events

OUTBOX_BYTES = 16 << 10
ROOMS = 100


def room(number: int, unread: int = 1) -> InboxRoom:
    """Return a room. A higher number means newer activity."""
    name = f"room{number}"
    return InboxRoom(
        *(name, "room", name, "public", unread, unread, 0, unread, 0, "all"), active_at=number
    )


class Desk:
    """A notifier of many rooms, and its owner's sessions."""

    def __init__(self, sessions: int = 1) -> None:
        self.rooms = {f"room{number}": room(number) for number in range(ROOMS)}
        self.sessions = [
            BoxedSession(f"session-{number}", outbox_bytes=OUTBOX_BYTES)
            for number in range(sessions)
        ]
        self.eased = 0
        self.notifier = Notifier(self.ease)

    def ease(self) -> None:
        self.eased += 1

    def find(self, key: str | ThreadKey) -> InboxRoom | None:
        return self.rooms.get(key) if isinstance(key, str) else None

    def note_all(self) -> None:
        for name in self.rooms:
            self.notifier.note(name, None, to_all=False)

    def tell(self, *, of_changes: bool = True) -> None:
        self.notifier.notify(self.find, self.sessions, of_changes=of_changes)

    async def told(self, session: int = 0) -> list[str]:
        return [params["room"] for _, params in await events(self.sessions[session])]


async def test_as_much_as_there_is_space_for_and_the_newest_first() -> None:
    desk = Desk()
    desk.note_all()
    desk.tell()
    told = list[str]()
    rounds = 0
    while len(told) < ROOMS:
        rounds += 1
        assert OUTBOX_BYTES / 4 <= desk.sessions[0].outbox.queued < OUTBOX_BYTES / 2 or rounds > 1
        told += await desk.told()
        if len(told) < ROOMS:
            assert desk.eased == rounds
        desk.tell(of_changes=False)
    assert rounds > 2
    assert told == [f"room{number}" for number in reversed(range(ROOMS))]
    desk.tell()
    assert await desk.told() == []


async def test_a_session_that_is_behind_gets_the_latest_state() -> None:
    desk = Desk()
    desk.note_all()
    desk.tell()
    first = set(await desk.told())
    for number in range(ROOMS):
        desk.rooms[f"room{number}"] = room(number, 2)
        desk.notifier.note(f"room{number}", room(number), to_all=False)
    del desk.rooms["room0"]
    seen = list[tuple[str, int]]()
    desk.tell()
    while told := await events(desk.sessions[0]):
        seen += [(params["room"], params["unread"]) for _, params in told]
        desk.tell()
    assert sorted(seen) == sorted((f"room{number}", 2) for number in range(1, ROOMS))
    assert first <= {name for name, _ in seen}


async def test_each_session_at_its_own_pace() -> None:
    desk = Desk(sessions=2)
    desk.note_all()
    desk.tell()
    told = list[str]()
    while fresh := await desk.told(1):
        told += fresh
        desk.tell()
    assert len(told) == ROOMS
    assert 0 < len(await desk.told(0)) < ROOMS
    assert desk.sessions[0].ending is None


async def test_a_change_that_was_reverted_is_not_pushed() -> None:
    desk = Desk()
    for was, told in ((room(1), []), (room(1, 2), ["room1"]), (None, ["room1"])):
        desk.notifier.note("room1", was, to_all=False)
        desk.notifier.note("room1", room(1, 3), to_all=True)
        desk.tell()
        assert await desk.told() == told


async def test_a_room_that_was_left_is_forgotten() -> None:
    desk = Desk()
    desk.note_all()
    desk.tell()
    desk.note_all()
    for number in range(ROOMS):
        desk.notifier.forget(f"room{number}")
    await desk.told()
    desk.tell()
    assert await desk.told() == []


# ---- with the actors


def shown(guest: Guest) -> list[int]:
    return [event["unread"] for event in guest.events("unread")]


async def test_an_edit_is_pushed_only_if_the_entry_shows_it(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await alice.send_together("lobby", "older", "x" * 200 + "yesterday")
    await house.hush(bob)
    await alice.ask("lobby", calls.EditMessage, 2, "x" * 200 + "today")
    await alice.ask("lobby", calls.EditMessage, 1, "something else")
    await house.settle()
    assert bob.events() == []
    (entry,) = (await bob.inbox()).rooms
    assert entry.last_message.rev == 3
    await alice.ask("lobby", calls.EditMessage, 2, "x" * 199 + "today")
    await house.settle()
    await alice.ask("lobby", calls.EditMessage, 1, "@bob")
    await house.settle()
    assert [(e["lastMessage"]["text"], e["mentions"]) for e in bob.events("unread")] == [
        ("x" * 199 + "t", mentions) for mentions in (0, 1)
    ]


async def test_an_unchanged_entry_is_pushed_after_leaving_and_joining_again(house: House) -> None:
    """Clients dropped the room when the person left."""
    alice, bob = await house.meet("lobby", "alice", "bob")
    await house.hush(bob)
    answers = [
        await alice.post("lobby", kind, "bob") for kind in (calls.RemoveMember, calls.Invite)
    ]
    for answer in answers:
        await answer.wait()
    await house.settle()
    assert shown(bob) == [0]


@pytest.mark.parametrize("length", [10, 4000])
def test_the_preview_of_a_message_is_made_once(length: int) -> None:
    message = Message("lobby", 1, 1, "alice", "x" * length, timestamp=1)
    assert message.preview() is message.preview()
    assert len(message.preview().text) == min(length, 200)


async def test_an_inbox_goes_on_when_a_session_has_space_again(house: House) -> None:
    """It continues by itself, without a new event."""
    (alice,) = await house.guests("alice")
    for number in range(50):
        await alice.join(f"room{number}")
    bob = await house.guest("bob", outbox_bytes=OUTBOX_BYTES)
    for number in range(50):
        await alice.ask(f"room{number}", calls.Invite, "bob")
    await house.hush(bob)
    with house.stuck(bob):
        for number in range(50):
            await alice.send(f"room{number}", "x" * 1000)
        await trio.sleep(5)
    await house.settle()
    assert bob.session.ending is None
    assert {event["room"] for event in bob.events("unread")} == {f"room{n}" for n in range(50)}
