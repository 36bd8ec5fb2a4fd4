"""An inbox wakes while something happens in its rooms.

Its counts from the store may be out of date when it begins to follow the rooms (I5).
"""

from typing import Any

import pytest
import trio

from chatroom.inbox import mail as inbox_mail
from chatroom.protocol import calls
from chatroom.room import mail

from ..builders import Guest, House
from ..faulty_store import FaultyStore

READ_S = 5
"""Duration of a read, long enough for other events meanwhile."""


async def half_arrived(house: House, user: str) -> list[Guest]:
    """Let a person's inbox begin to read. The returned list has the guest when it is done."""
    arrived: list[Guest] = []

    async def arrive() -> None:
        arrived.append(await house.guest(user))

    house.nursery.start_soon(arrive)
    await trio.sleep(READ_S / 2)
    return arrived


@pytest.mark.parametrize(
    ("before", "happens", "rooms"),
    [
        ([calls.Invite], [calls.RemoveMember], {}),
        ([], [calls.Invite], {"den": (1, 1)}),
        ([calls.Invite], [calls.RemoveMember, calls.Invite], {"den": (1, 1)}),
        ([], [calls.Invite, calls.RemoveMember], {}),
        ([calls.Invite], [], {"den": (1, 1)}),
    ],
    ids=["removed", "invited", "removed and invited", "invited and removed", "neither"],
)
async def test_changes_during_the_read_are_included(
    before: list[Any],
    happens: list[Any],
    rooms: dict[str, tuple[int, int]],
    house: House,
    store: FaultyStore,
) -> None:
    (alice,) = await house.private("den", "alice")
    await alice.send("den", "@bob, are you there?")
    for kind in before:
        await alice.ask("den", kind, "bob")
    assert not house.node.actors.awake(inbox_mail.address("bob"))
    store.inbox_delay = READ_S
    arrived = await half_arrived(house, "bob")
    for kind in happens:
        await alice.ask("den", kind, "bob")
    await alice.send("den", "hello @bob")
    assert arrived == [], "it has read already: no test"
    store.inbox_delay = 0
    await trio.sleep(3 * READ_S)
    (bob,) = arrived
    inbox = await bob.inbox()
    assert {entry.room: (entry.unread, entry.mentions) for entry in inbox.rooms} == rooms
    assert inbox.unread == sum(unread for unread, _ in rooms.values())
    is_in = "den" in rooms
    assert house.node.hub.inboxes.follows("bob", "den") is is_in
    assert (await alice.subscribe("den")).online.count == 1 + is_in
    assert [room.room for room in (await bob.rooms()).rooms] == sorted(rooms)
    await house.hush(bob)
    await alice.send("den", "and again")
    await house.settle()
    assert [e["unread"] for e in bob.events("unread")] == [2] * is_in
    house.leave(bob)
    await trio.sleep(100)
    assert not house.node.hub.inboxes.follows("bob", "den"), "nothing is left behind"


async def test_messages_pruned_during_the_read_are_not_unread(
    house: House, store: FaultyStore
) -> None:
    """No rev shows pruning."""
    (alice,) = await house.private("den", "alice")
    await alice.ask("den", calls.Invite, "bob")
    await alice.send_together("den", *["hello"] * 3)
    store.inbox_delay = READ_S
    arrived = await half_arrived(house, "bob")
    await house.node.actors.post(mail.address("den"), mail.Prune(1, None))
    await trio.sleep(READ_S / 4)
    assert arrived == [], "it has read already: no test"
    assert (await store.room("den")).first_seq == 3  # type: ignore[union-attr]
    await trio.sleep(3 * READ_S)
    assert (await arrived[0].inbox()).unread == 1
