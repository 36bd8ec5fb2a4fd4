"""Bearer tokens: their accounts and their expiry."""

from collections.abc import Collection, Sequence
from typing import Protocol

from ..model import Account, Token


class TokenStore(Protocol):
    async def token(self, digest: bytes) -> tuple[Token, Account] | None: ...

    async def tokens(self, user: str, now: int, limit: int) -> list[Token]:
        """Return up to ``limit`` tokens that have not expired at ``now`` (ms), newest first."""

    async def own_token(self, user: str, token_id: str) -> Token | None: ...

    async def tokens_with(self, ids: Collection[str]) -> list[Token]:
        """Return the tokens with these ids."""

    async def add_tokens(self, tokens: Sequence[Token], maximum: int | None = None) -> list[bytes]:
        """Add tokens. If an account has ``maximum`` unexpired tokens already, its oldest is deleted
        for each new one. Return the digests of those deleted."""

    async def replace_token(self, digest: bytes, token: Token) -> bool:
        """Replace the token with ``digest`` by ``token``. Return False, and add nothing, if it does
        not exist."""

    async def set_used(self, digests: Collection[bytes], now: int) -> None: ...

    async def remove_token(self, digest: bytes) -> None: ...

    async def remove_tokens(self, user: str) -> None: ...

    async def remove_expired_tokens(self, now: int) -> None: ...
