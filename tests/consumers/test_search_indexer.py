"""The consumer of the search: when it works, and how it writes."""

import itertools
from collections.abc import Sequence

import attrs
import pytest
import trio
from trio.testing import MockClock

from chatroom.consumers.pace import BURST_S, MAX_REST_S, REST_BEHIND_S, REST_S, Pace
from chatroom.consumers.search_indexer import SLICE_MESSAGES, SearchIndexer
from chatroom.model import Message
from chatroom.store.room_log import Changes
from chatroom.store.search import IndexedPage

from ..memory_store import MemoryStore

pytestmark = pytest.mark.usefixtures("autojump_clock")


@attrs.define
class Processor:
    """:ivar share: the share of a core that others use."""

    share: float = 0

    def used_s(self) -> float:
        return self.share * trio.current_time()


async def turns(pace: Pace, seconds: float, each_s: float = 0.01) -> list[float]:
    """Work as often as the pace allows. Return the times."""
    begin, times = trio.current_time(), list[float]()
    while trio.current_time() < begin + seconds:
        await pace.turn()
        times.append(trio.current_time() - begin)
        await trio.sleep(each_s)
    return times


@pytest.mark.parametrize(("behind", "rest_s"), [(False, REST_S), (True, REST_BEHIND_S)])
async def test_work_is_done_in_bursts(behind: bool, rest_s: float) -> None:
    pace = Pace(Processor().used_s)
    pace.behind = behind
    times = await turns(pace, 10 * (rest_s + BURST_S))
    rests = [after - before for before, after in itertools.pairwise(times)]
    assert times[0] == pytest.approx(rest_s)
    assert max(rests) == pytest.approx(rest_s, abs=0.02)
    assert len(times) == pytest.approx(10 * BURST_S / 0.01, rel=0.2)


async def test_a_busy_process_is_left_alone(autojump_clock: MockClock) -> None:
    processor = Processor(share=0.9)
    pace = Pace(processor.used_s)
    times = await turns(pace, 3 * (MAX_REST_S + BURST_S))
    assert times[0] >= MAX_REST_S
    assert len(times) < 40
    processor.share = 0
    assert (await turns(pace, 2))[0] < 2 * REST_S


async def test_several_workers_share_a_burst() -> None:
    pace = Pace(Processor().used_s)
    times: list[float] = []

    async def work() -> None:
        await pace.turn()
        times.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(work)
    assert len(set(times)) == 1


class Broken(Exception):
    pass


class Slow(MemoryStore):
    """A store in which a write takes a second, and the first ``failing`` ones fail."""

    def __init__(self, failing: int = 0) -> None:
        super().__init__()
        self.failing = failing
        self.slices: list[list[str]] = []

    async def index(self, pages: Sequence[IndexedPage]) -> None:
        await trio.sleep(1)
        if self.failing:
            self.failing -= 1
            raise Broken
        self.slices.append([page.room for page in pages])


def page_of(room: str, messages: int) -> Changes:
    posted = tuple(Message(room, n, n, "alice", "hello", 1000) for n in range(1, messages + 1))
    return Changes(messages, messages, 1, posted, messages)


async def indexed(store: Slow, *sizes: int) -> list[str]:
    """Hand a page of each size, in rooms a, b, ..., at once. Return the rooms that failed."""
    indexer = SearchIndexer(store, Pace(Processor().used_s))
    failed: list[str] = []

    async def hand(room: str, size: int) -> None:
        try:
            await indexer.handle(room, page_of(room, size))
        except Broken:
            failed.append(room)

    async with trio.open_nursery() as nursery:
        for room, size in zip("abcdef", sizes, strict=False):
            nursery.start_soon(hand, room, size)
            await trio.testing.wait_all_tasks_blocked()
    return failed


async def test_pages_that_wait_are_written_together() -> None:
    store = Slow()
    assert await indexed(store, 1, 2, 3, 4) == []
    assert store.slices == [["a"], ["b", "c", "d"]]


async def test_a_slice_has_a_limit() -> None:
    store = Slow()
    assert await indexed(store, 1, SLICE_MESSAGES - 1, 1, 1, SLICE_MESSAGES) == []
    assert store.slices == [["a"], ["b", "c"], ["d"], ["e"]]


async def test_a_write_that_fails_fails_its_page_alone() -> None:
    store = Slow(failing=2)
    assert await indexed(store, 1, 2, 3, 4) == ["a", "b"]
    assert store.slices == [["c", "d"]]
