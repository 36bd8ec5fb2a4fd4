"""Supervised actors by address: made when first written to, restarted when they fail, asleep when
idle. One that keeps failing is quarantined, and costs no other anything.

The supervisor is the router too: resolving an address and putting mail into the mailbox is one
synchronous step, so no mail meets an actor that is just going to sleep.
"""

import logging
import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple, Protocol

import attrs
import trio

from .batching import gather
from .mailbox import Mail, Mailbox
from .timers import Timers

logger = logging.getLogger(__name__)

GATHER_S: Final = 0.0005
"""How long an actor waits for its mail to become as much as the last time, at the most."""
GATHER_PASSES: Final = 30
"""The same in passes of the loop."""
ASK_AGAIN_S: Final = 1
"""At the least, between two times that an idle actor is asked whether it may sleep."""


class Address(NamedTuple):
    kind: str
    key: str


class Actor(Protocol):
    """One owner of some state. Only its supervisor's task calls it."""

    @property
    def wake_at(self) -> float:
        """When to be handed what there is, if only an empty batch; ``math.inf``: never."""

    @property
    def patient(self) -> bool:
        """Whether mail that merges and is not urgent may wait until then."""

    async def start(self) -> None:
        """Load the state."""

    async def handle(self, batch: list[Mail], nursery: trio.Nursery) -> None:
        """``nursery`` is for work aside, which ends with the actor; it sleeps only without any."""

    def may_sleep(self) -> bool:
        """Whether nobody needs it. Asked when it is idle, and after it was closed."""

    def stop(self) -> None:
        """Called in the step in which it goes to sleep."""

    def close(self) -> None:
        """Called after it failed, and before all mail for it is refused for a while."""


@attrs.frozen(eq=False)
class ActorType:
    """How actors of a kind are made and kept.

    ``refuse`` tells the senders of mail that it was not handled, and after how many seconds they
    may try again, if that is known; ``alone`` is the mailbox's.
    ``gathers``: a batch costs much beside its mail, so that it waits a moment for as much as came
    the last time: see :mod:`.batching`.
    """

    make: Callable[[str], Actor]
    refuse: Callable[[list[Mail], float | None], None]
    idle_s: float
    mailbox_size: int = 1000
    alone: Callable[[Mail], bool] = lambda mail: False
    gathers: bool = False


@attrs.frozen
class RestartPolicy:
    """When an actor that failed is started again; all times in seconds.

    The pause doubles from ``first_s`` to ``longest_s``, and mail waits meanwhile. Past ``most``
    restarts within ``window_s`` the actor is closed for ``quarantine_s``: its mail is refused.
    After a failure that is not its own it is closed for ``blameless_s``.
    """

    most: int = 5
    window_s: float = 60
    first_s: float = 0.1
    longest_s: float = 5
    quarantine_s: float = 300
    blameless_s: float = 5


@attrs.define(eq=False)
class _Cell:
    address: Address
    kind: ActorType
    mailbox: Mailbox
    offer: Callable[[Mail], bool]
    """The mailbox's; while it is closed, one that refuses."""
    failures: deque[float] = attrs.field(factory=deque)
    due: float = math.inf
    alarm: float = math.inf

    def wake(self) -> None:
        self.mailbox.wake()


class Supervisor:
    """``fatal`` exceptions are not the actor's fault: they pass through and end the supervisor.
    Nor are ``blameless`` ones, which do not count against the restart budget.

    ``failures`` and ``quarantines`` are how many there were since the start; ``closed`` is how many
    actors are closed now, so that their mail is refused.
    """

    def __init__(
        self,
        kinds: Mapping[str, ActorType],
        *,
        restarts: RestartPolicy | None = None,
        fatal: tuple[type[Exception], ...] = (),
        blameless: tuple[type[Exception], ...] = (),
    ) -> None:
        self.failures = 0
        self.quarantines = 0
        self.closed = 0
        self._kinds = dict(kinds)
        self._restarts = restarts or RestartPolicy()
        self._fatal = fatal
        self._blameless = blameless
        self._cells: dict[Address, _Cell] = {}
        self._alarms = Timers()
        # Actors are born in a synchronous step, and started from here by the task that owns the
        # nursery.
        self._births, self._cradle = trio.open_memory_channel[_Cell](math.inf)

    def __len__(self) -> int:
        return len(self._cells)

    def add(self, name: str, kind: ActorType) -> None:
        """Kinds whose actors write to each other are added after the supervisor is made."""
        self._kinds[name] = kind

    async def post(self, address: Address, mail: Mail) -> None:
        """Waits while the mailbox is full: for those above, never from an actor to one below."""
        while not (cell := self._resolve(address)).offer(mail):
            await cell.mailbox.wait_for_space()

    def push(self, address: Address, mail: Mail, *, wake: bool = False) -> bool:
        """Without waiting. False: nobody is awake there (and ``wake`` not asked), or it is full."""
        cell = self._resolve(address) if wake else self._cells.get(address)
        return cell is not None and cell.offer(mail)

    def awake(self, address: Address) -> bool:
        return address in self._cells

    def awake_in(self, kind: str) -> list[str]:
        """The keys of all actors of that kind that are awake."""
        return [address.key for address in self._cells if address.kind == kind]

    def mailboxes(self) -> Iterator[tuple[str, int]]:
        """Of each actor that is awake now its kind, and how much mail waits for it."""
        for cell in list(self._cells.values()):
            yield cell.address.kind, len(cell.mailbox)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._alarms.run)
            task_status.started()
            async for cell in self._cradle:
                nursery.start_soon(self._live, cell)

    def _resolve(self, address: Address) -> _Cell:
        cell = self._cells.get(address)
        if cell is None:
            kind = self._kinds[address.kind]
            mailbox = Mailbox(kind.mailbox_size, kind.alone)
            cell = _Cell(address, kind, mailbox, mailbox.offer)
            self._cells[address] = cell
            self._births.send_nowait(cell)
        return cell

    async def _live(self, cell: _Cell) -> None:
        while True:
            actor = cell.kind.make(cell.address.key)
            try:
                async with trio.open_nursery() as nursery:
                    await actor.start()
                    await self._work(cell, actor, nursery)
                return
            except Exception as error:
                if _has(error, self._fatal):
                    raise
                blameless = not _has_other(error, self._blameless)
                self.failures += 1
                if not blameless:
                    logger.exception("actor failed: %s %s", *cell.address, extra=_named(cell))
            if blameless:
                closed_s = self._restarts.blameless_s
            elif self._count_failure(cell):
                cell.kind.refuse(cell.mailbox.taken, None)
                cell.mailbox.taken = []
                await trio.sleep(self._pause(cell))
                continue
            else:
                closed_s = self._restarts.quarantine_s
                self._quarantine(cell)
            self.closed += 1
            try:
                await self._close(cell, actor, closed_s)
            finally:
                self.closed -= 1
            if self._let_go(cell, actor):
                return

    def _count_failure(self, cell: _Cell) -> bool:
        """Whether it is within the restart budget."""
        budget, failures, now = self._restarts, cell.failures, trio.current_time()
        while failures and failures[0] <= now - budget.window_s:
            failures.popleft()
        failures.append(now)
        return len(failures) <= budget.most

    def _pause(self, cell: _Cell) -> float:
        pause: float = self._restarts.first_s * 2 ** (len(cell.failures) - 1)
        return min(pause, self._restarts.longest_s)

    def _quarantine(self, cell: _Cell) -> None:
        self.quarantines += 1
        logger.error(
            "quarantined for %g s: %s %s failed %d times in %g s",
            self._restarts.quarantine_s,
            *cell.address,
            len(cell.failures),
            self._restarts.window_s,
            extra=_named(cell),
        )
        cell.failures.clear()

    async def _close(self, cell: _Cell, actor: Actor, seconds: float) -> None:
        """For that long, refuse what waits and what comes."""
        until = trio.current_time() + seconds

        def refuse(mail: Mail) -> bool:
            cell.kind.refuse([mail], until - trio.current_time())
            return True

        cell.offer = refuse
        try:
            actor.close()
        except Exception:  # the boundary of an actor that has failed already
            logger.exception("closing failed: %s %s", *cell.address, extra=_named(cell))
        cell.kind.refuse(cell.mailbox.clear(), seconds)
        await trio.sleep_until(until)
        cell.offer = cell.mailbox.offer

    def _let_go(self, cell: _Cell, actor: Actor) -> bool:
        """Whether nobody needs the actor that was closed, so that it is not started again."""
        try:
            if not actor.may_sleep():
                return False
            self._sleep(cell, actor)
        except Exception:  # the boundary of an actor that has failed already
            logger.exception("letting go failed: %s %s", *cell.address, extra=_named(cell))
            return False
        return True

    def _sleep(self, cell: _Cell, actor: Actor) -> None:
        actor.stop()
        cell.due = math.inf
        del self._cells[cell.address]

    async def _work(self, cell: _Cell, actor: Actor, nursery: trio.Nursery) -> None:
        idle_s, mailbox = cell.kind.idle_s, cell.mailbox
        mailbox.patient = False
        expected = 0
        idle_at = trio.current_time() + idle_s
        while True:
            if not mailbox.pressing:
                cell.due = min(idle_at, actor.wake_at)
                self._alarms.expect(cell)
                await mailbox.wait_for_mail()
            now = trio.current_time()
            if mailbox.pressing or now >= actor.wake_at:
                if cell.kind.gathers:
                    until = now + GATHER_S
                    await gather(mailbox, expected, passes=GATHER_PASSES, until=until)
                    expected = len(mailbox)
                await actor.handle(mailbox.take(), nursery)
                mailbox.taken = []
                mailbox.patient = actor.patient
                idle_at = trio.current_time() + idle_s
            elif now >= idle_at:
                if not nursery.child_tasks and actor.may_sleep():
                    self._sleep(cell, actor)
                    return
                idle_at = now + max(idle_s, ASK_AGAIN_S)


def _named(cell: _Cell) -> dict[str, object]:
    """For the log."""
    return {"kind": cell.address.kind, "key": cell.address.key}


def _has(error: Exception, kinds: tuple[type[Exception], ...]) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return error.subgroup(kinds) is not None
    return isinstance(error, kinds)


def _has_other(error: Exception, kinds: tuple[type[Exception], ...]) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return error.split(kinds)[1] is not None
    return not isinstance(error, kinds)
