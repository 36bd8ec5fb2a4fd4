"""Which names are looked up for a text, and how often."""

from collections.abc import Collection

import pytest

from chatroom.model import MAX_MENTIONS
from chatroom.protocol import calls
from chatroom.room.state import CACHED_ABSENT
from chatroom.store.rooms import People

from ..builders import House, accounts
from ..memory_store import MemoryStore


class Counting(MemoryStore):
    """A store that records the names of each look-up in ``looked_up``."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_up: list[Collection[str]] = []

    async def people(self, room: str, names: Collection[str]) -> People:
        self.looked_up.append(names)
        return await super().people(room, names)


@pytest.fixture
async def store() -> Counting:
    return Counting()


async def test_a_text_looks_up_a_bounded_number_of_names_once(
    house: House, store: Counting
) -> None:
    (alice,) = await house.meet("den", "alice")
    store.looked_up.clear()
    text = " ".join(f"@x{number:03}{'.' * 10}" for number in range(300))
    await alice.send("den", text)
    for number in range(5):
        await alice.ask("den", calls.EditMessage, 1, f"{text} {number}")
    [names] = store.looked_up
    assert len(set(names)) == len(names) == 2 * MAX_MENTIONS


async def test_a_name_that_was_absent_is_mentioned_after_it_signs_up_and_joins(
    house: House,
) -> None:
    (alice,) = await house.meet("den", "alice")
    await alice.send("den", "@eve @frank")
    await house.store.add_accounts(accounts("eve", "frank"))
    eve, frank = await house.guests("eve", "frank")
    await eve.join("den")
    await alice.ask("den", calls.Invite, "frank")
    await alice.send("den", "@eve @frank")
    for guest in (eve, frank):
        [entry] = (await guest.inbox()).rooms
        assert entry.mentions == 1


async def test_the_cache_of_absent_names_is_bounded_and_evicts_no_members(
    house: House, store: Counting
) -> None:
    alice, bob = await house.meet("den", "alice", "bob")
    await alice.send("den", "@bob")
    store.looked_up.clear()
    rounds = CACHED_ABSENT // MAX_MENTIONS + 2
    for number in range(rounds):
        words = [f"@x{number}-{other}" for other in range(MAX_MENTIONS)]
        await alice.send("den", " ".join(words))
    await alice.send("den", "@x0-0 @bob")
    assert [name for names in store.looked_up for name in names][-1:] == ["x0-0"]
    assert len(store.looked_up) == rounds + 1
    [entry] = (await bob.inbox()).rooms
    assert entry.mentions == 2
