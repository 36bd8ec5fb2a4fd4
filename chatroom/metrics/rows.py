"""The metrics: one row of :data:`METRICS` each.

Components count in plain integers. A row defines how to read them, at a scrape only. No metric and
no label contains the name of a room or an account, or text chosen by a client.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Literal

import attrs

from .. import __version__
from ..consumers.runner import ConsumerRunner
from ..histogram import Histogram
from ..session.counts import OTHER
from .scrape import DiskUse, Mailboxes, Scrape

Value = float | str | Histogram | None
Values = Value | Mapping[str, Any]


@attrs.frozen
class Row:
    """A metric.

    :ivar value: returns a number, a :class:`Histogram` or, for an info, a text. With a ``label`` it
        returns a mapping from the label's values to these. A value of None is omitted.
    """

    kind: Literal["gauge", "counter", "histogram", "info"]
    name: str
    help: str
    value: Callable[[Scrape], Values]
    label: str = ""


def _known_calls(scrape: Scrape) -> dict[str, int]:
    counts = scrape.node.counts
    taken = {method: counter.taken for method, counter in counts.calls.items()}
    return {**taken, OTHER: counts.unknown.taken}


def _timed_calls(scrape: Scrape) -> dict[str, Histogram]:
    calls = scrape.node.counts.calls
    return {method: counter.seconds for method, counter in calls.items() if counter.taken}


def _of_kind(read: Callable[[Mailboxes], int]) -> Callable[[Scrape], Values]:
    return lambda scrape: {kind: read(each) for kind, each in scrape.mailboxes.items()}


def _of_consumers(read: Callable[[ConsumerRunner], int]) -> Callable[[Scrape], Values]:
    def read_all(scrape: Scrape) -> dict[str, int]:
        runners = [*scrape.node.consumers, scrape.node.push.runner]
        return {each.name: read(each) for each in runners}

    return read_all


def _of_disk(read: Callable[[DiskUse], int]) -> Callable[[Scrape], Values]:
    return lambda scrape: None if scrape.disk is None else read(scrape.disk)


gauge = partial(Row, "gauge")
counter = partial(Row, "counter")
histogram = partial(Row, "histogram")
info = partial(Row, "info")

METRICS: Final = (
    info("build", "The version that runs.", lambda s: __version__, "version"),
    info("incarnation", "The incarnation of data.", lambda s: s.node.store.epoch, "epoch"),
    info("node", "The number of this node.", lambda s: str(s.node.store.node), "node"),
    gauge(
        "nodes",
        "Nodes on the database that are alive, this one too.",
        lambda s: 1 + len(s.node.store.others),
    ),
    counter(
        "bus_lost",
        "Messages to other nodes that were lost before they were sent.",
        lambda s: s.node.store.bus.lost,
    ),
    gauge(
        "healthy",
        "1 while commits get through, else 0, as /healthz says.",
        lambda s: s.node.store.trouble() is None,
    ),
    gauge(
        "damaged",
        "1 once something could not be read because it is damaged.",
        lambda s: s.node.store.damage() is not None,
    ),
    gauge(
        "connections",
        "Open connections, HTTP ones too.",
        lambda s: len(s.node.admission.connections),
    ),
    gauge(
        "connections_unauthenticated",
        "Those of them that have not logged in.",
        lambda s: s.node.admission.connections.unauthenticated,
    ),
    counter(
        "connections_accepted",
        "Connections that were let in.",
        lambda s: s.node.admission.connections.accepted,
    ),
    counter(
        "connections_refused",
        "Connections, or requests behind a proxy, over a limit of their address (rate_limited) or "
        "of the server (busy).",
        lambda s: s.node.admission.refusals.by_reason,
        "reason",
    ),
    counter(
        "connections_displaced",
        "Connections that had not logged in and were closed to make room.",
        lambda s: s.node.admission.connections.closed,
    ),
    gauge("sessions", "Sessions that are logged in.", lambda s: len(s.node.registry)),
    counter("sessions_begun", "Sessions that logged in.", lambda s: s.node.counts.begun),
    counter(
        "sessions_ended",
        "WebSockets that ended, by close code; 4008 is a client that took too little for too long.",
        lambda s: s.node.counts.ended,
        "code",
    ),
    counter(
        "log_ins_refused",
        "Passwords refused: wrong (unauthenticated) or too many (rate_limited).",
        lambda s: s.node.authentication.failures.by_reason,
        "reason",
    ),
    counter("calls", "Calls taken, by method.", _known_calls, "method"),
    histogram(
        "call_seconds",
        "Time from a call's frame to its reply; of each method one call in 16 is timed.",
        _timed_calls,
        "method",
    ),
    counter(
        "refusals",
        "Calls answered with an error, by reason.",
        lambda s: s.node.counts.refusals,
        "reason",
    ),
    counter(
        "calls_delayed",
        "Calls delayed by the rate limits of their session or account.",
        lambda s: s.node.counts.delayed,
    ),
    counter("messages_posted", "Messages committed.", lambda s: s.node.meter.posted),
    histogram(
        "commit_seconds",
        "Time of each group commit, in its thread.",
        lambda s: s.load.commit_s,
    ),
    histogram(
        "commit_jobs",
        "Batches of rooms, and other writes, in each group commit.",
        lambda s: s.load.group_size,
    ),
    gauge(
        "store_queue",
        "What waits for the database, by queue.",
        lambda s: s.load.waiting,
        "queue",
    ),
    gauge(
        "actors",
        "Rooms and inboxes that are awake.",
        _of_kind(lambda each: each.actors),
        "kind",
    ),
    gauge(
        "mail_waiting",
        "Mail in all their mailboxes.",
        _of_kind(lambda each: each.waiting),
        "kind",
    ),
    gauge(
        "mail_waiting_max",
        "Mail in the fullest mailbox; past 1000 its senders wait.",
        _of_kind(lambda each: each.fullest),
        "kind",
    ),
    counter(
        "actor_failures",
        "Failures of rooms and inboxes; each is rebuilt after one.",
        lambda s: s.node.actors.failures,
    ),
    counter(
        "actor_quarantines",
        "Rooms and inboxes that failed too often and were closed for five minutes.",
        lambda s: s.node.actors.quarantines,
    ),
    gauge(
        "actors_closed",
        "Rooms and inboxes that refuse everything now, after failures of their own or of the disk.",
        lambda s: s.node.actors.closed,
    ),
    gauge(
        "consumer_rooms",
        "Rooms that a log consumer has not read to the end, as far as it has found them.",
        _of_consumers(lambda each: len(each.queue)),
        "consumer",
    ),
    gauge(
        "consumer_rooms_failing",
        "Those of them whose last page failed.",
        _of_consumers(lambda each: each.failing),
        "consumer",
    ),
    counter(
        "consumer_failures",
        "Pages that a log consumer could not read or handle; each is handed again.",
        _of_consumers(lambda each: each.failures),
        "consumer",
    ),
    counter(
        "consumer_messages",
        "Messages that a log consumer has handled.",
        _of_consumers(lambda each: each.handled),
        "consumer",
    ),
    gauge(
        "push_endpoints_waiting",
        "Endpoints for which notifications wait.",
        lambda s: len(s.node.push.sender.schedule),
    ),
    counter(
        "push_sent",
        "Notifications that a push service has taken.",
        lambda s: s.node.push.sender.sent,
    ),
    counter(
        "push_failed",
        "Attempts to send a notification that failed; each is made again.",
        lambda s: s.node.push.sender.failed,
    ),
    counter(
        "push_dropped",
        "Notifications not wanted any more when it was their turn, or too many for an endpoint.",
        lambda s: s.node.push.sender.dropped + s.node.push.decider.dropped,
    ),
    counter(
        "push_dead",
        "Endpoints removed since their push service does not know them, or does not answer.",
        lambda s: s.node.push.sender.gone,
    ),
    gauge(
        "uploads_receiving",
        "Files that are being received.",
        lambda s: s.node.uploads.receiving,
    ),
    counter(
        "uploads_completed",
        "Files that were received to their end.",
        lambda s: s.node.uploads.completed,
    ),
    counter(
        "upload_bytes",
        "Bytes of files that were received.",
        lambda s: s.node.uploads.received_bytes,
    ),
    counter(
        "pictures_failed",
        "Pictures that could not be decoded: kept as data, or refused.",
        lambda s: s.node.pictures.failed,
    ),
    counter(
        "files_deleted",
        "Files deleted since no message had them any more.",
        lambda s: s.node.janitor.deleted,
    ),
    gauge(
        "outbox_bytes",
        "Bytes kept for sessions whose network takes no more, and for pages that are being read.",
        lambda s: s.node.budget.held,
    ),
    gauge(
        "outbox_limit_bytes",
        "The most of them; past it the fullest sessions are ended (all_outboxes_bytes).",
        lambda s: s.node.budget.limit,
    ),
    histogram(
        "loop_lag_seconds",
        "How late the event loop wakes a task that sleeps for a second.",
        lambda s: s.node.sessions.lag,
    ),
    gauge("database_bytes", "Size of the database file.", _of_disk(lambda d: d.database)),
    gauge("wal_bytes", "Size of SQLite's log beside it.", _of_disk(lambda d: d.wal)),
    gauge(
        "disk_free_bytes",
        "Space left for the server in the file system of the database.",
        _of_disk(lambda d: d.free),
    ),
)
