"""Tokens: who a bearer is, and until when."""

from collections.abc import Collection, Sequence
from typing import Protocol

from ..model import Account, Token


class TokenStore(Protocol):
    async def token(self, digest: bytes) -> tuple[Token, Account] | None: ...

    async def tokens(self, user: str, now: int, limit: int) -> list[Token]:
        """Those that have not expired, the newest first."""

    async def own_token(self, user: str, token_id: str) -> Token | None: ...

    async def add_tokens(self, tokens: Sequence[Token], most: int | None = None) -> list[bytes]:
        """The digests of those that had to go: where an account has ``most`` tokens, each new one
        displaces its oldest."""

    async def replace_token(self, digest: bytes, token: Token) -> bool:
        """Add a token in place of another; False: that one is not there."""

    async def set_used(self, digests: Collection[bytes], now: int) -> None: ...

    async def remove_token(self, digest: bytes) -> None: ...

    async def remove_tokens(self, user: str) -> None: ...

    async def remove_expired_tokens(self, now: int) -> None: ...
