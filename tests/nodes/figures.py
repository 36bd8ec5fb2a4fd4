"""What a recording says about times. Checked is nothing here: a busy machine is slower."""

from collections import Counter, defaultdict
from itertools import pairwise

import attrs

from chatroom.errors import TEMPORARY

from ..history.entries import Begin, End, Recording, user_of

FAULTS_BEGIN = "faults begin"
FAULTS_END = "faults end"
"""Facts between which people write and faults happen."""


@attrs.frozen
class Figures:
    """``silence_ms``: the longest time without an acknowledgement to anybody; ``one_ms``: to one of
    those who write all the time. ``least_share``: what the one of them got who got the fewest, as a
    part of the average. ``refused``: temporary refusals of messages, by reason."""

    acknowledged: int
    rate: float
    least_share: float
    refused: str
    p50_ms: float
    p99_ms: float
    silence_ms: float
    one_ms: float


def figures(recording: Recording) -> Figures:
    began: dict[int, Begin] = {}
    delays: list[int] = []
    acknowledged: dict[str, list[int]] = defaultdict(list)
    refused = Counter[str]()
    low = high = 0
    for entry in recording:
        match entry:
            case Begin(call="sendMessage"):
                began[entry.number] = entry
            case End(outcome="ok") if entry.number in began:
                begin = began.pop(entry.number)
                delays.append(entry.at - begin.at)
                acknowledged[user_of(begin.process)].append(entry.at)
            case End(outcome="fail", seen={"reason": reason}) if entry.number in began:
                refused[reason] += reason in TEMPORARY
            case _:
                what = getattr(entry, "what", None)
                low = entry.at if what == FAULTS_BEGIN else low
                high = entry.at if what == FAULTS_END else high
    delays.sort()
    everybody = sorted(at for times in acknowledged.values() for at in times)
    writers = [times for user, times in acknowledged.items() if user.startswith("w")]
    counts = [sum(low < at < high for at in times) for times in writers]
    return Figures(
        len(delays),
        sum(low < at < high for at in everybody) * 1e9 / (high - low),
        min(counts) * len(counts) / sum(counts),
        ", ".join(f"{count} {reason}" for reason, count in (+refused).most_common()),
        delays[len(delays) // 2] / 1e6,
        delays[len(delays) * 99 // 100] / 1e6,
        _longest(everybody, low, high),
        max(_longest(times, low, high) for times in writers),
    )


def _longest(times: list[int], low: int, high: int) -> float:
    """Return the longest time between two of these between both, in ms."""
    between = [low, *(at for at in times if low < at < high), high]
    return max(later - earlier for earlier, later in pairwise(between)) / 1e6
