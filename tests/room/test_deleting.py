"""An operator deletes a room that is in use."""

import pytest
from trio.testing import MockClock

from chatroom.errors import Refused, StorageFull
from chatroom.protocol import calls
from chatroom.room import mail
from chatroom.store.room_log import Batch, Decision

from ..builders import House, open_house, reason
from ..faulty_store import FaultyStore
from ..memory_store import MemoryStore


async def ask_why(house: House, room: str) -> str:
    with pytest.raises(Refused) as refused:
        await house.node.rooms.delete(room)
    return refused.value.reason


async def test_everybody_who_is_there_is_told_once(autojump_clock: MockClock) -> None:
    async with open_house(MemoryStore()) as house:
        alice, bob, carol = await house.meet("lobby", "alice", "bob", "carol")
        second = await house.guest("alice")
        for guest in (alice, second, bob):
            await guest.subscribe("lobby")
        await alice.send("lobby")
        await house.hush(alice, second, bob, carol)
        await house.node.rooms.delete("lobby")
        await house.settle()
        for guest in (alice, second, bob, carol):
            gone = {"event": "memberChanged", "room": "lobby", "user": guest.user, "role": None}
            assert guest.events() == [gone]
            assert (await guest.inbox()).rooms == ()
            assert guest.session.watching == set()


async def test_from_then_on_it_does_not_exist(autojump_clock: MockClock) -> None:
    async with open_house(MemoryStore()) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        await alice.send("lobby", client_id="c-1")
        await house.node.rooms.delete("lobby")
        for kind, more in (
            (calls.SendMessage, ("hello",)),
            (calls.EditMessage, (1, "x")),
            (calls.LeaveRoom, ()),
            (calls.Invite, ("carol",)),
            (calls.GetHistory, ()),
            (calls.Subscribe, (None, None, None)),
            (calls.Subscribe, (house.store.epoch, 1, None)),
            (calls.MarkRead, (1,)),
            (calls.ListMembers, ("", 10)),
        ):
            assert reason(await bob.ask("lobby", kind, *more)) == "not_found", kind
        assert reason(await bob.ask("lobby", calls.JoinRoom, True)) == "conflict"
        assert reason(await bob.ask("lobby", calls.JoinRoom, False)) == "conflict"
        assert reason(await bob.ask("lobby", calls.CreateRoom, "public", None, None)) == "conflict"
        assert (await alice.rooms()).rooms == ()
        assert await ask_why(house, "lobby") == "not_found"
        await house.settle()  # until all of it is erased, and the room sleeps
        for _ in range(60):
            await house.settle()
        assert not house.node.actors.awake(mail.address("lobby"))
        assert reason(await bob.ask("lobby", calls.JoinRoom, True)) == "conflict"


async def test_who_comes_back_while_it_is_deleted(autojump_clock: MockClock) -> None:
    """An inbox that reads its rooms during the deletion does not show the room."""
    store = MemoryStore()
    async with open_house(store) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        house.node.hub.begin_inbox_read("carol")
        await house.node.rooms.delete("lobby")
        assert house.node.hub.end_inbox_read("carol", dict.fromkeys(["lobby", "other"], 1)) == set()
        assert not house.node.hub.follows("carol", "lobby")
        assert house.node.hub.follows("carol", "other")
        del alice, bob


async def test_what_cannot_be_deleted(autojump_clock: MockClock) -> None:
    async with open_house(MemoryStore()) as house:
        alice = await house.guest("alice")
        await alice.send("@alice:bob")
        assert await ask_why(house, "@alice:bob") == "forbidden"
        assert await ask_why(house, "nowhere") == "not_found"


class Full(MemoryStore):
    full = False

    async def commit(self, batch: Batch) -> Decision:
        if self.full:
            raise StorageFull("the disk is full")
        return await super().commit(batch)


async def test_a_full_disk_is_told(autojump_clock: MockClock) -> None:
    store = Full()
    async with open_house(store) as house:
        alice, _ = await house.meet("lobby", "alice", "bob")
        store.full = True
        assert await ask_why(house, "lobby") == "storage_full"
        store.full = False
        assert reason(await alice.send("lobby")) is None
        await house.node.rooms.delete("lobby")


class Failing(MemoryStore):
    """A store that fails to erase the first slices."""

    failures = 2

    async def erase_retired(self, limit: int) -> bool:
        if self.failures:
            self.failures -= 1
            raise StorageFull("the disk is full")
        return await super().erase_retired(limit)


async def test_what_is_left_is_erased_later(autojump_clock: MockClock) -> None:
    store = Failing()
    async with open_house(store) as house:
        alice, _ = await house.meet("lobby", "alice", "bob")
        await alice.send("lobby", client_id="c-1")
        await house.node.rooms.delete("lobby")
        assert (await store.room_access("lobby", "alice", "c-1")).original is not None
        for _ in range(200):
            await house.settle()
        assert (await store.room_access("lobby", "alice", "c-1")).original is None


async def test_rows_are_erased_though_the_room_fails_after_the_commit(
    autojump_clock: MockClock,
) -> None:
    store = FaultyStore()
    async with open_house(store) as house:
        alice, _ = await house.meet("lobby", "alice", "bob")
        await alice.send("lobby", client_id="c-1")
        store.fail_commit = True
        assert await ask_why(house, "lobby") == "internal"
        for _ in range(10):
            await house.settle()
        assert (await store.room_access("lobby", "alice", "c-1")).original is None
