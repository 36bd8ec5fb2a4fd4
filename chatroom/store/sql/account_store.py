"""Accounts and tokens."""

from collections.abc import Collection, Sequence

from ...model import Account, Token
from . import accounts
from .accounts import add_accounts
from .database import SqlDatabase


class SqlAccountStore(SqlDatabase):
    """Accounts and tokens."""

    async def account(self, name: str) -> Account | None:
        return await self._readers.read(accounts.account, name)

    async def accounts(self, after: str = "", limit: int = 1000) -> list[Account]:
        return await self._readers.read_long("", accounts.accounts, after, limit)

    async def existing_accounts(self, names: Collection[str]) -> list[Account]:
        return await self._readers.read(accounts.existing_accounts, names)

    async def add_accounts(
        self, accounts: Sequence[Account], tokens: Sequence[Token] = ()
    ) -> set[str]:
        return await self._write(add_accounts, accounts, tokens)

    async def set_password(self, name: str, password: str | None) -> None:
        await self._write(accounts.set_password, name, password)

    async def reset_password(
        self, name: str, password: str | None, tokens: Sequence[Token] = ()
    ) -> None:
        await self._write(accounts.reset_password, name, password, tokens)

    async def add_tokens(self, tokens: Sequence[Token], maximum: int | None = None) -> list[bytes]:
        return await self._write(accounts.add_tokens, tokens, maximum)

    async def replace_token(self, digest: bytes, token: Token) -> bool:
        return await self._write(accounts.replace_token, digest, token)

    async def own_token(self, user: str, token_id: str) -> Token | None:
        return await self._readers.read(accounts.own_token, user, token_id)

    async def tokens(self, user: str, now: int, limit: int) -> list[Token]:
        return await self._readers.read(accounts.tokens, user, now, limit)

    async def tokens_with(self, ids: Collection[str]) -> list[Token]:
        return await self._readers.read(accounts.tokens_with, ids)

    async def set_used(self, digests: Collection[bytes], now: int) -> None:
        await self._write(accounts.set_used, digests, now)

    async def token(self, digest: bytes) -> tuple[Token, Account] | None:
        return await self._readers.read(accounts.token, digest)

    async def remove_token(self, digest: bytes) -> None:
        await self._write(accounts.remove_token, digest)

    async def remove_tokens(self, user: str) -> None:
        await self._write(accounts.remove_tokens, user)

    async def remove_expired_tokens(self, now: int) -> None:
        await self._write(accounts.remove_expired_tokens, now)
