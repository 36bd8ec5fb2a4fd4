"""Writes down what the clients of a run did and saw, for :mod:`.checker` to judge.

A *process* is one session of one person, ``person#number``: whoever connects again is a new one. ::

    with Recorder(tmp_path / "run.jsonl") as recorder:
        recorder.fact("started")
        alice = recorder.process("alice")  # "alice#1", then "alice#2", ...
        with recorder.operation(alice, "sendMessage", room="den", text="hi", clientId="c1") as op:
            op.ok(await client.call("sendMessage", room="den", text="hi", clientId="c1"))
        recorder.saw(alice, "newMessage", params)
        recorder.fact("killed")
        recorder.fact(FINAL)  # nobody writes any more: read all rooms and inboxes, as operations
    assert check(Recording((tmp_path / "run.jsonl",))) == []

With :class:`tests.client.Client` it is less: :func:`.recorded.recorded` wraps one and records its
calls, with their outcomes, and its events, all in the order of the wire.

Rules: ``args`` are the call's params and ``seen`` its whole result, as on the wire. Record every
call that writes, and calls that make or end a membership, whatever becomes of them. An operation
begins before its bytes may have left. Only an error that says that nothing was done is a ``fail``;
a timeout, a lost connection, ``internal`` or whatever else leaves it open is ``info``, and so is an
operation that is left without an outcome. The entries of one process stand in the order in which
its connection brought them. At ``started`` an earlier server is dead: what it left open, it has
done by then, or nobody ever will.
"""

import itertools
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import orjson

from .entries import Json, Outcome

UNKNOWN: Final = frozenset({"internal"})
"""Reasons of errors that don't tell whether it was done."""


class Recorder:
    """Appends to a new file, one write a line: whoever is killed leaves whole lines behind.

    :raises FileExistsError: a run is recorded once.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb", buffering=0)
        self._numbers = itertools.count(1)
        self._processes = Counter[str]()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def process(self, user: str) -> str:
        """The name of that person's next session."""
        self._processes[user] += 1
        return f"{user}#{self._processes[user]}"

    def operation(self, process: str, call: str, **args: Any) -> "Operation":
        """It has begun."""
        number = next(self._numbers)
        self._write(begin=number, at=_now(), process=process, call=call, args=args)
        return Operation(self, number)

    def saw(self, process: str, what: str, value: Json) -> None:
        """An event that came, with its params."""
        self._write(saw=what, at=_now(), process=process, value=value)

    def fact(self, what: str, **more: Any) -> None:
        """Such as ``started``, ``killed``, and :data:`.entries.FINAL`."""
        self._write(fact=what, at=_now(), more=more)

    def end(self, number: int, outcome: Outcome, seen: Json) -> None:
        self._write(end=number, at=_now(), outcome=outcome, seen=seen)

    def _write(self, **line: Any) -> None:
        self._file.write(orjson.dumps(line) + b"\n")


class Operation:
    """Has one outcome, the first; as a context, what is left without one is ``info``."""

    def __init__(self, recorder: Recorder, number: int) -> None:
        self._recorder = recorder
        self._number = number
        self._open = True

    def ok(self, seen: Json) -> None:
        self._end("ok", seen)

    def fail(self, reason: str) -> None:
        """Refused, for good: nothing was done."""
        self._end("fail", {"reason": reason})

    def info(self, reason: str) -> None:
        """It may have been done, or be done yet."""
        self._end("info", {"reason": reason})

    def refused(self, reason: str) -> None:
        """By an error of the server's, whose reason says which of the two."""
        if reason in UNKNOWN:
            self.info(reason)
        else:
            self.fail(reason)

    def _end(self, outcome: Outcome, seen: Json) -> None:
        if self._open:
            self._open = False
            self._recorder.end(self._number, outcome, seen)

    def __enter__(self) -> "Operation":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.info("left open" if kind is None else kind.__name__)


def _now() -> int:
    return time.monotonic_ns()
