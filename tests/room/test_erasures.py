"""What people who were erased have left in rooms is erased."""

import pytest
import trio

from chatroom.model import Message, Role
from chatroom.protocol import calls
from chatroom.room import erasing
from chatroom.room.stored_operations import StoredRooms
from chatroom.room.woken_job import AGAIN_S
from chatroom.store.administration import Act
from chatroom.store.room_log import Bounds

from ..builders import House, reason
from ..faulty_store import FaultyStore


async def roles(house: House, room: str) -> dict[str, Role]:
    page = await house.store.members(room, "", 9)
    return {member.user: member.role for member in page.members}


async def log(house: House, room: str) -> tuple[Message, ...]:
    return (await house.store.page(room, 100)).messages


async def erase(house: House, name: str) -> None:
    await house.node.accounts.erase(name)
    await house.settle()


async def test_messages_reactions_and_membership_go_and_the_numbers_stay(house: House) -> None:
    alice, bob = await house.meet("hall", "alice", "bob")
    await bob.subscribe("hall")
    await alice.send("hall", "mine @bob", "client-id-1")
    await bob.send("hall", "his @alice")
    await alice.ask("hall", calls.SendMessage, "in thread", None, thread=2)
    for seq in (1, 2):
        for guest in (alice, bob):
            await guest.ask("hall", calls.AddReaction, seq, "👍")
    await bob.ask("hall", calls.SetRole, "bob", "owner")
    before = await house.store.room("hall")
    await erase(house, "alice")
    assert await roles(house, "hall") == {"bob": "owner"}
    [mine, his] = await log(house, "hall")
    [threaded] = (await house.store.page("hall", 9, Bounds(thread=2))).messages
    assert [(m.sender, m.text, m.deleted, m.client_id) for m in (mine, threaded)] == [
        ("alice", "", True, None)
    ] * 2
    assert (his.text, his.reactions[0].users) == ("his @alice", ("bob",))
    after = await house.store.room("hall")
    assert before is not None
    assert after is not None
    assert (after.head_seq, after.head_rev) == (3, before.head_rev + 3)
    assert bob.revs() == [*range(1, after.head_rev + 1)]
    [gone] = [e for e in bob.events("memberChanged") if e["user"] == "alice"]
    assert gone["role"] is None
    assert bob.events("userChanged")[-1]["displayName"] == "alice"
    assert (await bob.inbox()).rooms[0].unread == 0
    # Nobody brings the name back.
    assert reason(await bob.ask("hall", calls.Invite, "alice")) == "not_found"
    assert reason(await bob.send("@alice:bob")) == "not_found"
    assert await house.store.erasures("", 9) == []


async def test_many_messages_also_in_rooms_that_were_left(house: House) -> None:
    alice, bob = await house.meet("hall", "alice", "bob")
    for number in range(2 * erasing.ERASED_SLICE + 5):
        await alice.send("hall", f"number {number}")
        await bob.send("hall", "kept")
    await alice.ask("hall", calls.LeaveRoom)
    await bob.ask("hall", calls.Ban, "alice", None, "spam")
    await erase(house, "alice")
    await trio.sleep(5)
    messages: list[Message] = []
    after = 0
    while page := (await house.store.page("hall", 100, Bounds(after=after))).messages:
        messages += page
        after = page[-1].seq
    assert {(m.sender, m.deleted) for m in messages} == {("alice", True), ("bob", False)}
    assert (await house.store.sanctions("hall", "ban", "", 9)).sanctions == ()


async def test_a_direct_room_stays_with_both(house: House) -> None:
    alice, bob = await house.guests("alice", "bob")
    await alice.send("@alice:bob", "secret")
    await bob.send("@alice:bob", "answer")
    await erase(house, "alice")
    assert [m.text for m in await log(house, "@alice:bob")] == ["", "answer"]
    assert set(await roles(house, "@alice:bob")) == {"alice", "bob"}


async def test_who_is_erased_cannot_be_enabled_nor_erased_again(house: House) -> None:
    await house.guests("alice")
    accounts = house.node.accounts
    await erase(house, "alice")
    account = await house.store.account("alice")
    assert account is not None
    assert (account.display_name, account.disabled, account.password) == ("alice", True, None)
    for act in (accounts.enable, accounts.erase, accounts.disable):
        with pytest.raises(Exception, match="was erased") as refused:
            await act("alice")
        assert reason(refused.value) == "conflict"


async def test_goes_on_after_failures_and_with_what_an_earlier_process_has_noted(
    house: House, store: FaultyStore
) -> None:
    alice, bob = await house.meet("hall", "alice", "bob")
    await alice.send("hall", "mine")
    await alice.join("other")
    await alice.send("other", "mine")
    await store.erase_account("alice", Act(1))
    store.fail_commit = True  # of one room, after the commit
    house.node.erasures.wake()  # as each start does
    await trio.sleep(2 * AGAIN_S)
    for room in ("hall", "other"):
        assert [m.text for m in await log(house, room)] == [""]
        assert "alice" not in await roles(house, room)
    assert await store.erasures("", 9) == []
    assert bob.user in await roles(house, "hall")


async def test_without_a_server(house: House, store: FaultyStore) -> None:
    alice, _ = await house.private("den", "alice", "bob")
    await alice.send("den", "mine")
    await store.erase_account("alice", Act(1))
    await StoredRooms(store, lambda: 1 << 40).erase_people()
    assert [m.text for m in await log(house, "den")] == [""]
    assert await roles(house, "den") == {"bob": "owner"}
    assert await store.erasures("", 9) == []
