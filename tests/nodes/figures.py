"""What a recording says about times. Checked is nothing here: a busy machine is slower."""

from collections import defaultdict
from itertools import pairwise

import attrs

from ..history.entries import Begin, End, Recording, user_of

FAULTS_BEGIN = "faults begin"
FAULTS_END = "faults end"
"""Facts between which people write and faults happen."""


@attrs.frozen
class Figures:
    """``silence_ms``: the longest time without an acknowledgement to anybody; ``one_ms``: to one of
    those who write all the time."""

    acknowledged: int
    p50_ms: float
    p99_ms: float
    silence_ms: float
    one_ms: float


def figures(recording: Recording) -> Figures:
    began: dict[int, Begin] = {}
    delays: list[int] = []
    acknowledged: dict[str, list[int]] = defaultdict(list)
    low = high = 0
    for entry in recording:
        match entry:
            case Begin(call="sendMessage"):
                began[entry.number] = entry
            case End(outcome="ok") if entry.number in began:
                begin = began.pop(entry.number)
                delays.append(entry.at - begin.at)
                acknowledged[user_of(begin.process)].append(entry.at)
            case _:
                what = getattr(entry, "what", None)
                low = entry.at if what == FAULTS_BEGIN else low
                high = entry.at if what == FAULTS_END else high
    delays.sort()
    everybody = sorted(at for times in acknowledged.values() for at in times)
    writers = [times for user, times in acknowledged.items() if user.startswith("w")]
    return Figures(
        len(delays),
        delays[len(delays) // 2] / 1e6,
        delays[len(delays) * 99 // 100] / 1e6,
        _longest(everybody, low, high),
        max(_longest(times, low, high) for times in writers),
    )


def _longest(times: list[int], low: int, high: int) -> float:
    """Return the longest time between two of these between both, in ms."""
    between = [low, *(at for at in times if low < at < high), high]
    return max(later - earlier for earlier, later in pairwise(between)) / 1e6
