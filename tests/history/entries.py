"""The entries of a recorded run, and the format of its file.

The file has one JSON object per line, in order of time. ``at`` is CLOCK_MONOTONIC in ns, which is
the same for all processes of a machine:

- ``{"begin": 7, "at": 1, "process": "alice#1", "call": "sendMessage", "args": {...}}``
- ``{"end": 7, "at": 2, "outcome": "ok", "seen": {...}}``
- ``{"saw": "newMessage", "at": 3, "process": "bob#1", "value": {...}}``
- ``{"fact": "killed", "at": 4, "more": {...}}``

An operation has two lines. If the recording process is killed, an operation in progress has no end,
which means the same as ``info``. ``args``, ``seen`` and ``value`` are as on the wire.
"""

import heapq
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import attrs
import orjson

Json: TypeAlias = dict[str, Any]
Outcome: TypeAlias = Literal["ok", "fail", "info"]
"""``ok``: acknowledged. ``fail``: refused, and certainly not done. ``info``: unknown."""

FINAL: Final = "final"
"""The fact after which there are no writes, and everything is read once more."""


@attrs.frozen
class Begin:
    number: int
    at: int
    process: str
    call: str
    args: Json


@attrs.frozen
class End:
    """``seen``: the result, or ``{"reason": ...}`` of a failure."""

    number: int
    at: int
    outcome: Outcome
    seen: Json


@attrs.frozen
class Saw:
    """An event, with its name and params."""

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
    """The entries of one or more files, by time. It can be iterated repeatedly.

    An incomplete last line of a file, left by a killed process, is ignored.
    """

    paths: tuple[Path, ...]

    def __iter__(self) -> Iterator[Entry]:
        if len(self.paths) == 1:
            return _read(self.paths[0], 0, 1)
        files = (_read(path, n, len(self.paths)) for n, path in enumerate(self.paths))
        return heapq.merge(*files, key=lambda entry: entry.at)


def _read(path: Path, first: int, step: int) -> Iterator[Entry]:
    """Yield the entries of a file, with numbers of operations unique among all files."""
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
