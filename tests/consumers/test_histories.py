"""Random histories: rooms change, pages fail, and the consumer is stopped, killed and started.

At the end its index must be as the log, whatever happened. The same histories must find each
planted fault.
"""

import random
from typing import Any, Final

import pytest
import trio
from trio.testing import MockClock

from chatroom.store.events import RoomDeleted

from ..store.room_log import StoredRoom, batch_of, rooms
from .harness import Consuming
from .planted import PLANTED, Planted

SEEDS: Final = range(12)
RUNS: Final = 4


async def findings(seed: int, planted: Planted) -> list[str]:
    choose = random.Random(seed)  # noqa: S311 - to be repeated
    store = planted.store_type()
    consuming = Consuming(store, planted.runner_type)
    *talks, doomed = await rooms(store, 7)
    found: list[str] = []
    names = [talk.name for talk in talks]
    for number in range(RUNS):
        consuming.handle_s = choose.choice((0, 0.01, 0.3))
        async with consuming.running(**_options(choose)):
            for _ in range(choose.choice((0, 3, 40))):
                await _change(choose, choose.choice(talks))
                consuming.failing = {name for name in names if choose.random() < 0.2}
                await trio.sleep(choose.choice((0, 0, 0.01, 0.3, 3)))
            if number == 1:
                await doomed.post("alice")
                await store.commit(batch_of(doomed.name, RoomDeleted(5000)))
            if number % 2:
                consuming.failing = ()
                await trio.sleep(100)
                found += consuming.faults(*talks)
        for _ in range(5):
            await _change(choose, choose.choice(talks))

    bad, *others = talks
    consuming.handle_s, consuming.failing = 0, {bad.name}
    async with consuming.running(**_options(choose)) as runner:
        for _ in range(2):
            for talk in talks:
                await talk.post("alice")
            await trio.sleep(40)
        for talk in talks:
            await talk.post("alice")
        await trio.sleep(5)
        found += consuming.faults(*others)
        consuming.failing = ()
        await trio.sleep(100)
        if len(runner.queue):
            found.append("rooms are left")
    pages = len(consuming.pages)
    async with consuming.running():
        await trio.sleep(100)
    if len(consuming.pages) > pages and not found:
        found.append("a stop loses cursors")
    return found + consuming.faults(*talks)


def _options(choose: random.Random) -> dict[str, Any]:
    return {
        "page_messages": choose.choice((1, 2, 5)),
        "max_concurrent": choose.choice((1, 3)),
        "max_ready": choose.choice((2, 100)),
        "kill": choose.random() < 0.5,
    }


async def _change(choose: random.Random, talk: StoredRoom) -> None:
    kept = [seq for seq, message in talk.log.items() if not message.deleted]
    match choose.randrange(10):
        case 0 | 1 if kept:
            await talk.edit(choose.choice(kept), f"edited {talk.head_rev}")
        case 2 if kept:
            await talk.delete(choose.choice(kept))
        case 3 if len(talk.log) > 10:
            await talk.prune(choose.choice([*talk.log][:-3]))
        case 4:
            await talk.enter(f"user-{talk.now}")
        case _:
            await talk.talk("alice", choose.randint(1, 4))


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_index_is_as_the_log(autojump_clock: MockClock, seed: int) -> None:
    assert await findings(seed, Planted()) == []


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
async def test_planted_faults_are_found(autojump_clock: MockClock, planted: Planted) -> None:
    for seed in SEEDS:
        if await findings(seed, planted):
            return
    pytest.fail("not found")
