"""Random histories of people on two nodes: stores, awake inboxes and the model agree in the end.

Also planted faults, which such a history or a conversation on both nodes must show.
"""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any, Final

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

import chatroom.room.actor
import chatroom.room.state
import chatroom.store.sql.news
from chatroom.protocol import calls
from chatroom.room.replica import Replica
from chatroom.store.events import UNNUMBERED, MemberRemoved
from chatroom.store.news import RoomNews
from chatroom.store.room_log import Batch, Decision
from chatroom.store.sql import apply, room_row

from ..builders import PEOPLE, Guest, House
from ..inbox.histories import Away, Life, Step, Together, histories
from .two_nodes import HEALED_S, Line, SharedStore, two_nodes


@attrs.define(eq=False)
class TwoHouses(Life):
    """People who live on two nodes by turns, and a ledger of their calls."""

    other: House = attrs.field(kw_only=True)

    def of(self, user: str) -> House:
        return (self.house, self.other)[PEOPLE.index(user) % 2]

    async def guest(self, user: str) -> Guest:
        if user not in self.guests:
            self.guests[user] = await self.of(user).guest(user)
        return self.guests[user]

    async def live(self, step: Step) -> None:
        match step:
            case Together(ops):  # one by one: calls on two nodes have no order
                for op in ops:
                    await super().live(Together((op,)))
            case Away(user):
                if guest := self.guests.pop(user, None):
                    self.of(user).leave(guest)
            case _:
                await super().live(step)


def random_line(seed: int) -> Line:
    dice = Random(seed)  # noqa: S311
    lose, double, delay_s = dice.choice([(0, 0, 0), (0.5, 0.2, 0), (1, 0, 0), (0.2, 0.5, 0.5)])
    return Line(Random(seed), lose, double, delay_s, dice.choice([0, 0.01]))  # noqa: S311


async def lived(steps: list[Step], seed: int) -> None:
    async with two_nodes(random_line(seed), random_line(seed + 1)) as (one, two):
        life = TwoHouses(one, other=two)
        for user in PEOPLE:
            await life.guest(user)
        for step in steps:
            await life.live(step)
        await trio.sleep(HEALED_S)
        await life.check()


@settings(derandomize=True, database=None, max_examples=60, deadline=None)
@given(steps=histories(), seed=st.integers(0, 99))
def test_all_counts_agree_after_any_history(steps: list[Step], seed: int) -> None:
    trio.run(lived, steps, seed, clock=MockClock(autojump_threshold=0))


# ---- conversations at the same time, and planted faults


async def converse(seed: int) -> None:
    """Let people on both nodes write at once while others join, leave and are removed.

    Check that all sessions that stay have the store's log, in order and once, and that nobody hears
    a message after a removal that both nodes have heard of.
    """
    lines = random_line(seed), random_line(seed + 1)
    for line in lines:
        line.commit_delay_s = 0.01
    async with two_nodes(*lines) as (one, two):
        alice, bob = await one.guest("alice"), await two.guest("bob")
        carol, dave = await two.guest("carol"), await one.guest("dave")
        for guest in (alice, bob, carol, dave):
            await guest.join("lobby")
            await guest.subscribe("lobby")
        acked: dict[str, int] = {}

        async def write(guest: Guest) -> None:
            for number in range(15):
                text = f"{guest.user} {number}"
                acked[text] = (await guest.send("lobby", text, text)).seq

        async def come_and_go() -> None:
            for _ in range(4):
                await dave.ask("lobby", calls.LeaveRoom)
                await dave.join("lobby")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(write, alice)
            nursery.start_soon(write, bob)
            nursery.start_soon(come_and_go)
        await alice.ask("lobby", calls.RemoveMember, "carol")
        await trio.sleep(HEALED_S)
        heard_by_carol = len(carol.revs())
        await alice.send("lobby", "without carol")
        await trio.sleep(HEALED_S)
        assert len(carol.revs()) == heard_by_carol
        page = await one.store.page("lobby", 200)
        log = [(message.seq, message.text) for message in page.messages]
        assert [seq for seq, _ in log] == list(range(1, 32))
        assert {text: seq for seq, text in log if text in acked} == acked
        for guest in (alice, bob):
            if guest.session.ending is None:
                events = guest.events("newMessage")
                assert [(event["seq"], event["text"]) for event in events] == log
        room = await one.store.room("lobby")
        assert room is not None
        assert room.members == 3


SEEDS: Final = range(8)


@pytest.mark.parametrize("seed", SEEDS)
def test_conversations_on_both_nodes_have_one_order(seed: int) -> None:
    trio.run(converse, seed, clock=MockClock(autojump_threshold=0))


class TrustsNews(Replica):
    """Applies news without comparing its version."""

    async def follow(self, news: RoomNews) -> None:
        if news.events:
            await self.apply_any(news.events, own=False)
        else:
            await super().follow(news)


class AppliesTwice(Replica):
    """Applies news of the version that it has already."""

    async def follow(self, news: RoomNews) -> None:
        if news.version == self.state.version and news.events:
            await self.apply_any(news.events, own=False)
        else:
            await super().follow(news)


class IgnoresGaps(Replica):
    """Applies later news without what it has missed."""

    async def follow(self, news: RoomNews) -> None:
        if news.version > self.state.version:
            await self.apply_any(news.events, own=False)
        else:
            await super().follow(news)


def swap_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    commit = SharedStore.commit

    async def commit_any(self: SharedStore, batch: Batch) -> Decision:
        return await commit(self, attrs.evolve(batch, version=None))

    monkeypatch.setattr(SharedStore, "commit", commit_any)


def membership_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    update = room_row.update_room

    def update_but(connection: Any, batch: Batch, entries: Any, incarnation: int) -> None:
        update(connection, batch, entries, incarnation)
        if all(isinstance(entry, uncounted) for entry in entries):
            connection.execute(
                "UPDATE rooms SET version = :version WHERE name = :room",
                {"version": batch.version, "room": batch.room},
            )

    uncounted = (*UNNUMBERED, MemberRemoved)
    monkeypatch.setattr(apply, "update_room", update_but)
    monkeypatch.setattr(chatroom.room.state, "UNNUMBERED", uncounted)
    monkeypatch.setattr(chatroom.store.sql.news, "UNNUMBERED", uncounted)


def replicas(kind: type[Replica], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatroom.room.actor, "Replica", kind)


PLANTED: Final[dict[str, Callable[[pytest.MonkeyPatch], None]]] = {
    "the swap is left out": swap_left_out,
    "membership is not counted": membership_not_counted,
    "news is trusted as truth": partial(replicas, TrustsNews),
    "news is applied twice": partial(replicas, AppliesTwice),
    "gaps are ignored": partial(replicas, IgnoresGaps),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTED[fault](monkeypatch)
    caught = 0
    for seed in SEEDS:
        try:
            trio.run(converse, seed, clock=MockClock(autojump_threshold=0))
        except Exception:
            caught += 1
    assert caught
