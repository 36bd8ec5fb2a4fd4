"""A session's calls in flight: each is answered once, and their number and pages are bounded."""

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

import attrs

from ..errors import Refused
from ..net.frames import text_frame
from ..protocol.codec import encode_refusal, encode_reply
from .lifetime import Lifetime
from .outbox import Outbox


@attrs.frozen
class ReplyTo:
    """The address of one call's reply: plain data, to travel in mail."""

    session: str
    call: int


@attrs.frozen
class Handled:
    """A call whose result goes to ``handle``, which sends the reply if there is to be one."""

    handle: Callable[[Any], None]


Pending: TypeAlias = int | str | Handled | None
"""Who gets the result: the client, under the id of its call (None: it wants no reply), or a
handler."""


class PendingCalls:
    """Calls have numbers of the server's own, since a client may use an id twice.

    ``refusals`` counts those that are sent, by reason, over all sessions.
    """

    def __init__(
        self, session: str, outbox: Outbox, lifetime: Lifetime, refusals: Counter[str]
    ) -> None:
        self._session = session
        self._outbox = outbox
        self._lifetime = lifetime
        self._refusals = refusals
        self._pending: dict[int, Pending] = {}
        self._last_call = 0
        # Bytes reserved in the outbox for replies that are pages, by call.
        self._pages: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def __contains__(self, call: int | None) -> bool:
        """Whether that call is still to be answered."""
        return call in self._pending

    def add(self, pending: Pending) -> ReplyTo:
        self._last_call += 1
        self._pending[self._last_call] = pending
        return ReplyTo(self._session, self._last_call)

    async def wait_for_fewer(self, than: int) -> None:
        """Wait until fewer calls are in flight, or the session has ended."""
        while len(self._pending) >= than and self._lifetime.ending is None:
            await self._lifetime.waiters.park()

    async def wait_for_page(self, call: int, size: int) -> None:
        """Wait until the outbox has space for that call's reply, a page of at most ``size`` bytes,
        or the session has ended. The space is kept until the reply is given.

        A client may ask for many pages at once, as it does when it comes back to all of its rooms.
        Its calls are read as fast as it takes the pages, and it is not taken for slow.
        """
        if await self._outbox.reserve(size):
            self._pages[call] = size

    def answer(self, call: int, result: object) -> None:
        """Once for each call; a second answer is dropped. ``result`` may be a Refused."""
        if call not in self._pending:
            return
        pending = self._pending.pop(call)
        if self._lifetime.waiters:  # asking first spares most calls, on the way of every message
            self._lifetime.waiters.unpark_all()
        page = self._pages.pop(call, 0)
        queued = self._outbox.queued
        if isinstance(pending, Handled):
            pending.handle(result)
        elif pending is not None:
            self.reply(pending, result)
        if page:
            self._outbox.release(page, self._outbox.queued - queued)

    def close(self) -> None:
        """The connection is over: no call is answered any more. Handlers hold the session, which
        holds its calls: dropped, they leave no cycle for the collector.
        """
        self._pending.clear()
        self._pages.clear()

    def reply(self, call_id: int | str | None, result: object) -> None:
        """Send a reply at once, to a call that need not be pending."""
        if isinstance(result, Refused):
            self._refusals[result.reason] += 1
            self._outbox.push(text_frame(encode_refusal(call_id, result)))
        elif call_id is not None:
            self._outbox.push(text_frame(encode_reply(call_id, result)))
