"""Scrapes of a node in this process."""

from pathlib import Path

import trio
from prometheus_client.parser import text_string_to_metric_families
from trio.testing import MockClock

from chatroom.histogram import Histogram
from chatroom.metrics.rows import METRICS
from chatroom.node import metrics_of

from ..session.node_harness import World
from .scraping import Samples
from .table import DOCUMENT, table


async def scraped(world: World) -> Samples:
    return Samples((await metrics_of(world.node).render()).decode())


def test_a_histogram_counts_up_to_each_bound() -> None:
    histogram = Histogram((1, 2))
    for value in (0.5, 1, 1.5, 3):
        histogram.observe(value)
    assert histogram.counts == [2, 1, 1]
    assert histogram.sum == 6


async def test_one_call_in_sixteen_is_timed_and_each_is_answered(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    world = await World.start(nursery, rate_limits="off")
    async with world.session("alice") as client:
        await client.call("joinRoom", room="general", create=True)
        for seq in range(1, 35):
            sent = await client.call("sendMessage", room="general", text="hi", clientId=f"c{seq}")
            assert sent["seq"] == seq
        samples = await scraped(world)
    assert samples.value("calls_total", method="sendMessage") == 34
    assert samples.value("call_seconds_count", method="sendMessage") == 3
    assert samples.value("call_seconds_bucket", method="sendMessage", le="+Inf") == 3


async def test_a_timed_call_without_an_id_has_no_reply(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    world = await World.start(nursery)
    async with world.session("alice") as client:
        before = len(client.frames)
        await client.send('{"jsonrpc":"2.0","method":"joinRoom","params":{"room":"x"}}')
        await client.call("getInbox")
        replies = [frame for frame in client.frames[before:] if "method" not in frame]
    assert len(replies) == 1


async def test_a_loop_that_is_late_shows(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    world = await World.start(nursery)
    await trio.sleep(3.5)
    autojump_clock.jump(4)
    samples = await scraped(world)
    late = samples.value("loop_lag_seconds_count") - samples.value(
        "loop_lag_seconds_bucket", le="2.5"
    )
    assert late == 1
    assert samples.value("loop_lag_seconds_sum") == 3.5


async def test_unreadable_values_are_left_out(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    samples = await scraped(await World.start(nursery, data=Path("/nowhere")))
    assert "chatroom_disk_free_bytes" not in samples.names()
    assert "chatroom_healthy" in samples.names()


async def test_every_metric_is_documented(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    text = (await scraped(await World.start(nursery))).text
    families = {family.name for family in text_string_to_metric_families(text)}
    assert {f"chatroom_{row.name}" for row in METRICS} <= {
        name.removesuffix("_info") for name in families
    }
    assert table() in DOCUMENT.read_text(), "run: python -m tests.metrics.table"
