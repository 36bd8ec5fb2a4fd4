"""How many people may sign up: in a day, and in all."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Protocol

import trio

from ..config import Quotas
from ..errors import Refused
from ..store.accounts import AccountStore
from ..store.conditions import day_of, until_tomorrow
from ..store.quotas import DayUsage, QuotaStore

SERVER: Final = "*"
"""In place of an account's name, for the whole server's use; it sorts before all names."""


class SignUpStore(AccountStore, QuotaStore, Protocol):
    """The accounts that there are, and how many were made today."""


class SignUpLimits:
    """``quotas`` None: any number. ``now`` gives ms since the epoch."""

    def __init__(self, store: SignUpStore, quotas: Quotas | None, now: Callable[[], int]) -> None:
        self._store = store
        self._quotas = quotas
        self._now = now
        # Those that are not in the store yet: a password is hashed meanwhile.
        self._under_way = 0
        self._looking = trio.Lock()

    @asynccontextmanager
    async def one_more(self) -> AsyncIterator[None]:
        """Counted when the block is left without an exception.

        :raises Refused: ``quota_exceeded``
        """
        if self._quotas is None:
            yield
            return
        async with self._looking:
            await self._require(self._quotas)
            self._under_way += 1
        try:
            yield
            await self._store.add_usage(day_of(self._now()), [DayUsage(SERVER, {"sign-ups": 1})])
        finally:
            self._under_way -= 1

    async def _require(self, quotas: Quotas) -> None:
        now, others = self._now(), self._under_way
        if (most := quotas.sign_ups_per_day) is not None:
            today = await self._store.usage(day_of(now), limit=1)  # the first name of all
            counted = sum(each.counts.get("sign-ups", 0) for each in today if each.user == SERVER)
            if counted + others >= most:
                raise Refused(
                    "quota_exceeded",
                    "as many people have signed up as may in a day",
                    until_tomorrow(now),
                )
        most = quotas.accounts
        if most is not None and await self._store.count_accounts(most) + others >= most:
            raise Refused("quota_exceeded", "there are as many accounts as may be")
