"""Records what the clients of a run did and saw, for :mod:`.checker`.

A *process* is one session of a user, ``user#number``. Each connection is a new process. ::

    with Recorder(tmp_path / "run.jsonl") as recorder:
        recorder.fact("started")
        alice = recorder.process("alice")  # "alice#1", then "alice#2", ...
        operation = recorder.operation(alice, "sendMessage", room="den", text="hi", clientId="c1")
        operation.ok(await client.call("sendMessage", room="den", text="hi", clientId="c1"))
        recorder.saw(alice, "newMessage", params)
        recorder.fact("killed")
        recorder.fact(FINAL)  # nobody writes any more: read all rooms and inboxes, as operations
    assert check(Recording((tmp_path / "run.jsonl",))) == []

For :class:`tests.client.Client` use :func:`.recorded.recorded`, which records calls, outcomes and
events in wire order.

Rules:

- ``args`` are the call's params and ``seen`` its whole result, as on the wire.
- Record every call that writes, and every call that changes a membership, whatever its outcome.
- Begin an operation before its first byte can be sent.
- Only an error that says that nothing was done is a ``fail``. A timeout, a lost connection,
  ``internal`` and anything else with an unknown outcome is ``info``, as is an operation without an
  outcome.
- Record the entries of a process in the order in which its connection received them.
- At ``started`` the earlier server has ended: its open calls are done by then, or never.
"""

import itertools
import time
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from .entries import Json, Outcome

UNKNOWN: Final = frozenset({"internal"})
"""Reasons of errors after which the outcome is unknown."""


class Recorder(AbstractContextManager["Recorder"]):
    """Appends to a new file, with one write per line, so that a killed process leaves whole lines.

    :raises FileExistsError: the file exists already.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb", buffering=0)
        self._numbers = itertools.count(1)
        self._processes = Counter[str]()

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def process(self, user: str) -> str:
        """Return the name of the user's next process."""
        self._processes[user] += 1
        return f"{user}#{self._processes[user]}"

    def operation(self, process: str, call: str, **args: Any) -> "Operation":
        """Record the start of an operation."""
        number = next(self._numbers)
        self._write(begin=number, at=_now(), process=process, call=call, args=args)
        return Operation(self, number)

    def saw(self, process: str, what: str, value: Json) -> None:
        """Record an event with its params."""
        self._write(saw=what, at=_now(), process=process, value=value)

    def fact(self, what: str, **more: Any) -> None:
        """Record a fact, such as ``started``, ``killed`` or :data:`.entries.FINAL`."""
        self._write(fact=what, at=_now(), more=more)

    def end(self, number: int, outcome: Outcome, seen: Json) -> None:
        self._write(end=number, at=_now(), outcome=outcome, seen=seen)

    def _write(self, **line: Any) -> None:
        self._file.write(orjson.dumps(line) + b"\n")


@attrs.frozen
class Operation:
    """An operation in progress. It has one outcome, or none."""

    recorder: Recorder
    number: int

    def ok(self, seen: Json) -> None:
        self.recorder.end(self.number, "ok", seen)

    def info(self, reason: str) -> None:
        """Record that the outcome is unknown."""
        self.recorder.end(self.number, "info", {"reason": reason})

    def refused(self, reason: str) -> None:
        """Record an error of the server as ``fail`` or ``info``, depending on its reason."""
        self.recorder.end(self.number, "info" if reason in UNKNOWN else "fail", {"reason": reason})


def _now() -> int:
    return time.monotonic_ns()
