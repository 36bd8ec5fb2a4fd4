"""Accounts, and their tokens: some commits change both."""

from collections.abc import Collection, Sequence
from typing import Protocol

from ..model import Account, Token
from .tokens import TokenStore


class AccountStore(TokenStore, Protocol):
    async def account(self, name: str) -> Account | None: ...

    async def accounts(self, after: str = "", limit: int = 1000) -> list[Account]:
        """By name, those after ``after``."""

    async def known(self, names: Collection[str]) -> list[Account]:
        """Those that exist, in any order."""

    async def count_accounts(self, most: int) -> int:
        """How many accounts there are; not counted further than ``most``."""

    async def add_accounts(
        self, accounts: Sequence[Account], tokens: Sequence[Token] = ()
    ) -> set[str]:
        """The names that were added, marked if they look like others; those that existed stay as
        they are. The tokens are added in the same commit."""

    async def set_password(self, name: str, password: str | None) -> None: ...

    async def set_disabled(self, name: str, disabled: bool) -> None: ...

    async def reset_password(
        self, name: str, password: str | None, tokens: Sequence[Token] = ()
    ) -> None:
        """In one commit: the account has that password, and these tokens only."""
