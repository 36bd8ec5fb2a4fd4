"""A session's calls in flight. Each is answered once; their number and their pages are bounded."""

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

import attrs

from ..errors import Refused
from ..net.frames import text_frame
from ..protocol.codec import encode_refusal, encode_reply
from .envelope import ReplyTo
from .lifetime import Lifetime
from .outbox import Outbox


@attrs.frozen
class Handled:
    """A call whose result goes to ``handle``, which sends the reply if one is due."""

    handle: Callable[[Any], None]


Pending: TypeAlias = int | str | Handled | None
"""The receiver of a result: the client, by the id of its call, or a handler. None: the client wants
no reply."""


class PendingCalls:
    """Calls in flight by number. The server assigns the numbers, since a client may reuse ids.

    :param refusals: counter of refusals sent, by reason, shared by all sessions.
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
        """Whether the call has not been answered yet."""
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
        """Reserve outbox space for a call's reply, a page of at most ``size`` bytes.

        Returns when there is space, or when the session has ended. :meth:`answer` releases the
        space. A client may request many pages at once, for instance when it reconnects to all of
        its rooms. Its calls are then read as fast as it receives pages, and it is not ended as too
        slow.
        """
        if await self._outbox.reserve(size):
            self._pages[call] = size

    def answer(self, call: int, result: object) -> None:
        """Deliver a call's result, which may be a Refused. A second answer is ignored."""
        if call not in self._pending:
            return
        pending = self._pending.pop(call)
        if self._lifetime.waiters:  # usually false; saves a function call for each message
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
        """Drop all calls after the connection has ended; none is answered any more.

        Handlers refer to the session and so to this object. Dropping them breaks the reference
        cycle, which the garbage collector would otherwise have to find.
        """
        self._pending.clear()
        self._pages.clear()

    def reply(self, call_id: int | str | None, result: object) -> None:
        """Send a reply to a call that need not be pending."""
        if isinstance(result, Refused):
            self._refusals[result.reason] += 1
            self._outbox.push(text_frame(encode_refusal(call_id, result)))
        elif call_id is not None:
            self._outbox.push(text_frame(encode_reply(call_id, result)))
