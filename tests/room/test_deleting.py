"""An operator deletes a room that is in use."""

import pytest
import trio

from chatroom.errors import Refused
from chatroom.protocol import calls
from chatroom.room import mail
from chatroom.room.non_members import answer_outsider
from chatroom.store.access import RoomAccess

from ..builders import House, made, reason
from ..faulty_store import FaultyStore


async def refusal(house: House, room: str) -> str:
    """Return the reason for which the room is not deleted."""
    with pytest.raises(Refused) as refused:
        await house.node.rooms.delete(room)
    return refused.value.reason


async def test_each_session_of_a_member_gets_the_deletion_once(house: House) -> None:
    alice, bob, carol = await house.meet("lobby", "alice", "bob", "carol")
    second = await house.guest("alice")
    for guest in (alice, second, bob):
        await guest.subscribe("lobby")
    await alice.send("lobby")
    await house.hush(alice, second, bob, carol)
    await house.node.rooms.delete("lobby")
    await house.settle()
    for guest in (alice, second, bob, carol):
        gone = {"event": "memberChanged", "room": "lobby", "user": guest.user, "role": None}
        assert guest.events() == [gone]
        assert (await guest.inbox()).rooms == ()
        assert guest.session.watching == set()


async def test_a_deleted_room_does_not_exist_and_its_name_stays_taken(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await alice.send("lobby", client_id="c-1")
    await house.node.rooms.delete("lobby")
    for kind, more in (
        (calls.SendMessage, ("hello",)),
        (calls.EditMessage, (1, "x")),
        (calls.LeaveRoom, ()),
        (calls.Invite, ("carol",)),
        (calls.GetHistory, ()),
        (calls.Subscribe, (None, None, None)),
        (calls.Subscribe, (house.store.epoch, 1, None)),
        (calls.MarkRead, (1,)),
        (calls.ListMembers, ("", 10)),
        (calls.EnterRoom, ()),
    ):
        assert reason(await bob.ask("lobby", kind, *more)) == "not_found", kind
    assert reason(await bob.ask("lobby", calls.JoinRoom, True)) == "conflict"
    assert reason(await bob.ask("lobby", calls.JoinRoom, False)) == "conflict"
    assert reason(await bob.ask("lobby", calls.CreateRoom, "public", None, None)) == "conflict"
    assert (await alice.rooms()).rooms == ()
    assert await refusal(house, "lobby") == "not_found"
    await trio.sleep(60)
    assert not house.node.actors.awake(mail.address("lobby"))
    assert reason(await bob.ask("lobby", calls.JoinRoom, True)) == "conflict"


def test_sessions_answer_for_a_deleted_room_as_its_actor_does() -> None:
    deleted = RoomAccess(None, is_member=False, retired=True)
    for kind, more, refused in (
        (calls.JoinRoom, (), "conflict"),
        (calls.CreateRoom, ("public", None, None), "conflict"),
        (calls.EnterRoom, (), "not_found"),
    ):
        answer = answer_outsider("lobby", made("bob", "lobby", kind, *more), deleted)
        assert reason(answer) == refused, kind


async def test_an_inbox_that_reads_its_rooms_meanwhile_does_not_show_it(house: House) -> None:
    await house.meet("lobby", "alice", "bob")
    house.node.hub.inboxes.begin_read("carol")
    await house.node.rooms.delete("lobby")
    assert house.node.hub.inboxes.end_read("carol", {"lobby": 1, "other": 1}) == set()
    assert not house.node.hub.inboxes.follows("carol", "lobby")
    assert house.node.hub.inboxes.follows("carol", "other")


async def test_deletions_that_are_refused(house: House, store: FaultyStore) -> None:
    (alice,) = await house.meet("lobby", "alice")
    await alice.send("@alice:bob")
    assert await refusal(house, "@alice:bob") == "forbidden"
    assert await refusal(house, "nowhere") == "not_found"
    store.full = True
    assert await refusal(house, "lobby") == "storage_full"
    store.full = False
    assert reason(await alice.send("lobby")) is None
    await house.node.rooms.delete("lobby")


@pytest.mark.parametrize("room_fails", [False, True])
async def test_its_rows_are_erased_later(
    room_fails: bool, house: House, store: FaultyStore
) -> None:
    """The disk is full at first, and the room may fail after the commit."""
    (alice,) = await house.meet("lobby", "alice")
    await alice.send("lobby", client_id="c-1")
    store.erase_failures = 2
    if room_fails:
        store.fail_commit = True
        assert await refusal(house, "lobby") == "internal"
    else:
        await house.node.rooms.delete("lobby")
    assert (await store.room_access("lobby", "alice", "c-1")).original is not None
    await trio.sleep(200)
    assert (await store.room_access("lobby", "alice", "c-1")).original is None
