"""Who may what on the server: each call by each role, against a table of its own."""

from typing import Any, Final

import pytest

from chatroom.model import Invitation
from chatroom.protocol import calls, results
from chatroom.protocol.calls import server as server_calls
from chatroom.protocol.declaring import Call, InboxCall
from chatroom.store.administration import Act

from ..builders import Guest, House, reason
from .permissions_table import SERVER

WHO: Final = ("admin", "last admin", "member", "owner")
"""bob calls. ``owner``: of the room den, and no admin. The others are not in den."""
YES, NO, GONE, LAST = None, "forbidden", "not_found", "conflict"
ADMINS: Final = (YES, YES, NO, NO)

EXPECTED: Final[dict[str, tuple[type[Call[Any]], tuple[Any, ...], tuple[str | None, ...]]]] = {
    # The call, its arguments, and why each of WHO is refused. carol is a member of the server.
    "role of another": (calls.SetServerRole, ("carol", "admin"), ADMINS),
    "own role": (calls.SetServerRole, ("bob", "member"), (YES, LAST, NO, NO)),
    "role of nobody": (calls.SetServerRole, ("nobody", "admin"), (GONE, GONE, NO, NO)),
    "name the server": (calls.SetServer, ("Blue House",), ADMINS),
    "announce": (calls.Announce, ("tea at five",), ADMINS),
    "disable another": (calls.DisableAccount, ("carol",), ADMINS),
    "disable oneself": (calls.DisableAccount, ("bob",), (YES, LAST, NO, NO)),
    "disable nobody": (calls.DisableAccount, ("nobody",), (GONE, GONE, NO, NO)),
    "erase another": (calls.EraseAccount, ("carol",), ADMINS),
    "erase the last admin": (calls.EraseAccount, ("bob",), (YES, LAST, NO, NO)),
    "enable": (calls.EnableAccount, ("carol",), ADMINS),
    "audit": (calls.ListAudit, (), ADMINS),
    "audit of a private room": (calls.ListAudit, ("den",), (YES, YES, GONE, YES)),
    "audit of a public room": (calls.ListAudit, ("hall",), (YES, YES, NO, NO)),
    "audit of no room": (calls.ListAudit, ("nowhere",), (YES, YES, GONE, GONE)),
    "invite to the server": (calls.CreateInvitation, (None, True), ADMINS),
    "invite to a private room": (calls.CreateInvitation, ("den",), (GONE, GONE, GONE, YES)),
    "invite to a public room": (calls.CreateInvitation, ("hall",), (NO, NO, NO, NO)),
    "invite to both": (calls.CreateInvitation, ("den", True), (GONE, GONE, NO, NO)),
    "invitations": (calls.ListInvitations, (), (YES, YES, YES, YES)),
    "invitations to a private room": (calls.ListInvitations, ("den",), (YES, YES, GONE, YES)),
    "invitations to a public room": (calls.ListInvitations, ("hall",), (YES, YES, NO, NO)),
    "revoke one to the room": (calls.RevokeInvitation, ("to den",), (YES, YES, GONE, YES)),
    "revoke one to the server": (calls.RevokeInvitation, ("to all",), (YES, YES, GONE, GONE)),
    "revoke none": (calls.RevokeInvitation, ("none",), (GONE, GONE, GONE, GONE)),
    "accept none": (calls.AcceptInvitation, ("none",), (GONE, GONE, GONE, GONE)),
    "enter an abandoned room": (calls.EnterRoom, ("left",), (YES, YES, GONE, GONE)),
    "enter a private room": (calls.EnterRoom, ("den",), (NO, NO, GONE, NO)),
    "enter a public room": (calls.EnterRoom, ("hall",), (NO, NO, NO, NO)),
    "enter no room": (calls.EnterRoom, ("nowhere",), (GONE, GONE, GONE, GONE)),
}


async def caller(house: House, who: str) -> Guest:
    """Return bob, in a server with the rooms den (private), hall (public) and left (private)."""
    alice, bob, _ = await house.guests("alice", "bob", "carol")
    founder = bob if who == "owner" else alice
    await founder.ask("den", calls.CreateRoom, "private")
    await alice.ask("hall", calls.CreateRoom, "public")
    (dave,) = await house.private("left", "dave")
    await dave.ask("left", calls.LeaveRoom)
    if "admin" in who:
        await house.store.set_server_role("bob", "admin", Act(1))
    if who == "admin":
        await house.store.set_server_role("alice", "admin", Act(1))
    for name, room in (("to den", "den"), ("to all", None)):
        invitation = Invitation(name, name.encode(), None, 1, server=room is None, room=room)
        assert await house.store.add_invitation(invitation, lambda _: None) is None
    return bob


async def ask(guest: Guest, kind: type[Call[Any]], arguments: tuple[Any, ...]) -> Any:
    if issubclass(kind, InboxCall):
        return await guest.ask_inbox(kind(*arguments))
    room, *rest = arguments
    return await guest.ask(room, kind, *rest)


def test_each_call_on_the_server_is_in_the_tables() -> None:
    declared = {
        each
        for each in vars(server_calls).values()
        if isinstance(each, type) and each in calls.CALLS.values()
    }
    listed = {call for call, *_ in SERVER}
    assert declared | {calls.EnterRoom} == {kind for kind, *_ in EXPECTED.values()}
    assert listed - {calls.ListUsers, calls.CreateRoom} == declared | {calls.EnterRoom}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("case", EXPECTED)
async def test_who_may_what_on_the_server(house: House, case: str, who: str) -> None:
    kind, arguments, reasons = EXPECTED[case]
    bob = await caller(house, who)
    before = [await house.store.account(name) for name in ("bob", "carol")]
    answer = await ask(bob, kind, arguments)
    assert reason(answer) == reasons[WHO.index(who)]
    if reason(answer) is not None:
        assert [await house.store.account(name) for name in ("bob", "carol")] == before
        assert (await house.store.people("left", ["bob"])).members == {}


@pytest.mark.parametrize("case", ["role of another", "disable another", "enable", "audit"])
async def test_a_disabled_admin_may_nothing(house: House, case: str) -> None:
    """The sessions end; a call that is under way is judged by the commit."""
    kind, arguments, _ = EXPECTED[case]
    bob = await caller(house, "admin")
    await house.store.set_disabled("bob", True, Act(1))
    assert reason(await ask(bob, kind, arguments)) == NO


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("makers", ["everyone", "admins"])
async def test_who_makes_rooms(house: House, who: str, makers: str) -> None:
    bob = await caller(house, who)
    terms = house.node.meter.terms
    house.node.meter.terms = type(terms)(terms.quotas, admins_make_rooms=makers == "admins")
    allowed = makers == "everyone" or "admin" in who
    assert reason(await bob.ask("made", calls.CreateRoom, "public")) == (YES if allowed else NO)
    assert reason(await bob.ask("other", calls.JoinRoom, True)) == (YES if allowed else GONE)
    joined = await bob.ask("hall", calls.JoinRoom, True)
    assert isinstance(joined, results.Joined)
