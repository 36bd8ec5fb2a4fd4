"""Members and their rights on one node follow what another node commits."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from chatroom.protocol import calls
from chatroom.protocol.field_types import RoomName, Uses
from chatroom.store.administration import Act

from ..builders import Guest, reason
from .two_nodes import HEALED_S, Line, meet, texts, two_nodes


async def test_a_removed_member_gets_nothing_more(line: Line, autojump_clock: MockClock) -> None:
    async with two_nodes(None, line) as (one, two):
        alice, bob = await meet(one, two)
        await alice.ask("lobby", calls.RemoveMember, "bob")
        await trio.sleep(HEALED_S)
        await alice.send("lobby", "without bob")
        await trio.sleep(HEALED_S)
        assert texts(bob) == []
        assert [event["role"] for event in bob.events("memberChanged")] == [None]
        assert (await bob.inbox()).rooms == ()


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (calls.GetHistory, ()),
        (calls.GetUnread, ()),
        (calls.ListMembers, ("", 50)),
        (calls.Subscribe, (None, None, None)),
    ],
)
async def test_a_removed_member_reads_nothing_that_is_later(
    kind: Any, arguments: tuple[Any, ...], autojump_clock: MockClock
) -> None:
    """The node of the member has not heard of the removal. The reply would show a later message."""
    async with two_nodes(None, Line(lose=1)) as (one, two):
        alice, bob = await meet(one, two)
        channel = two.node.hub.get("lobby")
        assert channel is not None
        await alice.ask("lobby", calls.RemoveMember, "bob")
        await alice.send("lobby", "without bob")
        channel.messages.prune(9)  # so that the reply is read from the store
        assert reason(await bob.ask("lobby", kind, *arguments)) in ("forbidden", "not_found")


async def test_a_refusal_is_decided_on_the_latest_version(autojump_clock: MockClock) -> None:
    async with two_nodes(None, Line(lose=1)) as (one, two):
        alice, bob = await meet(one, two)
        await alice.ask("lobby", calls.RemoveMember, "bob")
        assert reason(await bob.send("lobby")) == "forbidden"
        await alice.ask("lobby", calls.Invite, "bob")
        assert (await bob.send("lobby")).seq == 1


async def test_joining_again_shows_a_cursor_that_was_moved_at_another_node(
    line: Line, autojump_clock: MockClock
) -> None:
    """Moving it is no new version of the room."""
    async with two_nodes(None, line) as (one, two):
        alice, _ = await meet(one, two)
        here, there = await one.guest("carol"), await two.guest("carol")
        for guest in (here, there):
            await guest.ask("lobby", calls.JoinRoom)
        await alice.send("lobby", "hello")
        await here.ask("lobby", calls.MarkRead, 1)
        assert (await there.ask("lobby", calls.JoinRoom)).read_seq == 1


async def test_an_invited_person_finds_the_room(line: Line, autojump_clock: MockClock) -> None:
    """No session at that node has the room open, and the room is not awake there."""
    async with two_nodes(None, line) as (one, two):
        alice, carol = await one.guest("alice"), await two.guest("carol")
        await alice.ask("den", calls.CreateRoom, "private", None, None)
        await alice.ask("den", calls.Invite, "carol")
        await alice.send("den", "hello @carol")
        await trio.sleep(HEALED_S)
        last = carol.events("unread")[-1]
        assert (last["room"], last["unread"], last["mentions"]) == ("den", 1, 1)
        if not line.lose:  # otherwise the new entry of the inbox is all that it hears
            assert [event["role"] for event in carol.events("memberChanged")] == ["member"]
        await alice.send("den")
        await trio.sleep(HEALED_S)
        assert carol.events("unread")[-1]["unread"] == 2
        assert (await carol.inbox()).unread == 2


async def test_an_heir_in_a_room_that_sleeps_gets_the_new_role(
    autojump_clock: MockClock,
) -> None:
    async with two_nodes(None, Line(double=1)) as (one, two):
        alice, bob = await meet(one, two)
        await bob.ask("lobby", calls.Unsubscribe)
        await trio.sleep(2 * two.node.config.room_idle_s)
        await alice.ask("lobby", calls.LeaveRoom)
        await trio.sleep(HEALED_S)
        roles = [event["role"] for event in bob.events("memberChanged") if event["user"] == "bob"]
        assert roles == ["owner"]


async def test_a_role_given_on_another_node_holds_on_this_one(
    line: Line, autojump_clock: MockClock
) -> None:
    async with two_nodes(None, line) as (one, two):
        alice, bob = await meet(one, two)
        await alice.ask("lobby", calls.SetRole, "bob", "moderator")
        await alice.send("lobby")
        assert (await bob.ask("lobby", calls.DeleteMessage, 1)).rev == 2
        await trio.sleep(HEALED_S)
        assert {event["role"] for event in bob.events("memberChanged")} == {"moderator"}


async def test_a_mute_on_another_node_holds_on_this_one(
    line: Line, autojump_clock: MockClock
) -> None:
    async with two_nodes(None, line) as (one, two):
        alice, bob = await meet(one, two)
        for act, refusal in ((calls.Mute, "muted"), (calls.Unmute, None)):
            await alice.ask("lobby", act, "bob")
            assert reason(await bob.send("lobby")) == refusal
        await trio.sleep(HEALED_S)
        assert [event["muted"] for event in bob.events("muteChanged")] == [True, False]


async def test_settings_made_on_another_node_hold_on_this_one(
    line: Line, autojump_clock: MockClock
) -> None:
    async with two_nodes(None, line) as (one, two):
        alice, bob = await meet(one, two)
        eve = await two.guest("carol")
        await alice.ask("lobby", calls.SetRoom, title="Hall", posting="moderators")
        assert reason(await bob.send("lobby")) == "forbidden"
        await alice.ask("lobby", calls.SetRoom, visibility="private", posting="all", slow_mode_s=9)
        assert reason(await eve.join("lobby")) == "not_found"
        assert (await eve.rooms()).rooms == ()
        assert reason(await bob.send("lobby")) is None
        assert reason(await bob.send("lobby")) == "rate_limited"
        await trio.sleep(HEALED_S)
        assert bob.events("roomChanged")[-1]["slowModeS"] == 9
        entry = (await bob.inbox()).rooms[0]
        assert (entry.title, entry.visibility) == ("Hall", "private")


async def test_the_last_of_two_owners_on_two_nodes_stays(autojump_clock: MockClock) -> None:
    """Both step down at once. The later one is decided again, on a room with one owner."""
    async with two_nodes(Line(commit_delay_s=0.01), Line(commit_delay_s=0.01)) as (one, two):
        alice, bob = await meet(one, two)
        await alice.ask("lobby", calls.SetRole, "bob", "owner")
        answers: list[Any] = []

        async def step_down(guest: Guest) -> None:
            answers.append(await guest.ask("lobby", calls.SetRole, guest.user, "member"))

        async with trio.open_nursery() as nursery:
            for guest in (alice, bob):
                nursery.start_soon(step_down, guest)
        assert sorted(map(str, map(reason, answers))) == ["None", "conflict"]


async def test_cursors_and_levels_of_one_account_on_both_nodes(
    line: Line, autojump_clock: MockClock
) -> None:
    async with two_nodes(None, line) as (one, two):
        alice, bob = await meet(one, two)
        elsewhere = await one.guest("bob")
        for _ in range(3):
            await alice.send("lobby")
        await elsewhere.ask("lobby", calls.MarkRead, 2)
        await elsewhere.ask("lobby", calls.SetNotifications, "none")
        await trio.sleep(HEALED_S)
        last = bob.events("unread")[-1]
        assert (last["readSeq"], last["unread"], last["notifications"]) == (2, 1, "none")
        assert (await bob.ask("lobby", calls.GetUnread)).messages[0].seq == 3
        assert (await bob.ask("lobby", calls.SetNotifications, "all")).notifications == "all"
        await bob.ask("lobby", calls.MarkRead, 1)
        await trio.sleep(HEALED_S)
        for guest in (bob, elsewhere):
            (entry,) = (await guest.inbox()).rooms
            assert (entry.read_seq, entry.unread, entry.notifications) == (2, 1, "all")


async def test_owners_have_the_same_successor_on_both_nodes(
    line: Line, autojump_clock: MockClock
) -> None:
    async with two_nodes(None, line) as (one, two):
        alice, bob = await meet(one, two)
        await (await two.guest("carol")).join("lobby")
        await alice.ask("lobby", calls.LeaveRoom)
        await trio.sleep(HEALED_S)
        assert (await bob.ask("lobby", calls.ListMembers, "", 9)).members[0].role == "owner"
        assert reason(await bob.ask("lobby", calls.Ban, "carol")) is None


async def test_a_room_whose_owner_is_disabled_on_another_node(
    line: Line, autojump_clock: MockClock
) -> None:
    async with two_nodes(None, line) as (one, two):
        _, bob = await meet(one, two)
        await one.node.accounts.disable("alice")
        await trio.sleep(HEALED_S)
        assert {event["role"] for event in bob.events("memberChanged")} == {"owner"}
        assert (await bob.ask("lobby", calls.SetRoom, "mine")).title == "mine"


async def test_a_server_role_set_on_another_node_holds_on_this_one(
    line: Line, autojump_clock: MockClock
) -> None:
    set_role: Any = calls.SetServerRole
    async with two_nodes(None, line) as (one, two):
        _, bob = await meet(one, two)
        for role in ("admin", "member"):
            await one.node.accounts.set_role("bob", role)
            refusal = None if role == "admin" else "forbidden"
            assert reason(await bob.ask_inbox(set_role("carol", "admin"))) == refusal
            assert reason(await bob.ask("lobby", calls.EnterRoom)) == "forbidden"
            await one.node.accounts.set_role("carol", "member")
        await one.store.set_disabled("alice", True, Act(1))
        assert reason(await bob.ask("lobby", calls.EnterRoom)) == "forbidden"
        await one.node.accounts.set_role("bob", "admin")
        assert (await bob.ask("lobby", calls.EnterRoom)).role == "owner"


async def test_an_invitation_revoked_on_another_node_is_not_valid_on_this_one(
    line: Line, autojump_clock: MockClock
) -> None:
    create, accept, revoke = (
        calls.CreateInvitation,
        calls.AcceptInvitation,
        calls.RevokeInvitation,
    )
    async with two_nodes(None, line) as (one, two):
        alice, _ = await meet(one, two)
        carol, dave = await two.guests("carol", "dave")
        made: Any = await alice.ask_inbox(create(RoomName("lobby"), max_uses=Uses(2)))
        assert (await carol.ask_inbox(accept(made.code))).room == "lobby"
        await trio.sleep(HEALED_S)
        assert reason(await carol.send("lobby")) is None
        await alice.ask_inbox(revoke(made.id))
        assert reason(await dave.ask_inbox(accept(made.code))) == "not_found"
