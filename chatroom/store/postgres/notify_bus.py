"""The bus by NOTIFY, on one channel.

A message is sent after the commit that it tells of, in a transaction of its own that is not synced:
a NOTIFY inside commits would have them wait for each other. One connection sends, and one listens.
"""

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import psycopg
import trio

from ...errors import StorageAway
from ..bus import Heard
from ..sql.rows import json_array
from ..sql.threads import InThread, wait_for
from .connection import RETRY_S, SCHEMA, Connection

logger = logging.getLogger(__name__)

MAX_WAITING: Final = 2_000
"""Messages that wait to be sent. Further ones are lost."""
MAX_WAITING_EPHEMERAL: Final = 200
"""Likewise, for ephemeral messages."""
MAX_SENT: Final = 100
"""Messages of one transaction."""


class NotifyBus:
    """See :class:`chatroom.store.bus.Bus`.

    :param node: the number of this node.
    :param others: returns the other nodes that are alive.
    :param in_thread: runs blocking work.

    :ivar lost: counts messages that were not sent.
    """

    def __init__(
        self,
        telling: Connection,
        listening: Connection,
        node: int,
        others: Callable[[], Collection[int]],
        in_thread: InThread,
    ) -> None:
        self._telling = telling
        self._listening = listening
        self._node = node
        self._others = others
        self._in_thread = in_thread
        self._waiting: deque[str] = deque()
        self._told = trio.lowlevel.ParkingLot()
        self._heard: dict[str, Heard] = {}
        self.lost = 0

    def tell(self, kind: str, message: bytes, *, ephemeral: bool = False) -> None:
        if not self._others():
            return
        if len(self._waiting) >= (MAX_WAITING_EPHEMERAL if ephemeral else MAX_WAITING):
            self.lost += 1
            return
        self._waiting.append(f"{self._node} {kind} {message.decode()}")
        self._told.unpark_all()

    @contextmanager
    def hearing(self, kind: str, heard: Heard) -> Iterator[None]:
        self._heard[kind] = heard
        try:
            yield
        finally:
            del self._heard[kind]

    async def run(self) -> None:
        """Send and receive until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._tell)
            nursery.start_soon(self._listen)

    def close(self) -> None:
        self._telling.close()
        self._listening.close()

    async def _tell(self) -> None:
        while True:
            while not self._waiting:
                await self._told.park()
            messages = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_SENT))]
            try:
                await wait_for(lambda: self._notify(messages), self._in_thread)  # noqa: B023 - awaited
            except (psycopg.Error, StorageAway, RuntimeError) as error:
                self.lost += len(messages)
                _log("messages to other nodes are lost: %s", error)
                await trio.sleep(RETRY_S)

    def _notify(self, messages: Sequence[str]) -> None:
        self._telling.connect()
        self._telling.execute(
            f"""
            SELECT pg_notify('{SCHEMA}', value)
            FROM json_array_elements_text(CAST(:messages AS json))
            """,
            {"messages": json_array(messages)},
        )

    async def _listen(self) -> None:
        while True:
            try:
                await wait_for(lambda: self._listening.run(f"LISTEN {SCHEMA}"), self._in_thread)
                made = self._listening.connect().pgconn
                while True:
                    while (notified := made.notifies()) is not None:
                        self._hear(notified.extra)
                    await trio.lowlevel.wait_readable(made.socket)
                    made.consume_input()
            except (psycopg.Error, StorageAway, RuntimeError) as error:
                _log("messages of other nodes are lost: %s", error)
                self._listening.close()
                await trio.sleep(RETRY_S)

    def _hear(self, text: bytes) -> None:
        try:
            node, kind, message = text.split(b" ", 2)
            sender, heard = int(node), self._heard.get(kind.decode())
            if heard is not None and sender != self._node:
                heard(sender, message)
        except ValueError as error:
            logger.warning("a message to all nodes is ignored: %s", error)


def _log(text: str, error: Exception) -> None:
    """Log an error. That the server is away is logged by the writer, and not every time here."""
    away = isinstance(error, psycopg.OperationalError | StorageAway)
    logger.log(logging.DEBUG if away else logging.WARNING, text, error)
