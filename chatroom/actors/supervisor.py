"""Supervised actors by address: made when first written to, restarted when they fail, asleep when
idle.

The supervisor is the router too: resolving an address and putting mail into the mailbox is one
synchronous step, so no mail meets an actor that is just going to sleep.
"""

import logging
import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, Protocol

import attrs
import trio

from ..errors import ChatroomError
from .alarms import Alarms
from .gathering import gather
from .mailbox import Mail, Mailbox

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

    def may_sleep(self) -> bool: ...

    def stop(self) -> None:
        """Called in the step in which it goes to sleep, never when it failed."""


@attrs.frozen(eq=False)
class Kind:
    """How actors of a kind are made and kept.

    ``refuse`` tells the senders of mail that an actor failed on; ``alone`` is the mailbox's.
    ``gathers``: a batch costs much beside its mail, so that it waits a moment for as much as came
    the last time: see :mod:`.gathering`.
    """

    make: Callable[[str], Actor]
    refuse: Callable[[list[Mail]], None]
    idle_s: float
    mailbox_size: int = 1000
    alone: Callable[[Mail], bool] = lambda mail: False
    gathers: bool = False


@attrs.frozen
class Restarts:
    """``most`` restarts of one actor within ``window_s``; past that the supervisor gives up, since
    an actor that fails at once each time is no chance fault. The pause doubles from ``first_s``.
    """

    most: int = 5
    window_s: float = 60
    first_s: float = 0.1
    longest_s: float = 5


class BudgetSpent(ChatroomError):
    """An actor failed too often: the whole must stop, cleanly."""


@attrs.define(eq=False)
class _Cell:
    address: Address
    kind: Kind
    mailbox: Mailbox
    failures: deque[float] = attrs.field(factory=deque)
    due: float = math.inf
    alarm: float = math.inf

    def wake(self) -> None:
        self.mailbox.wake()


class Supervisor:
    """``fatal`` exceptions are not the actor's fault: they pass through and end the supervisor."""

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        *,
        restarts: Restarts | None = None,
        fatal: tuple[type[Exception], ...] = (),
    ) -> None:
        self._kinds = dict(kinds)
        self._restarts = restarts or Restarts()
        self._fatal = fatal
        self._cells: dict[Address, _Cell] = {}
        self._alarms = Alarms()
        # Actors are born in a synchronous step, and started from here by the task that owns the
        # nursery.
        self._births, self._cradle = trio.open_memory_channel[_Cell](math.inf)

    def __len__(self) -> int:
        return len(self._cells)

    def add(self, name: str, kind: Kind) -> None:
        """Kinds whose actors write to each other are added after the supervisor is made."""
        self._kinds[name] = kind

    async def post(self, address: Address, mail: Mail) -> None:
        """Waits while the mailbox is full: for those above, never from an actor to one below."""
        while not (cell := self._resolve(address)).mailbox.offer(mail):
            await cell.mailbox.wait_for_space()

    def push(self, address: Address, mail: Mail, *, wake: bool = False) -> bool:
        """Without waiting. False: nobody is awake there (and ``wake`` not asked), or it is full."""
        cell = self._resolve(address) if wake else self._cells.get(address)
        return cell is not None and cell.mailbox.offer(mail)

    def awake(self, address: Address) -> bool:
        return address in self._cells

    def awake_in(self, kind: str) -> list[str]:
        """The keys of all actors of that kind that are awake."""
        return [address.key for address in self._cells if address.kind == kind]

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled.

        :raises BudgetSpent: when an actor keeps failing.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._alarms.run)
            task_status.started()
            async for cell in self._cradle:
                nursery.start_soon(self._live, cell)

    def _resolve(self, address: Address) -> _Cell:
        cell = self._cells.get(address)
        if cell is None:
            kind = self._kinds[address.kind]
            cell = _Cell(address, kind, Mailbox(kind.mailbox_size, kind.alone))
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
            except Exception as error:
                if isinstance(error, BaseExceptionGroup) and error.subgroup(self._fatal):
                    raise
                logger.exception("actor failed: %s %s", cell.address.kind, cell.address.key)
                cell.kind.refuse(cell.mailbox.taken)
                cell.mailbox.taken = []
                await trio.sleep(self._pause(cell))
            else:
                return

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
                    actor.stop()
                    cell.due = math.inf
                    del self._cells[cell.address]
                    return
                idle_at = now + max(idle_s, ASK_AGAIN_S)

    def _pause(self, cell: _Cell) -> float:
        budget, failures, now = self._restarts, cell.failures, trio.current_time()
        while failures and failures[0] <= now - budget.window_s:
            failures.popleft()
        failures.append(now)
        if len(failures) > budget.most:
            raise BudgetSpent(
                f"{cell.address.kind} {cell.address.key} failed {len(failures)} times"
                f" in {budget.window_s:g} s"
            )
        pause: float = budget.first_s * 2 ** (len(failures) - 1)
        return min(pause, budget.longest_s)
