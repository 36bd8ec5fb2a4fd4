"""Limits of sign-ups, per day and in total."""

from contextlib import suppress

import pytest
import trio

from chatroom.accounts.accounts import Accounts
from chatroom.clock import DAY_MS
from chatroom.errors import Refused
from chatroom.limit_settings import Quotas

from ..memory_store import MemoryStore
from .conftest import Clock, MakeAccounts

PASSWORD = "a long enough one"  # noqa: S105 (of nobody)


async def refused(accounts: Accounts, name: str) -> Refused:
    with pytest.raises(Refused) as caught:
        await accounts.sign_up(name, PASSWORD)
    assert caught.value.reason == "quota_exceeded"
    return caught.value


async def test_sign_ups_per_day_are_limited_across_restarts(
    make_accounts: MakeAccounts, store: MemoryStore, clock: Clock
) -> None:
    quotas = Quotas(sign_ups_per_day=2)
    accounts = make_accounts(store, quotas=quotas)
    await accounts.add("operator", PASSWORD)  # not counted
    await accounts.sign_up("alice", PASSWORD)
    with pytest.raises(Refused, match="taken"):
        await accounts.sign_up("alice", PASSWORD)  # refused, so not counted
    await accounts.sign_up("bob", PASSWORD)
    assert (await refused(accounts, "carol")).retry_after_ms == DAY_MS - clock.now % DAY_MS
    await refused(make_accounts(store, quotas=quotas), "carol")
    clock.now += DAY_MS
    await accounts.sign_up("carol", PASSWORD)


async def test_number_of_accounts_is_limited(
    make_accounts: MakeAccounts, store: MemoryStore
) -> None:
    accounts = make_accounts(store, quotas=Quotas(accounts=2))
    await accounts.sign_up("alice", PASSWORD)
    await accounts.add("bob", PASSWORD)
    assert (await refused(accounts, "carol")).retry_after_ms is None
    await accounts.add("carol", PASSWORD)


async def test_sign_ups_in_progress_count(make_accounts: MakeAccounts, store: MemoryStore) -> None:
    accounts = make_accounts(store, quotas=Quotas(sign_ups_per_day=3))
    made: list[str] = []

    async def sign_up(name: str) -> None:
        with suppress(Refused):
            await accounts.sign_up(name, PASSWORD)
            made.append(name)

    async with trio.open_nursery() as nursery:
        for number in range(9):
            nursery.start_soon(sign_up, f"user-{number}")
    assert len(made) == 3
    assert len(await store.accounts()) == len(made)


async def test_sign_ups_are_unlimited_without_limits(
    make_accounts: MakeAccounts, store: MemoryStore, clock: Clock
) -> None:
    quotas = Quotas(sign_ups_per_day=1, accounts=1)
    accounts = make_accounts(store, quotas=quotas, rate_limits="off")
    for name in ("alice", "bob"):
        await accounts.sign_up(name, PASSWORD)
    assert await store.usage(clock.now // DAY_MS) == []
