"""Answer scrapes with the samples of all rows and of the process."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import trio
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from ..histogram import Histogram
from ..store.sqlite.startup import FILE
from .rows import METRICS, Row
from .scrape import CountingNode, DiskUse, Mailboxes, Scrape

DISK_TIMEOUT_S: Final = 2
"""If reading the disk use takes longer, the answer omits it."""
MAILBOXES_PER_TICK: Final = 1000
"""Mailboxes examined before other tasks run."""
_FAMILIES: Final[Mapping[str, Callable[..., Any]]] = {
    "gauge": GaugeMetricFamily,
    "counter": CounterMetricFamily,
    "histogram": HistogramMetricFamily,
    "info": InfoMetricFamily,
}


class Metrics(Collector):
    """Answers scrapes, with a registry per node."""

    def __init__(self, node: CountingNode) -> None:
        self._node = node
        self._limiter = trio.CapacityLimiter(1)
        self._registry = CollectorRegistry(auto_describe=False)
        self._scrape: Scrape | None = None
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    async def render(self) -> bytes:
        """Return the metrics in the text format of Prometheus, version 0.0.4."""
        disk, mailboxes = await self._disk_use(), await self._mailboxes()
        self._scrape = Scrape(self._node, self._node.store.load(), mailboxes, disk)
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Called by the registry, in the step of :meth:`render`."""
        if self._scrape is not None:
            for row in METRICS:
                yield _family(row, self._scrape)

    async def _mailboxes(self) -> dict[str, Mailboxes]:
        found: dict[str, Mailboxes] = {}
        for number, (kind, waiting) in enumerate(self._node.actors.mailboxes()):
            if number % MAILBOXES_PER_TICK == 0:
                await trio.lowlevel.checkpoint()
            each = found.setdefault(kind, Mailboxes())
            each.actors += 1
            each.waiting += waiting
            each.fullest = max(each.fullest, waiting)
        return found

    async def _disk_use(self) -> DiskUse | None:
        """Read the disk use in a thread, since a disk may hang. The next scrape waits for it."""
        with trio.move_on_after(DISK_TIMEOUT_S):
            return await trio.to_thread.run_sync(
                _disk_use,
                self._node.config.data / FILE,
                abandon_on_cancel=True,
                limiter=self._limiter,
            )
        return None


def _disk_use(database: Path) -> DiskUse | None:
    try:
        space = os.statvfs(database)
        wal = database.with_name(f"{database.name}-wal")
        sizes = database.stat().st_size, wal.stat().st_size
    except OSError:
        return None
    return DiskUse(*sizes, space.f_bavail * space.f_frsize)


def _family(row: Row, scrape: Scrape) -> Metric:
    values, labels = row.value(scrape), (row.label,) if row.label else ()
    by_label: Mapping[str, Any] = values if isinstance(values, Mapping) else {"": values}
    family: Any = _FAMILIES[row.kind](f"chatroom_{row.name}", row.help, labels=labels)
    for label, value in by_label.items():
        if isinstance(value, Histogram):
            family.add_metric([label][: len(labels)], _buckets(value), value.sum)
        elif row.kind == "info":
            family.add_metric([], {row.label: value})
        elif value is not None:
            family.add_metric([label][: len(labels)], value)
    return cast("Metric", family)


def _buckets(histogram: Histogram) -> list[tuple[str, int]]:
    """Return cumulative buckets, as Prometheus requires."""
    bounds = [*map(floatToGoString, histogram.bounds), "+Inf"]
    total, buckets = 0, []
    for bound, count in zip(bounds, histogram.counts, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets
