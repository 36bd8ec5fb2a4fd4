"""What ends or changes tokens on one node reaches the other one, also when all hints are lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
import trio
from trio.testing import MockClock

from chatroom.accounts.accounts import Accounts
from chatroom.accounts.identities import Identity
from chatroom.accounts.passwords import PasswordHashing
from chatroom.errors import CloseCode, Refused
from chatroom.inbox.account_events import INTERVAL_S, POLL_S

from ..builders import Guest, House
from .two_nodes import Line, two_nodes

PASSWORD: Final = "a long one to guess"  # noqa: S105 - of a test
LEARNED_S: Final = POLL_S + 0.01
"""Time after which each node has learned what the other one did."""


@pytest.fixture(autouse=True)
def _hash_without_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The virtual clock would jump while a thread hashes."""

    async def hash_(_: object, password: str, *__: object) -> str:
        return f"hash of {password}"

    async def verify(_: object, hashed: str, password: str, *__: object) -> bool:
        return hashed == f"hash of {password}"

    monkeypatch.setattr(PasswordHashing, "hash", hash_)
    monkeypatch.setattr(PasswordHashing, "verify", verify)
    monkeypatch.setattr(PasswordHashing, "outdated", lambda *_: False)


async def log_in(accounts: Accounts, user: str) -> tuple[str, Identity]:
    _, token = await accounts.log_in(user, PASSWORD)
    return token, await accounts.authenticate(token)


@asynccontextmanager
async def nodes(lose: float = 1) -> AsyncIterator[tuple[House, House]]:
    async with two_nodes(Line(lose=lose), Line(lose=lose)) as (one, two):
        for user in ("alice", "bob"):
            await one.node.accounts.set_password(user, PASSWORD)
        await trio.sleep(LEARNED_S)
        yield one, two


@pytest.mark.parametrize("how", ["log out", "revoke", "other password", "operator", "disable"])
async def test_sessions_end_within_a_second(autojump_clock: MockClock, how: str) -> None:
    async with nodes() as (one, two):
        here, there = one.node.accounts, two.node.accounts
        token, identity = await log_in(there, "alice")
        _, mine = await log_in(here, "alice")
        _, others = await log_in(there, "bob")
        ended = await two.guest("alice", token=identity.token)
        stays = await two.guest("bob", token=others.token)
        kept = await two.guest("alice", token=mine.token)
        match how:
            case "log out":
                await here.log_out(token)
            case "revoke":
                await here.revoke_token(mine, identity.token.id)
            case "other password":
                await here.change_password(mine, PASSWORD, f"another {PASSWORD}")
            case "operator":
                await here.set_password("alice", f"another {PASSWORD}")
            case _:
                await here.disable("alice")
        await trio.sleep(LEARNED_S)
        assert ended.session.ending is CloseCode.REVOKED
        assert stays.session.ending is None
        assert (kept.session.ending is None) == (how in ("log out", "revoke"))
        with pytest.raises(Refused, match="unknown, expired or revoked token"):
            await there.authenticate(token)


async def test_a_hint_ends_sessions_at_once(autojump_clock: MockClock) -> None:
    async with nodes(lose=0) as (one, two):
        token, identity = await log_in(two.node.accounts, "alice")
        guest = await two.guest("alice", token=identity.token)
        await trio.sleep(LEARNED_S)
        await one.node.accounts.log_out(token)
        await trio.sleep(INTERVAL_S + 0.01)
        assert guest.session.ending is CloseCode.REVOKED


async def test_a_renewed_token_stands_for_the_new_one_at_each_node(
    autojump_clock: MockClock,
) -> None:
    async with nodes(lose=0) as (one, two):
        here, there = one.node.accounts, two.node.accounts
        token, identity = await log_in(there, "alice")
        issued = await here.renew(identity)
        await trio.sleep(LEARNED_S)
        for accounts in (here, there):
            assert (await accounts.authenticate(token)).token == issued.record
        await here.log_out_everywhere("alice")
        await trio.sleep(LEARNED_S)
        for accounts in (here, there):
            with pytest.raises(Refused, match="unknown, expired or revoked token"):
                await accounts.authenticate(token)


async def test_a_renewal_keeps_the_session(autojump_clock: MockClock) -> None:
    async with nodes() as (one, two):
        token, identity = await log_in(two.node.accounts, "alice")
        guest = await two.guest("alice", token=identity.token)
        issued = await one.node.accounts.renew(await one.node.accounts.authenticate(token))
        await trio.sleep(LEARNED_S)
        assert guest.session.ending is None
        assert guest.session.token == issued.record


async def test_a_role_is_looked_up_again(autojump_clock: MockClock) -> None:
    async with nodes() as (one, two):
        token, identity = await log_in(two.node.accounts, "alice")
        assert identity.role == "member"
        await one.node.accounts.set_role("alice", "admin")
        await trio.sleep(LEARNED_S)
        assert (await two.node.accounts.authenticate(token)).role == "admin"


async def test_who_logs_in_meanwhile_stays(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session begins while the tokens of its account are read."""
    async with nodes() as (one, two):
        there = two.node.accounts
        _, old = await log_in(there, "alice")
        ended = await two.guest("alice", token=old.token)
        read, new = two.store.tokens_with, list[Guest]()

        async def tokens_with(ids: set[str]) -> object:
            found = await read(ids)
            _, identity = await log_in(there, "alice")
            new.append(await two.guest("alice", token=identity.token))
            return found

        monkeypatch.setattr(two.store, "tokens_with", tokens_with)
        await one.node.accounts.log_out_everywhere("alice")
        await trio.sleep(2 * LEARNED_S)
        assert ended.session.ending is CloseCode.REVOKED
        assert new[0].session.ending is None
