"""The operators' part of accounts: adding, disabling, new passwords, tokens for many."""

import logging
from collections.abc import Sequence
from typing import Final

from ..errors import Refused
from ..model import Account, User
from .identities import user_of
from .issuing import Issuing, checked_label, life_ms
from .name_rules import new_account
from .passwords import check_password
from .tokens import mint

logger = logging.getLogger(__name__)

MAX_IN_COMMIT: Final = 1000


class Operators(Issuing):
    async def add(
        self, name: str, password: str | None = None, display_name: str | None = None
    ) -> User:
        return user_of(await self._create(name, password, display_name))

    async def set_password(self, name: str, password: str) -> None:
        """Ends all tokens and sessions of the account: everybody has to log in again."""
        check_password(password, name)
        await self._existing(name)
        hashed = await self._passwords.hash(password)
        async with self._changing:
            with self._identities.revoking_all(name):
                await self._store.reset_password(name, hashed)
        logger.info("password set", extra={"user": name})

    async def disable(self, name: str) -> None:
        await self._existing(name)
        async with self._changing:
            with self._identities.revoking_all(name):
                # First: if it is cut off here, it is seen not to have been done.
                await self._store.remove_tokens(name)
                await self._store.set_disabled(name, True)
        logger.info("account disabled", extra={"user": name})

    async def enable(self, name: str) -> None:
        """The password is what it was; the tokens stay gone."""
        await self._existing(name)
        await self._store.set_disabled(name, False)
        logger.info("account enabled", extra={"user": name})

    async def listing(self, after: str = "", limit: int = MAX_IN_COMMIT) -> list[Account]:
        """By name, those after ``after``."""
        return await self._store.accounts(after, limit)

    async def check_names(self, names: Sequence[str], create: bool = False) -> list[Account]:
        """The accounts that are missing, where ``create`` allows them.

        :raises Refused: naming whom no token can be issued for.
        """
        wanted = list(dict.fromkeys(names))
        known: dict[str, Account] = {}
        for start in range(0, len(wanted), MAX_IN_COMMIT):
            for account in await self._store.known(wanted[start : start + MAX_IN_COMMIT]):
                known[account.name] = account
        if disabled := [name for name in wanted if name in known and known[name].disabled]:
            raise Refused("forbidden", f"disabled: {_some(disabled)}")
        missing = [name for name in wanted if name not in known]
        if missing and not create:
            raise Refused("not_found", f"no such user: {_some(missing)}")
        now = self._now()
        return [new_account(name, None, None, now) for name in missing]

    async def issue_tokens(
        self,
        names: Sequence[str],
        create: bool = False,
        *,
        label: str | None = None,
        days: int | None = None,
    ) -> list[tuple[str, str]]:
        """A token for each of the names, in their order; ``create`` makes accounts that are
        missing, without a password. It is one commit for each :data:`MAX_IN_COMMIT` names.

        :raises Refused: naming whom it cannot be done for, and then it is done for none.
        """
        life = self._full_life_ms if days is None else life_ms(days)
        checked = checked_label(label)
        missing = {account.name: account for account in await self.check_names(names, create)}
        issued: list[tuple[str, str]] = []
        for start in range(0, len(names), MAX_IN_COMMIT):
            part = names[start : start + MAX_IN_COMMIT]
            made = [missing.pop(name) for name in part if name in missing]
            minted = [mint(name, self._now(), life, checked) for name in part]
            await self._store.add_accounts(made, [kept for _, kept in minted])
            issued += [(kept.user, token) for token, kept in minted]
            logger.info("tokens issued", extra={"tokens": len(minted), "new_accounts": len(made)})
        return issued

    async def _existing(self, name: str) -> None:
        if await self._store.account(name) is None:
            raise Refused("not_found", f"no such user: {name}")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(name[:64] for name in names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown
