"""Runners and stores with one fault each, which the random histories must find."""

import itertools
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import Final

import attrs
import trio

from chatroom.consumers.runner import ConsumerRunner

from .harness import ConsumedStore


class MovesBeforeHandling(ConsumerRunner):
    async def _handle_page(self, room: str) -> bool:
        page, _ = await self._read(room)
        await self._cursors.move(room, page.next_rev)
        await self._hand(room, page)
        return page.next_rev < page.head_rev


class HandsTheSecondPageFirst(ConsumerRunner):
    async def _handle_page(self, room: str) -> bool:
        first, _ = await self._read(room)
        second = await self._store.unhandled(
            self.name, room, first.next_rev, self._consumer.page_messages
        )
        await self._hand(room, second)
        await self._hand(room, first)
        await self._cursors.move(room, second.next_rev)
        return second.next_rev < second.head_rev


class SkipsAPageThatFails(ConsumerRunner):
    async def _handle_page(self, room: str) -> bool:
        page, _ = await self._read(room)
        try:
            await self._hand(room, page)
        finally:
            await self._cursors.move(room, page.next_rev)
        return page.next_rev < page.head_rev


class WaitsForAFailingRoom(ConsumerRunner):
    async def _pause(self, room: str, error: Exception, nursery: trio.Nursery) -> None:
        async with trio.open_nursery() as waiting:
            await super()._pause(room, error, waiting)


class ForgetsAFailingRoom(ConsumerRunner):
    async def _rest(self, room: str, seconds: float) -> None:
        self.queue.wake(room)
        self.queue.done(await self.queue.take(), more=False)


class DoesNotScan(ConsumerRunner):
    async def _scan(self) -> None:
        await trio.sleep_forever()


class IgnoresCommitsMeanwhile(ConsumerRunner):
    """A room that moves while its page is handled is not read again."""

    async def _handle_page(self, room: str) -> bool:
        page, _ = await self._read(room)
        await self._hand(room, page)
        await self._cursors.move(room, page.next_rev)
        self.queue._taken[room] = False
        return page.next_rev < page.head_rev


class LosesNews(ConsumedStore):
    """Every fifth room is not told."""

    def telling_moved(
        self, told: Callable[[Collection[str]], None]
    ) -> AbstractContextManager[None]:
        number = itertools.count()
        return super().telling_moved(lambda rooms: told([r for r in rooms if next(number) % 5]))


class ListensTooLate(ConsumedStore):
    """Commits at the beginning of a run are not told."""

    def telling_moved(
        self, told: Callable[[Collection[str]], None]
    ) -> AbstractContextManager[None]:
        begin = trio.current_time() + 1
        return super().telling_moved(
            lambda rooms: told(rooms if trio.current_time() > begin else ())
        )


@attrs.frozen
class Planted:
    runner_type: type[ConsumerRunner] = ConsumerRunner
    store_type: type[ConsumedStore] = ConsumedStore

    @property
    def name(self) -> str:
        planted = {self.runner_type, self.store_type} - {ConsumerRunner, ConsumedStore}
        return "".join(each.__name__ for each in planted)


PLANTED: Final = (
    *map(
        Planted,
        (
            MovesBeforeHandling,
            HandsTheSecondPageFirst,
            SkipsAPageThatFails,
            WaitsForAFailingRoom,
            ForgetsAFailingRoom,
            DoesNotScan,
            IgnoresCommitsMeanwhile,
        ),
    ),
    Planted(store_type=LosesNews),
    Planted(store_type=ListensTooLate),
)
