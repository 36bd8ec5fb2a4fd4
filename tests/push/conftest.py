from collections.abc import Callable
from functools import partial
from typing import Any, Final

import attrs
import pytest
import trio
from trio.testing import MockClock

from chatroom.model import PushEndpoint
from chatroom.push.service import Push, PushSettings

from ..builders import accounts, token_of
from ..memory_store import MemoryStore
from ..session.node_harness import World, now_ms
from ..store.room_log import StoredRoom
from .devices import Device, Services

GRACE_S: Final = 10.0
SETTINGS: Final = PushSettings(
    grace_s=GRACE_S, contact=None, allows_private=False, shows_text=True, max_endpoints=200
)


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def make_push(services: Services) -> Callable[..., Push]:
    return partial(Push, poster=lambda: services, cpu_s=lambda: 0.0)


@pytest.fixture
async def world(
    settings_of_the_node: dict[str, Any],
    make_push: Callable[..., Push],
    nursery: trio.Nursery,
    autojump_clock: MockClock,
) -> World:
    settings = {"rate_limits": "off", "push_grace_s": GRACE_S, **settings_of_the_node}
    return await World.start(nursery, make_push=make_push, **settings)


@attrs.define(eq=False)
class Alone:
    """Notifications without a node, of the room ``lobby`` with alice and bob."""

    push: Push
    store: MemoryStore
    talk: StoredRoom

    async def add(self, user: str, device: Device) -> None:
        keys = {name: value for name, value in device.params.items() if name != "endpoint"}
        await self.push.add(
            PushEndpoint(user, device.url, **keys, token_id=user, created_at=now_ms())
        )

    async def post(self, text: str = "hello") -> None:
        self.talk.now = now_ms() - 10  # an event of the model comes 10 ms after the last one
        await self.talk.post("alice", text)


@pytest.fixture
async def alone(
    services: Services,
    make_push: Callable[..., Push],
    nursery: trio.Nursery,
    autojump_clock: MockClock,
) -> Alone:
    store = MemoryStore()
    people = ("alice", "bob")
    tokens = [attrs.evolve(token_of(user, user.encode()), id=user) for user in people]
    await store.add_accounts(accounts(*people), tokens)
    push = make_push(store, SETTINGS, now_ms)
    nursery.start_soon(push.run)
    talk = StoredRoom(store)
    await talk.make(*people)
    alone = Alone(push, store, talk)
    await alone.add("bob", services.device("bob"))
    return alone
