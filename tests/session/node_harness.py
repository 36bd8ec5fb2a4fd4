"""A complete node in this process: store in memory, memory streams, virtual time, no threads."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, Final

import attrs
import trio
from trio.testing import lockstep_stream_pair, memory_stream_pair

from chatroom.clock import Clock
from chatroom.config import Config
from chatroom.consumers.log_consumer import LogConsumer
from chatroom.model import Account
from chatroom.node import Node
from chatroom.push.service import Push

from ..client import Answer, Client, http, websocket
from ..faulty_store import FaultyStore
from ..push.devices import Services

OFFLINE: Final = partial(Push, poster=Services, cpu_s=lambda: 0.0)
"""Makes notifications that reach nobody."""
EPOCH_MS = 1_700_000_000_000


def now_ms() -> int:
    """Return the wall-clock time in ms, derived from the virtual clock."""
    return EPOCH_MS + round(trio.current_time() * 1000)


@attrs.frozen
class Port:
    """A node on a given store, and connections to it."""

    node: Node
    nursery: trio.Nursery

    async def token(self, name: str) -> str:
        """Return a token for that person. The account is created if needed."""
        await self.node.store.add_accounts([Account(name, name.title(), None, now_ms())])
        [(_, token)] = await self.node.accounts.issue_tokens([name])
        return token

    def stream(self, *, peer: str = "192.0.2.1", lockstep: bool = False) -> trio.abc.Stream:
        """Connect to the node. With ``lockstep``, a send returns when all of it is received."""
        pair = lockstep_stream_pair if lockstep else memory_stream_pair
        ours, theirs = pair()
        self.nursery.start_soon(self.node.admission.handle, theirs, peer)
        return ours

    @asynccontextmanager
    async def socket(self, *, lockstep: bool = False, **options: Any) -> AsyncIterator[Client]:
        """Yield a client that has not called ``connect``."""
        async with websocket(self.stream(lockstep=lockstep), **options) as client:
            yield client

    @asynccontextmanager
    async def session(self, name: str, *, lockstep: bool = False) -> AsyncIterator[Client]:
        async with self.socket(lockstep=lockstep) as client:
            await client.connect(await self.token(name))
            yield client

    @asynccontextmanager
    async def sessions(self, *names: str) -> AsyncIterator[Sequence[Client]]:
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(self.session(name)) for name in names]

    async def http(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        peer: str = "192.0.2.1",
    ) -> Answer:
        return await http(self.stream(peer=peer), method, path, body, headers)


@attrs.frozen
class World(Port):
    store: FaultyStore

    @classmethod
    async def start(
        cls,
        nursery: trio.Nursery,
        *,
        clock: Clock | Callable[[], int] = now_ms,
        store: FaultyStore | None = None,
        consumers: Sequence[LogConsumer] = (),
        make_push: Callable[..., Push] = OFFLINE,
        **settings: Any,
    ) -> "World":
        store = store or FaultyStore()
        guarded = clock if isinstance(clock, Clock) else Clock(clock, None)
        node = Node(
            Config(**settings), store, clock=guarded, consumers=consumers, make_push=make_push
        )
        await nursery.start(node.run)
        return cls(node, nursery, store)
