"""What a log consumer is to its runner: a name, and a function that handles pages."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import attrs
import trio

from ..clock import wall_ms
from ..store.room_log import Changes

Handle: TypeAlias = Callable[[str, Changes], Awaitable[None]]
"""Called with a room and a page of its log. Only when it has returned is the page done; if it
raises or is interrupted, the page is handed again.

- Pages of one room come one after the other, ascending by rev. Those of several rooms overlap.
- A page has each message as it is now: a message that was changed twice before it was read has only
  its last rev. A deleted message has no text.
- A page may come again, after a failure or a restart, with messages that were changed since. So an
  effect outside is identified by its room and rev; or the consumer stores the highest rev that it
  has handled of each room, and ignores messages up to it.
- ``page.pruned``: there are no messages, because some that were not handed yet have been pruned.
  The next page begins after ``page.next_rev``.
"""


@attrs.frozen(eq=False)
class LogConsumer:
    """A consumer of all rooms' logs.

    :ivar name: of its cursors in the store. It is also a label of metrics.
    :ivar from_now: whether its first start skips what is in the logs by then.
    :ivar page_messages: the maximum of messages in a page.
    :ivar max_concurrent: the maximum of rooms whose pages are handled at the same time.
    :ivar timeout_s: time after which a call of ``handle`` is cancelled and counts as a failure.
    :ivar turn: awaited before each page is read, to hold the consumer back.
    :ivar posts_at_s: if not None, pages have posts alone, in the order of their seqs, and each
        message when it has this age, as it is then. Changes after that are not handed.
    :ivar clock: returns the time in ms since the epoch, to tell the age of messages.
    """

    name: str
    handle: Handle
    from_now: bool = False
    page_messages: int = 100
    max_concurrent: int = 8
    timeout_s: float = 60
    turn: Callable[[], Awaitable[None]] = trio.lowlevel.checkpoint
    posts_at_s: float | None = None
    clock: Callable[[], int] = wall_ms
