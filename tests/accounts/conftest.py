from typing import Literal

import attrs
import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from chatroom.accounts.accounts import Accounts
from chatroom.accounts.passwords import PasswordHashing
from chatroom.config import Config
from chatroom.model import Token

from ..memory_store import MemoryStore


class QuickHasher(PasswordHasher):
    """argon2id with minimal cost. Records the hashes that did not match."""

    def __init__(self, time_cost: int = 1) -> None:
        super().__init__(time_cost=time_cost, memory_cost=8, parallelism=1)
        self.mismatched: list[str | bytes] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        try:
            return super().verify(hash, password)
        except VerifyMismatchError:
            self.mismatched.append(hash)
            raise


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


@attrs.define
class Clock:
    now: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


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
def accounts(store: MemoryStore, hasher: QuickHasher, sessions: Sessions, clock: Clock) -> Accounts:
    return Accounts(store, Config(), revoker=sessions, passwords=PasswordHashing(hasher), now=clock)
