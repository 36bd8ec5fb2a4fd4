"""Typing, sleep, timestamps and pruning of a room."""

import attrs
import pytest
import trio
from trio.testing import MockClock

from chatroom.errors import StorageFull
from chatroom.protocol import calls
from chatroom.room import mail
from chatroom.store.administration import Act
from chatroom.store.housekeeping import Kept

from ..builders import CONFIG, House, Ticking, open_house
from ..faulty_store import FaultyStore

# ---- typing


async def test_a_message_ends_typing_even_if_both_are_posted_together(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await bob.subscribe("lobby")
    for together in (False, True):
        await house.hush(bob)
        await alice.post("lobby", calls.SetTyping, True)
        if not together:
            await trio.sleep(1)
        await alice.post("lobby", calls.SendMessage, "hello")
        await trio.sleep(1)
        signs = [e["typing"] for e in bob.events("typing")]
        assert signs in ([], [True, False])


async def test_a_message_ends_typing_in_its_part_of_the_log_alone(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    root = await alice.ask("lobby", calls.SendMessage, "the root")
    await bob.subscribe("lobby")
    await alice.ask("lobby", calls.SetTyping, True, root.seq)
    await alice.ask("lobby", calls.SendMessage, "in the main log")
    await house.settle()
    signs = [(e["thread"], e["typing"]) for e in bob.events("typing")]
    assert signs == [(root.seq, True)]
    await alice.ask("lobby", calls.SendMessage, "in the thread", thread=root.seq)
    await house.settle()
    signs = [(e["thread"], e["typing"]) for e in bob.events("typing")]
    assert signs[-1] == (root.seq, False)


async def test_the_last_of_several_signs_posted_together_stands(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await bob.subscribe("lobby")
    for number in range(20):
        for sign in (True, False, True):
            await alice.post("lobby", calls.SetTyping, sign)
        await house.settle()
        assert bob.events("typing")[-1]["typing"] is True, number
        await alice.ask("lobby", calls.Unsubscribe)
        await house.settle()
        assert bob.events("typing")[-1]["typing"] is False, number


async def test_a_person_who_has_gone_does_not_begin_to_type(
    house: House, store: FaultyStore
) -> None:
    """The call waits for a commit, and the last session ends meanwhile."""
    alice, bob = await house.meet("lobby", "alice", "bob")
    await bob.subscribe("lobby")
    store.commit_delay = 1
    await bob.post("lobby", calls.SendMessage, "hello")
    await house.settle()
    await alice.post("lobby", calls.SetTyping, True)
    house.leave(alice)
    await trio.sleep(5)
    assert bob.events("typing") == []


# ---- sleeping and pruning


async def test_a_room_sleeps_and_wakes_with_its_state(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    await alice.send("lobby", "one", "c1")
    await trio.sleep(CONFIG.room_idle_s + 1)
    assert not house.node.actors.awake(mail.address("lobby"))
    again = await alice.send("lobby", "one", "c1")
    assert (again.seq, again.duplicate) == (1, True)
    assert (await bob.send("lobby", "two")).rev == 2
    await bob.subscribe("lobby")
    await trio.sleep(10 * CONFIG.room_idle_s)
    assert house.node.actors.awake(mail.address("lobby")), "while somebody watches"
    house.leave(alice)
    house.leave(bob)
    await trio.sleep(3 * CONFIG.room_idle_s)
    assert len(house.node.actors) == 0
    assert len(house.node.hub) == 0, "nothing is left behind"


async def test_timestamps_do_not_go_back_with_the_clock_nor_with_a_sleep(
    house: House, clock: Ticking
) -> None:
    (alice,) = await house.meet("lobby", "alice")
    first = await alice.send("lobby")
    clock.now = 5
    assert (await alice.send("lobby")).timestamp == first.timestamp
    await trio.sleep(CONFIG.room_idle_s + 1)
    assert (await alice.send("lobby")).timestamp == first.timestamp


@pytest.mark.config(keep_messages=10)
async def test_housekeeping_prunes_in_slices_until_enough_is_gone(
    house: House, store: FaultyStore
) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    count = 2 * 500 + 30  # three slices
    await alice.send_together("lobby", *map(str, range(count)))
    assert (await bob.inbox()).unread == count
    await bob.subscribe("lobby")
    await trio.sleep(120)
    room = await store.room("lobby")
    assert room is not None
    assert (room.first_seq, room.head_seq) == (count - 9, count)
    (entry,) = (await bob.inbox()).rooms
    assert (entry.unread, entry.read_seq) == (10, count - 10)
    assert bob.events("unread")[-1]["readSeq"] == count - 10, "the cursor has moved"
    page = await bob.ask("lobby", calls.GetHistory, limit=50, after=0)
    assert [message.seq for message in page.messages] == list(range(count - 9, count + 1))
    assert (await alice.send("lobby")).seq == count + 1, "numbers do not restart"
    stale = await bob.subscribe("lobby", since_rev=3)
    assert (stale.recovered, stale.reason) == (False, "pruned")
    await trio.sleep(120)
    await store.set_server_role("alice", "admin", Act(1))
    [_, entry] = (await store.audit("alice", None, None, 9)).entries
    assert entry.act == "prune"
    assert entry.details == f'{{"count":{count - 10},"rooms":1}}'
    # No room of its own keeps more than the server.
    await store.set_retention("lobby", 1, 5, Act(1))
    await trio.sleep(120)
    assert [each.count for each in (await store.retention(Kept(10, None, 0), "", 9))[0]] == [0]
    assert (await store.page("lobby", 50)).first_seq == count - 3


async def test_a_failing_job_of_housekeeping_stops_no_other(autojump_clock: MockClock) -> None:
    class NoTokens(FaultyStore):
        async def remove_expired_tokens(self, now: int) -> None:
            raise StorageFull("no space left")

    store = NoTokens()
    async with open_house(store, config=attrs.evolve(CONFIG, keep_messages=1)) as house:
        (alice,) = await house.meet("lobby", "alice")
        for _ in range(3):
            await alice.send("lobby")
        await trio.sleep(120)
        room = await store.room("lobby")
        assert room is not None
        assert room.first_seq == 3


async def test_pages_from_the_store_are_limited_by_the_size_of_the_json(house: House) -> None:
    alice, bob = await house.meet("lobby", "alice", "bob")
    for _ in range(3):
        await alice.send("lobby", "\x01" * 100_000)  # six bytes each in JSON
    await trio.sleep(CONFIG.room_idle_s + 1)
    page = await bob.ask("lobby", calls.GetHistory, limit=50)
    assert [message.seq for message in page.messages] == [3]
    await trio.sleep(CONFIG.room_idle_s + 1)
    resumed = await bob.subscribe("lobby", since_rev=0)
    assert [message.seq for message in resumed.messages] == [1]
