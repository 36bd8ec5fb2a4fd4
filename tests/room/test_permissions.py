"""Who may what: each call, by each role, in each kind of room, against a table of its own."""

from typing import Any, Final

import pytest

from chatroom.model import Role
from chatroom.protocol import calls, results
from chatroom.protocol.declaring import Call
from chatroom.room.permissions import PERMISSIONS

from ..builders import Guest, House, reason
from .permissions_table import DOCUMENT, page

ROLES: Final[tuple[Role, ...]] = ("owner", "moderator", "member")
WHO: Final = (*ROLES, "outsider of a public room", "outsider of a private room", "in a direct room")
YES, NO, GONE, TAKEN = None, "forbidden", "not_found", "conflict"
MEMBERS: Final = (YES, YES, YES, NO, GONE, YES)
MODERATORS: Final = (YES, YES, NO, NO, GONE, NO)
OWNERS: Final = (YES, NO, NO, NO, GONE, NO)
EXPECTED: Final[dict[Any, tuple[tuple[Any, ...], tuple[str | None, ...]]]] = {
    # The arguments after the room, and why each of WHO is refused. bob calls. The messages are of
    # carol, who is a member. dave has an account.
    calls.JoinRoom: ((True,), (YES, YES, YES, YES, GONE, None)),
    calls.CreateRoom: (("private",), (TAKEN,) * 5),
    calls.SetRoom: (("Title",), MODERATORS),
    calls.EnterRoom: ((), (NO, NO, NO, NO, GONE, GONE)),
    calls.DeleteRoom: ((), OWNERS),
    calls.LeaveRoom: ((), (YES, YES, YES, NO, GONE, NO)),
    calls.ListMembers: (("", 50), MEMBERS),
    calls.Invite: (("dave",), MODERATORS),
    calls.RemoveMember: (("carol",), MODERATORS),
    calls.Ban: (("carol",), MODERATORS),
    calls.Unban: (("carol",), MODERATORS),
    calls.Mute: (("carol",), MODERATORS),
    calls.Unmute: (("carol",), MODERATORS),
    calls.ListBans: ((None, 50), MODERATORS),
    calls.ListMutes: ((None, 50), MODERATORS),
    calls.DeleteMessagesOf: (("carol", 0), MODERATORS),
    calls.SetRole: (("carol", "moderator"), OWNERS),
    calls.Subscribe: ((None, None, 50), MEMBERS),
    calls.Unsubscribe: ((), MEMBERS),
    calls.SendMessage: (("hello",), MEMBERS),
    calls.EditMessage: ((1, "changed"), (NO, NO, NO, NO, GONE, NO)),
    calls.DeleteMessage: ((1,), (YES, YES, NO, NO, GONE, NO)),
    calls.AddReaction: ((1, "\U0001f44d"), MEMBERS),
    calls.RemoveReaction: ((1, "\U0001f44d"), MEMBERS),
    calls.ListReactions: ((1, None, 50), MEMBERS),
    calls.PinMessage: ((1,), (YES, YES, NO, NO, GONE, YES)),
    calls.UnpinMessage: ((1,), (YES, YES, NO, NO, GONE, YES)),
    calls.ListPins: ((None, 50), MEMBERS),
    calls.GetMessage: ((1,), MEMBERS),
    calls.GetFile: ((1, "0" * 32), (GONE, GONE, GONE, NO, GONE, GONE)),  # the message has none
    calls.GetHistory: ((None, None, None, 50), MEMBERS),
    calls.GetUnread: ((50,), MEMBERS),
    calls.MarkRead: ((1,), MEMBERS),
    calls.FollowThread: ((1,), MEMBERS),
    calls.UnfollowThread: ((1,), MEMBERS),
    calls.SetNotifications: (("none",), MEMBERS),
    calls.SetTyping: ((True,), MEMBERS),
}
ON_PEOPLE: Final[dict[Any, tuple[Any, ...]]] = {
    calls.RemoveMember: (),
    calls.Ban: (),
    calls.Mute: (),
    calls.Unmute: (),
    calls.DeleteMessagesOf: (0,),
    calls.SetRole: ("member",),
}
"""Calls that may name only people with a lower role, with the arguments after the name."""

pytestmark = pytest.mark.config(rate_limits="off")


async def caller_of(house: House, who: str) -> tuple[Guest, str]:
    """Return the caller, with the room to call."""
    founder, caller, other = await house.guests("alice", "bob", "carol")
    if who == "in a direct room":
        room = "@bob:carol"
        await other.ask(room, calls.SendMessage, "hello")
        await other.ask(room, calls.SendMessage, "hello")
        return caller, room
    room = "room"
    visibility = "private" if "private" in who else "public"
    await founder.ask(room, calls.CreateRoom, visibility)
    members = [other] if who.startswith("outsider") else [other, caller]
    for guest in members:
        await founder.ask(room, calls.Invite, guest.user)
    if caller in members and who != "member":
        assert await founder.ask(room, calls.SetRole, "bob", who) == results.Empty()
    for text in ("one", "two"):
        await other.send(room, text)
    return caller, room


def test_all_calls_on_rooms_are_in_the_table() -> None:
    room_calls = {call for call in calls.CALLS.values() if call.handler == "room"}
    without_room = {calls.CreateGroup}
    assert EXPECTED.keys() | without_room == PERMISSIONS.keys() == room_calls


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("kind", EXPECTED, ids=lambda kind: kind.declared.name)
async def test_who_may_what(house: House, kind: type[Call[Any]], who: str) -> None:
    arguments, reasons = EXPECTED[kind]
    if WHO.index(who) >= len(reasons):
        return  # such a call does not name this kind of room
    if kind is calls.JoinRoom and who == "in a direct room":
        return
    caller, room = await caller_of(house, who)
    assert reason(await caller.ask(room, kind, *arguments)) == reasons[WHO.index(who)]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("target", [*ROLES, "caller"])
@pytest.mark.parametrize("kind", ON_PEOPLE, ids=lambda kind: kind.declared.name)
async def test_who_may_do_it_to_whom(
    house: House, kind: type[Call[Any]], role: Role, target: str
) -> None:
    caller, room = await caller_of(house, role)
    founder = await house.guest("alice")
    name = "bob" if target == "caller" else "carol"
    if target in ROLES:
        await founder.ask(room, calls.SetRole, "carol", target)
    # Another owner is left, so that the caller may step down.
    ranks = {who: rank for rank, who in enumerate(ROLES[::-1])} | {
        "caller": ROLES[::-1].index(role)
    }
    allowed = role != "member" and ranks[role] > ranks[target]
    if kind is calls.DeleteMessagesOf and target == "caller":
        allowed = role != "member"
    if kind is calls.SetRole:
        allowed = role == "owner" and target != "owner"
    answer = await caller.ask(room, kind, name, *ON_PEOPLE[kind])
    assert reason(answer) == (YES if allowed else NO)


async def test_the_sender_may_edit_and_delete_in_each_kind_of_room(house: House) -> None:
    for who in ("member", "in a direct room"):
        caller, room = await caller_of(house, who)
        sent = await caller.send(room, "mine")
        assert reason(await caller.ask(room, calls.EditMessage, sent.seq, "changed")) is YES
        assert reason(await caller.ask(room, calls.DeleteMessage, sent.seq)) is YES


def test_the_page_is_current() -> None:
    assert DOCUMENT.read_text() == page(), "python -m tests.room.permissions_table writes it"
