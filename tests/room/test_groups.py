"""Groups, whose names the server gives, and the deletion of rooms by their owners."""

from typing import Any

import pytest
import trio

from chatroom.limit_settings import Quotas
from chatroom.model import group_room, is_group
from chatroom.protocol import calls, results
from chatroom.room import mail
from chatroom.room.quotas import Terms
from chatroom.store.conditions import Context, Usage
from chatroom.store.events import RoomDeleted, UsageCounted

from ..builders import Guest, House, reason
from .rules_harness import PureRoom, create_group, delete_room, join, leave, room_of, set_room

GROUP = group_room("alice", "group 1")


def test_names_of_groups() -> None:
    assert is_group(GROUP)
    assert group_room("alice", "group 1") == GROUP
    assert len({GROUP, group_room("alice", "group 2"), group_room("bob", "group 1")}) == 3
    assert group_room("a", "b c") != group_room("a b", "c")


def test_a_group_is_made_once() -> None:
    room = PureRoom(GROUP)
    made = room.call(create_group("alice", "bob", "alice", "carol"))
    assert (made.room, made.visibility, made.role, made.created) == (
        GROUP,
        "private",
        "owner",
        True,
    )
    assert made.title == "Alice, Bob, Carol"
    assert room.roles() == {"alice": "owner", "bob": "member", "carol": "member"}
    again = room.call(create_group("alice", "bob"))
    assert (again.created, room.entries) == (False, [])
    room.batch(leave("alice"))
    assert reason(room.call(create_group("alice", "bob"))) == "conflict"


def test_a_group_needs_accounts_that_do_not_block_its_maker() -> None:
    room = PureRoom(GROUP)
    assert reason(room.call(create_group("alice", "bob", "nobody"))) == "not_found"
    room.context = Context(blocks=frozenset({("carol", "alice")}))
    assert reason(room.call(create_group("alice", "bob", "carol"))) == "forbidden"
    assert room.state.room is None
    room.context = Context(retired=True)
    assert reason(room.call(create_group("alice", "bob"))) == "conflict"


@pytest.mark.parametrize(("used", "allowed"), [(0, True), (1, True), (2, False)])
def test_people_in_a_group_count_as_strangers(used: int, allowed: bool) -> None:
    room = PureRoom(GROUP)
    room.terms = Terms(Quotas(strangers_per_day=3, stranger_age_s=1))
    usage = Usage(-10_000, 0, 0, 0, {"strangers": used})
    room.context = Context(
        usage={"alice": usage, "bob": usage, "carol": usage, "dave": usage},
        acquainted=frozenset({("alice", "dave")}),
    )
    answer = room.call(create_group("alice", "bob", "carol", "dave"))
    assert reason(answer) == (None if allowed else "quota_exceeded")
    counted = [entry.kind for entry in room.entries if isinstance(entry, UsageCounted)]
    assert sorted(counted) == (["rooms", "strangers", "strangers"] if allowed else [])


def test_a_group_stays_private() -> None:
    room = PureRoom(GROUP)
    room.batch(create_group("alice", "bob"))
    assert reason(room.call(set_room("alice", visibility="public"))) == "forbidden"
    assert room.call(set_room("alice", title="Us")).title == "Us"


async def make(guest: Guest, *users: str, client_id: str = "1") -> Any:
    name = group_room(guest.user, client_id)
    return await guest.ask(name, lambda _, *args: calls.CreateGroup(*args), users, client_id)


async def test_a_group_is_in_the_lists_of_its_members_alone(house: House) -> None:
    alice, bob, eve = await house.guests("alice", "bob", "carol")
    made = await make(alice, "bob")
    await house.settle()
    assert [event["role"] for event in bob.events("memberChanged")] == ["member"]
    for guest in (alice, bob):
        assert [entry.title for entry in (await guest.inbox()).rooms] == ["Alice, Bob"]
        assert [room.room for room in (await guest.rooms()).rooms] == [made.room]
    assert (await eve.rooms()).rooms == ()
    assert eve.events() == []
    assert reason(await eve.ask(made.room, calls.GetHistory, limit=50)) == "not_found"


# ---- deleting


def test_an_owner_deletes_a_room_and_its_name_is_retired() -> None:
    room = room_of("alice", "bob")
    room.promote("bob")
    assert reason(room.call(delete_room("bob"))) == "forbidden"
    room.now = 7000
    assert room.call(delete_room("alice")) == results.Empty()
    assert room.entries == [RoomDeleted(7000)]
    room.context = Context(retired=True)
    assert reason(room.call(join("alice"))) == "conflict"
    assert reason(room.call(delete_room("alice"))) == "not_found"


async def test_members_are_told_and_the_messages_are_erased(house: House, store: Any) -> None:
    alice, bob, carol = await house.private("den", "alice", "bob", "carol")
    await bob.subscribe("den")
    for _ in range(300):
        await alice.send("den")
    await house.hush(alice, bob, carol)
    assert await alice.ask("den", calls.DeleteRoom) == results.Empty()
    await house.settle()
    for guest in (alice, bob, carol):
        gone = {"event": "memberChanged", "room": "den", "user": guest.user, "role": None}
        assert guest.events("memberChanged") == [gone], "each is told of themselves"
        assert (await guest.inbox()).rooms == ()
        assert reason(await guest.send("den")) == "not_found"
        assert reason(await guest.join("den")) == "conflict"
    await trio.sleep(100)
    assert not await store.erase_retired(1), "nothing is left to erase"


async def test_a_deleted_room_is_told_although_its_actor_fails(house: House, store: Any) -> None:
    alice, bob = await house.private("den", "alice", "bob")
    await house.hush(bob)
    store.fail_commit = True
    assert reason(await alice.ask("den", calls.DeleteRoom)) == "internal"
    await trio.sleep(100)
    assert [event["role"] for event in bob.events("memberChanged")] == [None]
    assert (await bob.inbox()).rooms == ()
    assert not house.node.actors.awake(mail.address("den"))
