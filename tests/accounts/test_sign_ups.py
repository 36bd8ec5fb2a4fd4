"""Limits of sign-ups, per day and in total."""

from contextlib import suppress

import pytest
import trio

from chatroom.accounts.accounts import Accounts
from chatroom.accounts.passwords import PasswordHashing
from chatroom.clock import DAY_MS
from chatroom.config import Config, Quotas
from chatroom.errors import Refused

from ..memory_store import MemoryStore
from .conftest import Clock, QuickHasher

PASSWORD = "a long enough one"  # noqa: S105 (of nobody)


def limited(
    store: MemoryStore,
    hasher: QuickHasher,
    clock: Clock,
    quotas: Quotas,
    *,
    config: Config | None = None,
) -> Accounts:
    config = config or Config(quotas=quotas)
    return Accounts(store, config, passwords=PasswordHashing(hasher), now=clock)


async def refused(accounts: Accounts, name: str) -> Refused:
    with pytest.raises(Refused) as caught:
        await accounts.sign_up(name, PASSWORD)
    assert caught.value.reason == "quota_exceeded"
    return caught.value


async def test_sign_ups_per_day_are_limited_across_restarts(
    store: MemoryStore, hasher: QuickHasher, clock: Clock
) -> None:
    quotas = Quotas(sign_ups_per_day=2)
    accounts = limited(store, hasher, clock, quotas)
    await accounts.add("operator", PASSWORD)  # not counted
    await accounts.sign_up("alice", PASSWORD)
    with pytest.raises(Refused, match="taken"):
        await accounts.sign_up("alice", PASSWORD)  # refused, so not counted
    await accounts.sign_up("bob", PASSWORD)
    assert (await refused(accounts, "carol")).retry_after_ms == DAY_MS - clock.now % DAY_MS
    await refused(limited(store, hasher, clock, quotas), "carol")
    clock.now += DAY_MS
    await accounts.sign_up("carol", PASSWORD)


async def test_number_of_accounts_is_limited(
    store: MemoryStore, hasher: QuickHasher, clock: Clock
) -> None:
    accounts = limited(store, hasher, clock, Quotas(accounts=2))
    await accounts.sign_up("alice", PASSWORD)
    await accounts.add("bob", PASSWORD)
    assert (await refused(accounts, "carol")).retry_after_ms is None
    await accounts.add("carol", PASSWORD)


async def test_sign_ups_in_progress_count(
    store: MemoryStore, hasher: QuickHasher, clock: Clock
) -> None:
    accounts = limited(store, hasher, clock, Quotas(sign_ups_per_day=3))
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
    store: MemoryStore, hasher: QuickHasher, clock: Clock
) -> None:
    quotas = Quotas(sign_ups_per_day=1, accounts=1)
    config = Config(quotas=quotas, rate_limits="off")
    accounts = limited(store, hasher, clock, quotas, config=config)
    for name in ("alice", "bob"):
        await accounts.sign_up(name, PASSWORD)
    assert await store.usage(clock.now // DAY_MS) == []
