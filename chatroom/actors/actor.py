"""What a supervisor must know of actors: their addresses, their interface, how to make them."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import attrs
import trio

from .mailbox import Mail


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
    :ivar refuse: tells the senders of mail that it was not handled: after how many seconds they may
        retry, if known, and the cause, if it was not the actor's fault.
    :ivar idle_s: seconds without mail until the actor may sleep.
    :ivar alone: see :class:`.Mailbox`.
    :ivar gathers: wait briefly for as much mail as in the last batch, since a batch costs much more
        than its mail; see :mod:`.batching`.
    """

    make: Callable[[str], Actor]
    refuse: Callable[[list[Mail], float | None, Exception | None], None]
    idle_s: float
    mailbox_size: int = 1000
    alone: Callable[[Mail], bool] = lambda mail: False
    gathers: bool = False
