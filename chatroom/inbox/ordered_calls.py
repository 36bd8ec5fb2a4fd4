"""Calls of one person that background tasks of the inbox answer."""

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import attrs
import trio

from ..errors import Refused, StorageFailed, StorageUnavailable, failed, unavailable
from ..hub.envelope import Envelope
from ..hub.hub import Hub
from ..protocol.declaring import Call

logger = logging.getLogger(__name__)

C = TypeVar("C", bound=Call[Any])


@attrs.define(eq=False)
class Answerer(Generic[C]):
    """Sends one reply to each call, also if that fails or is cancelled.

    :param subject: the calls' subject, for the log.
    :param answer: returns the reply of a call, or returns or raises a refusal.
    """

    _user: str
    _subject: str
    _hub: Hub
    _answer: Callable[[Envelope[C]], Awaitable[object]]

    async def reply(self, envelope: Envelope[C]) -> None:
        """:raises StorageFailed: the process must end."""
        result: object = failed()
        try:
            result = await self._answer(envelope)
        except Refused as refused:
            result = refused
        except StorageFailed:
            raise
        except StorageUnavailable as error:
            result = unavailable(error)
        except Exception:
            extra = {"user": self._user, "subject": self._subject}
            logger.exception("a call failed", extra=extra)
        finally:
            # Also if the inbox fails, which cancels this task.
            self._hub.reply(envelope.reply_to, result)


@attrs.define(eq=False)
class OrderedCalls(Answerer[C]):
    """Answers calls in order of arrival, without delaying other work of the inbox."""

    _waiting: deque[Envelope[C]] = attrs.field(factory=deque, init=False)
    _working: bool = attrs.field(default=False, init=False)

    def handle(self, envelope: Envelope[C], nursery: trio.Nursery) -> None:
        """Handle the call, and send one reply."""
        self._waiting.append(envelope)
        if not self._working:
            self._working = True
            nursery.start_soon(self._work)

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self.reply(self._waiting.popleft())
        finally:
            # Also if the inbox fails, which cancels this task.
            self._working = False
            while self._waiting:
                self._hub.reply(self._waiting.popleft().reply_to, failed())
