"""Lists of bans and mutes."""

from typing import Any

import pytest

from chatroom.protocol import calls

from ..builders import House, reason


@pytest.mark.parametrize(
    ("act", "lift", "listing"),
    [(calls.Ban, calls.Unban, calls.ListBans), (calls.Mute, calls.Unmute, calls.ListMutes)],
)
async def test_sanctions_are_listed_by_name(
    house: House, act: Any, lift: Any, listing: Any
) -> None:
    alice, bob, _ = await house.meet("hall", "alice", "bob", "carol")
    await alice.ask("hall", calls.SetRole, "bob", "moderator")
    await alice.ask("hall", act, "dave", 1 << 50, "noise")
    await bob.ask("hall", act, "carol")
    page = await bob.ask("hall", listing)
    assert [(s.user.name, s.by, s.until, s.reason) for s in page.sanctions] == [
        ("carol", "bob", None, None),
        ("dave", "alice", 1 << 50, "noise"),
    ]
    assert page.next is None
    first = await bob.ask("hall", listing, None, 1)
    assert [s.user.display_name for s in first.sanctions] == ["Carol"]
    rest = await bob.ask("hall", listing, first.next, 1)
    assert ([s.user.name for s in rest.sanctions], rest.next) == (["dave"], None)
    await alice.ask("hall", lift, "carol")
    assert [s.user.name for s in (await bob.ask("hall", listing)).sanctions] == ["dave"]
    await alice.ask("hall", calls.SetRole, "bob", "member")
    assert reason(await bob.ask("hall", listing)) == "forbidden"
