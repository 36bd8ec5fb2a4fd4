"""The log consumer that decides who is notified of a message, when it has not been read in time.

Nothing is written for a message until then: the log is the queue. A decision is judged again
before each attempt to send it.
"""

from collections.abc import Callable, Sequence
from typing import Final

from ..consumers.log_consumer import LogConsumer
from ..consumers.pace import Pace
from ..model import Message, notifies
from ..store.push import CONSUMER, MAX_AGE_MS, NotificationKey, PushStore, Reached, Waiting
from ..store.room_log import Changes

PAGE_MESSAGES: Final = 20
SLICE_ENDPOINTS: Final = 500
"""Endpoints that are read at once."""
SLICE_NOTIFICATIONS: Final = 500
"""Notifications written in one commit, which delays others by a few ms."""
TIMEOUT_S: Final = 600.0


class Decider:
    """
    :param clock: returns ms since the epoch.
    :param decided: called when notifications wait for an endpoint.

    :ivar dropped: counts notifications that found no place.
    """

    def __init__(
        self, store: PushStore, clock: Callable[[], int], decided: Callable[[Waiting], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._decided = decided
        self.dropped = 0

    async def handle(self, room: str, page: Changes) -> None:
        oldest = self._clock() - MAX_AGE_MS
        messages = [
            message
            for message in page.messages
            if not message.deleted and message.timestamp > oldest
        ]
        if not messages:
            return
        for thread in {message.thread: None for message in messages}:
            await self._tell(room, thread, [each for each in messages if each.thread == thread])

    async def _tell(self, room: str, thread: int | None, posts: Sequence[Message]) -> None:
        """Decide about messages of the main log, or of one thread."""
        after: str | None = ""
        while after is not None:
            reached, after = await self._store.reached(
                room, thread, posts[-1].seq, after, SLICE_ENDPOINTS
            )
            await self._decide(posts, reached)

    async def _decide(self, posts: Sequence[Message], reached: Sequence[Reached]) -> None:
        wanted = [
            (each, NotificationKey(each.endpoint, message.room, message.seq))
            for each in reached
            for message in posts
            if notifies(message, each.user, each.level, each.read_seq)
        ]
        for start in range(0, len(wanted), SLICE_NOTIFICATIONS):
            part = wanted[start : start + SLICE_NOTIFICATIONS]
            self.dropped += await self._store.add_notifications([key for _, key in part])
            for each, _ in part:
                self._decided(Waiting(each.endpoint, each.host, 0))


def push_consumer(
    decider: Decider,
    clock: Callable[[], int],
    grace_s: float,
    cpu_s: Callable[[], float] | None = None,
) -> LogConsumer:
    """:param grace_s: time in which a message may be read.
    :param cpu_s: see :class:`.consumers.pace.Pace`.
    """
    pace = Pace() if cpu_s is None else Pace(cpu_s)
    return LogConsumer(
        CONSUMER,
        decider.handle,
        from_now=True,
        page_messages=PAGE_MESSAGES,
        timeout_s=TIMEOUT_S,
        turn=pace.turn,
        posts_at_s=grace_s,
        clock=clock,
    )
