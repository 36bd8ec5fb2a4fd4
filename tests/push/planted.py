"""Bugs of notifications, which the checker of recordings must find."""

from collections.abc import Callable, Collection
from itertools import count
from typing import Any, Final

import attrs
import trio

from chatroom.model import PushEndpoint
from chatroom.push.requests import PushText
from chatroom.push.sender import Attempted, IsWanted
from chatroom.push.service import Push
from chatroom.store.push import NotificationKey, Turn, Waiting
from chatroom.store.room_log import Changes

from .history import KilledStore


class DropsWhatFailed(Push):
    """A notification is not sent again after a failure."""

    async def _attempt(
        self, endpoint: PushEndpoint, text: PushText, wanted: IsWanted
    ) -> Attempted | None:
        attempted = await super()._attempt(endpoint, text, wanted)
        failed = attempted is not None and attempted.outcome == "failed"
        return Attempted("sent") if failed else attempted


class GivesEachAttemptAnId(Push):
    """The id differs at each attempt, so that a device shows a notification twice."""

    numbers = count(1)

    async def _attempt(
        self, endpoint: PushEndpoint, text: PushText, wanted: IsWanted
    ) -> Attempted | None:
        plain = text.plain.replace(b'"id":"', b'"id":"%d-' % next(self.numbers))
        return await super()._attempt(endpoint, attrs.evolve(text, plain=plain), wanted)


class SendsTwice(Push):
    async def _attempt(
        self, endpoint: PushEndpoint, text: PushText, wanted: IsWanted
    ) -> Attempted | None:
        await super()._attempt(endpoint, text, wanted)
        return await super()._attempt(endpoint, text, wanted)


class HasNoGrace(Push):
    def __init__(self, store: Any, settings: Any, *args: Any, **more: Any) -> None:
        super().__init__(store, attrs.evolve(settings, grace_s=0), *args, **more)


class DecidesInMemory(KilledStore):
    """What was decided is lost by a kill."""

    async def waiting_endpoints(self) -> list[Waiting]:
        await self._write(lambda connection: connection.execute("DELETE FROM push_notifications"))
        return []


class MovesTheCursorFirst(Push):
    """A kill between the cursor's move and the decision loses messages."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        handle = self.decider.handle

        async def late(room: str, page: Changes) -> None:
            self.late.append((room, page, handle))

        self.late: list[tuple[str, Changes, Callable[..., Any]]] = []
        object.__setattr__(self.runner._consumer, "handle", late)

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(super().run)
            while True:
                await trio.sleep(4)
                while self.late:
                    room, page, handle = self.late.pop(0)
                    await handle(room, page)


class JudgesOnce(KilledStore):
    """A notification is judged at its first attempt alone."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: dict[int, Turn] = {}

    async def turn(self, endpoint: int, skipped: Collection[NotificationKey], now: int) -> Turn:
        known = self.turns.get(endpoint)
        if known is None or known.key is None or known.key in skipped:
            known = self.turns[endpoint] = await super().turn(endpoint, skipped, now)
        return known


PLANTED: Final[dict[str, tuple[Callable[..., Push], type[KilledStore], str]]] = {
    "drops what failed": (DropsWhatFailed, KilledStore, "dropped"),
    "gives each attempt an id": (GivesEachAttemptAnId, KilledStore, "with another id"),
    "sends twice": (SendsTwice, KilledStore, "doubled without a kill"),
    "has no grace": (HasNoGrace, KilledStore, "before the grace time"),
    "decides in memory": (Push, DecidesInMemory, "dropped"),
    "moves the cursor first": (MovesTheCursorFirst, KilledStore, "dropped"),
    "judges once": (Push, JudgesOnce, "not wanted any more"),
}
"""By name: what makes notifications, the store, and what the checker has to say."""
