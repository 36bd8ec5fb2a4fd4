"""A session's queue of frames to send, bounded in bytes.

Ephemeral frames are shed first, and a session that does not keep up is ended, to come back and
resume. Knows frames, not what is in them.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from ..errors import CloseCode
from ..net.websocket import Closed
from .flusher import Flusher
from .lifetime import Lifetime
from .memory_budget import MemoryBudget

EPHEMERAL_SHARE: Final = 0.5
"""How full an outbox may be for an ephemeral frame still to be taken."""
PAGES_SHARE: Final = 0.75
"""How full it may get by pages that were asked for: the rest is for events that come meanwhile."""
SPACE_SHARE: Final = 0.25
"""How full it may be for events that are coalesced and can wait."""
EASED_SHARE: Final = 0.125
"""How full it is when there is space again, for more than a few frames."""
MAX_LATER: Final = 1000
"""Frames that wait for space; more are shed."""


class Transport(Protocol):
    """How frames leave: a :class:`~chatroom.net.websocket.WebSocket`."""

    @property
    def unsent(self) -> int: ...

    def send_now(self, frames: bytes) -> bool: ...

    async def send_frames(self, frames: Sequence[bytes]) -> None: ...


class Outbox:
    """Frames leave by the ``transport`` when the flusher comes by, and while the network is full,
    as it lets them.

    ``queued``: bytes that have not left. ``user``: whose it is, once that is known.
    ``gave_up``: it was ended for want of memory, and is not waited for.
    """

    def __init__(
        self,
        most: int,
        flusher: Flusher,
        transport: Transport,
        lifetime: Lifetime,
        budget: MemoryBudget,
    ) -> None:
        self.user = ""
        self.queued = 0
        self.gave_up = False
        self._most = most
        self._flusher = flusher
        self._transport = transport
        self._lifetime = lifetime
        self._frames: list[bytes] = []
        # While somebody waits for the network, the budget holds all that is queued. Else it holds
        # the queued part of pages (``_kept``), until the network has taken it. In both cases it
        # holds the space that is reserved.
        self._budget = budget
        self._kept = 0
        self._reserved = 0
        self._noted = False
        # Somebody waits for the network: from what it did not take at once, until all is sent.
        self._writing = False
        self._when_eased: Callable[[], object] | None = None
        # Frames that wait for space, by subject.
        self._later: dict[str, bytes] = {}

    def push(self, frame: bytes, *, ephemeral: bool = False) -> None:
        if self._lifetime.ending is not None:
            return
        queued = self.queued + len(frame)
        if queued > self._most * (EPHEMERAL_SHARE if ephemeral else 1):
            if not ephemeral:
                self._drop_frames()
                self._lifetime.end(CloseCode.SLOW)
            return
        self.queued = queued
        self._frames.append(frame)
        if self._writing:
            self._budget.hold(self, len(frame))
        elif not self._noted:
            self._noted = True
            self._flusher.note(self)

    def push_state(self, about: str, frame: bytes) -> None:
        """One of two states that alternate. It waits for space; when the other one comes
        meanwhile, neither is sent.
        """
        if self.queued + len(frame) <= self._most * EPHEMERAL_SHARE:
            self.push(frame)
        elif about in self._later:
            if self._later[about] != frame:
                del self._later[about]
        elif len(self._later) < MAX_LATER:
            self._later[about] = frame

    @property
    def has_space(self) -> bool:
        """For events that can wait: they are made anew from the state of that time."""
        if self._writing and self._budget.is_half_full:
            return False
        return self.queued < self._most * SPACE_SHARE

    def when_eased(self, call: Callable[[], object]) -> None:
        """Call it once, when there is space again; never, when the session ends before."""
        self._when_eased = call

    @property
    def all_sent(self) -> bool:
        """Nothing waits for the network."""
        return not self._frames and not self._writing

    # ---- space for pages

    async def reserve(self, size: int) -> bool:
        """Wait for space for a page of at most ``size`` bytes, and keep it until :meth:`release`.
        False: the session has ended.
        """
        most = self._most * PAGES_SHARE
        while self._lifetime.ending is None and (self.queued or self._reserved):
            if self.queued + self._reserved + size <= most:
                break
            await self._lifetime.waiters.park()
        if self._lifetime.ending is not None:
            return False
        await self._budget.hold_page(self, size)
        self._reserved += size
        return True

    def release(self, size: int, used: int) -> None:
        """The page that ``size`` bytes were reserved for was queued, with ``used`` bytes."""
        self._reserved -= size
        kept = 0 if self._writing else min(max(used, 0), size)
        self._kept += kept
        self._budget.free(self, size - kept)

    # ---- sending

    def flush(self) -> None:
        """Send what there is without waiting; what the network does not take is written aside."""
        self._noted = False
        if not self._frames or self._writing:
            return
        if self._transport.send_now(b"".join(self._frames)):
            self._frames.clear()
            self.queued = self._transport.unsent
            self._ease()
            if not self.queued:
                if self._kept:
                    self._settle(0)
                return
        self._begin_writing()
        self._flusher.start(self._write_aside)

    async def _write_aside(self) -> None:
        try:
            await self.write_out()
        except Closed:  # for whoever reads, or waits for space
            self._lifetime.end(CloseCode.NORMAL)

    async def write_out(self) -> None:
        """Send what there is and what comes meanwhile, waiting for the network.

        :raises Closed:
        """
        self._begin_writing()
        while True:
            frames, self._frames = self._frames, []
            await self._transport.send_frames(frames)
            # Only now do their bytes no longer count.
            self._set_queued(sum(map(len, self._frames)))
            self._ease()
            if not self._frames:
                break
        self._writing = False

    def _begin_writing(self) -> None:
        if not self._writing:
            self._writing = True
            self._settle(self.queued)

    def _settle(self, held: int) -> None:
        """Hold so much in the budget in place of ``_kept``."""
        kept, self._kept = self._kept, 0
        if held > kept:
            self._budget.hold(self, held - kept)
        else:
            self._budget.free(self, kept - held)

    def _set_queued(self, queued: int) -> None:
        """Less than before."""
        if self._writing:
            self._budget.free(self, self.queued - queued)
        self.queued = queued

    def _drop_frames(self) -> None:
        """Drop the frames that have not begun to be sent."""
        if not self._writing:
            self._settle(0)
        self._set_queued(self.queued - sum(map(len, self._frames)))
        self._frames.clear()

    def _ease(self) -> None:
        if self._lifetime.waiters:
            self._lifetime.waiters.unpark_all()
        if self._when_eased is None and not self._later:
            return
        if self.queued <= self._most * EASED_SHARE:
            later, self._later = self._later, {}
            for frame in later.values():
                self.push(frame, ephemeral=True)
            call, self._when_eased = self._when_eased, None
            if call is not None:
                call()

    # ---- the end

    def give_up(self) -> None:
        """End for want of memory. What is being sent is not waited for either."""
        self.gave_up = True
        self._drop_frames()
        self._lifetime.end(CloseCode.SLOW)

    def close(self) -> None:
        """The connection is over. The callback may hold the session, which holds the outbox:
        dropped, it leaves no cycle for the collector.
        """
        self._budget.free_all(self)
        self._when_eased = None
