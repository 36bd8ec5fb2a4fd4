"""Supervised actors by address.

An actor is created by its first mail, restarted after a failure, and removed when idle. One that
keeps failing is quarantined, which does not affect other actors. The supervisor is also the router.
It resolves an address and enqueues the mail in one synchronous step, so that no mail is lost to an
actor that goes to sleep.
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
"""Maximum wait for as much mail as in the last batch."""
GATHER_PASSES: Final = 30
"""The same in passes of the event loop."""
ASK_AGAIN_S: Final = 1
"""Minimum time between two checks whether an idle actor may sleep."""


class Address(NamedTuple):
    kind: str
    key: str


class Actor(Protocol):
    """The owner of some state. Only its supervisor's task calls it."""

    @property
    def wake_at(self) -> float:
        """When to call :meth:`handle`, even with an empty batch; ``math.inf`` for never."""

    async def start(self) -> None:
        """Load the state."""

    async def handle(self, batch: list[Mail], nursery: trio.Nursery) -> None:
        """Handle a batch of mail.

        :param nursery: for background tasks, which end with the actor. It does not sleep while any
            runs.
        """

    def may_sleep(self) -> bool:
        """Return whether the actor is not needed. Called when it is idle, and after a closure."""

    def stop(self) -> None:
        """Called in the step in which the actor goes to sleep."""

    def close(self) -> None:
        """Called after a failure, before all mail for the actor is refused for a while."""


@attrs.frozen(eq=False)
class ActorType:
    """How to create and run actors of one kind.

    :ivar make: creates the actor for a key.
    :ivar refuse: tells the senders of mail that it was not handled, and after how many seconds they
        may retry, if known.
    :ivar idle_s: seconds without mail until the actor may sleep.
    :ivar alone: see :class:`.Mailbox`.
    :ivar gathers: wait briefly for as much mail as in the last batch, since a batch costs much more
        than its mail; see :mod:`.batching`.
    """

    make: Callable[[str], Actor]
    refuse: Callable[[list[Mail], float | None], None]
    idle_s: float
    mailbox_size: int = 1000
    alone: Callable[[Mail], bool] = lambda mail: False
    gathers: bool = False


@attrs.frozen
class RestartPolicy:
    """When to restart a failed actor. All times are in seconds.

    The pause before a restart doubles from ``first_s`` to ``longest_s``; mail waits meanwhile.
    After more than ``max_failures`` within ``window_s`` the actor is closed for ``quarantine_s``,
    and its mail is refused. After a blameless failure it is closed for ``blameless_s``.
    """

    max_failures: int = 5
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
    """:meth:`.Mailbox.offer`, or a function that refuses mail while the actor is closed."""
    failures: deque[float] = attrs.field(factory=deque)
    due: float = math.inf
    alarm: float = math.inf

    def wake(self) -> None:
        self.mailbox.wake()


class Supervisor:
    """Creates, runs and restarts actors.

    :param fatal: exceptions that are not the actor's fault and end the supervisor.
    :param blameless: exceptions that are not the actor's fault and do not count as its failures.
    :ivar failures: number of failures since the start.
    :ivar quarantines: number of quarantines since the start.
    :ivar closed: number of actors whose mail is refused now.
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
        self._kinds = kinds
        self._restarts = restarts or RestartPolicy()
        self._fatal = fatal
        self._blameless = blameless
        self._cells: dict[Address, _Cell] = {}
        self._alarms = Timers()
        # A synchronous step creates an actor. The task that owns the nursery starts it later.
        self._births, self._cradle = trio.open_memory_channel[_Cell](math.inf)

    def __len__(self) -> int:
        return len(self._cells)

    async def post(self, address: Address, mail: Mail) -> None:
        """Enqueue mail, waiting while the mailbox is full.

        Only for callers in a layer above the actor, so that actors cannot wait for each other.
        """
        while not (cell := self._resolve(address)).offer(mail):
            await cell.mailbox.wait_for_space()

    def push(self, address: Address, mail: Mail, *, wake: bool = False) -> bool:
        """Enqueue mail without waiting.

        Returns False if the mailbox is full, or if the actor is asleep and ``wake`` is false.
        """
        cell = self._resolve(address) if wake else self._cells.get(address)
        return cell is not None and cell.offer(mail)

    def awake(self, address: Address) -> bool:
        return address in self._cells

    def awake_in(self, kind: str) -> list[str]:
        """Return the keys of all awake actors of a kind."""
        return [address.key for address in self._cells if address.kind == kind]

    def mailboxes(self) -> Iterator[tuple[str, int]]:
        """Yield the kind and the number of waiting mails of each awake actor."""
        for cell in list(self._cells.values()):
            yield cell.address.kind, len(cell.mailbox)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run until cancelled."""
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
        """Count a failure. Returns whether the restart budget allows a restart."""
        budget, failures, now = self._restarts, cell.failures, trio.current_time()
        while failures and failures[0] <= now - budget.window_s:
            failures.popleft()
        failures.append(now)
        return len(failures) <= budget.max_failures

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
        """Refuse waiting and new mail for ``seconds``."""
        until = trio.current_time() + seconds

        def refuse(mail: Mail) -> bool:
            cell.kind.refuse([mail], until - trio.current_time())
            return True

        cell.offer = refuse
        try:
            actor.close()
        except Exception:  # the actor has failed already; other actors must go on
            logger.exception("closing failed: %s %s", *cell.address, extra=_named(cell))
        cell.kind.refuse(cell.mailbox.clear(), seconds)
        await trio.sleep_until(until)
        cell.offer = cell.mailbox.offer

    def _let_go(self, cell: _Cell, actor: Actor) -> bool:
        """Remove a closed actor that is not needed. Returns False if it must be restarted."""
        try:
            if not actor.may_sleep():
                return False
            self._sleep(cell, actor)
        except Exception:  # the actor has failed already; other actors must go on
            logger.exception("letting go failed: %s %s", *cell.address, extra=_named(cell))
            return False
        return True

    def _sleep(self, cell: _Cell, actor: Actor) -> None:
        actor.stop()
        cell.due = math.inf
        del self._cells[cell.address]

    async def _work(self, cell: _Cell, actor: Actor, nursery: trio.Nursery) -> None:
        idle_s, mailbox = cell.kind.idle_s, cell.mailbox
        expected = 0
        idle_at = trio.current_time() + idle_s
        while True:
            if not mailbox:
                cell.due = min(idle_at, actor.wake_at)
                self._alarms.expect(cell)
                await mailbox.wait_for_mail()
            now = trio.current_time()
            if mailbox or now >= actor.wake_at:
                if cell.kind.gathers:
                    until = now + GATHER_S
                    await gather(mailbox, expected, passes=GATHER_PASSES, until=until)
                    expected = len(mailbox)
                await actor.handle(mailbox.take(), nursery)
                mailbox.taken = []
                idle_at = trio.current_time() + idle_s
            elif now >= idle_at:
                if not nursery.child_tasks and actor.may_sleep():
                    self._sleep(cell, actor)
                    return
                idle_at = now + max(idle_s, ASK_AGAIN_S)


def _named(cell: _Cell) -> dict[str, object]:
    """Return the fields for a log record."""
    return {"kind": cell.address.kind, "key": cell.address.key}


def _has(error: Exception, kinds: tuple[type[Exception], ...]) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return error.subgroup(kinds) is not None
    return isinstance(error, kinds)


def _has_other(error: Exception, kinds: tuple[type[Exception], ...]) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return error.split(kinds)[1] is not None
    return not isinstance(error, kinds)
