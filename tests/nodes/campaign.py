"""The people of :mod:`tests.crash.campaign`, who use several servers while a fault happens."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar, Final

import attrs

from chatroom.store.search import CONSUMER as SEARCH

from ..crash.campaign import COURIER, DELETER, GUEST, OPEN, Campaign
from ..crash.courier import Courier
from ..crash.deleters import Deleter, Guest
from ..crash.kills import Kill
from ..crash.on_postgres import PostgresCampaign
from ..crash.people import Call, Writer, ask
from ..history.operator import delete_room
from ..history.recorded import Recorded, recorded
from .fleet import Fleet

UNDER_WAY: Final = 64
"""As many as one session may have: ``calls_in_flight`` in :mod:`chatroom.config`."""


class HotWriter(Writer):
    """Has many messages under way, most of the time."""

    def next(self) -> Sequence[Call]:
        if self.choose.random() < 0.2:
            return super().next()
        return [self.send(self.places[0]) for _ in range(UNDER_WAY)]


@attrs.define(eq=False)
class NodesCampaign(PostgresCampaign):
    """:param fault: happens while people write, and returns when all servers are healthy.
    :param hot: all writers are in one room.
    """

    consumers: ClassVar[Sequence[str]] = (SEARCH,)

    fleet: Fleet = attrs.field(kw_only=True)
    fault: Callable[[], Awaitable[None]] = attrs.field(kw_only=True)
    hot: bool = attrs.field(default=False, kw_only=True)
    _over: bool = attrs.field(default=False, init=False)

    @property
    def acknowledged(self) -> int:
        return self._acknowledged

    async def _lives(self) -> None:
        await self.fault()
        self._over = True

    def _go_on(self) -> bool:
        return not self._over

    async def _start(self, kill: Kill | None = None) -> bool:
        self._up.set()  # the fleet runs already
        return True

    async def _end(self, how: object = None) -> None:
        pass

    @asynccontextmanager
    async def _session(self, name: str) -> AsyncIterator[Recorded]:
        headers = {"Authorization": f"Bearer {self._tokens[name]}"}
        async with self.fleet.socket(headers=headers) as client:
            with recorded(client, self.recorder, name) as me:
                client.connected.update(await ask(me, "connect"))
                yield me

    def _writer(self, number: int) -> Writer:
        writer = Campaign._writer(self, number)
        if not self.hot:
            return writer
        places = [{"room": OPEN[0]}]
        return HotWriter(*self._caller(writer.name), places=places, people=writer.people)

    def _deleters(self) -> tuple[Deleter, Guest]:
        async def delete(room: str) -> bool:
            return await delete_room(await self.fleet.any_server(), self.recorder, room)

        deleter = Deleter(*self._caller(DELETER), delete_room=delete)
        return deleter, Guest(*self._caller(GUEST), deleter=deleter)

    def _courier(self) -> Courier:
        token, choose = self._tokens[COURIER], self._choose(COURIER)
        return Courier(COURIER, OPEN[0], self.fleet.http, token, choose, self.tally)
