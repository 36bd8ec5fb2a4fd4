"""What a recorded run is made of, and how its file is read.

One JSON object a line, appended as things happen; ``at`` is CLOCK_MONOTONIC in ns, one clock for
all processes of one machine:

- ``{"begin": 7, "at": 1, "process": "alice#1", "call": "sendMessage", "args": {...}}``
- ``{"end": 7, "at": 2, "outcome": "ok", "seen": {...}}``
- ``{"saw": "newMessage", "at": 3, "process": "bob#1", "value": {...}}``
- ``{"fact": "killed", "at": 4, "more": {...}}``

An operation has two lines, so that what was under way when the run itself died is known too: it
has no end then, which is the same as ``info``. ``args``, ``seen`` and ``value`` are as on the wire.
"""

import heapq
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import attrs
import orjson

Json: TypeAlias = dict[str, Any]
Outcome: TypeAlias = Literal["ok", "fail", "info"]
"""``ok``: acknowledged. ``fail``: refused, it did not and will not happen. ``info``: unknown."""

FINAL: Final = "final"
"""The fact after which nobody writes, and everything is read once more."""


@attrs.frozen
class Begin:
    number: int
    at: int
    process: str
    call: str
    args: Json


@attrs.frozen
class End:
    """``seen``: the reply; of a failure, ``{"reason": ...}``."""

    number: int
    at: int
    outcome: Outcome
    seen: Json


@attrs.frozen
class Saw:
    """Something that came unasked: an event, by its name, with its params."""

    what: str
    at: int
    process: str
    value: Json


@attrs.frozen
class Fact:
    what: str
    at: int
    more: Json


Entry: TypeAlias = Begin | End | Saw | Fact


def user_of(process: str) -> str:
    return process.partition("#")[0]


@attrs.frozen
class Recording:
    """The entries of one or more files, by time; it may be read again and again.

    The last line of a file may be torn (whoever wrote it was killed); it is left out then.
    """

    paths: tuple[Path, ...]

    def __iter__(self) -> Iterator[Entry]:
        if len(self.paths) == 1:
            return _read(self.paths[0], 0, 1)
        files = (_read(path, n, len(self.paths)) for n, path in enumerate(self.paths))
        return heapq.merge(*files, key=lambda entry: entry.at)


def _read(path: Path, first: int, step: int) -> Iterator[Entry]:
    """Numbers are made to differ from those of other files."""
    with path.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            yield _entry(orjson.loads(line), first, step)


def _entry(line: Json, first: int, step: int) -> Entry:
    match line:
        case {"begin": number, "at": at, "process": process, "call": call, "args": args}:
            return Begin(number * step + first, at, process, call, args)
        case {"end": number, "at": at, "outcome": outcome, "seen": seen}:
            return End(number * step + first, at, outcome, seen)
        case {"saw": what, "at": at, "process": process, "value": value}:
            return Saw(what, at, process, value)
        case {"fact": what, "at": at, "more": more}:
            return Fact(what, at, more)
        case _:
            raise ValueError(f"not a line of a recording: {line}")
