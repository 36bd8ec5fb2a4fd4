"""Counts of each account's messages and bytes per day, and the limit of the data's size."""

import attrs
import pytest
import trio

from chatroom.clock import DAY_MS
from chatroom.config import Config
from chatroom.limit_settings import Quotas
from chatroom.protocol import calls
from chatroom.room.usage_meter import SAVE_EVERY_S, UsageMeter
from chatroom.store.quotas import DayUsage

from ..builders import CONFIG, House, open_house, reason
from ..faulty_store import FaultyStore

DAY = 20_000
QUOTAS = Quotas(messages_per_day=3, bytes_per_day=100)
pytestmark = [
    pytest.mark.usefixtures("autojump_clock"),
    pytest.mark.config(rate_limits="on", quotas=QUOTAS),
]


@attrs.define
class Clock:
    """A wall clock that follows the virtual one from the beginning of a day. Tests may set it."""

    offset: int = DAY * DAY_MS

    def __call__(self) -> int:
        return self.offset + round(trio.current_time() * 1000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def meter(
    store: FaultyStore, config: Config, clock: Clock, nursery: trio.Nursery
) -> UsageMeter:
    """A running meter without a node."""
    meter = UsageMeter(store, config, clock)
    await nursery.start(meter.run)
    return meter


# ---- in a node


async def test_messages_and_edits_count_until_the_next_day(house: House, clock: Clock) -> None:
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
    await trio.sleep(2)
    assert reason(await alice.send("lobby")) is None


async def test_a_restart_does_not_begin_the_day_anew(
    store: FaultyStore, config: Config, clock: Clock
) -> None:
    for refused in (None, None, None, "quota_exceeded"):
        async with open_house(store, config=config, clock=clock) as house:
            (alice,) = await house.meet("lobby", "alice")
            assert reason(await alice.send("lobby")) == refused
    assert [each.counts["messages"] for each in await store.usage(DAY)] == [3]


async def test_the_size_of_the_data_is_limited(store: FaultyStore, clock: Clock) -> None:
    """This holds with quotas off, too. Reads and deletes continue, and freed space is noticed."""
    config = attrs.evolve(CONFIG, max_data_bytes=await store.used_bytes() + 8000)
    async with open_house(store, config=config, clock=clock) as house:
        (alice,) = await house.meet("lobby", "alice")
        await alice.send("lobby", "x" * 16_000)
        await trio.sleep(2)
        refused = await alice.send("lobby")
        assert (reason(refused), refused.retry_after_ms) == ("storage_full", None)
        assert len((await alice.ask("lobby", calls.GetHistory, limit=10)).messages) == 1
        assert reason(await alice.ask("lobby", calls.DeleteMessage, 1)) is None
        await trio.sleep(2)
        assert reason(await alice.send("lobby")) is None


# ---- the meter alone


async def test_bytes_of_utf_8_count(meter: UsageMeter) -> None:
    meter.count("alice", "\N{SNOWMAN}" * 33)
    assert meter.terms.over == frozenset()
    meter.count("alice", "x")
    assert meter.terms.over == {"alice"}


async def test_counts_of_an_earlier_process_are_added_and_of_earlier_days_removed(
    meter: UsageMeter, store: FaultyStore
) -> None:
    await store.add_usage(DAY, [DayUsage("alice", {"messages": 2, "bytes": 10})])
    await store.add_usage(DAY - 2, [DayUsage("alice", {"messages": 2})])
    meter.count("alice", "hello")
    await trio.sleep(1)
    assert meter.terms.over == {"alice"}
    assert await store.usage(DAY - 2) == []


@pytest.mark.config(rate_limits="off")
async def test_with_the_limits_off_nothing_is_counted(
    meter: UsageMeter, store: FaultyStore
) -> None:
    for _ in range(9):
        meter.count("alice", "hello")
    await trio.sleep(SAVE_EVERY_S + 1)
    assert await store.usage(DAY) == []
    assert meter.terms.over == frozenset()
    assert meter.terms.quotas is None


async def test_counts_are_saved_and_read_later_if_the_store_fails(
    meter: UsageMeter, store: FaultyStore
) -> None:
    await store.add_usage(DAY, [DayUsage("alice", {"messages": 1, "bytes": 5})])
    for count in (2, 3):
        store.fail_usage = True
        meter.count("alice", "hello")
        await trio.sleep(SAVE_EVERY_S + 1)
        store.fail_usage = False
        await trio.sleep(SAVE_EVERY_S + 1)
        expected = [DayUsage("alice", {"messages": count, "bytes": 5 * count})]
        assert await store.usage(DAY) == expected
    assert meter.terms.over == {"alice"}
    meter.count("alice", "hello")
    await trio.sleep(2)
    assert await store.usage(DAY) == expected, "it is saved only now and then"


def test_the_defaults_are_on() -> None:
    assert Config().enforced == Quotas()
    assert Config(rate_limits="off").enforced is None
