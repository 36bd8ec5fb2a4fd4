"""The scenarios with their sizes and goals."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, Literal

import attrs

from . import (
    browsing,
    importing,
    large,
    notifying,
    reacting,
    scaling,
    scenarios,
    searching,
    threads,
    trace,
    uploads,
)
from .load import Result
from .server import BASE, Server


@attrs.frozen
class Scenario:
    """A scenario.

    :ivar shared: runs against any server; ``alone`` prepares its own databases and servers.
    :ivar plain: the reference servers support it.
    :ivar older: the chatroom of an older checkout supports it.
    :ivar files: open files required, to be allowed before a server starts.
    """

    about: str
    shared: Callable[[Server], Awaitable[Result]] | None = None
    alone: Callable[[], Awaitable[Result]] | None = None
    plain: bool = False
    older: bool = False
    files: int = 0


def plan(seconds: float, scale: float) -> dict[str, Scenario]:
    """Return the scenarios by name. ``scale`` reduces them, to check that they run."""

    def some(number: int, least: int = 2) -> int:
        return max(least, int(number * scale))

    def fanout(people: int, window: int) -> Scenario:
        load = partial(
            scenarios.fanout,
            people=some(people),
            senders=some(10, 1),
            window=window,
            seconds=seconds,
        )
        about = f"1 room, {people:,} members, 10 senders, window {window}"
        return Scenario(about, load, plain=True, older=True)

    def ingest(window: int) -> Scenario:
        load = partial(scenarios.ingest, rooms=some(100), window=window, seconds=seconds)
        about = f"100 rooms, a sender each, window {window}"
        return Scenario(about, load, plain=True, older=True)

    return {
        "fanout-1": fanout(200, 1),
        "fanout-16": fanout(200, 16),
        "fanout-16-1000": fanout(1000, 16),
        "latency": Scenario(
            "50 msg/s to 200 members",
            partial(scenarios.latency, people=some(200), rate=50, seconds=seconds),
            plain=True,
            older=True,
        ),
        "trace": Scenario(
            "one message of 50 a second to 200 members, hop by hop",
            alone=partial(trace.trace, people=some(200), rate=50, seconds=seconds),
        ),
        "slow-readers": Scenario(
            "200 msg/s of 4 KB to 100 members, with and without 100 more who do not read",
            partial(
                scenarios.slow_readers,
                people=some(100),
                slow=some(100),
                rate=200,
                seconds=seconds,
            ),
            older=True,
        ),
        "ingest-1": ingest(1),
        "ingest-16": ingest(16),
        "reconnect": Scenario(
            "1,000 people, 500 missed messages each: connect, inbox, fetch all",
            partial(scenarios.reconnect, people=some(1000), missed=some(500)),
            older=True,
        ),
        "storm": Scenario(
            "5,000 people with 20 rooms each connect and get their inbox",
            alone=partial(large.storm, people=some(5000), rooms=some(20, 10)),
        ),
        "idle": Scenario(
            "10,000 idle connections",
            partial(scenarios.idle, connections=some(10_000)),
            plain=True,
            older=True,
            files=some(10_000) + 1000,
        ),
        "large-room": Scenario(
            "a message in a room of 10,000 with 100 online, against a room of these 100",
            alone=partial(
                large.large_room, people=some(10_000), online=some(100), rate=200, seconds=seconds
            ),
        ),
        "growth": Scenario(
            "1,000,000 stored messages and 10,000 rooms, against none",
            alone=partial(
                large.growth,
                messages=some(1_000_000, 1000),
                rooms=some(10_000, 100),
                people=some(200),
                seconds=seconds,
            ),
        ),
        "scaling": Scenario(
            "1, 2 and 3 nodes on one PostgreSQL: 100 rooms with a sender each, and 1 room of 60",
            alone=partial(
                scaling.scaling,
                rooms=some(100, 3),
                people=some(60, 6),
                senders=some(12, 3),
                window=16,
                seconds=seconds,
            ),
        ),
        "search": Scenario(
            "searches in 1,000,000 messages, by a member of all rooms and one of three",
            alone=partial(searching.searches, messages=some(1_000_000, 10_000), seconds=seconds),
        ),
        "threads": Scenario(
            "reads in a room with 10,000 threads, by somebody who follows all of them",
            alone=partial(threads.threads, threads=some(10_000), seconds=seconds),
        ),
        "reactions": Scenario(
            "1,000 people react to a message with 20 emojis each",
            alone=partial(reacting.reactions, people=some(1000), emojis=20),
        ),
        "uploads": Scenario(
            "100 uploads of 25 MiB at once",
            partial(uploads.uploads, files=some(100), size=some(25 << 20, 100_000)),
        ),
        "import": Scenario(
            "chatroom import of 200,000 messages into 20 rooms",
            alone=partial(importing.imports, messages=some(200_000, 2000)),
        ),
        "page": Scenario(
            "the page in Chromium at an old laptop's speed (CPU throttle below 1: the machine is"
            " slower); 100 new messages a second",
            partial(browsing.browsing, messages=some(10_000, 200), seconds=seconds),
        ),
        "push": Scenario(
            "a message to a room of 10,000 members, each with a device that is notified",
            alone=partial(notifying.notifications, endpoints=some(10_000), messages=1),
        ),
        "asleep": Scenario(
            "100,000 rooms and 100,000 accounts that nobody uses, against none",
            alone=partial(large.asleep, rooms=some(100_000), people=some(100_000)),
        ),
    }


@attrs.frozen
class Goal:
    """A goal for a figure.

    :ivar against: a reference of the same run, by subject or name; the figure's ratio to it is
        shown.
    :ivar relative: ``value`` is the goal of this ratio.
    """

    row: str
    scenario: str
    figure: str
    bound: Literal[">=", "<="]
    value: float
    against: str = "naive"
    relative: bool = False


_JOINED: Final = "raw sends, frames/s, 8 a call"

GOALS: Final = (
    Goal("F1", "fanout-1", "deliveries/s", ">=", 500_000),
    Goal("F1", "fanout-1", "CPU us each", "<=", 1.03, BASE, relative=True),
    Goal("F2", "fanout-16", "deliveries/s", ">=", 1_200_000, _JOINED),
    Goal("F2", "fanout-16", "deliveries/s", ">=", 0.95, BASE, relative=True),
    Goal("F2", "fanout-16-1000", "deliveries/s", ">=", 1_200_000, _JOINED),
    Goal("F3", "latency", "p99 ms", "<=", 4),
    Goal("F3", "latency", "p50 ms", "<=", 1.5),
    Goal("F3", "latency", "p99 ms", "<=", 0.8, "fastapi", relative=True),
    Goal("F3", "latency", "p50 ms", "<=", 0.8, "fastapi", relative=True),
    Goal("W1", "slow-readers", "times the p99", "<=", 2),
    Goal("I1", "ingest-1", "acks/s", ">=", 12_000),
    Goal("I1", "ingest-1", "acks/s", ">=", 10, relative=True),
    Goal("I1", "ingest-1", "acks/s", ">=", 0.85, "Trio echo, frames/s, one by one", relative=True),
    Goal("I1", "ingest-1", "CPU us each", "<=", 1.03, BASE, relative=True),
    Goal("I1", "ingest-16", "acks/s", ">=", 30_000),
    Goal("I1", "ingest-16", "acks/s", ">=", 10, relative=True),
    Goal("I1", "ingest-16", "acks/s", ">=", 1.25, BASE, relative=True),
    Goal("I1", "ingest-16", "CPU us each", "<=", 1.03, BASE, relative=True),
    Goal("R1", "reconnect", "people/s", ">=", 1500),
    Goal("R1", "reconnect", "people/s", ">=", 1.35, BASE, relative=True),
    Goal("R1", "reconnect", "CPU us each", "<=", 1.03, BASE, relative=True),
    Goal("R2", "storm", "people/s", ">=", 1000),
    Goal("C1", "idle", "KB each", "<=", 30),
    Goal("C1", "idle", "connects/s", ">=", 1500),
    Goal("O1", "large-room", "times the small room", "<=", 1.2),
    Goal("G1", "growth", "times the fan-out", "<=", 1.15),
    Goal("G1", "growth", "times the ingest", "<=", 1.15),
    Goal("G1", "growth", "start s", "<=", 1),
    Goal("Q1", "search", "p99 ms", "<=", 50),
    Goal("T1", "threads", "p99 ms", "<=", 50),
    Goal("E1", "reactions", "times a send", "<=", 1.2),
    Goal("U1", "uploads", "MB more", "<=", 100),
    Goal("M1", "import", "messages/s", ">=", 20_000),
    # Below 1 this machine is slower than the old laptop, and the other figures do not count.
    Goal("P1", "page", "CPU throttle", ">=", 1),
    Goal("P1", "page", "first paint ms", "<=", 1000),
    Goal("P1", "page", "first message ms", "<=", 1000),
    Goal("P1", "page", "first load KB", "<=", 150),
    Goal("P1", "page", "room switch p50 ms", "<=", 100),
    Goal("P1", "page", "frames over 50 ms", "<=", 0),
    Goal("P1", "page", "heap MB more", "<=", 2),
    Goal("N1", "push", "CPU ms each", "<=", 1),
    # "Nothing measurable": at most the difference between two starts of an empty server.
    Goal("S1", "asleep", "MB more", "<=", 1),
)
