"""A room's listeners are members, whatever happens to memberships."""

from random import Random
from typing import Any, Final

import pytest
import trio

from chatroom.protocol import calls

from ..builders import PEOPLE, House, reason
from ..faulty_store import FaultyStore

REBUILT_S: Final = 20
"""Time until a failed room is awake again. So its failures are too rare for a quarantine."""
CHANGES: Final[tuple[tuple[Any, bool], ...]] = (
    (calls.JoinRoom, False),
    (calls.LeaveRoom, False),
    (calls.Invite, True),
    (calls.RemoveMember, True),
    (calls.Ban, True),
    (calls.Unban, True),
)
"""Calls that may change a membership, and whether they name another person."""


@pytest.mark.parametrize("seed", range(5))
async def test_only_members_who_are_online_are_listeners(
    seed: int, house: House, store: FaultyStore
) -> None:
    random = Random(seed)  # noqa: S311
    guests = await house.meet("lobby", *PEOPLE)
    changed = failed = 0
    for _ in range(60):
        guest = random.choice(guests)
        kind, names_another = random.choice(CHANGES)
        store.fail_commit = random.random() < 0.2
        answer = await guest.ask("lobby", kind, *[random.choice(PEOPLE)] * names_another)
        store.fail_commit = False
        if reason(answer) == "internal":
            failed += 1
            await trio.sleep(REBUILT_S)
        changed += reason(answer) is None
        await listeners_are_members(house)
        for number, one in enumerate(guests):
            if one.session.ending is not None:
                house.leave(one)
                guests[number] = await house.guest(one.user)
            await guests[number].subscribe("lobby")
    assert failed
    assert changed
    await house.node.rooms.delete("lobby")
    await listeners_are_members(house)


async def listeners_are_members(house: House) -> None:
    hub = house.node.hub
    members = (await house.store.people("lobby", PEOPLE)).members.keys()
    assert {user for user in PEOPLE if hub.inboxes.follows(user, "lobby")} == members
    channel = hub.get("lobby")
    if channel is not None:
        assert channel.inboxes == members
        assert {session.user for session in channel.watchers.values()} <= members
