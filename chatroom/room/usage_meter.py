"""Count what each account writes in a day, and watch the size of the data.

The counts are in memory, so that a message needs no query. They are added to the store periodically
and read from it at the start. A kill loses the counts since the last save, at most
:data:`SAVE_EVERY_S` seconds of them.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

import attrs
import trio

from ..config import Config
from ..errors import StorageFailed, StorageUnavailable
from ..store.conditions import day_of
from ..store.quotas import DayUsage, QuotaStore
from .quotas import terms_of

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1
SAVE_EVERY_S: Final = 30
SAVE_AT_END_S: Final = 2
"""Timeout for the last save when the server stops."""
KEPT_DAYS: Final = 1
"""Number of days before today whose counts are kept."""


@attrs.define
class _Used:
    messages: int = 0
    bytes: int = 0
    saved_messages: int = 0
    saved_bytes: int = 0


class UsageMeter:
    """Counts the messages and bytes of accounts.

    :param clock: returns ms since the epoch.
    :ivar terms: the current terms, for the next batch.
    :ivar posted: number of messages posted in all rooms since the start.
    """

    def __init__(self, store: QuotaStore, config: Config, clock: Callable[[], int]) -> None:
        self.terms = terms_of(config)
        self.posted = 0
        self._store = store
        self._clock = clock
        self._max_data = config.max_data_bytes
        quotas = config.enforced
        self._max_messages = None if quotas is None else quotas.messages_per_day
        self._max_bytes = None if quotas is None else quotas.bytes_per_day
        self._counting = self._max_messages is not None or self._max_bytes is not None
        self._day = day_of(clock())
        self._today: dict[str, _Used] = {}
        # ``_today`` includes the counts that an earlier process saved.
        self._has_saved = not self._counting

    def count(self, user: str, text: str) -> None:
        """Count a committed message or edit."""
        if not self._counting:
            return
        used = self._today.get(user)
        if used is None:
            used = self._today[user] = _Used()
        used.messages += 1
        used.bytes += len(text) if text.isascii() else len(text.encode())
        self._note_if_over(user, used)

    def _note_if_over(self, user: str, used: _Used) -> None:
        over = self._max_messages is not None and used.messages >= self._max_messages
        over = over or (self._max_bytes is not None and used.bytes >= self._max_bytes)
        if over and user not in self.terms.over:
            self.terms = attrs.evolve(self.terms, over=self.terms.over | {user})

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        task_status.started()
        try:
            await self._try(self._begin_day)
            save_at = trio.current_time() + SAVE_EVERY_S
            while True:
                await trio.sleep(LOOK_EVERY_S)
                if self._max_data is not None:
                    await self._try(self._look_at_size)
                if day_of(self._clock()) != self._day:
                    await self._try(self._save)
                    await self._try(self._begin_day)
                elif trio.current_time() >= save_at:
                    await self._try(self._save)
                    save_at = trio.current_time() + SAVE_EVERY_S
        finally:
            with trio.move_on_after(SAVE_AT_END_S, shield=True):
                await self._try(self._save)

    async def _try(self, job: Callable[[], Awaitable[None]]) -> None:
        """Run a job. A failed job is retried the next time; quotas are less exact until then."""
        try:
            await job()
        except StorageFailed:
            raise
        except (StorageUnavailable, trio.ClosedResourceError) as error:
            logger.warning("usage cannot be counted: %s", error)

    async def _begin_day(self) -> None:
        """Begin to count a day."""
        self._day = day_of(self._clock())
        self._today.clear()
        self._has_saved = not self._counting
        self.terms = attrs.evolve(self.terms, over=frozenset())
        await self._add_saved()

    async def _add_saved(self) -> None:
        """Add the day's counts that an earlier process saved to those in memory, once."""
        if self._has_saved:
            return
        saved: list[DayUsage] = []
        after: str | None = ""
        while after is not None:
            page = await self._store.usage(self._day, after)
            saved += page
            after = page[-1].user if page else None
        for each in saved:
            used = self._today.setdefault(each.user, _Used())
            messages, size = each.counts.get("messages", 0), each.counts.get("bytes", 0)
            used.messages += messages
            used.bytes += size
            used.saved_messages += messages
            used.saved_bytes += size
            self._note_if_over(each.user, used)
        self._has_saved = True
        await self._store.forget_usage(self._day - KEPT_DAYS)

    async def _save(self) -> None:
        await self._add_saved()  # first, else it would add the counts saved here as well
        day, unsaved = self._day, []
        for user, used in self._today.items():
            messages, size = used.messages - used.saved_messages, used.bytes - used.saved_bytes
            if messages:
                unsaved.append(DayUsage(user, {"messages": messages, "bytes": size}))
        if not unsaved:
            return
        await self._store.add_usage(day, unsaved)
        for each in unsaved:
            used = self._today[each.user]
            used.saved_messages += each.counts["messages"]
            used.saved_bytes += each.counts["bytes"]

    async def _look_at_size(self) -> None:
        used = await self._store.used_bytes()
        full = self._max_data is not None and used >= self._max_data
        if full != self.terms.full:
            self.terms = attrs.evolve(self.terms, full=full)
            logger.log(
                logging.ERROR if full else logging.INFO,
                "the data %s max_data_bytes: messages are %s",
                *(("has reached", "refused") if full else ("is below", "taken again")),
            )
