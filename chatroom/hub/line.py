"""A line: what the actors know of a session, and the way on which everything for it goes out.

Bounded in bytes: ephemeral frames are shed first, and a session that does not keep up is ended, to
come back and resume. Knows frames, not what is in them.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import attrs
import trio

from ..errors import CloseCode, Refused
from ..model import Token
from ..net.frames import text_frame
from ..net.websocket import Closed
from ..protocol.codec import encode_refusal, encode_reply
from .flusher import Flusher
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


class Way(Protocol):
    """How frames leave: a :class:`~chatroom.net.websocket.WebSocket`."""

    @property
    def unsent(self) -> int: ...

    def send_now(self, frames: bytes) -> bool: ...

    async def send_frames(self, frames: Sequence[bytes]) -> None: ...


@attrs.frozen
class ReplyTo:
    """The address of one call's reply: plain data, to travel in mail."""

    session: str
    call: int


Continue = Callable[[Any], None]


class Line:
    """Whose it is, is known from :meth:`identify` on; until then no actor knows the line. Frames
    leave by the ``way`` when the flusher comes by, and while the network is full, as it lets them.
    ``refusals`` counts those that are sent, by reason, over all sessions.

    ``open`` is cancelled when the line ends. ``_calls`` are those in flight: under a number of
    ours, since a client may use an id twice, the id to answer under (None: not to be answered) or
    what to do with the result.
    """

    def __init__(
        self,
        session: str,
        *,
        outbox_bytes: int,
        flusher: Flusher,
        way: Way,
        address: str = "",
        budget: MemoryBudget | None = None,
        refusals: Counter[str] | None = None,
    ) -> None:
        self.session: Final = session
        self.address: Final = address
        self.user = ""
        self.digest = b""
        self.token: Token | None = None
        self.connected_at = 0
        self.watching: Final[set[str]] = set()
        self.open: Final = trio.CancelScope()
        self.ending: CloseCode | None = None
        self.gave_up = False
        self._calls: dict[int, int | str | Continue | None] = {}
        self._next_call = 0
        self._flusher = flusher
        self._way = way
        self._frames: list[bytes] = []
        self._queued = 0
        self._most = outbox_bytes
        # While somebody waits for the network, the budget holds all that is queued. Else it holds
        # the queued part of pages (``_kept``), until the network has taken it. In both cases it
        # holds the space of pages that are still to be answered.
        self._budget = budget or MemoryBudget(math.inf)
        self._kept = 0
        self._refusals = Counter[str]() if refusals is None else refusals
        self._noted = False
        # Somebody waits for the network: from what it did not take at once, until all is sent.
        self._writing = False
        # The most that the replies of calls in flight may have, where they are pages.
        self._pages: dict[int, int] = {}
        self._eased = trio.lowlevel.ParkingLot()
        self._when_eased: Callable[[], object] | None = None
        # Frames that wait for space, by subject.
        self._later: dict[str, bytes] = {}

    def identify(self, user: str, digest: bytes, connected_at: int = 0) -> None:
        """``digest`` is that of the session's token, ``connected_at`` ms since the epoch."""
        self.user = user
        self.digest = digest
        self.connected_at = connected_at

    def hold(self, token: Token) -> None:
        """The token that the session is held by, at first and when it was renewed."""
        self.token = token
        self.digest = token.digest

    # ---- calls and replies

    def call(self, reply: int | str | Continue | None) -> ReplyTo:
        self._next_call += 1
        self._calls[self._next_call] = reply
        return ReplyTo(self.session, self._next_call)

    def is_waiting(self, call: int | None) -> bool:
        """Whether that call is still to be answered."""
        return call in self._calls

    @property
    def in_flight(self) -> int:
        return len(self._calls)

    async def wait_in_flight(self, fewer_than: int) -> None:
        """Until so few calls are in flight, or the line has ended."""
        while len(self._calls) >= fewer_than and self.ending is None:
            await self._eased.park()

    async def wait_for_page(self, call: int, size: int) -> None:
        """Until there is space for that call's reply, a page of at most ``size`` bytes, or the line
        has ended. The space is kept until the reply is given.

        A client may ask for many pages at once, as it does when it comes back to all of its rooms.
        Its calls are read as fast as it takes the pages, and it is not taken for slow.
        """
        most = self._most * PAGES_SHARE
        while self.ending is None and (self._queued or self._pages):
            if self._queued + sum(self._pages.values()) + size <= most:
                break
            await self._eased.park()
        if self.ending is None:
            await self._budget.hold_page(self, size)
            self._pages[call] = size

    def answer(self, call: int, result: object) -> None:
        """Once for each call; a second answer finds nobody. ``result`` may be a Refused."""
        if call not in self._calls:
            return
        reply = self._calls.pop(call)
        page = self._pages.pop(call, 0)
        self._ease()
        before = self._queued
        if callable(reply):
            reply(result)
        elif reply is not None:
            self.reply(reply, result)
        if page:
            kept = 0 if self._writing else min(max(self._queued - before, 0), page)
            self._kept += kept
            self._budget.free(self, page - kept)

    def reply(self, call_id: int | str | None, result: object) -> None:
        if isinstance(result, Refused):
            self._refusals[result.reason] += 1
            self.push(text_frame(encode_refusal(call_id, result)))
        elif call_id is not None:
            self.push(text_frame(encode_reply(call_id, result)))

    # ---- the outbox

    def push(self, frame: bytes, *, ephemeral: bool = False) -> None:
        if self.ending is not None:
            return
        queued = self._queued + len(frame)
        if queued > self._most * (EPHEMERAL_SHARE if ephemeral else 1):
            if not ephemeral:
                self._drop_frames()
                self.end(CloseCode.SLOW)
            return
        self._queued = queued
        self._frames.append(frame)
        if self._writing:
            self._budget.hold(self, len(frame))
        elif not self._noted:
            self._noted = True
            self._flusher.note(self)

    def push_state(self, about: str, frame: bytes) -> None:
        """One of two states that something has, which is told in turns. It waits for space; when
        the other one comes meanwhile, neither is told.
        """
        if self._queued + len(frame) <= self._most * EPHEMERAL_SHARE:
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
        return self._queued < self._most * SPACE_SHARE

    def when_eased(self, call: Callable[[], object]) -> None:
        """Call it once, when there is space again; never, when the line ends before."""
        self._when_eased = call

    @property
    def all_sent(self) -> bool:
        """Nothing waits for the network."""
        return not self._frames and not self._writing

    def flush(self) -> None:
        """Send what there is without waiting; what the network does not take is written aside."""
        self._noted = False
        if not self._frames or self._writing:
            return
        if self._way.send_now(b"".join(self._frames)):
            self._frames.clear()
            self._queued = self._way.unsent
            self._ease()
            if not self._queued:
                if self._kept:
                    self._settle(0)
                return
        self._begin_writing()
        self._flusher.start(self._write_aside)

    async def _write_aside(self) -> None:
        try:
            await self.write_out()
        except Closed:  # for whoever reads, or waits for space
            self.end(CloseCode.NORMAL)

    async def write_out(self) -> None:
        """Send what there is and what comes meanwhile, waiting for the network.

        :raises Closed:
        """
        self._begin_writing()
        while True:
            frames, self._frames = self._frames, []
            await self._way.send_frames(frames)
            # Only now do their bytes no longer count.
            self._set_queued(sum(map(len, self._frames)))
            self._ease()
            if not self._frames:
                break
        self._writing = False

    def _begin_writing(self) -> None:
        if not self._writing:
            self._writing = True
            self._settle(self._queued)

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
            self._budget.free(self, self._queued - queued)
        self._queued = queued

    def _drop_frames(self) -> None:
        """Drop the frames that have not begun to be sent."""
        if not self._writing:
            self._settle(0)
        self._set_queued(self._queued - sum(map(len, self._frames)))
        self._frames.clear()

    def give_up(self) -> None:
        """For want of memory: what is being sent is not waited for either."""
        self.gave_up = True
        self._drop_frames()
        self.end(CloseCode.SLOW)

    def close(self) -> None:
        """The connection is over: no call is answered any more. The callbacks hold the session,
        which holds the line: dropped, they leave no cycle for the collector.
        """
        self._budget.free_all(self)
        self._calls.clear()
        self._pages.clear()
        self._when_eased = None

    def end(self, code: CloseCode) -> None:
        """Nothing is taken any more; what is queued goes out, then the connection is closed."""
        if self.ending is None:
            self.ending = code
            self._eased.unpark_all()
            self.open.cancel()

    def _ease(self) -> None:
        if self._eased:  # asking first spares most calls, on the way of every message
            self._eased.unpark_all()
        if self._when_eased is None and not self._later:
            return
        if self._queued <= self._most * EASED_SHARE:
            later, self._later = self._later, {}
            for frame in later.values():
                self.push(frame, ephemeral=True)
            call, self._when_eased = self._when_eased, None
            if call is not None:
                call()
