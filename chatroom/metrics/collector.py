"""Answers scrapes: makes the samples of all rows, beside those of the process."""

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
from .rows import METRICS, DiskUse, Mailboxes, Parts, Row, Scrape

DISK_S: Final = 2
"""A disk that takes longer to say how full it is is left out of the answer."""
MAILBOXES_A_PASS: Final = 1000
"""Looked at before the other tasks get a turn."""
_FAMILIES: Final[Mapping[str, Callable[..., Any]]] = {
    "gauge": GaugeMetricFamily,
    "counter": CounterMetricFamily,
    "histogram": HistogramMetricFamily,
    "info": InfoMetricFamily,
}


class Metrics(Collector):
    """Answers a scrape. The registry is this node's own."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._limiter = trio.CapacityLimiter(1)
        self._registry = CollectorRegistry(auto_describe=False)
        self._scrape: Scrape | None = None
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    async def render(self) -> bytes:
        """In the text format of Prometheus, version 0.0.4."""
        disk, mailboxes = await self._disk_use(), await self._mailboxes()
        self._scrape = Scrape(self._parts, self._parts.store.load(), mailboxes, disk)
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Called by the registry, in the step of :meth:`render`."""
        if self._scrape is not None:
            for row in METRICS:
                yield _family(row, self._scrape)

    async def _mailboxes(self) -> dict[str, Mailboxes]:
        found: dict[str, Mailboxes] = {}
        for number, (kind, waiting) in enumerate(self._parts.actors.mailboxes()):
            if number % MAILBOXES_A_PASS == 0:
                await trio.lowlevel.checkpoint()
            each = found.setdefault(kind, Mailboxes())
            each.actors += 1
            each.waiting += waiting
            each.fullest = max(each.fullest, waiting)
        return found

    async def _disk_use(self) -> DiskUse | None:
        """In a thread, since a disk may hang; the next scrape then waits for that thread."""
        with trio.move_on_after(DISK_S):
            return await trio.to_thread.run_sync(
                _disk_use, self._parts.database, abandon_on_cancel=True, limiter=self._limiter
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
    """As Prometheus wants them: each with all that is below it."""
    bounds = [*map(floatToGoString, histogram.bounds), "+Inf"]
    total, buckets = 0, []
    for bound, count in zip(bounds, histogram.counts, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets
