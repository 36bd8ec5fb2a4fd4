from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import attrs
import pytest
import trio

from chatroom.accounts.accounts import Accounts
from chatroom.accounts.passwords import PasswordHashing
from chatroom.config import Config
from chatroom.errors import Refused
from chatroom.model import Token

from ..memory_store import MemoryStore
from ..quick_hasher import QuickHasher

MakeAccounts: TypeAlias = Callable[..., Accounts]


class Sessions:
    """Records revocations, in order."""

    def __init__(self) -> None:
        self.ended: list[bytes | str] = []
        self.renewed: list[tuple[bytes, bytes]] = []

    def revoke_token(self, digest: bytes) -> None:
        self.ended.append(digest)

    def revoke_user(self, name: str, but: bytes | None = None) -> None:
        self.ended.append(name)

    def renew_token(self, digest: bytes, token: Token) -> None:
        self.renewed.append((digest, token.digest))

    def tokens_of(self, name: str) -> list[Token]:
        return []


@attrs.define
class Clock:
    now: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


class Gate:
    """Stops a task until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = trio.Event(), trio.Event()

    async def wait(self) -> None:
        self.reached.set()
        await self.opened.wait()


async def refusal(call: Awaitable[object]) -> str:
    """Return the reason for which a call is refused."""
    with pytest.raises(Refused) as refused:
        await call
    return refused.value.reason


@asynccontextmanager
async def unauthenticated(
    call: Callable[..., Awaitable[object]], *arguments: Any
) -> AsyncIterator[trio.Nursery]:
    """Make a call in another task. It must be refused as unauthenticated after the block."""

    async def run() -> None:
        assert await refusal(call(*arguments)) == "unauthenticated"

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        yield nursery


@pytest.fixture
def hasher() -> QuickHasher:
    return QuickHasher()


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def make_accounts(hasher: QuickHasher, sessions: Sessions, clock: Clock) -> MakeAccounts:
    """A function that returns accounts on a store, with these settings."""

    def make(
        store: MemoryStore, hashing: PasswordHashing | None = None, /, **settings: Any
    ) -> Accounts:
        hashing = hashing or PasswordHashing(hasher)
        return Accounts(store, Config(**settings), revoker=sessions, passwords=hashing, now=clock)

    return make


@pytest.fixture
def accounts(make_accounts: MakeAccounts, store: MemoryStore) -> Accounts:
    return make_accounts(store)
