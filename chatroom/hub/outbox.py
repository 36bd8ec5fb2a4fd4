"""A session's queue of outgoing frames, bounded in bytes.

A filling queue first drops ephemeral frames. A session with a full queue is ended; its client
reconnects and resumes. Knows nothing of the frames' contents.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from ..errors import CloseCode
from ..net.websocket import Closed
from .flusher import Flusher
from .lifetime import Lifetime
from .memory_budget import MemoryBudget

EPHEMERAL_SHARE: Final = 0.5
"""Above this fill level, ephemeral frames are dropped. All levels are shares of the size."""
PAGES_SHARE: Final = 0.75
"""Pages may fill the outbox to this level. The rest is for events that arrive meanwhile."""
SPACE_SHARE: Final = 0.25
"""Above this level, coalesced events wait."""
EASED_SHARE: Final = 0.125
"""Below this level, waiting events are sent. It is lower than the others, so that there is space
for more than a few frames."""
MAX_LATER: Final = 1000
"""Maximum number of frames that wait for space; more are dropped."""


class Transport(Protocol):
    """Sends frames: a :class:`~chatroom.net.websocket.WebSocket`."""

    @property
    def send_now(self) -> Callable[[bytes], int | None]:
        """Send joined frames without waiting; see :class:`~chatroom.net.send_stream.SendStream`."""

    async def send_frames(self, frames: Sequence[bytes]) -> None: ...


class Outbox:
    """Frames are sent when the flusher runs, or by a writing task while the network is full.

    :ivar user: the session's account, once authenticated.
    :ivar queued: bytes not sent yet.
    :ivar gave_up: the session was ended to free memory; do not wait for its queued frames.
    :param max_bytes: size of the queue.
    """

    # Here and in the classes around it, because each event of a large room touches these objects
    # of each receiver, mostly out of the processor's cache.
    __slots__ = (
        "_awaited",
        "_budget",
        "_flusher",
        "_frames",
        "_kept",
        "_later",
        "_lifetime",
        "_max_bytes",
        "_reserved",
        "_send_now",
        "_transport",
        "_when_eased",
        "_writing",
        "gave_up",
        "queued",
        "user",
    )

    def __init__(
        self,
        max_bytes: int,
        flusher: Flusher,
        transport: Transport,
        lifetime: Lifetime,
        budget: MemoryBudget,
    ) -> None:
        self.user = ""
        self.queued = 0
        self.gave_up = False
        self._max_bytes = max_bytes
        self._flusher = flusher
        self._transport = transport
        self._send_now = transport.send_now
        self._lifetime = lifetime
        self._frames: list[bytes] = []
        # While a task waits for the network, the budget holds all queued bytes. Otherwise it holds
        # only the queued bytes of pages (``_kept``), until they are sent. In both cases it also
        # holds the reserved space.
        self._budget = budget
        self._kept = 0
        self._reserved = 0
        # A task waits for the network: from the first incomplete send until all is sent.
        self._writing = False
        # Somebody waits for space: a task, a callback or a frame.
        self._awaited = False
        self._when_eased: Callable[[], object] | None = None
        # Frames that wait for space, by subject.
        self._later: dict[str, bytes] = {}

    def push(self, frame: bytes, *, ephemeral: bool = False) -> None:
        if self._lifetime.ending is not None:
            return
        queued = self.queued + len(frame)
        if queued > (self._max_bytes * EPHEMERAL_SHARE if ephemeral else self._max_bytes):
            if not ephemeral:
                self._drop_frames()
                self._lifetime.end(CloseCode.SLOW)
            return
        self.queued = queued
        if not self._frames and not self._writing:
            self._flusher.note(self)
        self._frames.append(frame)
        if self._writing:
            self._budget.hold(self, len(frame))

    def push_state(self, about: str, frame: bytes) -> None:
        """Push a frame with one of two alternating states, such as online and offline.

        Without space it waits. If the opposite state arrives meanwhile, neither is sent.

        :param about: the subject whose state it is.
        """
        if self.queued + len(frame) <= self._max_bytes * EPHEMERAL_SHARE:
            self.push(frame)
        elif about in self._later:
            if self._later[about] != frame:
                del self._later[about]
        elif len(self._later) < MAX_LATER:
            self._later[about] = frame
            self._awaited = True

    def push_latest(self, about: str, frame: bytes) -> None:
        """Push a frame that replaces earlier ones about the same subject.

        Without space it waits, as in :meth:`push_state`, and is replaced by a later one.
        """
        if self.queued + len(frame) <= self._max_bytes * EPHEMERAL_SHARE:
            self._later.pop(about, None)
            self.push(frame)
        elif about in self._later or len(self._later) < MAX_LATER:
            self._later[about] = frame
            self._awaited = True

    @property
    def has_space(self) -> bool:
        """Whether there is space for coalesced events, which can be built later from new state."""
        if self._writing and self._budget.is_half_full:
            return False
        return self.queued < self._max_bytes * SPACE_SHARE

    def when_eased(self, call: Callable[[], object]) -> None:
        """Call ``call`` once when there is space again, unless the session ends first."""
        self._when_eased = call
        self._awaited = True

    @property
    def all_sent(self) -> bool:
        """Whether nothing waits for the network."""
        return not self._frames and not self._writing

    # ---- space for pages

    async def reserve(self, size: int) -> bool:
        """Wait for space for a page of at most ``size`` bytes, and hold it until :meth:`release`.

        Returns False if the session has ended.
        """
        limit = self._max_bytes * PAGES_SHARE
        while self._lifetime.ending is None and (self.queued or self._reserved):
            if self.queued + self._reserved + size <= limit:
                break
            self._awaited = True
            await self._lifetime.waiters.park()
        if self._lifetime.ending is not None:
            return False
        await self._budget.hold_page(self, size)
        self._reserved += size
        return True

    def release(self, size: int, used: int) -> None:
        """Release ``size`` reserved bytes after the page was queued with ``used`` bytes."""
        self._reserved -= size
        kept = 0 if self._writing else min(max(used, 0), size)
        self._kept += kept
        self._budget.end_page(self, size, kept)

    # ---- sending

    def flush(self) -> None:
        """Send the queued frames without waiting. A background task writes what remains."""
        frames = self._frames
        if not frames or self._writing:
            return
        unsent = self._send_now(frames[0] if len(frames) == 1 else b"".join(frames))
        if unsent is not None:
            frames.clear()
            self.queued = unsent
            if self._awaited:
                self._ease()
            if not unsent:
                if self._kept:
                    self._settle(0)
                return
        self._begin_writing()
        self._flusher.start(self._write_aside)

    async def _write_aside(self) -> None:
        try:
            await self.write_out()
        except Closed:  # the tasks that read or wait for space must notice too
            self._lifetime.end(CloseCode.NORMAL)

    async def write_out(self) -> None:
        """Send the queued frames, and those pushed meanwhile, waiting for the network.

        :raises Closed: the connection was lost.
        """
        self._begin_writing()
        while True:
            frames, self._frames = self._frames, []
            await self._transport.send_frames(frames)
            # The bytes of these frames count until here.
            self._set_queued(sum(map(len, self._frames)))
            if self._awaited:
                self._ease()
            if not self._frames:
                break
        self._writing = False

    def _begin_writing(self) -> None:
        if not self._writing:
            self._writing = True
            self._settle(self.queued)

    def _settle(self, held: int) -> None:
        """Hold ``held`` bytes in the budget instead of ``_kept``."""
        kept, self._kept = self._kept, 0
        if held > kept:
            self._budget.hold(self, held - kept)
        else:
            self._budget.free(self, kept - held)

    def _set_queued(self, queued: int) -> None:
        """Set ``queued`` to a smaller number of bytes, and free the difference."""
        if self._writing:
            self._budget.free(self, self.queued - queued)
        self.queued = queued

    def _drop_frames(self) -> None:
        """Drop the frames of which no byte has been sent."""
        if not self._writing:
            self._settle(0)
        self._set_queued(self.queued - sum(map(len, self._frames)))
        self._frames.clear()

    def _ease(self) -> None:
        """Wake the tasks that wait for space. Below EASED_SHARE, send waiting frames too."""
        self._lifetime.waiters.unpark_all()
        if self.queued <= self._max_bytes * EASED_SHARE:
            self._awaited = False
            later, self._later = self._later, {}
            for frame in later.values():
                self.push(frame, ephemeral=True)
            call, self._when_eased = self._when_eased, None
            if call is not None:
                call()

    # ---- the end

    def give_up(self) -> None:
        """End the session to free memory, without waiting for a send in progress."""
        self.gave_up = True
        self._drop_frames()
        self._lifetime.end(CloseCode.SLOW)

    def close(self) -> None:
        """Drop all frames and free all held memory after the connection has ended.

        A flush that is still scheduled then holds nothing in the budget. The callback may refer to
        the session and so to this outbox. Dropping it breaks the reference cycle, which the garbage
        collector would otherwise have to find.
        """
        self._frames.clear()
        self._budget.free_all(self)
        self._when_eased = None
