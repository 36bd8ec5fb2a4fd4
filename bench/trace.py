"""One message hop by hop: where the time from the sender to 200 members goes."""

import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import attrs
import trio

from .load import Clock, Result, arrivals, close, members, send_at, subscribe
from .peer import Crowd
from .server import CHATROOM, directory, running
from .traced import FILE

TRACED: Final = attrs.evolve(
    CHATROOM, command=(sys.executable, "-m", "bench.traced", *CHATROOM.command[3:])
)
HOPS: Final = {
    "read": "frame sent to read",
    "posted": "posted to the room",
    "handled": "room woken",
    "handed over": "handed to the writer",
    "in the thread": "into the thread",
    "performed": "decided and written",
    "counted": "commit counted",
    "synced": "commit synced",
    "written": "thread done",
    "back": "back in the room",
    "told": "applied and queued",
    "flush": "flush begun",
    "flushed": "all sent",
}
"""What led to each point, by the point's name in :mod:`.traced`."""


async def trace(*, people: int, rate: int, seconds: float) -> Result:
    """Send messages at a steady rate to one room. Return the median time of each hop."""
    with directory() as data:
        async with running(TRACED, data) as server:
            peers = await members(server, "trace", [f"l{n}" for n in range(people)])
            await subscribe(peers, "trace")
            crowd = Crowd(peers, stamps=True)
            clock = Clock(server)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(crowd.listen)
                sent = await send_at(peers, "trace", rate, seconds)
                with trio.move_on_after(seconds):
                    await crowd.until(sent * people)
                nursery.cancel_scope.cancel()
            stretch = clock.stop()
            close(peers)
        stamps = json.loads((data / FILE).read_text())
    seen: dict[int, list[int]] = {}
    for sent_at, seen_at in arrivals(crowd):
        seen.setdefault(sent_at, []).append(seen_at)
    return stretch.result(hops(stamps, seen))


def hops(stamps: Sequence[tuple[str, int]], seen: dict[int, list[int]]) -> dict[str, float]:
    """Return the medians in us. ``seen``: when each message arrived, by the time of sending."""
    found: dict[str, list[int]] = {}
    for sent_at, points in _messages(stamps, sorted(seen)):
        for (_, before), (point, at) in pairwise([("", sent_at), *points.items()]):
            found.setdefault(f"{HOPS[point]} us", []).append(at - before)
        times = sorted(seen[sent_at])
        for what, at in (
            ("first", times[0]),
            ("half", times[len(times) // 2]),
            ("last", times[-1]),
        ):
            found.setdefault(f"{what} member us", []).append(at - sent_at)
    return {name: statistics.median(values) / 1000 for name, values in found.items()}


def _messages(
    stamps: Sequence[tuple[str, int]], sent: Sequence[int]
) -> Iterator[tuple[int, dict[str, int]]]:
    """Yield when each message was sent, and its points in order.

    Each point is passed first by the message, but for the last one, which is passed by each slice
    of the flush. Messages whose way overlaps with that of another one are skipped.
    """
    last, passed = list(HOPS)[-1], iter(sorted(stamps, key=lambda stamp: stamp[1]))
    ahead = next(passed, None)
    for sent_at, until in pairwise([*sent, sys.maxsize]):
        points: dict[str, int] = {}
        while ahead is not None and ahead[1] < until:
            point, at = ahead
            if at >= sent_at and (point == last or point not in points):
                points[point] = at
            ahead = next(passed, None)
        ordered = {point: points[point] for point in HOPS if point in points}
        if len(ordered) == len(HOPS) and list(ordered.values()) == sorted(ordered.values()):
            yield sent_at, ordered
