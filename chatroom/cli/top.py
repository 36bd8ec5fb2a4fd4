"""``top``: what a running server does, live."""

import time
from collections.abc import Iterator, Mapping
from typing import Final

import attrs
import click

from ..admin.shapes import MetricsText
from ..config import Config
from ..protocol.results import Empty
from .admin_client import ask
from .settings import configured
from .table import columns

CALLS: Final = 15
"""Methods shown: those whose calls take longest."""
_PREFIX: Final = "chatroom_"
_MIB: Final = 1 << 20

Labels = tuple[tuple[str, str], ...]


@attrs.frozen
class Sample:
    """The metrics of one moment.

    :ivar at: by :func:`time.monotonic`.
    :ivar values: by name without ``chatroom_``, and labels.
    """

    at: float
    values: Mapping[tuple[str, Labels], float]

    def get(self, name: str, **labels: str) -> float:
        return self.values.get((name, tuple(sorted(labels.items()))), 0.0)

    def labelled(self, name: str, label: str) -> dict[str, float]:
        """Return the values of a metric by the value of its only label."""
        return {
            labels[0][1]: value
            for (each, labels), value in self.values.items()
            if each == name and len(labels) == 1 and labels[0][0] == label
        }

    def buckets(self, name: str, **labels: str) -> list[tuple[float, float]]:
        """Return upper bounds and cumulative counts of a histogram."""
        wanted = set(labels.items())
        found = [
            (float(dict(each)["le"]), value)
            for (bucket, each), value in self.values.items()
            if bucket == f"{name}_bucket" and wanted <= set(each)
        ]
        return sorted(found)


@click.command()
@click.option(
    "--every", type=click.FloatRange(0.5, 3600), default=2.0, help="Seconds between two looks."
)
@click.option("--once", is_flag=True, help="Print the totals since the start, and end.")
@configured
def top(config: Config, every: float, once: bool) -> None:
    """Show sessions, rooms, queues and the slowest calls of a running server. Ctrl-C ends it."""
    before = Sample(time.monotonic(), {})
    while True:
        now = sample(ask(config, "getMetrics", Empty(), MetricsText).text, time.monotonic())
        if not once:
            click.clear()
        click.echo("\n".join(screen(before, now)))
        if once:
            return
        before = now
        time.sleep(every)


def sample(text: str, at: float) -> Sample:
    """:param text: in the text format of Prometheus."""
    # Imported here so that `chatroom --help` is fast.
    from prometheus_client.parser import text_string_to_metric_families

    return Sample(
        at,
        {
            (each.name.removeprefix(_PREFIX), tuple(sorted(each.labels.items()))): each.value
            for family in text_string_to_metric_families(text)
            for each in family.samples
        },
    )


def screen(before: Sample, now: Sample) -> Iterator[str]:
    """Yield the lines of one look.

    Rates and times are of the calls since ``before``; if that is empty, of all since the start.
    """
    first = not before.values
    seconds = now.at - before.at

    def passed(name: str, **labels: str) -> float:
        return now.get(name, **labels) - before.get(name, **labels)

    def counted(name: str, **labels: str) -> str:
        count = passed(name, **labels)
        return f"{count:,.0f}" if first else f"{count / seconds:,.1f}/s"

    version = next(iter(now.labelled("build_info", "version")), "?")
    state = "commits get through" if now.get("healthy") else "COMMITS DO NOT GET THROUGH"
    node, nodes = next(iter(now.labelled("node_info", "node")), "?"), now.get("nodes")
    which = f", node {node}, one of {nodes:,.0f}" if nodes > 1 else ""
    yield f"chatroom {version}{which}: {state}"
    refused = {
        reason: count - before.labelled("refusals_total", "reason").get(reason, 0)
        for reason, count in now.labelled("refusals_total", "reason").items()
    }
    worst = ", ".join(f"{reason} {count:,.0f}" for reason, count in refused.items() if count)
    yield (
        f"sessions {now.get('sessions'):,.0f}   connections {now.get('connections'):,.0f}"
        f" ({now.get('connections_unauthenticated'):,.0f} not logged in)"
        f"   messages {counted('messages_posted_total')}"
    )
    yield f"calls refused: {worst or 'none'}"
    yield (
        f"commits {counted('commit_seconds_count')}"
        f"   {_times(before, now, 'commit_seconds')}"
        f"   event loop late by {_times(before, now, 'loop_lag_seconds')}"
    )
    yield (
        f"outboxes {_mib(now, 'outbox_bytes')} of {_mib(now, 'outbox_limit_bytes')} MiB"
        f"   database {_mib(now, 'database_bytes')} MiB"
        f"   disk free {_mib(now, 'disk_free_bytes')} MiB"
    )
    yield ""
    yield columns([("ACTORS", "AWAKE", "MAIL", "FULLEST"), *_actors(now)])
    waiting = now.labelled("store_queue", "queue")
    yield ""
    yield "waiting for the database: " + ", ".join(f"{k} {v:,.0f}" for k, v in waiting.items())
    behind = now.labelled("consumer_rooms", "consumer")
    yield "rooms to be read by: " + ", ".join(f"{k} {v:,.0f}" for k, v in behind.items())
    yield ""
    yield columns([("CALL", "TOTAL" if first else "RATE", "P50", "P99"), *_calls(before, now)])


def _actors(now: Sample) -> Iterator[tuple[str, ...]]:
    for kind, awake in now.labelled("actors", "kind").items():
        waiting, fullest = (
            now.get("mail_waiting", kind=kind),
            now.get("mail_waiting_max", kind=kind),
        )
        yield kind, f"{awake:,.0f}", f"{waiting:,.0f}", f"{fullest:,.0f}"


def _calls(before: Sample, now: Sample) -> list[tuple[str, ...]]:
    """Return the rows of the methods called, those with the longest p99 first."""
    found: list[tuple[float, tuple[str, ...]]] = []
    for method, count in now.labelled("calls_total", "method").items():
        taken = count - before.get("calls_total", method=method)
        if not taken:
            continue
        much = f"{taken:,.0f}" if not before.values else f"{taken / (now.at - before.at):,.1f}/s"
        p50, p99 = (
            quantile(before, now, "call_seconds", share, method=method) for share in (0.5, 0.99)
        )
        found.append((p99 or 0, (method, much, _ms(p50), _ms(p99))))
    found.sort(reverse=True)
    return [row for _, row in found[:CALLS]]


def _times(before: Sample, now: Sample, name: str) -> str:
    p50, p99 = (quantile(before, now, name, share) for share in (0.5, 0.99))
    return f"p50 {_ms(p50)}, p99 {_ms(p99)}"


def quantile(before: Sample, now: Sample, name: str, share: float, **labels: str) -> float | None:
    """Return the upper bound of the bucket with that share of what was observed between two
    samples; None if that is nothing."""
    earlier = dict(before.buckets(name, **labels))
    counts = [
        (bound, count - earlier.get(bound, 0)) for bound, count in now.buckets(name, **labels)
    ]
    if not counts or not counts[-1][1]:
        return None
    return next(bound for bound, count in counts if count >= share * counts[-1][1])


def _ms(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return "longer" if seconds == float("inf") else f"{seconds * 1000:g} ms"


def _mib(now: Sample, name: str) -> str:
    return f"{now.get(name) / _MIB:,.1f}"
