"""Faults of two nodes on one store: each message is there once, in one order, for people on both.

alice and bob write and watch on different nodes. carol and dave only have inboxes there. Whoever is
refused for a fault tries again, and whose session the server ends comes back.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs
import pytest
import trio
from trio.testing import MockClock

from chatroom.errors import CloseCode, NoThread
from chatroom.store.room_log import Batch, Decision

from ..builders import Guest, House, reason
from ..faulty_store import Broken
from ..following.two_nodes import HEALED_S, Line, SharedStore, two_nodes

ROOM: Final = "lobby"
MESSAGES: Final = 6
TEMPORARY: Final = ("busy", "internal", "storage_full")
PAUSE_S: Final = 0.1
"""Before somebody tries again."""


@attrs.define(eq=False)
class Person:
    """Somebody who watches the room on one node, and what they have seen of it."""

    house: House
    guest: Guest
    rev: int = 0
    seen: list[str] = attrs.Factory(list)
    refused: list[str] = attrs.Factory(list)
    back: int = 0

    async def send(self, text: str) -> int:
        """Send a message until it is acknowledged. Return its seq."""
        while True:
            await self.look()
            sent = await self.guest.send(ROOM, text, text)
            if (why := reason(sent)) is None:
                seq: int = sent.seq
                return seq
            assert why in TEMPORARY
            self.refused.append(why)
            await trio.sleep(PAUSE_S)

    async def look(self) -> None:
        """Take the events, and come back if the session was ended."""
        while True:
            for event in self.guest.events("newMessage")[len(self.seen) - self.back :]:
                self.seen.append(event["text"])
                self.rev = event["rev"]
            if self.guest.session.ending is None:
                return
            assert self.guest.session.ending is CloseCode.RESTART
            self.guest = await self.house.guest(self.guest.user)
            page = await self.guest.subscribe(ROOM, self.rev)
            assert page.recovered
            assert not page.has_more
            self.seen += [message.text for message in page.messages]
            self.rev, self.back = page.head_rev, len(self.seen)


async def watching(house: House, user: str) -> Person:
    guest = await house.guest(user)
    await guest.join(ROOM)
    await guest.subscribe(ROOM)
    return Person(house, guest)


# ---- the faults: each adds to ``fired`` what has happened


def no_fault(one: House, two: House, monkeypatch: pytest.MonkeyPatch, fired: list[str]) -> None:
    fired.append("the news is lost by the line")


def since_fails(error: type[Exception]) -> Callable[..., None]:
    """Return a fault: the first reads of what the second node has missed fail."""

    def plant(one: House, two: House, monkeypatch: pytest.MonkeyPatch, fired: list[str]) -> None:
        since = two.store.since

        async def failing(room: str, version: int) -> Any:
            if len(fired) < 3:
                fired.append(room)
                raise error("planted")
            return await since(room, version)

        monkeypatch.setattr(two.store, "since", failing)

    return plant


def disk_is_full(one: House, two: House, monkeypatch: pytest.MonkeyPatch, fired: list[str]) -> None:
    """Each third commit of the second node finds no space."""
    commit, count = two.store.commit, 0
    assert isinstance(two.store, SharedStore)
    store: SharedStore = two.store

    async def commit_or_not(batch: Batch) -> Decision:
        nonlocal count
        count += 1
        store.full = count % 3 == 0
        if store.full:
            fired.append(batch.room)
        try:
            return await commit(batch)
        finally:
            store.full = False

    monkeypatch.setattr(two.store, "commit", commit_or_not)


def swap_is_lost(one: House, two: House, monkeypatch: pytest.MonkeyPatch, fired: list[str]) -> None:
    """Before each commit of the second node, the first one commits, and is ahead."""
    commit, count = two.store.commit, 0

    async def commit_second(batch: Batch) -> Decision:
        nonlocal count
        count += 1
        if count % 2:
            guest = await one.guest("dave")
            assert reason(await guest.send(ROOM, f"first {count}")) is None
            one.leave(guest)
            fired.append(batch.room)
        return await commit(batch)

    monkeypatch.setattr(two.store, "commit", commit_second)


def commit_is_lost_after_it_was_written(
    one: House, two: House, monkeypatch: pytest.MonkeyPatch, fired: list[str]
) -> None:
    assert isinstance(two.store, SharedStore)
    two.store.fail_commit = True
    fired.append("the next commit")


FAULTS: Final[dict[str, tuple[Callable[..., None], Callable[[], Line], set[str]]]] = {
    "news is lost": (no_fault, lambda: Line(lose=1), set()),
    "what was missed cannot be read": (since_fails(NoThread), lambda: Line(lose=1), {"busy"}),
    "reading what was missed raises": (since_fails(Broken), lambda: Line(lose=1), {"internal"}),
    "the disk is full for one node": (disk_is_full, Line, {"storage_full"}),
    "commits lose the swap": (swap_is_lost, Line, set()),
    "commits lose the swap and news is lost": (swap_is_lost, lambda: Line(lose=1), set()),
    "a room fails after its commit": (commit_is_lost_after_it_was_written, Line, {"internal"}),
}
"""By name: the fault of the second node, how news reaches it, and why it refuses some calls."""


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_message_is_there_once(
    fault: str, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant, make_line, reasons = FAULTS[fault]
    async with two_nodes(None, make_line()) as (one, two):
        alice, bob = await watching(one, "alice"), await watching(two, "bob")
        for house, user in ((two, "carol"), (one, "dave")):
            guest = await house.guest(user)
            await guest.join(ROOM)
            house.leave(guest)
        carol = await two.guest("carol")
        await trio.sleep(HEALED_S)
        fired: list[str] = []
        plant(one, two, monkeypatch, fired)
        seqs: dict[str, int] = {}

        async def write(person: Person) -> None:
            for number in range(MESSAGES):
                text = f"{person.guest.user} {number}"
                seqs[text] = await person.send(text)

        # The second node has missed this one, in whichever order the others are sent.
        seqs["first"] = await alice.send("first")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(write, alice)
            nursery.start_soon(write, bob)
        monkeypatch.undo()
        await trio.sleep(HEALED_S)
        assert set(bob.refused) <= reasons
        assert fired
        assert alice.refused == []
        page = await one.store.page(ROOM, 200)
        texts = [message.text for message in page.messages]
        assert [message.seq for message in page.messages] == list(range(1, len(texts) + 1))
        assert {text: seqs.get(text) for text in texts if text in seqs} == seqs
        await same_for_all(texts, alice, bob)
        for guest, house in ((carol, two), (await one.guest("carol"), one)):
            assert (await guest.inbox()).unread == len(texts), house
        again = await bob.guest.send(ROOM, "bob 0", "bob 0")
        assert (again.seq, again.duplicate) == (seqs["bob 0"], True)
        assert (await bob.guest.send(ROOM, "after")).seq == len(texts) + 1
        assert (await alice.guest.send(ROOM, "after")).seq == len(texts) + 2


async def same_for_all(texts: Sequence[str], *people: Person) -> None:
    for person in people:
        await person.look()
        assert person.seen == texts, person.guest.user
