"""The memory limit of all outboxes: which pages wait, and which sessions are ended."""

from collections.abc import Sequence

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatroom.errors import CloseCode
from chatroom.hub.flusher import Flusher
from chatroom.hub.memory_budget import MemoryBudget
from chatroom.hub.session_handle import SessionHandle
from chatroom.net.websocket import Closed
from chatroom.protocol import results

from ..builders import Box, token_of

PAGE = 100


class Held:
    """A session as the budget sees it."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.gave_up = False

    def give_up(self) -> None:
        self.gave_up = True


class Stuck(Box):
    """A transport that accepts nothing until a test allows it."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.open = trio.Event()


def session(
    user: str, budget: MemoryBudget, transport: Box, flusher: Flusher | None = None
) -> SessionHandle:
    made = SessionHandle(
        user, outbox_bytes=1000, flusher=flusher or Flusher(), transport=transport, budget=budget
    )
    made.identify(token_of(user), connected_at=0)
    return made


# ---- what counts


async def test_who_takes_everything_at_once_holds_nothing() -> None:
    budget = MemoryBudget(1000)
    mine = session("alice", budget, Box())
    for _ in range(3):
        mine.outbox.push(b"x" * 100)
    assert budget.held == 0
    await mine.outbox.write_out()
    assert budget.held == 0


async def test_what_waits_for_the_network_counts_until_it_has_left() -> None:
    budget, stuck = MemoryBudget(1000), Stuck()
    mine = session("alice", budget, stuck)
    async with trio.open_nursery() as nursery:
        mine.outbox.push(b"x" * 100)
        nursery.start_soon(mine.outbox.write_out)
        await wait_all_tasks_blocked()
        assert budget.held == 100
        mine.outbox.push(b"y" * 50)
        assert budget.held == 150
        stuck.open.set()
    assert budget.held == 0


async def test_what_was_taken_but_not_sent_counts() -> None:
    """The network accepts a part at once, and the rest stays queued."""

    class Partly(Stuck):
        def send_now(self, frames: bytes) -> bool:
            self.unsent = len(frames) - 30
            return True

    budget, partly, flusher = MemoryBudget(1000), Partly(), Flusher()
    async with trio.open_nursery() as nursery:
        await nursery.start(flusher.run)
        mine = session("alice", budget, partly, flusher)
        mine.outbox.push(b"x" * 100)
        await wait_all_tasks_blocked()
        assert budget.held == 70
        partly.open.set()
        await wait_all_tasks_blocked()
        assert budget.held == 0
        nursery.cancel_scope.cancel()


async def test_a_page_counts_from_when_it_is_asked_for_until_it_is_answered() -> None:
    budget = MemoryBudget(1000)
    mine = session("alice", budget, Box())
    call = mine.calls.add(1).call
    await mine.calls.wait_for_page(call, PAGE)
    assert budget.held == PAGE
    mine.calls.answer(call, results.Changed(7))
    assert 0 < budget.held < PAGE, "which is what the reply has"
    mine.end(CloseCode.NORMAL)
    mine.outbox.close()
    assert budget.held == 0


async def test_a_page_counts_until_the_network_has_taken_it() -> None:
    class Free(Box):
        def send_now(self, frames: bytes) -> bool:
            self.frames.append(frames)
            return True

    budget, flusher, free, stuck = MemoryBudget(1000), Flusher(), Free(), Stuck()
    async with trio.open_nursery() as nursery:
        await nursery.start(flusher.run)
        for transport in (free, stuck):
            mine = session("alice", budget, transport, flusher)
            call = mine.calls.add(1).call
            await mine.calls.wait_for_page(call, PAGE)
            mine.calls.answer(call, results.Changed(7))
            assert budget.held == mine.outbox.queued > 0
            await wait_all_tasks_blocked()
            assert (budget.held > 0) == (transport is stuck)
        stuck.open.set()
        await wait_all_tasks_blocked()
        assert budget.held == 0
        nursery.cancel_scope.cancel()


async def test_the_end_of_a_connection_frees_all() -> None:
    budget, stuck = MemoryBudget(1000), Stuck()
    mine = session("alice", budget, stuck)
    async with trio.open_nursery() as nursery:
        mine.outbox.push(b"x" * 100)
        nursery.start_soon(mine.outbox.write_out)
        await wait_all_tasks_blocked()
        await mine.calls.wait_for_page(mine.calls.add(1).call, PAGE)
        assert budget.held == 100 + PAGE
        mine.end(CloseCode.NORMAL)
        mine.outbox.close()
        assert budget.held == 0
        stuck.open.set()
    assert budget.held == 0


async def test_a_flush_after_the_end_of_a_connection_holds_nothing() -> None:
    """A frame is pushed in the pass in which the peer closes, and flushed only after the end."""

    class Gone(Box):
        async def send_frames(self, frames: Sequence[bytes]) -> None:
            raise Closed(1006)

    budget, flusher = MemoryBudget(1000), Flusher()
    mine = session("alice", budget, Gone(), flusher)
    mine.outbox.push(b"x" * 100)
    mine.end(CloseCode.NORMAL)
    mine.close()
    async with trio.open_nursery() as nursery:
        await nursery.start(flusher.run)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert budget.held == 0


async def test_what_a_slow_session_never_gets_is_free_at_once() -> None:
    budget, stuck = MemoryBudget(10_000), Stuck()
    mine = session("alice", budget, stuck)
    async with trio.open_nursery() as nursery:
        mine.outbox.push(b"x" * 100)
        nursery.start_soon(mine.outbox.write_out)
        await wait_all_tasks_blocked()
        for _ in range(10):
            mine.outbox.push(b"y" * 100)
        assert mine.ending is CloseCode.SLOW
        assert budget.held == 100, "which is on its way"
        stuck.open.set()
    assert budget.held == 0


# ---- pages


async def test_past_the_half_pages_wait_in_order() -> None:
    budget, order = MemoryBudget(10 * PAGE), list[str]()
    mine = {name: Held(name) for name in ("alice", "bob", "carol")}
    for held in mine.values():
        budget.hold(held, 1)
    big = Held("dave")
    budget.hold(big, 5 * PAGE)

    async def ask(name: str) -> None:
        await budget.hold_page(mine[name], PAGE)
        order.append(name)

    async with trio.open_nursery() as nursery:
        for name in ("bob", "alice", "carol"):
            nursery.start_soon(ask, name)
            await wait_all_tasks_blocked()
        assert order == []
        budget.free(big, 2 * PAGE)
        await wait_all_tasks_blocked()
        assert order == ["bob"], "there is space for one and a bit"
        budget.free(big, PAGE)
        await wait_all_tasks_blocked()
        assert order == ["bob", "alice"]
        budget.free_all(big)
    assert order == ["bob", "alice", "carol"]


async def test_who_holds_nothing_never_waits_for_those_who_do() -> None:
    """Otherwise a few slow readers could block everybody."""
    budget = MemoryBudget(10 * PAGE)
    budget.hold(Held("mallory"), 5 * PAGE)
    alice, bob = Held("alice"), Held("bob")
    await budget.hold_page(alice, PAGE)
    await budget.hold_page(bob, PAGE)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(budget.hold_page, alice, PAGE)
        await wait_all_tasks_blocked()
        assert nursery.child_tasks, "a second one waits for the first"
        budget.free(alice, PAGE)
    assert budget.held == 7 * PAGE


async def test_who_goes_while_waiting_is_not_waited_for() -> None:
    budget = MemoryBudget(10 * PAGE)
    big, alice, bob = Held("mallory"), Held("alice"), Held("bob")
    budget.hold(big, 5 * PAGE)
    for held in (alice, bob):
        budget.hold(held, 1)
    async with trio.open_nursery() as nursery:
        with trio.CancelScope() as scope:
            nursery.start_soon(budget.hold_page, bob, PAGE)
            scope.cancel()
            await budget.hold_page(alice, PAGE)
        budget.free_all(big)
    assert budget.held == 2 + PAGE


async def test_a_page_that_is_granted_to_who_goes_is_free_again() -> None:
    budget = MemoryBudget(10 * PAGE)
    big, alice = Held("mallory"), Held("alice")
    budget.hold(big, 5 * PAGE)
    budget.hold(alice, 1)

    async def ask() -> None:
        with scope:
            await budget.hold_page(alice, PAGE)

    async with trio.open_nursery() as nursery:
        scope = trio.CancelScope()
        nursery.start_soon(ask)
        await wait_all_tasks_blocked()
        scope.cancel()
        budget.free_all(big)
    assert budget.held == 1


# ---- above the limit


def test_past_all_of_it_those_who_hold_most_are_ended() -> None:
    """The limit goes by person, so that many small sessions of one person do not hide."""
    budget = MemoryBudget(1000)
    mallory = [Held("mallory") for _ in range(4)]
    alice = Held("alice")
    budget.hold(alice, 150)
    for number, held in enumerate(mallory):
        budget.hold(held, 100 + 10 * number)
    budget.hold(Held("bob"), 1000 - budget.held)
    assert not any(held.gave_up for held in mallory)
    budget.hold(alice, 1)
    assert [held.gave_up for held in mallory] == [False, False, False, True]
    assert not alice.gave_up
    assert budget.held <= 900


def test_as_many_are_ended_as_make_space_for_a_while() -> None:
    budget = MemoryBudget(1000)
    crowd = [Held(f"u{number}") for number in range(100)]
    for held in crowd:
        budget.hold(held, 10)
    budget.hold(crowd[0], 5)
    assert budget.held == 900
    assert sum(held.gave_up for held in crowd) == 10
    assert crowd[0].gave_up


async def test_who_is_ended_for_memory_drops_what_it_had(autojump_clock: MockClock) -> None:
    budget, flusher = MemoryBudget(500), Flusher()
    transports = [Stuck() for _ in range(2)]
    sessions = [
        session(f"u{number}", budget, transport, flusher)
        for number, transport in enumerate(transports)
    ]
    async with trio.open_nursery() as nursery:
        await nursery.start(flusher.run)
        for mine, size in zip(sessions, (200, 250), strict=True):
            mine.outbox.push(b"x" * size)
        await wait_all_tasks_blocked()
        sessions[0].outbox.push(b"y" * 100)
        assert [mine.ending for mine in sessions] == [CloseCode.SLOW, None]
        assert sessions[0].outbox.gave_up
        assert budget.held == 250
        transports[0].open.set()
        await wait_all_tasks_blocked()
        assert budget.held == 250
        assert transports[0].frames == [b"x" * 200]
        nursery.cancel_scope.cancel()


# ---- states that wait for space


@pytest.fixture
async def behind() -> tuple[SessionHandle, Stuck]:
    """Return a session whose outbox is more than half full."""
    stuck = Stuck()
    mine = session("alice", MemoryBudget(10_000), stuck)
    mine.outbox.push(b"x" * 501)
    return mine, stuck


async def drained(mine: SessionHandle, stuck: Stuck) -> Sequence[bytes]:
    stuck.open.set()
    await mine.outbox.write_out()
    return stuck.frames[1:]


async def test_a_state_waits_for_space(behind: tuple[SessionHandle, Stuck]) -> None:
    mine, stuck = behind
    mine.outbox.push_state("bob", b"bob comes")
    mine.outbox.push_state("carol", b"carol comes")
    assert await drained(mine, stuck) == [b"bob comes", b"carol comes"]
    mine.outbox.push_state("bob", b"bob goes")
    assert await drained(mine, stuck) == [b"bob comes", b"carol comes", b"bob goes"]


async def test_a_state_that_is_as_it_was_is_not_told(behind: tuple[SessionHandle, Stuck]) -> None:
    mine, stuck = behind
    mine.outbox.push_state("bob", b"bob comes")
    mine.outbox.push_state("bob", b"bob goes")
    mine.outbox.push_state("carol", b"carol comes")
    mine.outbox.push_state("carol", b"carol comes")
    assert await drained(mine, stuck) == [b"carol comes"]


async def test_states_never_end_a_session(behind: tuple[SessionHandle, Stuck]) -> None:
    mine, stuck = behind
    for number in range(5000):
        mine.outbox.push_state(f"u{number}", b"comes")
    assert mine.ending is None
    assert 0 < len(await drained(mine, stuck)) <= 1000
