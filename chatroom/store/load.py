"""A store's load, for the metrics."""

from collections.abc import Mapping

import attrs

from ..histogram import SIZES, Histogram


@attrs.frozen(eq=False)
class StoreLoad:
    """``group_size`` counts groups by their number of jobs, ``commit_s`` by their duration in
    seconds, including those that were rolled back. ``waiting`` is the current length of each queue,
    by name.
    """

    group_size: Histogram = attrs.field(factory=lambda: Histogram(SIZES))
    commit_s: Histogram = attrs.field(factory=Histogram)
    waiting: Mapping[str, int] = attrs.field(factory=dict)
