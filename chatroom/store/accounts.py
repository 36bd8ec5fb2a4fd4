"""Accounts and their tokens, in one Protocol because some commits change both."""

from collections.abc import Collection, Sequence
from typing import Protocol

from ..model import Account, Token
from .tokens import TokenStore


class AccountStore(TokenStore, Protocol):
    async def account(self, name: str) -> Account | None: ...

    async def accounts(self, after: str = "", limit: int = 1000) -> list[Account]:
        """Return up to ``limit`` accounts whose name is greater than ``after``, by name."""

    async def existing_accounts(self, names: Collection[str]) -> list[Account]:
        """Return the accounts with these names that exist, in any order."""

    async def count_accounts(self, limit: int) -> int:
        """Count accounts, up to ``limit``: the cost is bounded by it."""

    async def add_accounts(
        self, accounts: Sequence[Account], tokens: Sequence[Token] = ()
    ) -> set[str]:
        """Add accounts and tokens in one commit. Return the names that were added.

        Accounts that exist already are left unchanged. A new account that looks like an existing
        one, or like a reserved name, is stored with ``lookalike``.
        """

    async def set_password(self, name: str, password: str | None) -> None: ...

    async def reset_password(
        self, name: str, password: str | None, tokens: Sequence[Token] = ()
    ) -> None:
        """Set the password and replace all tokens of the account by ``tokens``, in one commit."""
