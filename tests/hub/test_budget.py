"""The memory limit of all outboxes: which pages wait, and which sessions are ended."""

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.errors import CloseCode
from chatroom.hub.flusher import Flusher
from chatroom.hub.memory_budget import MemoryBudget
from chatroom.protocol import results

from ..builders import Box
from .hub_harness import BoxedSession, Gone, Stuck

PAGE = 100
LIMIT = 10 * PAGE


class Held:
    """A session as the budget sees it."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.gave_up = False

    def give_up(self) -> None:
        self.gave_up = True


@pytest.fixture
def budget() -> MemoryBudget:
    return MemoryBudget(LIMIT)


@pytest.fixture
async def flusher(nursery: trio.Nursery) -> Flusher:
    flusher = Flusher()
    await nursery.start(flusher.run)
    return flusher


async def stuck_session(budget: MemoryBudget, nursery: trio.Nursery) -> BoxedSession:
    """Return a session with 100 bytes on their way through a network that is stuck."""
    mine = BoxedSession(box=Stuck(), budget=budget)
    mine.outbox.push(b"x" * 100)
    nursery.start_soon(mine.outbox.write_out)
    await wait_all_tasks_blocked()
    assert budget.held == 100
    return mine


async def page_for(mine: BoxedSession) -> int:
    """Hold space for the reply to a new call."""
    call = mine.calls.add(1).call
    await mine.calls.wait_for_page(call, PAGE)
    return call


async def let_through(mine: BoxedSession) -> None:
    mine.box.open.set()
    await wait_all_tasks_blocked()


# ---- what counts


async def test_a_session_whose_network_takes_everything_holds_nothing(
    budget: MemoryBudget,
) -> None:
    mine = BoxedSession(budget=budget)
    for _ in range(3):
        mine.outbox.push(b"x" * 100)
    assert budget.held == 0
    await mine.outbox.write_out()
    assert budget.held == 0


async def test_bytes_that_wait_for_the_network_count_until_they_have_left(
    budget: MemoryBudget, nursery: trio.Nursery
) -> None:
    mine = await stuck_session(budget, nursery)
    mine.outbox.push(b"y" * 50)
    assert budget.held == 150
    await let_through(mine)
    assert budget.held == 0


async def test_bytes_that_the_network_has_not_taken_at_once_count(
    budget: MemoryBudget, flusher: Flusher
) -> None:
    class Partly(Stuck):
        def send_now(self, frames: bytes) -> int | None:
            return len(frames) - 30

    mine = BoxedSession(box=Partly(), budget=budget, flusher=flusher)
    mine.outbox.push(b"x" * 100)
    await wait_all_tasks_blocked()
    assert budget.held == 70
    await let_through(mine)
    assert budget.held == 0


async def test_a_page_counts_from_the_call_to_the_reply(budget: MemoryBudget) -> None:
    mine = BoxedSession(budget=budget)
    call = await page_for(mine)
    assert budget.held == PAGE
    mine.calls.answer(call, results.Changed(7))
    assert 0 < budget.held < PAGE, "the size of the reply"
    mine.end(CloseCode.NORMAL)
    mine.outbox.close()
    assert budget.held == 0


@pytest.mark.parametrize("waits", [False, True])
async def test_a_page_counts_until_the_network_has_taken_it(
    waits: bool, budget: MemoryBudget, flusher: Flusher
) -> None:
    class Free(Box):
        def send_now(self, frames: bytes) -> int | None:
            return 0

    mine = BoxedSession(box=Stuck() if waits else Free(), budget=budget, flusher=flusher)
    mine.calls.answer(await page_for(mine), results.Changed(7))
    assert budget.held == mine.outbox.queued > 0
    await wait_all_tasks_blocked()
    assert (budget.held > 0) is waits
    await let_through(mine)
    assert budget.held == 0


async def test_the_end_of_a_connection_frees_everything(
    budget: MemoryBudget, nursery: trio.Nursery
) -> None:
    mine = await stuck_session(budget, nursery)
    await page_for(mine)
    assert budget.held == 100 + PAGE
    mine.end(CloseCode.NORMAL)
    mine.outbox.close()
    assert budget.held == 0
    await let_through(mine)
    assert budget.held == 0


async def test_a_flush_after_the_end_of_a_connection_holds_nothing(
    budget: MemoryBudget, nursery: trio.Nursery
) -> None:
    """A frame is pushed in the pass in which the peer closes, and flushed only after the end."""
    flusher = Flusher()
    mine = BoxedSession(box=Gone(), budget=budget, flusher=flusher)
    mine.outbox.push(b"x" * 100)
    mine.end(CloseCode.NORMAL)
    mine.close()
    await nursery.start(flusher.run)
    await wait_all_tasks_blocked()
    assert budget.held == 0


async def test_frames_that_a_slow_session_will_not_get_are_freed_at_once(
    nursery: trio.Nursery,
) -> None:
    budget = MemoryBudget(10_000)
    mine = await stuck_session(budget, nursery)
    for _ in range(10):
        mine.outbox.push(b"y" * 100)
    assert mine.ending is CloseCode.SLOW
    assert budget.held == 100, "which is on its way"
    await let_through(mine)
    assert budget.held == 0


# ---- pages


async def test_above_half_of_the_limit_pages_wait_in_order(
    budget: MemoryBudget, nursery: trio.Nursery
) -> None:
    order: list[str] = []
    big = Held("dave")
    budget.hold(big, LIMIT // 2)

    async def hold_page(holder: Held) -> None:
        await budget.hold_page(holder, PAGE)
        order.append(holder.user)

    holders = {name: Held(name) for name in ("alice", "bob", "carol")}
    for holder in holders.values():
        budget.hold(holder, 1)
    for name in ("bob", "alice", "carol"):
        nursery.start_soon(hold_page, holders[name])
        await wait_all_tasks_blocked()
    assert order == []
    budget.free(big, 2 * PAGE)
    await wait_all_tasks_blocked()
    assert order == ["bob"], "there is space for one and a bit"
    budget.free(big, PAGE)
    await wait_all_tasks_blocked()
    assert order == ["bob", "alice"]
    budget.free_all(big)
    await wait_all_tasks_blocked()
    assert order == ["bob", "alice", "carol"]


async def test_a_person_who_holds_nothing_does_not_wait_for_others(budget: MemoryBudget) -> None:
    """Otherwise a few slow readers could block everybody."""
    budget.hold(Held("mallory"), LIMIT // 2)
    alice, bob = Held("alice"), Held("bob")
    await budget.hold_page(alice, PAGE)
    await budget.hold_page(bob, PAGE)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(budget.hold_page, alice, PAGE)
        await wait_all_tasks_blocked()
        assert nursery.child_tasks, "a second page waits for the first"
        budget.free(alice, PAGE)
    assert budget.held == LIMIT // 2 + 2 * PAGE


async def test_pages_of_any_number_of_people_end_no_session(
    budget: MemoryBudget, nursery: trio.Nursery
) -> None:
    """All clients come back after a restart, and each asks for its first page at once."""
    people = [BoxedSession(name, name, budget=budget) for name in map(str, range(30))]
    calls: dict[BoxedSession, int] = {}

    async def ask(mine: BoxedSession) -> None:
        calls[mine] = await page_for(mine)

    for mine in people:
        nursery.start_soon(ask, mine)
        await wait_all_tasks_blocked()
    for number, mine in enumerate(people):
        assert budget.held <= LIMIT // 2
        assert list(calls) == people[: number + 5], "in order of arrival"
        mine.calls.answer(calls[mine], results.Changed(7))
        await mine.outbox.write_out()
        await wait_all_tasks_blocked()
    assert budget.held == 0
    assert [mine.ending for mine in people] == [None] * 30


async def test_the_first_page_of_a_person_waits_for_pages_that_are_read_alone(
    budget: MemoryBudget, nursery: trio.Nursery
) -> None:
    """Slow readers may take all memory: then the slowest of them is ended."""
    slow = [Held("mallory"), Held("mary")]
    for holder, size in zip(slow, (LIMIT // 2, LIMIT // 2 - PAGE), strict=True):
        budget.hold(holder, size)
    alice, bob = (BoxedSession(name, name, budget=budget) for name in ("alice", "bob"))
    call = await page_for(alice)
    assert not slow[0].gave_up
    await page_for(bob)
    assert [holder.gave_up for holder in slow] == [True, False]
    alice.calls.answer(call, results.Changed(7))
    assert (alice.ending, bob.ending) == (None, None)


async def test_a_first_page_that_is_waited_for_no_more_lets_the_next_ones_through(
    budget: MemoryBudget, nursery: trio.Nursery
) -> None:
    readers = [Held(name) for name in map(str, range(5))]
    for holder in readers:
        await budget.hold_page(holder, PAGE)
    budget.end_page(readers[0], 1, 0)
    order, scope = list[str](), trio.CancelScope()

    async def ask(user: str, size: int) -> None:
        await budget.hold_page(Held(user), size)
        order.append(user)

    async def give_up() -> None:
        with scope:
            await ask("alice", PAGE)

    nursery.start_soon(give_up)
    await wait_all_tasks_blocked()
    nursery.start_soon(ask, "bob", 1)
    await wait_all_tasks_blocked()
    nursery.start_soon(ask, "alice", PAGE)
    await wait_all_tasks_blocked()
    assert order == [], "there is space for bob alone, who is behind alice"
    scope.cancel()
    await wait_all_tasks_blocked()
    assert order == ["bob"]
    budget.free_all(readers[0])
    await wait_all_tasks_blocked()
    assert order == ["bob"]
    budget.free_all(readers[1])
    await wait_all_tasks_blocked()
    assert order == ["bob", "alice"]


@pytest.mark.parametrize("granted", [False, True])
async def test_a_person_who_gives_up_waiting_holds_nothing(
    granted: bool, budget: MemoryBudget, nursery: trio.Nursery
) -> None:
    """The page may be granted in the same pass. The next one in the queue gets the space."""
    big, alice, bob = Held("mallory"), Held("alice"), Held("bob")
    budget.hold(big, LIMIT // 2)
    for holder in (alice, bob):
        budget.hold(holder, 1)
    scope = trio.CancelScope()

    async def give_up() -> None:
        with scope:
            await budget.hold_page(bob, PAGE)

    for task in (give_up, lambda: budget.hold_page(alice, PAGE)):
        nursery.start_soon(task)
        await wait_all_tasks_blocked()
    scope.cancel()
    if not granted:
        await wait_all_tasks_blocked()
    budget.free_all(big)
    await wait_all_tasks_blocked()
    assert budget.held == 2 + PAGE


# ---- above the limit


def test_above_the_limit_the_person_who_holds_most_is_ended(budget: MemoryBudget) -> None:
    """The limit goes by person, so that many small sessions of one person do not hide."""
    mallory = [Held("mallory") for _ in range(4)]
    alice = Held("alice")
    budget.hold(alice, 150)
    for number, holder in enumerate(mallory):
        budget.hold(holder, 100 + 10 * number)
    budget.hold(Held("bob"), LIMIT - budget.held)
    assert not any(holder.gave_up for holder in mallory)
    budget.hold(alice, 1)
    assert [holder.gave_up for holder in mallory] == [False, False, False, True]
    assert not alice.gave_up
    assert budget.held <= 900


def test_enough_sessions_are_ended_to_free_a_tenth(budget: MemoryBudget) -> None:
    crowd = [Held(f"u{number}") for number in range(100)]
    for holder in crowd:
        budget.hold(holder, 10)
    budget.hold(crowd[0], 5)
    assert budget.held == 900
    assert sum(holder.gave_up for holder in crowd) == 10
    assert crowd[0].gave_up


async def test_a_session_ended_for_memory_drops_its_frames(flusher: Flusher) -> None:
    budget = MemoryBudget(500)
    mine, other = (
        BoxedSession(user, user, box=Stuck(), budget=budget, flusher=flusher)
        for user in ("alice", "bob")
    )
    mine.outbox.push(b"x" * 200)
    other.outbox.push(b"x" * 250)
    await wait_all_tasks_blocked()
    mine.outbox.push(b"y" * 100)
    assert (mine.ending, other.ending) == (CloseCode.SLOW, None)
    assert mine.outbox.gave_up
    assert budget.held == 250
    await let_through(mine)
    assert budget.held == 250
    assert mine.box.frames == [b"x" * 200]


# ---- states that wait for space


@pytest.fixture
async def full(budget: MemoryBudget) -> BoxedSession:
    """A session whose outbox is more than half full."""
    mine = BoxedSession(budget=budget)
    mine.outbox.push(b"x" * 501)
    return mine


async def test_states_wait_for_space_and_a_reverted_one_is_not_sent(full: BoxedSession) -> None:
    for about, state in (
        *(("bob", b"bob comes"), ("alice", b"alice comes"), ("carol", b"carol comes")),
        *(("bob", b"bob goes"), ("carol", b"carol comes")),
    ):
        full.outbox.push_state(about, state)
    assert (await full.drain())[1:] == [b"alice comes", b"carol comes"]
    full.outbox.push_state("alice", b"alice goes")
    assert await full.drain() == [b"alice goes"]


async def test_states_never_end_a_session(full: BoxedSession) -> None:
    for number in range(5000):
        full.outbox.push_state(f"u{number}", b"comes")
    assert full.ending is None
    assert 1 < len(await full.drain()) <= 1001
