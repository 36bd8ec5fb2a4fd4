"""Counts of each account's messages and bytes per day, and the limit of the data's size."""

import attrs
import pytest
import trio
from trio.testing import MockClock

from chatroom.clock import DAY_MS
from chatroom.config import Config, Quotas
from chatroom.errors import NoThread, StorageFull
from chatroom.protocol import calls
from chatroom.room.usage_meter import SAVE_EVERY_S, UsageMeter
from chatroom.store.quotas import DayUsage

from ..builders import CONFIG, open_house, reason
from ..memory_store import MemoryStore

DAY = 20_000
LIMITED = attrs.evolve(
    CONFIG, rate_limits="on", quotas=Quotas(messages_per_day=3, bytes_per_day=100)
)


@attrs.define
class Clock:
    """A wall clock that follows the virtual one from the beginning of a day. Tests may set it."""

    offset: int = DAY * DAY_MS

    def __call__(self) -> int:
        return self.offset + round(trio.current_time() * 1000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_messages_and_edits_count_and_the_next_day_begins_anew(
    autojump_clock: MockClock, clock: Clock
) -> None:
    async with open_house(MemoryStore(), config=LIMITED, clock=clock) as house:
        alice, bob = await house.meet("lobby", "alice", "bob")
        await alice.send("lobby", client_id="c-1")
        await alice.ask("lobby", calls.EditMessage, 1, "edited")
        await alice.send("lobby")
        refused = await alice.send("lobby")
        assert reason(refused) == "quota_exceeded"
        assert refused.retry_after_ms == DAY_MS - clock() % DAY_MS
        assert reason(await alice.ask("lobby", calls.EditMessage, 1, "again")) == "quota_exceeded"
        assert reason(await alice.ask("lobby", calls.DeleteMessage, 1)) is None
        assert (await alice.send("lobby", client_id="c-1")).duplicate
        assert reason(await bob.send("lobby")) is None
        clock.offset += DAY_MS
        await house.settle()
        await house.settle()
        assert reason(await alice.send("lobby")) is None


async def test_bytes_of_utf_8_count(autojump_clock: MockClock, clock: Clock) -> None:
    async with open_house(MemoryStore(), config=LIMITED, clock=clock) as house:
        (alice,) = await house.meet("lobby", "alice")
        await alice.send("lobby", "\N{SNOWMAN}" * 34)
        assert reason(await alice.send("lobby")) == "quota_exceeded"


async def test_a_restart_does_not_begin_the_day_anew(
    autojump_clock: MockClock, clock: Clock
) -> None:
    store = MemoryStore()
    for _ in range(3):
        async with open_house(store, config=LIMITED, clock=clock) as house:
            (alice,) = await house.meet("lobby", "alice")
            assert reason(await alice.send("lobby")) is None
    async with open_house(store, config=LIMITED, clock=clock) as house:
        alice = await house.guest("alice")
        assert reason(await alice.send("lobby")) == "quota_exceeded"
    assert [each.counts["messages"] for each in await store.usage(DAY)] == [3]


async def test_a_kill_forgives_what_was_not_saved_yet(
    autojump_clock: MockClock, clock: Clock, nursery: trio.Nursery
) -> None:
    store = MemoryStore()
    meter = UsageMeter(store, LIMITED, clock)
    await nursery.start(meter.run)
    meter.count("alice", "hello")
    await trio.sleep(SAVE_EVERY_S + 1)
    meter.count("alice", "hello")
    assert await store.usage(DAY) == [DayUsage("alice", {"messages": 1, "bytes": 5})]
    await trio.sleep(SAVE_EVERY_S + 1)
    assert await store.usage(DAY) == [DayUsage("alice", {"messages": 2, "bytes": 10})]


async def test_what_was_counted_before_the_day_was_read_is_not_lost(
    autojump_clock: MockClock, clock: Clock, nursery: trio.Nursery
) -> None:
    store = MemoryStore()
    await store.add_usage(DAY, [DayUsage("alice", {"messages": 2, "bytes": 10})])
    await store.add_usage(DAY - 2, [DayUsage("alice", {"messages": 2})])
    meter = UsageMeter(store, LIMITED, clock)
    await nursery.start(meter.run)
    meter.count("alice", "hello")
    await trio.sleep(1)
    assert meter.terms.over == {"alice"}
    assert await store.usage(DAY - 2) == []


async def test_with_the_limits_off_nothing_is_counted(
    autojump_clock: MockClock, clock: Clock, nursery: trio.Nursery
) -> None:
    store = MemoryStore()
    meter = UsageMeter(store, attrs.evolve(LIMITED, rate_limits="off"), clock)
    await nursery.start(meter.run)
    for _ in range(9):
        meter.count("alice", "hello")
    await trio.sleep(SAVE_EVERY_S + 1)
    assert await store.usage(DAY) == []
    assert meter.terms.over == frozenset()
    assert meter.terms.quotas is None


async def test_the_size_of_the_data_is_a_limit_of_memory(
    autojump_clock: MockClock, clock: Clock
) -> None:
    """It applies with quotas off too. Reads and deletes continue; freed space is noticed."""
    store = MemoryStore()
    config = attrs.evolve(CONFIG, max_data_bytes=await store.used_bytes() + 8000)
    async with open_house(store, config=config, clock=clock) as house:
        alice, _ = await house.meet("lobby", "alice", "bob")
        await alice.send("lobby", "x" * 16_000)
        await house.settle()
        await house.settle()
        refused = await alice.send("lobby")
        assert (reason(refused), refused.retry_after_ms) == ("storage_full", None)
        assert len((await alice.ask("lobby", calls.GetHistory, limit=10)).messages) == 1
        assert reason(await alice.ask("lobby", calls.DeleteMessage, 1)) is None
        await house.settle()
        await house.settle()
        assert reason(await alice.send("lobby")) is None


async def test_a_day_that_cannot_be_saved_is_saved_later(
    autojump_clock: MockClock, clock: Clock, nursery: trio.Nursery
) -> None:
    class Full(MemoryStore):
        full = True

        async def add_usage(self, *args: object) -> None:
            if self.full:
                raise StorageFull("the disk is full")
            await super().add_usage(*args)  # type: ignore[arg-type]

    store = Full()
    meter = UsageMeter(store, LIMITED, clock)
    await nursery.start(meter.run)
    meter.count("alice", "hello")
    await trio.sleep(SAVE_EVERY_S + 1)
    store.full = False
    await trio.sleep(SAVE_EVERY_S + 1)
    assert await store.usage(DAY) == [DayUsage("alice", {"messages": 1, "bytes": 5})]


async def test_a_day_that_cannot_be_read_is_read_later(
    autojump_clock: MockClock, clock: Clock, nursery: trio.Nursery
) -> None:
    class Unreadable(MemoryStore):
        unreadable = True

        async def usage(self, day: int, after: str = "", limit: int = 10_000) -> list[DayUsage]:
            if self.unreadable:
                raise NoThread("cannot read now")
            return await super().usage(day, after, limit)

    store = Unreadable()
    await store.add_usage(DAY, [DayUsage("alice", {"messages": 1, "bytes": 5})])
    meter = UsageMeter(store, LIMITED, clock)
    await nursery.start(meter.run)
    meter.count("alice", "hello")
    await trio.sleep(SAVE_EVERY_S + 1)
    store.unreadable = False
    await trio.sleep(SAVE_EVERY_S + 1)
    assert await store.usage(DAY) == [DayUsage("alice", {"messages": 2, "bytes": 10})]
    meter.count("alice", "hello")
    assert meter.terms.over == {"alice"}


def test_the_defaults_are_on() -> None:
    assert Config().enforced == Quotas()
    assert Config(rate_limits="off").enforced is None
