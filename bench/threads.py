"""Reads in a room with many threads, all of which the reader follows."""

import itertools
import random
import time
from functools import partial
from pathlib import Path
from typing import Any, Final

import trio

from chatroom.model import Message, Thread
from chatroom.store.events import MessagePosted, PostedInThread, RoomEvent, ThreadFollowed
from chatroom.store.room_log import Batch, Decision, Prefetched
from chatroom.store.sqlite import SqliteStore

from .load import Clock, Result, close, connect, quantiles
from .prepared import TEXT, person, prepare, room
from .server import CHATROOM, directory, running

BATCH: Final = 100
"""Threads that are prepared in one commit."""


async def threads(*, threads: int, seconds: float) -> Result:
    """Read the list of threads, and pages of the main log and of a thread, by turns."""
    with directory() as data:
        setup_s = await prepare(data, people=2, rooms=1, members=lambda _: (0, 1), messages=0)
        setup_s += await _answer(data, threads)
        async with running(CHATROOM, data) as server:
            tokens = await server.tokens([person(0), person(1)])
            began = time.monotonic()
            [reader] = await connect(server, tokens[:1])
            await reader.call("getInbox")
            wake_s = time.monotonic() - began
            clock, times = Clock(server), dict[str, list[float]]()
            dice, end = random.Random(1), time.monotonic() + seconds  # noqa: S311
            calls = ("getThreads", "latest page", "page", "page of a thread")
            for number, what in enumerate(itertools.cycle(calls)):
                if number >= 5 * len(calls) and time.monotonic() > end:
                    break
                method, params = _call(what, dice.randint(1, threads))
                began = time.monotonic()
                await reader.call(method, **params)
                times.setdefault(what, []).append(time.monotonic() - began)
            stretch = clock.stop()
            close([reader])
    count = sum(map(len, times.values()))
    figures = {
        **quantiles([each for found in times.values() for each in found]),
        "CPU ms each": stretch.theirs / count * 1000,
        **{f"p99 ms, {what}": quantiles(found)["p99 ms"] for what, found in times.items()},
        "wake ms": wake_s * 1000,
        "setup s": setup_s,
    }
    return stretch.result(figures)


def _call(what: str, number: int) -> tuple[str, dict[str, Any]]:
    match what:
        case "getThreads":
            return "getThreads", {}
        case "latest page":
            return "getHistory", {"room": room(0)}
        case "page":
            return "getHistory", {"room": room(0), "before": 2 * number}
        case _:
            return "getHistory", {"room": room(0), "thread": 2 * number - 1}


async def _answer(data: Path, count: int) -> float:
    """Write messages, each with one of another person in the thread below it."""
    began = time.monotonic()
    store = SqliteStore.open(data)
    try:
        async with trio.open_nursery() as writing:
            await writing.start(store.run)
            for start in range(0, count, BATCH):
                entries = [
                    entry
                    for number in range(start, min(start + BATCH, count))
                    for entry in _thread(number)
                ]
                decision = Decision(tuple(sorted(entries, key=_is_last)))
                await store.commit(Batch(room(0), partial(_decided, decision)))
            writing.cancel_scope.cancel()
    finally:
        store.close()
    return time.monotonic() - began


def _decided(decision: Decision, _: Prefetched) -> Decision:
    return decision


def _thread(number: int) -> list[RoomEvent]:
    now = time.time_ns() // 1_000_000
    root, seq = 2 * number + 1, 2 * number + 2
    post = Message(room(0), root, root, person(0), TEXT, now)
    answer = Message(room(0), seq, seq, person(1), TEXT, now, thread=root)
    summary = Thread(root, 1, seq, now, (person(1),))
    return [
        MessagePosted(post),
        PostedInThread(answer, thread=summary, number=number + 1),
        *(ThreadFollowed(person(reader), root, root) for reader in (0, 1)),
    ]


def _is_last(entry: RoomEvent) -> bool:
    return isinstance(entry, ThreadFollowed)
