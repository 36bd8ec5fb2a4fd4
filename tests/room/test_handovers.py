"""Rooms get another owner when the accounts of their owners are disabled."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.errors import failed
from chatroom.model import Role
from chatroom.protocol import calls
from chatroom.room import asking, handovers
from chatroom.room.woken_job import AGAIN_S
from chatroom.store.administration import Act

from ..builders import House, accounts, reason
from ..faulty_store import FaultyStore


async def roles(house: House, room: str) -> dict[str, Role]:
    page = await house.store.members(room, "", 9)
    return {member.user: member.role for member in page.members}


async def disable(house: House, *names: str) -> None:
    for name in names:
        await house.node.accounts.disable(name)
    await house.settle()


@pytest.mark.parametrize(
    ("others", "disabled", "heir"),
    [
        (("member", "member", "member"), (), "bob"),
        (("member", "moderator", "moderator"), (), "carol"),
        (("member", "member", "owner"), (), "dave"),
        (("member", "moderator", "member"), ("carol",), "bob"),
        (("member", "member", "member"), ("bob",), "carol"),
    ],
)
async def test_the_successor_is_as_when_an_owner_leaves(
    house: House, others: Sequence[Role], disabled: Sequence[str], heir: str
) -> None:
    alice, *_ = await house.private("den", "alice", "bob", "carol", "dave")
    for name, role in zip(("bob", "carol", "dave"), others, strict=True):
        if role != "member":
            await alice.ask("den", calls.SetRole, name, role)
    await disable(house, *disabled, "alice")
    expected = dict(zip(("bob", "carol", "dave"), others, strict=True))
    assert await roles(house, "den") == {"alice": "owner", **expected, heir: "owner"}


async def test_leaving_hands_on_to_nobody_who_is_disabled(house: House) -> None:
    alice, *_ = await house.private("den", "alice", "bob", "carol")
    await disable(house, "bob")
    await alice.ask("den", calls.SetRole, "bob", "owner")
    # The only other owner cannot act.
    assert reason(await alice.ask("den", calls.SetRole, "alice", "member")) == "conflict"
    await alice.ask("den", calls.LeaveRoom)
    assert await roles(house, "den") == {"bob": "owner", "carol": "owner"}


@pytest.mark.parametrize(
    ("leaves", "owners"), [(False, {"alice", "bob"}), (True, {"bob", "carol"})]
)
async def test_the_successor_is_disabled_while_an_owner_goes(
    house: House,
    store: FaultyStore,
    monkeypatch: pytest.MonkeyPatch,
    leaves: bool,
    owners: set[str],
) -> None:
    """The other owner is disabled, and the rooms of that account were looked through, after the
    successor was looked up."""
    alice, *_ = await house.private("den", "alice", "bob", "carol")
    await alice.ask("den", calls.SetRole, "bob", "owner")
    successor, found = store.successor, []

    async def look_up(room: str, leaving: str) -> Any:
        found.append(await successor(room, leaving))
        if len(found) == 1:
            await house.node.accounts.disable("bob")
            await wait_all_tasks_blocked()
            assert await store.handovers("", 9) == []
        return found[-1]

    monkeypatch.setattr(store, "successor", look_up)
    if leaves:
        assert reason(await alice.ask("den", calls.LeaveRoom)) is None
    else:
        answer = await alice.ask("den", calls.SetRole, "alice", "member")
        assert reason(answer) == "conflict"
    await house.settle()
    assert {name for name, role in (await roles(house, "den")).items() if role == "owner"} == owners


async def test_members_are_told_and_the_audit_says_so(house: House) -> None:
    _, bob = await house.private("den", "alice", "bob")
    await bob.subscribe("den")
    await disable(house, "alice")
    [event] = [e for e in bob.events("memberChanged") if e["role"] == "owner"]
    assert (event["room"], event["user"]) == ("den", "bob")
    assert (await bob.ask("den", calls.SetRoom, "mine")).title == "mine"
    entry = (await house.store.audit("bob", "den", None, 9)).entries[1]
    assert (entry.act, entry.by, entry.user) == ("setRole", None, "bob")
    assert entry.details == '{"role":"owner","was":"member"}'


async def test_who_is_enabled_again_is_an_owner_beside_the_heir(house: House) -> None:
    await house.private("den", "alice", "bob")
    await disable(house, "alice")
    await house.node.accounts.enable("alice")
    await house.settle()
    assert await roles(house, "den") == {"alice": "owner", "bob": "owner"}
    assert await house.store.handovers("", 9) == []


async def test_a_room_waits_for_a_member_who_can_act(house: House) -> None:
    await house.private("den", "alice", "bob")
    await disable(house, "bob", "alice")
    assert await roles(house, "den") == {"alice": "owner", "bob": "member"}
    await house.node.accounts.enable("bob")
    await house.settle()
    assert await roles(house, "den") == {"alice": "owner", "bob": "owner"}


async def test_direct_rooms_and_rooms_with_another_owner_stay(house: House) -> None:
    alice, _ = await house.meet("hall", "alice", "bob")
    await alice.send("@alice:bob")
    await alice.ask("hall", calls.SetRole, "bob", "owner")
    before = [await house.store.room(room) for room in ("hall", "@alice:bob")]
    await disable(house, "alice")
    assert [await house.store.room(room) for room in ("hall", "@alice:bob")] == before


async def test_many_rooms_also_after_failures(house: House, store: FaultyStore) -> None:
    names = [f"room-{number:03}" for number in range(120)]
    alice, bob = await house.guests("alice", "bob")
    for name in names:
        await alice.join(name)
        await bob.join(name)
    store.fail_commit = True  # of one room, after the commit
    await disable(house, "alice")
    store.full = True
    await house.node.accounts.enable("alice")
    store.full = False
    await trio.sleep(2 * AGAIN_S)
    for name in names:
        assert (await roles(house, name))["bob"] == "owner"
    assert await house.store.handovers("", 9) == []


async def test_what_an_earlier_process_has_noted_is_done(house: House, store: FaultyStore) -> None:
    """The command line disables an account while no server runs."""
    await house.private("den", "alice", "bob")
    await store.set_disabled("alice", True, Act(1))
    await house.settle()
    assert (await roles(house, "den"))["bob"] == "member"
    house.node.handovers.wake()  # as each start does
    await house.settle()
    assert (await roles(house, "den"))["bob"] == "owner"


async def test_rooms_that_fail_hold_no_others(
    house: House, store: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[float, str]] = []

    async def ask(actors: Any, hub: Any, room: str, request: Any) -> object:
        asked.append((trio.current_time(), room))
        if room.startswith("bad"):
            raise failed()
        return await asking.ask(actors, hub, room, request)

    monkeypatch.setattr(handovers, "ask", ask)
    owners = [f"owner-{number:03}" for number in range(handovers.PAGE + 5)]
    await store.add_accounts(accounts("heir", *owners))
    [heir] = await house.guests("heir")
    for number, owner in enumerate(await house.guests(*owners)):
        room = f"{'good' if number >= handovers.PAGE else 'bad'}-{number}"
        await owner.join(room)
        await heir.join(room)
    for name in owners[:-1]:
        await store.set_disabled(name, True, Act(1))
    house.node.handovers.wake()
    await house.settle()
    assert len(asked) == len(owners) - 1
    await disable(house, owners[-1])  # while the others wait
    for number in range(handovers.PAGE, len(owners)):
        assert (await roles(house, f"good-{number}"))["heir"] == "owner"
    await trio.sleep(AGAIN_S * 10)
    times = [time for time, room in asked if room == "bad-7"]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses == pytest.approx([AGAIN_S, 2 * AGAIN_S, 4 * AGAIN_S], abs=AGAIN_S)
    assert len(await store.handovers("", 999)) == handovers.PAGE
