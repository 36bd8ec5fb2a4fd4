"""The audit: each act on others is written in its own commit, and read by those who may."""

from typing import Any

import orjson
import pytest

from chatroom.errors import Refused
from chatroom.model import AuditEntry
from chatroom.protocol import calls
from chatroom.store.administration import Act

from ..builders import Guest, House, Ticking, reason
from ..faulty_store import FaultyStore
from .rules_harness import (
    ban,
    delete,
    delete_messages_of,
    delete_room,
    mute,
    remove,
    room_of,
    send,
    set_role,
    set_room,
    unban,
    unmute,
)


def told(entry: AuditEntry) -> tuple[Any, ...]:
    return entry.act, entry.by, entry.user, orjson.loads(entry.details or "{}")


def test_each_act_on_others_is_told() -> None:
    room = room_of("alice", "bob", "carol")
    room.call(send("bob", "one"))
    room.call(send("bob", "two"))
    for request, told_ in (
        (
            mute("alice", "bob", 1 << 50, "noise"),
            ("mute", "bob", {"until": 1 << 50, "reason": "noise"}),
        ),
        (unmute("alice", "bob"), ("unmute", "bob", {})),
        (
            set_role("alice", "bob", "moderator"),
            ("setRole", "bob", {"role": "moderator", "was": "member"}),
        ),
        (
            set_role("alice", "bob", "member"),
            ("setRole", "bob", {"role": "member", "was": "moderator"}),
        ),
        (delete("alice", 1), ("deleteMessage", "bob", {"seq": 1})),
        (delete_messages_of("alice", "bob", 0), ("deleteMessagesOf", "bob", {"count": 1})),
        (ban("alice", "bob"), ("ban", "bob", {})),
        (unban("alice", "bob"), ("unban", "bob", {})),
        (remove("alice", "carol"), ("removeMember", "carol", {})),
        (
            set_room("alice", topic="new", archived=True),
            ("setRoom", None, {"topic": "new", "archived": True}),
        ),
        (delete_room("alice"), ("deleteRoom", None, {})),
    ):
        assert reason(room.call(request)) is None
        act, user, details = told_
        assert list(map(told, room.audited)) == [(act, "alice", user, details)]


def test_what_changes_nothing_or_concerns_oneself_is_not_told() -> None:
    room = room_of("alice", "bob")
    room.call(send("alice", "mine"))
    for request in (
        unban("alice", "bob"),
        unmute("alice", "bob"),
        set_role("alice", "bob", "member"),
        set_room("alice", slow_mode_s=0),
        delete_messages_of("alice", "alice", 1 << 50),
        delete("alice", 1),
        mute("bob", "alice"),  # refused
    ):
        room.call(request)
        assert room.audited == []


# ---- in a node


async def audit(guest: Guest, room: str | None = None, **more: Any) -> Any:
    call: Any = calls.ListAudit
    return await guest.ask_inbox(call(room, **more))


async def acts(guest: Guest, room: str | None = None) -> list[tuple[Any, ...]]:
    page = await audit(guest, room)
    assert not isinstance(page, Refused), page
    return [(entry.act, entry.by, entry.room, entry.user) for entry in page.entries]


async def admin(house: House, name: str) -> Guest:
    assert await house.store.set_server_role(name, "admin", Act(1)) is None
    return await house.guest(name)


async def test_members_read_of_their_room_and_admins_of_all(house: House) -> None:
    alice, bob, carol = await house.private("den", "alice", "bob", "carol")
    (dave,) = await house.meet("hall", "dave")
    await alice.ask("den", calls.Ban, "carol")
    await dave.ask("hall", calls.SetRoom, None, "topic")
    banned = ("ban", "alice", "den", "carol")
    assert await acts(alice, "den") == await acts(bob, "den") == [banned]
    # An outsider sees a private room no more than one that does not exist.
    for guest in (carol, dave):
        gone, missing = await audit(guest, "den"), await audit(guest, "nowhere")
        assert (gone.reason, gone.message) == (missing.reason, missing.message)
        assert gone.reason == "not_found"
    assert reason(await audit(bob, "hall")) == "forbidden"
    for guest in (alice, bob, dave):
        assert reason(await audit(guest)) == "forbidden"
    root = await admin(house, "dave")
    made = ("setServerRole", None, None, "dave")
    assert await acts(root) == [made, ("setRoom", "dave", "hall", None), banned]
    assert await acts(root, "den") == [banned]
    assert await acts(root, "nowhere") == []
    await house.store.set_server_role("dave", "member", Act(1))
    assert reason(await audit(root)) == "forbidden"
    assert reason(await audit(root, "den")) == "not_found"


async def test_pages(house: House) -> None:
    (alice, *_) = await house.meet("hall", "alice", "bob")
    for _ in range(3):
        await alice.ask("hall", calls.Mute, "bob")
        await alice.ask("hall", calls.Unmute, "bob")
    found, after = [], None
    while True:
        page = await audit(alice, "hall", after=after, limit=4)
        found += page.entries
        if (after := page.next) is None:
            break
    assert [entry.act for entry in found] == ["unmute", "mute"] * 3
    assert [entry.id for entry in found] == sorted((e.id for e in found), reverse=True)


async def test_what_is_committed_is_told(house: House, store: FaultyStore) -> None:
    alice, bob = await house.meet("hall", "alice", "bob")
    store.full = True
    assert reason(await alice.ask("hall", calls.Mute, "bob")) == "storage_full"
    store.full = False
    assert await acts(bob, "hall") == []
    store.fail_commit = True  # after it is written
    assert reason(await alice.ask("hall", calls.Mute, "bob")) == "internal"
    assert await acts(bob, "hall") == [("mute", "alice", "hall", "bob")]


async def test_a_deleted_room_leaves_its_entries_to_admins(house: House) -> None:
    alice, bob = await house.private("den", "alice", "bob")
    await alice.ask("den", calls.Mute, "bob")
    await house.node.rooms.delete("den")
    await house.settle()
    assert reason(await audit(bob, "den")) == "not_found"
    root = await admin(house, "carol")
    assert await acts(root, "den") == [
        ("deleteRoom", None, "den", None),
        ("mute", "alice", "den", "bob"),
    ]


async def test_times_of_a_room_do_not_go_back_with_the_clock(house: House, clock: Ticking) -> None:
    """Nor do those of what the server or an operator does."""
    alice, _ = await house.private("den", "alice", "bob")
    sent = await alice.send("den")
    clock.now = 5
    await house.node.accounts.disable("alice")
    await house.settle()
    await house.node.rooms.delete("den")
    root = await admin(house, "carol")
    assert await acts(root, "den") == [
        ("deleteRoom", None, "den", None),
        ("setRole", None, "den", "bob"),
    ]
    page = await house.store.audit("carol", "den", None, 9)
    assert {entry.timestamp for entry in page.entries} == {sent.timestamp}


# ---- abandoned rooms


async def test_an_admin_enters_a_room_whose_owners_are_disabled(house: House) -> None:
    alice, bob = await house.private("den", "alice", "bob")
    await alice.send("den", "private")
    root, dave = await admin(house, "carol"), await house.guest("dave")
    assert reason(await root.ask("den", calls.EnterRoom)) == "forbidden"
    await house.store.set_disabled("alice", True, Act(1))
    for guest, why in ((dave, "not_found"), (bob, "forbidden")):
        assert reason(await guest.ask("den", calls.EnterRoom)) == why
    joined = await root.ask("den", calls.EnterRoom)
    assert (joined.role, joined.head_seq) == ("owner", 1)
    assert (await acts(bob, "den"))[0] == ("enterRoom", "carol", "den", None)
    again = await root.ask("den", calls.EnterRoom)
    assert again.role == "owner"
    assert len(await acts(bob, "den")) == 1
    await house.store.set_server_role("carol", "member", Act(1))
    assert reason(await root.ask("den", calls.EnterRoom)) == "forbidden"


async def test_an_admin_enters_a_room_that_everybody_left(house: House) -> None:
    (alice,) = await house.private("den", "alice")
    await alice.ask("den", calls.LeaveRoom)
    root = await admin(house, "carol")
    assert (await root.ask("den", calls.EnterRoom)).role == "owner"


async def test_nobody_enters_a_direct_room(house: House) -> None:
    alice, _ = await house.guests("alice", "bob")
    await alice.send("@alice:bob")
    root = await admin(house, "carol")
    assert reason(await root.ask("@alice:bob", calls.EnterRoom)) == "not_found"


@pytest.mark.parametrize("role", ["moderator", "member"])
async def test_an_admin_who_is_a_member_becomes_an_owner(house: House, role: str) -> None:
    alice, bob = await house.private("den", "alice", "bob")
    await alice.ask("den", calls.SetRole, "bob", role)
    await house.store.set_disabled("alice", True, Act(1))
    await house.store.set_server_role("bob", "admin", Act(1))
    assert (await bob.ask("den", calls.EnterRoom)).role == "owner"
    assert (await bob.ask("den", calls.SetRoom, None, "mine")).topic == "mine"
