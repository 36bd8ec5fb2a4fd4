"""The queue for password hashes: its limits and its order."""

from collections.abc import Callable
from typing import Final

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from chatroom.accounts.hash_queue import (
    MAX_WAITING,
    MAX_WAITING_PER_NETWORK,
    MAX_WAITING_UNKNOWN,
    Caller,
    HashQueue,
)
from chatroom.errors import Refused

BUSY: Final = ("busy", 5000)


class Callers:
    """Callers of one queue. Each holds its turn until :meth:`finish`."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.turns = HashQueue(1)
        self.served: list[str] = []
        self.refused: list[tuple[str, int | None]] = []
        self._nursery = nursery
        self._next = trio.Semaphore(0)

    async def come(self, count: int, caller: Callable[[int], Caller], name: str) -> None:
        for number in range(count):
            self._nursery.start_soon(self._ask, caller(number), name)
            await wait_all_tasks_blocked()

    async def _ask(self, caller: Caller, name: str) -> None:
        try:
            async with self.turns.turn(caller):
                self.served.append(name)
                await self._next.acquire()
        except Refused as refused:
            self.refused.append((refused.reason, refused.retry_after_ms))

    async def finish(self, count: int) -> None:
        for _ in range(count):
            self._next.release()
            await wait_all_tasks_blocked()


def stranger(number: int) -> Caller:
    return Caller(f"10.0.0.{number}", known=False)


def known(number: int) -> Caller:
    return Caller(f"192.0.2.{number}")


@pytest.fixture
def crowd(nursery: trio.Nursery) -> Callers:
    return Callers(nursery)


async def test_unknown_callers_leave_places_for_known_ones(crowd: Callers) -> None:
    await crowd.come(1 + MAX_WAITING_UNKNOWN + 10, stranger, "stranger")
    assert crowd.refused == [BUSY] * 10
    await crowd.come(MAX_WAITING - MAX_WAITING_UNKNOWN + 5, known, "known")
    assert crowd.refused == [BUSY] * 15
    await crowd.finish(1 + MAX_WAITING)
    assert len(crowd.served) == 1 + MAX_WAITING
    await crowd.come(1, stranger, "stranger")
    assert len(crowd.served) == 2 + MAX_WAITING
    await crowd.finish(1)


async def test_known_and_unknown_callers_alternate(crowd: Callers) -> None:
    await crowd.come(4, stranger, "stranger")
    await crowd.come(4, known, "known")
    await crowd.finish(8)
    assert crowd.served == ["stranger", *["known", "stranger"] * 3, "known"]


async def test_one_network_gets_a_share_of_the_places(crowd: Callers) -> None:
    await crowd.come(1 + MAX_WAITING_PER_NETWORK + 7, lambda _: known(1), "one")
    assert crowd.refused == [BUSY] * 7
    await crowd.come(1, lambda _: known(2), "another")
    assert crowd.refused == [BUSY] * 7
    await crowd.finish(2 + MAX_WAITING_PER_NETWORK)
    assert crowd.served[-1] == "another"


async def test_cancelled_caller_frees_its_place(crowd: Callers) -> None:
    await crowd.come(1, known, "first")
    with trio.move_on_after(0) as scope:
        async with crowd.turns.turn(known(2)):
            pass
    assert scope.cancelled_caught
    await crowd.come(1, known, "second")
    await crowd.finish(1)
    assert crowd.served == ["first", "second"]
    await crowd.finish(1)
