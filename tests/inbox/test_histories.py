"""After any history, the served counts equal a recount from the log (I4), awake or after waking."""

import tempfile
from pathlib import Path
from typing import Any

import attrs
import orjson
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from chatroom.config import Config
from chatroom.protocol.codec import encode_json
from chatroom.store.sqlite import SqliteStore
from chatroom.store.sqlite.integrity import faults

from ..builders import CONFIG, PEOPLE, Guest, open_house
from ..faulty_store import FaultyStore
from ..memory_store import MemoryStore
from .histories import Life, Step, histories

RESTLESS = attrs.evolve(CONFIG, inbox_idle_s=0, presence_grace_s=0, room_idle_s=0)
"""Inboxes and rooms sleep at once when idle, and wake from the store."""


@settings(max_examples=30)
@given(steps=histories(), config=st.sampled_from([CONFIG, RESTLESS]))
def test_the_store_the_awake_inbox_and_a_recount_agree_after_every_step(
    steps: list[Step], config: Config
) -> None:
    async def main() -> None:
        async with open_house(MemoryStore(), config=config) as house:
            life = Life(house)
            for step in steps:
                await life.live(step)
                await life.check()

    trio.run(main, clock=MockClock(autojump_threshold=0))


@settings(max_examples=8)
@given(steps=histories(12), erased=st.sampled_from(PEOPLE))
def test_they_agree_after_somebody_was_erased(steps: list[Step], erased: str) -> None:
    async def main() -> None:
        async with open_house(MemoryStore()) as house:
            life = Life(house)
            for step in steps:
                await life.live(step)
            await life.erase(erased)
            await life.check()

    trio.run(main, clock=MockClock(autojump_threshold=0))


@settings(max_examples=3)
@given(steps=histories())
def test_they_agree_on_sqlite_too(steps: list[Step]) -> None:
    async def main(directory: Path) -> None:
        store = SqliteStore.open(directory)
        async with trio.open_nursery() as nursery:
            await nursery.start(store.run)
            async with open_house(store, config=RESTLESS) as house:
                life = Life(house)
                for step in steps:
                    await life.live(step)
                    await life.check()
                await life.erase("bob")
                await life.check()
            nursery.cancel_scope.cancel()
        store.close()
        assert faults(directory) == []

    with tempfile.TemporaryDirectory() as directory:
        trio.run(main, Path(directory))


@settings(max_examples=30)
@given(steps=histories())
def test_a_client_that_only_listens_comes_to_the_same_counts(steps: list[Step]) -> None:
    """The inbox at ``connect``, updated by every later event."""

    async def main() -> None:
        async with open_house(FaultyStore(commit_delay=0.03, inbox_delay=0.05)) as house:
            life = Life(house)
            listeners = [(guest, await shown(guest)) for guest in await house.guests(*PEOPLE)]
            for step in steps:
                await life.live(step)
            await house.settle()
            for guest, first in listeners:
                assert overlaid(first, guest) == await shown(guest), guest.user

    trio.run(main, clock=MockClock(autojump_threshold=0))


async def shown(guest: Guest) -> dict[str, Any]:
    inbox = await guest.inbox()
    return {entry.room: orjson.loads(encode_json(entry)) for entry in inbox.rooms}


def overlaid(first: dict[str, Any], guest: Guest) -> dict[str, Any]:
    entries = dict(first)
    for event in guest.events("unread", "memberChanged"):
        if event.pop("event") == "unread":
            entries[event["room"]] = event
        elif event["user"] == guest.user and event["role"] is None:
            entries.pop(event["room"], None)
    return entries
