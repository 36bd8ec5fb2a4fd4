"""Supervised actors by address.

An actor is created by its first mail, restarted after a failure, and removed when idle. One that
keeps failing is quarantined, which does not affect other actors. The supervisor is also the router.
It resolves an address and enqueues the mail in one synchronous step, so that no mail is lost to an
actor that goes to sleep.
"""

import logging
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import attrs
import trio

from .actor import Actor, ActorType, Address
from .batching import gather
from .mailbox import Mail, Mailbox
from .restarts import Failures, RestartPolicy
from .timers import Timers

logger = logging.getLogger(__name__)

GATHER_S: Final = 0.0005
"""Maximum wait for as much mail as in the last batch."""
GATHER_PASSES: Final = 30
"""The same in passes of the event loop."""
ASK_AGAIN_S: Final = 1
"""Minimum time between two checks whether an idle actor may sleep."""


@attrs.define(eq=False)
class _Child:
    """An address with mail, and the actor that handles it, across restarts.

    :ivar offer: :meth:`.Mailbox.offer`, or a function that refuses mail while the actor is closed.
    :ivar due: see :class:`.timers.Sleeper`.
    """

    address: Address
    kind: ActorType
    mailbox: Mailbox
    offer: Callable[[Mail], bool]
    failures: Failures
    due: float = math.inf
    timer_at: float = math.inf

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
        self._children: dict[Address, _Child] = {}
        self._timers = Timers()
        # A synchronous step creates an actor. The task that owns the nursery starts it later.
        self._send_new, self._receive_new = trio.open_memory_channel[_Child](math.inf)

    def __len__(self) -> int:
        return len(self._children)

    async def post(self, address: Address, mail: Mail) -> None:
        """Enqueue mail, waiting while the mailbox is full.

        Only for callers in a layer above the actor, so that actors cannot wait for each other.
        """
        while not (child := self._resolve(address)).offer(mail):
            await child.mailbox.wait_for_space()

    def push(self, address: Address, mail: Mail, *, wake: bool = False) -> bool:
        """Enqueue mail without waiting.

        Returns False if the mailbox is full, or if the actor is asleep and ``wake`` is false.
        """
        child = self._resolve(address) if wake else self._children.get(address)
        return child is not None and child.offer(mail)

    def awake(self, address: Address) -> bool:
        return address in self._children

    def awake_in(self, kind: str) -> list[str]:
        """Return the keys of all awake actors of a kind."""
        return [address.key for address in self._children if address.kind == kind]

    def mailboxes(self) -> Iterator[tuple[str, int]]:
        """Yield the kind and the number of waiting mails of each awake actor."""
        for child in list(self._children.values()):
            yield child.address.kind, len(child.mailbox)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._timers.run)
            task_status.started()
            async for child in self._receive_new:
                nursery.start_soon(self._supervise, child)

    def _resolve(self, address: Address) -> _Child:
        child = self._children.get(address)
        if child is None:
            kind = self._kinds[address.kind]
            mailbox = Mailbox(kind.mailbox_size, kind.alone)
            failures = Failures(self._restarts)
            child = _Child(address, kind, mailbox, mailbox.offer, failures)
            self._children[address] = child
            self._send_new.send_nowait(child)
        return child

    async def _supervise(self, child: _Child) -> None:
        while True:
            actor = child.kind.make(child.address.key)
            try:
                async with trio.open_nursery() as nursery:
                    await actor.start()
                    await self._work(child, actor, nursery)
                return
            except Exception as error:
                if _has(error, self._fatal):
                    raise
                cause = _cause(error, self._blameless)
                self.failures += 1
                if cause is None:
                    logger.exception("actor failed: %s %s", *child.address, extra=_named(child))
            if cause is not None:
                closed_s = self._restarts.blameless_s
            elif child.failures.add(trio.current_time()):
                child.kind.refuse(child.mailbox.taken, None, None)
                child.mailbox.taken = []
                await trio.sleep(child.failures.pause_s())
                continue
            else:
                closed_s = self._restarts.quarantine_s
                self._quarantine(child)
            self.closed += 1
            try:
                await self._close(child, actor, closed_s, cause)
            finally:
                self.closed -= 1
            if self._remove_if_idle(child, actor):
                return

    def _quarantine(self, child: _Child) -> None:
        self.quarantines += 1
        logger.error(
            "quarantined for %g s: %s %s failed %d times in %g s",
            self._restarts.quarantine_s,
            *child.address,
            len(child.failures),
            self._restarts.window_s,
            extra=_named(child),
        )
        child.failures.clear()

    async def _close(
        self, child: _Child, actor: Actor, seconds: float, cause: Exception | None
    ) -> None:
        """Refuse waiting and new mail for ``seconds``."""
        until = trio.current_time() + seconds

        def refuse(mail: Mail) -> bool:
            child.kind.refuse([mail], until - trio.current_time(), cause)
            return True

        child.offer = refuse
        try:
            actor.close()
        except Exception:  # the actor has failed already; other actors must go on
            logger.exception("closing failed: %s %s", *child.address, extra=_named(child))
        child.kind.refuse(child.mailbox.clear(), seconds, cause)
        await trio.sleep_until(until)
        child.offer = child.mailbox.offer

    def _remove_if_idle(self, child: _Child, actor: Actor) -> bool:
        """Remove a closed actor that is not needed. Returns False if it must be restarted."""
        try:
            if not actor.may_sleep():
                return False
            self._sleep(child, actor)
        except Exception:  # the actor has failed already; other actors must go on
            logger.exception("removing failed: %s %s", *child.address, extra=_named(child))
            return False
        return True

    def _sleep(self, child: _Child, actor: Actor) -> None:
        actor.stop()
        child.due = math.inf
        del self._children[child.address]

    async def _work(self, child: _Child, actor: Actor, nursery: trio.Nursery) -> None:
        idle_s, mailbox = child.kind.idle_s, child.mailbox
        expected = 0
        idle_at = trio.current_time() + idle_s
        while True:
            if not mailbox:
                child.due = min(idle_at, actor.wake_at)
                self._timers.schedule(child)
                await mailbox.wait_for_mail()
            now = trio.current_time()
            if mailbox or now >= actor.wake_at:
                if child.kind.gathers:
                    until = now + GATHER_S
                    await gather(mailbox, expected, passes=GATHER_PASSES, until=until)
                    expected = len(mailbox)
                await actor.handle(mailbox.take(), nursery)
                mailbox.taken = []
                idle_at = now + idle_s
            elif now >= idle_at:
                if not nursery.child_tasks and actor.may_sleep():
                    self._sleep(child, actor)
                    return
                idle_at = now + max(idle_s, ASK_AGAIN_S)


def _named(child: _Child) -> dict[str, object]:
    """Return the fields for a log record."""
    return {"kind": child.address.kind, "key": child.address.key}


def _has(error: Exception, kinds: tuple[type[Exception], ...]) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return error.subgroup(kinds) is not None
    return isinstance(error, kinds)


def _cause(error: Exception, kinds: tuple[type[Exception], ...]) -> Exception | None:
    """Return an exception of these kinds if there are no others, or None."""
    while isinstance(error, ExceptionGroup):
        if error.split(kinds)[1] is not None:
            return None
        error = error.exceptions[0]
    return error if isinstance(error, kinds) else None
