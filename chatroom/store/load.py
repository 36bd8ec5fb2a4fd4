"""What a store has to do, for the metrics."""

from collections.abc import Mapping

import attrs

from ..histogram import SIZES, Histogram


@attrs.frozen(eq=False)
class StoreLoad:
    """``group_size`` has the jobs of each group, ``commit_s`` its seconds, also where it was rolled
    back. ``waiting`` is the length of each queue now.
    """

    group_size: Histogram = attrs.field(factory=lambda: Histogram(SIZES))
    commit_s: Histogram = attrs.field(factory=Histogram)
    waiting: Mapping[str, int] = attrs.field(factory=dict)
