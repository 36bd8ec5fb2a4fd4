"""Limits on sign-ups: per day, and on the total number of accounts."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Protocol

import trio

from ..errors import Refused
from ..limit_settings import Quotas
from ..store.accounts import AccountStore
from ..store.administration import AdministrationStore
from ..store.conditions import day_of, until_tomorrow
from ..store.erasures import ErasureStore
from ..store.invitations import InvitationStore
from ..store.quotas import DayUsage, QuotaStore

SERVER: Final = "*"
"""Stands for the whole server in place of an account's name. It sorts before all names."""


class SignUpStore(
    AccountStore, AdministrationStore, ErasureStore, InvitationStore, QuotaStore, Protocol
):
    """The accounts that there are, who may add to them, and how many were made today."""


class SignUpLimits:
    """Counts sign-ups.

    :param quotas: None: no limits.
    :param now: returns ms since the epoch.
    """

    def __init__(self, store: SignUpStore, quotas: Quotas | None, now: Callable[[], int]) -> None:
        self._store = store
        self._quotas = quotas
        self._now = now
        # Not in the store yet: their passwords are being hashed.
        self._pending = 0
        self._checking = trio.Lock()

    @asynccontextmanager
    async def reserve(self) -> AsyncIterator[None]:
        """Reserve one sign-up. It counts if the block ends without an exception.

        :raises Refused: ``quota_exceeded``
        """
        if self._quotas is None:
            yield
            return
        async with self._checking:
            await self._check(self._quotas)
            self._pending += 1
        try:
            yield
            await self._store.add_usage(day_of(self._now()), [DayUsage(SERVER, {"sign-ups": 1})])
        finally:
            self._pending -= 1

    async def _check(self, quotas: Quotas) -> None:
        now, pending = self._now(), self._pending
        if (limit := quotas.sign_ups_per_day) is not None:
            today = await self._store.usage(day_of(now), limit=1)  # SERVER sorts first
            counted = sum(each.counts.get("sign-ups", 0) for each in today if each.user == SERVER)
            if counted + pending >= limit:
                raise Refused(
                    "quota_exceeded", "too many sign-ups today on this server", until_tomorrow(now)
                )
        limit = quotas.accounts
        if limit is not None and await self._store.count_accounts(limit) + pending >= limit:
            raise Refused("quota_exceeded", "this server has the maximum number of accounts")
