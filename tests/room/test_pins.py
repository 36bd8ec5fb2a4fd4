"""Pins, one message by its seq, and pages around a time."""

from typing import Any

import pytest

from chatroom.model import OwnReactions
from chatroom.protocol import calls, results

from ..builders import Guest, House, reason
from .rules_harness import delete, direct_of, edit, in_room, room_of, send

UP = "\U0001f44d"

pin = in_room(calls.PinMessage)
unpin = in_room(calls.UnpinMessage)


def test_moderators_pin_once_and_unpin_once() -> None:
    room = room_of("alice", "bob")
    room.batch(send("alice"))
    assert [room.call(pin("alice", 1)).rev for _ in range(2)] == [2, 2]
    assert room.entries == []
    assert room.log[1].pinned_by == "alice"
    room.promote("bob")
    assert room.call(pin("bob", 1)).rev == 2
    assert [room.call(unpin("bob", 1)).rev for _ in range(2)] == [3, 3]
    assert room.log[1].pinned_by is None


def test_edits_keep_the_pin_and_deletes_do_not() -> None:
    room = room_of("alice")
    room.batch(send("alice"), pin("alice", 1), edit("alice", 1, "other"))
    assert room.log[1].pinned_by == "alice"
    room.batch(delete("alice", 1))
    assert room.log[1].pinned_by is None
    for call in (pin("alice", 1), unpin("alice", 1), pin("alice", 2)):
        assert reason(room.call(call)) == "not_found"


def test_in_a_direct_room_both_may_pin() -> None:
    room = direct_of("alice", "bob")
    room.batch(send("alice"))
    assert room.call(pin("bob", 1)).rev == 2
    assert room.call(unpin("alice", 1)).rev == 3


async def ask(guest: Guest, kind: Any, *args: Any, **more: Any) -> Any:
    return await guest.ask("lobby", kind, *args, **more)


async def test_watchers_get_the_message_and_inboxes_nothing(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    carol = await house.guest("carol")
    await carol.join("lobby")
    await alice.send("lobby", "one")
    await bob.subscribe("lobby")
    await house.hush(alice, bob, carol)
    await ask(alice, calls.PinMessage, 1)
    await house.settle()
    [event] = bob.events()
    assert (event["event"], event["text"], event["pinnedBy"]) == ("messageChanged", "one", "alice")
    assert alice.events() == carol.events() == []
    assert (await carol.inbox()).rooms[0].last_message.pinned_by is None
    page = await bob.subscribe("lobby", since_rev=1)
    assert [message.pinned_by for message in page.messages] == ["alice"]


async def test_pins_are_listed_from_the_last_one(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    for number in range(5):
        await alice.send("lobby", str(number))
    for seq in (2, 5, 1, 4):
        await ask(alice, calls.PinMessage, seq)
    await ask(alice, calls.UnpinMessage, 5)
    await ask(alice, calls.DeleteMessage, 4)
    await ask(alice, calls.PinMessage, 5)
    await ask(bob, calls.AddReaction, 1, UP)
    found: list[int] = []
    after: str | None = None
    while True:
        page = await ask(bob, calls.ListPins, after, 2)
        assert len(page.messages) <= 2
        found += [message.seq for message in page.messages]
        if (after := page.next) is None:
            break
    assert found == [5, 1, 2]
    whole = await ask(bob, calls.ListPins)
    assert whole.my_reactions == (OwnReactions(1, (UP,)),)
    for wrong in ("x", "-1", "\u0663", "9" * 30):
        assert reason(await ask(bob, calls.ListPins, wrong)) == "invalid_params"


@pytest.mark.parametrize("cached", [True, False])
async def test_one_message(cached: bool, house: House) -> None:
    (alice,) = await house.meet("lobby", "alice")
    for number in range(3):
        await alice.send("lobby", str(number))
    await ask(alice, calls.AddReaction, 2, UP)
    if not cached:
        alice.node.hub.get("lobby").messages.__init__(3)  # type: ignore[union-attr, misc]
    found: results.OneMessage = await ask(alice, calls.GetMessage, 2)
    assert (found.message.text, found.message.rev) == ("1", 4)
    assert (found.epoch, found.my_reactions) == (house.store.epoch, (OwnReactions(2, (UP,)),))
    assert reason(await ask(alice, calls.GetMessage, 4)) == "not_found"


async def test_a_page_around_a_time(house: House) -> None:
    (alice,) = await house.meet("lobby", "alice")
    empty = await ask(alice, calls.GetHistory, at=0)
    assert empty.messages == ()
    sent = [await alice.send("lobby", str(number)) for number in range(9)]
    times = [each.timestamp for each in sent]
    for at in (0, *times, *(time - 1 for time in times), times[-1] + 1, 1 << 52):
        page = await ask(alice, calls.GetHistory, at=at, limit=3)
        first = next((each.seq for each in sent if each.timestamp >= at), 9)
        around = [seq for seq in (first - 1, first, first + 1) if 1 <= seq <= 9]
        assert [message.seq for message in page.messages] == around


async def test_an_outsider_learns_nothing(house: House) -> None:
    alice, _ = await house.private("lobby", "alice", "bob")
    await alice.send("lobby")
    await ask(alice, calls.PinMessage, 1)
    mallory = await house.guest("dave")
    for kind, more in (
        (calls.PinMessage, (1,)),
        (calls.UnpinMessage, (1,)),
        (calls.UnpinMessage, (9,)),
        (calls.GetMessage, (1,)),
        (calls.GetMessage, (9,)),
        (calls.ListPins, ()),
    ):
        known = await mallory.ask("lobby", kind, *more)
        unknown = await mallory.ask("nowhere", kind, *more)
        assert (known.reason, known.message) == (unknown.reason, unknown.message)
        assert known.reason == "not_found"
