"""Invitations by link: who makes them, who comes by them, until when, and how often."""

from typing import Any

import pytest
import trio

from chatroom.errors import Refused
from chatroom.protocol import calls, results
from chatroom.store.administration import Act

from ..builders import Guest, House, reason
from ..faulty_store import FaultyStore


async def invite(guest: Guest, room: str | None = "den", **more: Any) -> Any:
    call: Any = calls.CreateInvitation
    return await guest.ask_inbox(call(room, **more))


async def code_of(guest: Guest, room: str | None = "den", **more: Any) -> str:
    made = await invite(guest, room, **more)
    assert isinstance(made, results.NewInvitation), made
    return made.code


async def accept(guest: Guest, code: str) -> Any:
    call: Any = calls.AcceptInvitation
    return await guest.ask_inbox(call(code))


async def listed(guest: Guest, room: str | None = None, **more: Any) -> Any:
    call: Any = calls.ListInvitations
    return await guest.ask_inbox(call(room, **more))


async def revoke(guest: Guest, invitation_id: str) -> Any:
    call: Any = calls.RevokeInvitation
    return await guest.ask_inbox(call(invitation_id))


async def uses(guest: Guest) -> list[tuple[int, tuple[str, ...]]]:
    return [(each.uses, each.users) for each in (await listed(guest)).invitations]


async def test_people_come_by_a_link(house: House) -> None:
    alice, bob = await house.private("den", "alice", "bob")
    await alice.send("den", "before")
    carol = await house.guest("carol")
    code = await code_of(alice)
    assert await accept(carol, code) == results.Accepted("den")
    await house.settle()
    [event] = carol.events("memberChanged")
    assert (event["room"], event["user"], event["role"]) == ("den", "carol", "member")
    assert (await carol.subscribe("den")).head_seq == 1
    assert reason(await carol.send("den")) is None
    # Once more, since the answer may be lost.
    assert await accept(carol, code) == results.Accepted("den")
    assert await accept(bob, code) == results.Accepted("den")
    assert await uses(alice) == [(2, ("bob", "carol"))]


async def test_each_person_counts_once(house: House) -> None:
    alice, *_ = await house.private("den", "alice")
    guests = await house.guests("bob", "carol", "dave")
    code = await code_of(alice, max_uses=2)
    answers: list[Any] = []

    async def come(guest: Guest) -> None:
        answers.append(reason(await accept(guest, code)))

    async with trio.open_nursery() as nursery:
        for guest in (*guests, *guests):
            nursery.start_soon(come, guest)
    assert sorted(map(str, answers)) == ["None"] * 4 + ["not_found"] * 2
    [(count, users)] = await uses(alice)
    members = (await house.store.members("den", "", 9)).members
    assert (count, {"alice", *users}) == (2, {member.user for member in members})


@pytest.mark.parametrize("fault", ["full", "fail_commit"])
async def test_a_use_and_the_membership_are_one_commit(
    house: House, store: FaultyStore, fault: str
) -> None:
    alice, *_ = await house.private("den", "alice")
    carol = await house.guest("carol")
    code = await code_of(alice, max_uses=1)
    setattr(store, fault, True)
    assert reason(await accept(carol, code)) in ("storage_full", "internal")
    setattr(store, fault, False)
    member = "carol" in (await store.people("den", ["carol"])).members
    assert await uses(alice) == ([(1, ("carol",))] if member else [(0, ())])
    assert member == (fault == "fail_commit")
    await trio.sleep(60)
    assert await accept(carol, code) == results.Accepted("den")
    assert await uses(alice) == [(1, ("carol",))]


# ---- until when


async def refused_alike(guest: Guest, *codes: str) -> None:
    """All codes that are not valid are refused alike, so that nothing tells why."""
    refusals = [await accept(guest, code) for code in (*codes, "unknown")]
    assert {(refused.reason, refused.message) for refused in refusals} == {
        ("not_found", "the invitation is not valid, or not any more")
    }


async def test_codes_that_are_not_valid_any_more(house: House) -> None:
    alice, _ = await house.private("den", "alice", "bob")
    carol, dave = await house.guests("carol", "dave")
    now = house.node.clock()
    assert reason(await invite(alice, expires_at=now)) == "invalid_params"
    expired = await code_of(alice, expires_at=now + 1000)
    revoked = await invite(alice)
    used = await code_of(alice, max_uses=1)
    assert reason(await accept(dave, used)) is None
    assert reason(await revoke(alice, revoked.id)) is None
    for _ in range(1000):
        house.node.clock()
    await refused_alike(carol, expired, revoked.code, used)


async def test_a_link_is_valid_while_its_maker_may_invite(house: House) -> None:
    alice, bob = await house.private("den", "alice", "bob")
    carol = await house.guest("carol")
    await alice.ask("den", calls.SetRole, "bob", "moderator")
    code = await code_of(bob)
    await alice.ask("den", calls.SetRole, "bob", "member")
    await refused_alike(carol, code)
    await alice.ask("den", calls.SetRoom, inviting="all")
    assert reason(await accept(carol, code)) is None
    await carol.ask("den", calls.LeaveRoom)
    await house.store.set_disabled("bob", True, Act(1))
    await refused_alike(carol, code)
    await house.store.set_disabled("bob", False, Act(1))
    await bob.ask("den", calls.LeaveRoom)
    await refused_alike(carol, code)


async def test_a_deleted_room_is_not_told(house: House) -> None:
    alice, *_ = await house.private("den", "alice")
    code = await code_of(alice)
    await alice.ask("den", calls.DeleteRoom)
    await refused_alike(await house.guest("carol"), code)


async def test_a_banned_person_does_not_come_back(house: House) -> None:
    alice, bob = await house.private("den", "alice", "bob")
    code = await code_of(alice)
    await alice.ask("den", calls.Ban, "bob", None, "noise")
    assert reason(await accept(bob, code)) == "banned"
    await alice.ask("den", calls.Unban, "bob")
    assert reason(await accept(bob, code)) is None


@pytest.mark.parametrize("left", [0, 1])
async def test_a_removed_person_comes_back_by_a_use_that_is_left(house: House, left: int) -> None:
    alice, *_ = await house.private("den", "alice")
    carol = await house.guest("carol")
    code = await code_of(alice, max_uses=1 + left)
    for _ in range(2):
        assert reason(await accept(carol, code)) is None
    await alice.ask("den", calls.RemoveMember, "carol")
    if left:
        assert reason(await accept(carol, code)) is None
    else:
        await refused_alike(carol, code)
    assert await uses(alice) == [(1, ("carol",))]


# ---- who may


async def test_who_may_invite(house: House) -> None:
    alice, bob = await house.private("den", "alice", "bob")
    (dave,) = await house.meet("hall", "dave")
    carol = await house.guest("carol")
    await alice.send("@alice:bob")
    assert reason(await invite(bob)) == "forbidden"
    await alice.ask("den", calls.SetRoom, inviting="all")
    assert reason(await invite(bob)) is None
    # As an outsider.
    for where, why in (("den", "not_found"), ("nowhere", "not_found"), ("hall", "forbidden")):
        assert reason(await invite(carol, where)) == why
    private, missing = await invite(carol, "den"), await invite(carol, "nowhere")
    assert private.message == missing.message
    assert reason(await invite(alice, "@alice:bob")) == "forbidden"
    assert reason(await invite(alice, None)) == "invalid_params"
    # To the server.
    for room in (None, "hall"):
        assert reason(await invite(dave, room, server=True)) == "forbidden"
    await house.store.set_server_role("dave", "admin", Act(1))
    for room in (None, "hall"):
        assert reason(await invite(dave, room, server=True)) is None
    # An admin is no member of other people's rooms.
    assert reason(await invite(dave, "den", server=True)) == "not_found"


async def test_who_sees_and_revokes_invitations(house: House) -> None:
    alice, bob, carol = await house.private("den", "alice", "bob", "carol")
    dave = await house.guest("dave")
    await alice.ask("den", calls.SetRoom, inviting="all")
    made = {guest.user: (await invite(guest)).id for guest in (alice, bob)}

    async def seen(guest: Guest, room: str | None = None) -> set[str]:
        return {each.id for each in (await listed(guest, room)).invitations}

    assert await seen(alice) == await seen(alice, "den") == set(made.values())
    assert await seen(bob) == await seen(bob, "den") == {made["bob"]}
    assert await seen(carol, "den") == set()
    assert reason(await listed(dave, "den")) == reason(await listed(dave, "hall")) == "not_found"
    for guest in (carol, dave):
        assert await seen(guest) == set()
        assert reason(await revoke(guest, made["bob"])) == "not_found"
    assert reason(await revoke(bob, made["alice"])) == "not_found"
    assert reason(await revoke(dave, "unknown")) == "not_found"
    assert reason(await revoke(bob, made["bob"])) is None
    await house.store.set_server_role("dave", "admin", Act(1))
    assert await seen(dave) == set(made.values())
    assert await seen(dave, "hall") == set()
    for _ in range(2):
        assert reason(await revoke(dave, made["alice"])) is None
    entries = (await house.store.audit("carol", "den", None, 9)).entries
    assert [(e.act, e.by, e.user) for e in entries][:2] == [
        ("revokeInvitation", "dave", "alice"),
        ("revokeInvitation", "bob", "bob"),
    ]


async def test_pages_of_invitations(house: House) -> None:
    alice, *_ = await house.private("den", "alice")
    made = [(await invite(alice)).id for _ in range(5)]
    found: list[str] = []
    after = None
    while True:
        page = await listed(alice, after=after, limit=2)
        found += [each.id for each in page.invitations]
        if (after := page.next) is None:
            break
    assert found == made[::-1]
    assert reason(await listed(alice, after="x.y")) == "invalid_params"


@pytest.mark.config(rate_limits="on")
async def test_open_invitations_are_limited(house: House) -> None:
    alice, *_ = await house.private("den", "alice")
    limit = house.node.config.quotas.invitations
    assert limit is not None
    made = [await invite(alice) for _ in range(limit)]
    assert reason(await invite(alice)) == "quota_exceeded"
    assert reason(await revoke(alice, made[0].id)) is None
    assert not isinstance(await invite(alice), Refused)


async def test_codes_are_not_stored(house: House, store: FaultyStore) -> None:
    alice, *_ = await house.private("den", "alice")
    code = await code_of(alice)
    assert len(code) == 48  # hexadecimal digits: 192 bits
    assert code.encode() not in store._connection.serialize()
