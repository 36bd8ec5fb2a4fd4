"""The list of messages that mention a person."""

from typing import Any

import pytest
import trio

from chatroom.protocol import calls, results

from ..builders import Guest, House, reason
from ..faulty_store import FaultyStore


async def mentions(guest: Guest, after: str | None = None, limit: int = 50) -> Any:
    call: Any = calls.GetMentions
    return await guest.ask_inbox(call(after, limit))


def texts(page: results.Mentions) -> list[str]:
    return [message.text for message in page.messages]


async def test_of_all_rooms_the_newest_first(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await alice.join("hall")
    await bob.join("hall")
    for number, room in enumerate(("lobby", "hall", "lobby", "@alice:bob", "hall", "lobby")):
        await alice.send(room, f"@bob {number}")
    await alice.send("lobby", "nothing")
    await bob.send("lobby", "@bob @room 6")
    await alice.send("hall", "@room 7")
    await alice.send("hall", "@room @bob 8")
    await alice.ask("lobby", calls.DeleteMessage, 1)
    await alice.ask("hall", calls.EditMessage, 1, "no more")
    await alice.ask("lobby", calls.EditMessage, 2, "@bob 2!")
    expected = [8, 7, 5, 4, 3, "2!"]
    words = [text.split()[-1] for text in texts(await mentions(bob))]
    assert words == [str(each) for each in expected]
    paged: list[str] = []
    after: str | None = None
    while True:
        page = await mentions(bob, after, 2)
        paged += texts(page)
        if (after := page.next) is None:
            break
    assert paged == texts(await mentions(bob))
    assert texts(await mentions(alice)) == ["@bob @room 6"]
    assert (await mentions(bob)).epoch == house.store.epoch


async def test_not_of_rooms_that_one_has_left(house: House, store: FaultyStore) -> None:
    """Not even if the list was read before."""
    alice, bob = await house.private("den", "alice", "bob")
    await alice.send("den", "@bob")
    assert texts(await mentions(bob)) == ["@bob"]
    store.read_delay = 5
    answer = await bob.post_to_inbox(calls.GetMentions())
    await trio.sleep(1)
    store.read_delay = 0
    await alice.ask("den", calls.RemoveMember, "bob")
    assert texts(await answer.wait()) == []
    assert texts(await mentions(bob)) == []
    await alice.ask("den", calls.Invite, "bob")
    assert texts(await mentions(bob)) == ["@bob"]


async def test_a_cursor_of_nowhere_is_refused(house: House) -> None:
    bob = await house.guest("bob")
    for wrong in ("x", "-1", "1.5", "", "9" * 40):
        assert reason(await mentions(bob, wrong)) == "invalid_params"


@pytest.mark.parametrize("limit", [1, 19, 20, 21, 50])
async def test_many_of_one_room(limit: int, house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await alice.send_together("lobby", *(f"@bob @room {number}" for number in range(45)))
    found: list[str] = []
    after: str | None = None
    while True:
        page = await mentions(bob, after, limit)
        found += texts(page)
        if (after := page.next) is None:
            break
    assert found == [f"@bob @room {number}" for number in reversed(range(45))]
