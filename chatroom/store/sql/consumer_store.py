"""Consumers of the log, and news for other nodes."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from ..news import News, RoomNews
from ..room_log import Changes, Posts
from . import consumers, news
from .database import SqlDatabase
from .jobs import Job, Outcome


class SqlConsumerStore(SqlDatabase):
    """Consumers of the log, and news for other nodes."""

    async def add_consumer(self, name: str, *, from_now: bool = False) -> None:
        await self._write(consumers.add_consumer, name, from_now=from_now)

    async def remove_consumer(self, name: str) -> None:
        await self._write(consumers.remove_consumer, name)

    async def moved_rooms(
        self, consumer: str, after: str, limit: int
    ) -> tuple[list[str], str | None]:
        return await self._readers.read_long("", consumers.moved_rooms, consumer, after, limit)

    async def unhandled(self, consumer: str, room: str, since: int, limit: int) -> Changes:
        asker = f"consumer {consumer}"  # no user has a name with a space
        return await self._readers.read_long(
            asker, consumers.unhandled, consumer, room, since, limit
        )

    async def unhandled_posts(
        self, consumer: str, room: str, since: int, limit: int, young: range
    ) -> Posts:
        asker = f"consumer {consumer}"
        return await self._readers.read_long(
            asker, consumers.unhandled_posts, consumer, room, since, limit, young
        )

    async def move_consumer_cursors(self, consumer: str, revs: Mapping[str, int]) -> None:
        await self._write_for(revs, consumers.move_consumer_cursors, consumer, revs)

    def telling_moved(
        self, told: Callable[[Collection[str]], None]
    ) -> AbstractContextManager[None]:
        return self._telling(told)

    @contextmanager
    def _telling(self, told: Callable[[Collection[str]], None]) -> Iterator[None]:
        if not self._told_moved:  # the writer tells once for all consumers
            self._telling_moved.enter_context(self._writer.telling(self._tell_moved))
        self._told_moved.append(told)
        try:
            yield
        finally:
            self._told_moved.remove(told)
            if not self._told_moved:
                self._telling_moved.close()

    def _tell_moved(self, _: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
        if moved := consumers.moved_in(outcomes):
            for told in self._told_moved:
                told(moved)

    def telling_news(
        self,
        told: Callable[[Sequence[News]], None],
        follows: Callable[[str], bool] = lambda room: True,
    ) -> AbstractContextManager[None]:
        def tell(jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
            if found := news.news_in(zip([job.batch for job in jobs], outcomes, strict=True)):
                self._recent.add(found)
                told(found)

        return self._writer.telling(tell)

    @contextmanager
    def telling_epoch(self, told: Callable[[], None]) -> Iterator[None]:
        self._told_epoch = told
        try:
            yield
        finally:
            self._told_epoch = lambda: None

    async def since(self, room: str, version: int) -> list[RoomNews] | None:
        return self._recent.since(room, version)

    async def versions(self, rooms_: Collection[str]) -> dict[str, int]:
        return await self._readers.read(news.versions, rooms_)

    async def inbox_numbers(self, users: Collection[str]) -> dict[str, int]:
        return await self._readers.read(news.inbox_numbers, users)
