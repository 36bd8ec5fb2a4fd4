"""The heartbeat of a node: others see that it is alive, and it learns PostgreSQL's time, how many
others there are, and whether it leads.

One node leads, and does what is to be done once for all nodes. It holds a lease, which another node
takes when it has ended. A node that was frozen may believe for a moment that it still leads. So
what a leader does must be right, if not cheap, when two nodes do it.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

import orjson
import psycopg
import trio

from ...clock import wall_ms
from ...errors import StorageAway
from ..sql.threads import InThread, wait_for
from .connection import Connection
from .feed import TRIM

logger = logging.getLogger(__name__)

TRIM_S: Final = 10.0
"""Time between two deletions of old rows of the feed."""
BEAT_S: Final = 1.0
"""Time between two beats."""
LEASE_S: Final = 5
"""Time after its last beat for which a node counts as alive, and leads."""

_BEAT: Final = f"""
    WITH seen AS (
        UPDATE nodes SET seen = clock_timestamp() WHERE number = :node
    ), leader AS (
        INSERT INTO leader AS l (node, until)
        VALUES (:node, clock_timestamp() + interval '{LEASE_S}s')
        ON CONFLICT (one) DO UPDATE SET node = excluded.node, until = excluded.until
        WHERE l.node = excluded.node OR l.until < clock_timestamp()
            OR NOT EXISTS (SELECT 1 FROM nodes AS n WHERE n.number = l.node)
        RETURNING node
    )
    SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint),
        EXISTS (SELECT 1 FROM leader),
        (
            SELECT coalesce(json_agg(number), '[]') FROM nodes
            WHERE number <> :node AND seen > clock_timestamp() - interval '{LEASE_S}s'
        )
"""


class Heartbeat:
    """
    :param node: the number of this node.
    :param wall: this machine's clock, in ms since the epoch.

    :ivar others: the other nodes that are alive, as of the last beat.
    :ivar answered_at: when PostgreSQL answered the last time, by :func:`time.monotonic`.
    """

    def __init__(
        self,
        connection: Connection,
        node: int,
        in_thread: InThread,
        wall: Callable[[], int] = wall_ms,
    ) -> None:
        self._connection = connection
        self.node: Final = node
        self._in_thread = in_thread
        self._wall = wall
        self._offset_ms = 0
        self._leads_until = 0.0
        self._trimmed_at = 0.0
        self.others: tuple[int, ...] = ()
        self.answered_at = 0.0

    @property
    def leads(self) -> bool:
        return time.monotonic() < self._leads_until

    def time_ms(self) -> int:
        """Return PostgreSQL's time, in ms since the epoch, by this machine's clock and its offset.

        So a machine whose clock is wrong gives no wrong times to rooms.
        """
        return self._wall() + self._offset_ms

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            try:
                await wait_for(self.beat, self._in_thread)
            except (psycopg.Error, StorageAway, RuntimeError) as error:
                logger.debug("no heartbeat: %s", error)
            await trio.sleep(BEAT_S)

    def beat(self) -> None:
        """Beat once.

        :raises psycopg.Error: PostgreSQL cannot be reached.
        :raises StorageAway: the connection is lost.
        """
        self._connection.connect()
        began, before = time.monotonic(), self._wall()
        row = self._connection.execute(_BEAT, {"node": self.node}).fetchone()
        now, leads, others = row
        self.others = tuple(orjson.loads(others))
        after, self.answered_at = self._wall(), time.monotonic()
        # Its time lies between both. So the offset stays while it may be right.
        self._offset_ms = min(max(self._offset_ms, now - after), now - before)
        self._leads_until = began + LEASE_S if leads else 0.0
        if leads and began - self._trimmed_at > TRIM_S:
            self._trimmed_at = began
            self._connection.execute(TRIM)

    def end(self) -> None:
        """Remove the node's row, so that others need not wait, and close the connection."""
        try:
            self._connection.execute("DELETE FROM nodes WHERE number = :node", {"node": self.node})
        except (psycopg.Error, StorageAway) as error:
            logger.debug("this node's row stays: %s", error)
        self._connection.close()
