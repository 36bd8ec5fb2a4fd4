"""A supervisor of actors that run functions from their mail and note each step in a diary."""

import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from chatroom.actors.actor import ActorType, Address
from chatroom.actors.restarts import RestartPolicy
from chatroom.actors.supervisor import (
    Supervisor,
)


class Broken(Exception):
    pass


class Fatal(Exception):
    pass


class Blameless(Exception):
    pass


@attrs.define(eq=False)
class Diary:
    """Events in order, with their time. ``refused`` is the refused mail, ``causes`` are the
    types of the causes."""

    entries: list[tuple[float, str, Any]] = attrs.Factory(list)
    refused: list[Any] = attrs.Factory(list)
    causes: set[type] = attrs.Factory(set)
    gates: dict[str, trio.Event] = attrs.Factory(dict)
    failing_starts: int = 0
    start_error: type[Exception] = Broken
    sleepy: bool = True

    def note(self, what: str, about: Any) -> None:
        self.entries.append((trio.current_time(), what, about))

    def of(self, what: str) -> list[Any]:
        return [about for _, kind, about in self.entries if kind == what]

    def times(self, what: str) -> list[float]:
        return [time for time, kind, _ in self.entries if kind == what]

    def gate(self, name: str) -> trio.Event:
        return self.gates.setdefault(name, trio.Event())


class Doer:
    """An actor. It calls mail that is a function, and only notes other mail."""

    def __init__(self, key: str, diary: Diary) -> None:
        self.wake_at = math.inf
        self.sleepy = diary.sleepy
        self._key = key
        self._diary = diary

    async def start(self) -> None:
        self._diary.note("start", self._key)
        if self._diary.failing_starts:
            self._diary.failing_starts -= 1
            raise self._diary.start_error

    async def handle(self, batch: list[Any], nursery: trio.Nursery) -> None:
        self._diary.note("batch", batch)
        self.wake_at = math.inf
        for mail in batch:
            if callable(mail):
                await mail(self, nursery)
            else:
                self._diary.note("mail", mail)

    def may_sleep(self) -> bool:
        return self.sleepy

    def stop(self) -> None:
        self._diary.note("stop", self._key)

    def close(self) -> None:
        self._diary.note("close", self._key)


HERE = Address("doer", "here")
Act = Callable[[Doer, trio.Nursery], Any]


def type_of(
    diary: Diary, *, idle_s: float = 10, size: int = 1000, gathers: bool = False
) -> ActorType:
    def refuse(batch: list[Any], retry_after_s: float | None, cause: Exception | None) -> None:
        diary.refused += batch
        for mail in batch:
            diary.note("refused", (mail, retry_after_s))
            diary.causes.add(type(cause))

    return ActorType(lambda key: Doer(key, diary), refuse, idle_s, size, gathers=gathers)


@asynccontextmanager
async def supervised(
    diary: Diary,
    other: Diary,
    *,
    restarts: RestartPolicy | None = None,
    fatal: tuple[type[Exception], ...] = (),
    blameless: tuple[type[Exception], ...] = (),
    **more: Any,
) -> AsyncIterator[Supervisor]:
    """Run a supervisor of actors that write into the diary, and of another kind for ``other``.

    :param more: see :func:`type_of`.
    """
    types = {"doer": type_of(diary, **more), "other": type_of(other)}
    supervisor = Supervisor(types, restarts=restarts, fatal=fatal, blameless=blameless)
    # In virtual time, so a test that would hang fails at once.
    with trio.fail_after(10_000):
        async with trio.open_nursery() as nursery:
            await nursery.start(supervisor.run)
            yield supervisor
            nursery.cancel_scope.cancel()
