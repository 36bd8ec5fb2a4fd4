"""Counters of sessions for the metrics, as plain integers."""

from collections import Counter
from typing import Final

import attrs

from ..errors import CODES, CloseCode
from ..histogram import Histogram
from ..protocol.calls import CALLS

TIMED_EVERY: Final = 16
"""The first call of each method is timed, then every 16th. Reading the clock twice costs as much as
all other counting of a call."""
SLOW_S: Final = 1.0
"""Duration from which a timed call is logged as slow. One that is always slow is soon found."""
OTHER: Final = "other"
"""Label for unknown methods and close codes, which clients choose, so they must not be labels."""
KNOWN_CODES: Final = frozenset((*range(1000, 1016), *map(int, CloseCode)))


@attrs.define(eq=False)
class CallCounter:
    """``seconds``: from a call's frame to its reply, for answered calls that are timed."""

    taken: int = 0
    seconds: Histogram = attrs.field(factory=Histogram)


class SessionCounts:
    """Counters of one node since its start.

    :ivar refusals: refused calls by reason.
    :ivar ended: ended sessions by close code.
    :ivar delayed: calls delayed by rate limits.
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
