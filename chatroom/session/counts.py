"""Counts of what sessions do, for the metrics: plain integers beside the code that they count."""

from collections import Counter
from typing import Final

import attrs

from ..errors import CODES, CloseCode
from ..histogram import Histogram
from ..protocol.calls import CALLS

TIMED_EVERY: Final = 16
"""Of the calls of each method the first, the 17th and so on are timed: two looks at the clock cost
as much as all other counting of a call."""
OTHER: Final = "other"
"""Stands for methods and close codes that clients make up: these must not become labels."""
KNOWN_CODES: Final = frozenset((*range(1000, 1016), *map(int, CloseCode)))


@attrs.define(eq=False)
class CallCounter:
    """``seconds``: from a call's frame to its reply, of those that are timed and answered."""

    taken: int = 0
    seconds: Histogram = attrs.field(factory=Histogram)


class SessionCounts:
    """Of one node since its start. ``refusals`` are replies to calls, by reason; ``ended`` are
    sessions by close code; ``delayed`` are calls that waited for their rate.
    """

    def __init__(self) -> None:
        self.calls: Final = {name: CallCounter() for name in CALLS}
        self.unknown: Final = CallCounter()
        self.refusals: Final = Counter(dict.fromkeys(CODES, 0))
        self.begun = 0
        self.ended: Final = Counter({str(int(code)): 0 for code in CloseCode})
        self.delayed = 0

    def count_ending(self, code: int) -> None:
        self.ended[str(int(code)) if code in KNOWN_CODES else OTHER] += 1
