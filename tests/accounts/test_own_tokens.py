"""A user's own tokens and password, when commits fail, are slow or run concurrently."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import attrs
import pytest
import trio
from trio.testing import MockClock

from chatroom.accounts.accounts import Accounts
from chatroom.accounts.identities import Identity
from chatroom.accounts.passwords import PasswordHashing
from chatroom.accounts.tokens import digest_of
from chatroom.clock import DAY_MS
from chatroom.errors import Refused, StorageFull
from chatroom.model import Token

from ..memory_store import MemoryStore
from ..quick_hasher import QuickHasher
from .conftest import Clock, Gate, MakeAccounts, Sessions, refusal, unauthenticated

OLD, NEW = "the old one", "the new one"


async def is_good(accounts: Accounts, token: str) -> bool:
    try:
        await accounts.authenticate(token)
    except Refused as refused:
        return refused.reason != "unauthenticated"
    return True


async def test_own_session_moves_to_the_new_token_before_others_end(
    accounts: Accounts, sessions: Sessions
) -> None:
    _, token = await accounts.sign_up("alice", OLD)
    _, other = await accounts.log_in("alice", OLD)
    issued = await accounts.change_password(await accounts.authenticate(token), OLD, NEW)
    assert sessions.renewed == [(digest_of(token), digest_of(issued.token))]
    assert sessions.ended == ["alice"]
    assert not await is_good(accounts, token)
    assert not await is_good(accounts, other)
    assert await is_good(accounts, issued.token)


CHANGES: Final[dict[str, Callable[[Accounts, str], Awaitable[object]]]] = {
    "log_out": lambda accounts, token: accounts.log_out(token),
    "disable": lambda accounts, _: accounts.disable("alice"),
    "set_password": lambda accounts, _: accounts.set_password("alice", "set by the operator"),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_password_change_with_a_revoked_token_is_refused(
    make_accounts: MakeAccounts, store: MemoryStore, accounts: Accounts, change: str
) -> None:
    """The old password was valid when it was verified."""
    gate = Gate()

    class Slow(PasswordHashing):
        async def hash(self, *args: object) -> str:
            await gate.wait()
            return await super().hash(NEW)

    slow = make_accounts(store, Slow(QuickHasher()))
    _, token = await accounts.sign_up("alice", OLD)
    identity = await slow.authenticate(token)
    async with unauthenticated(slow.change_password, identity, OLD, NEW):
        await gate.reached.wait()
        await CHANGES[change](accounts, token)
        gate.opened.set()
    assert await store.tokens("alice", 0, 9) == []


async def test_password_change_that_fails_to_commit_ends_all_sessions(
    make_accounts: MakeAccounts, sessions: Sessions
) -> None:
    """The change may have been written, so no session may continue on the old password."""

    class Full(MemoryStore):
        async def reset_password(self, *_: object) -> None:
            raise StorageFull("the disk is full")

    accounts = make_accounts(Full())
    _, token = await accounts.sign_up("alice", OLD)
    with pytest.raises(StorageFull):
        await accounts.change_password(await accounts.authenticate(token), OLD, NEW)
    assert (sessions.renewed, sessions.ended) == ([], ["alice"])
    assert await is_good(accounts, token)  # the client logs in with it again


async def test_renewal_completes_if_its_caller_is_cancelled(
    accounts: Accounts, sessions: Sessions, store: MemoryStore
) -> None:
    _, token = await accounts.sign_up("alice", OLD)
    identity = await accounts.authenticate(token)
    with trio.CancelScope() as scope:
        scope.cancel()
        await accounts.renew(identity)
    [kept] = await store.tokens("alice", 0, 9)
    assert sessions.renewed == [(digest_of(token), kept.digest)]
    assert (await accounts.authenticate(token)).digest == kept.digest


async def test_renewal_that_times_out_leaves_one_valid_token(
    make_accounts: MakeAccounts, sessions: Sessions, autojump_clock: MockClock
) -> None:
    class Hanging(MemoryStore):
        async def replace_token(self, digest: bytes, token: Token) -> bool:
            await trio.sleep_forever()
            return False

    accounts = make_accounts(Hanging())
    [(_, token)] = await accounts.issue_tokens(["alice"], create=True)
    assert await refusal(accounts.renew(await accounts.authenticate(token))) == "busy"
    assert (sessions.renewed, sessions.ended) == ([], [])
    assert await is_good(accounts, token)


async def test_revoked_token_cannot_be_renewed(accounts: Accounts, store: MemoryStore) -> None:
    _, token = await accounts.sign_up("alice", OLD)
    identity = await accounts.authenticate(token)
    await accounts.log_out(token)
    assert await refusal(accounts.renew(identity)) == "unauthenticated"
    assert await refusal(accounts.create_token(identity)) == "unauthenticated"
    assert await store.tokens("alice", 0, 9) == []


async def test_repeated_renewals_leave_one_token(
    accounts: Accounts, store: MemoryStore, clock: Clock
) -> None:
    """The client may have received none of the replies."""
    _, token = await accounts.sign_up("alice", OLD)
    for _ in range(3):
        clock.now += 60_000
        issued = await accounts.renew(await accounts.authenticate(token))
    assert [kept.digest for kept in await store.tokens("alice", 0, 9)] == [issued.record.digest]
    clock.now += 5 * 60_000
    assert not await is_good(accounts, token)
    assert await is_good(accounts, issued.token)


Revoke = Callable[[Accounts, Identity, str], Awaitable[None]]


@pytest.mark.parametrize(
    ("method", "renew_first", "revoke"),
    [
        ("own_token", False, lambda accounts, i, _: accounts.revoke_token(i, i.token.id)),
        ("remove_token", True, lambda accounts, _, token: accounts.log_out(token)),
    ],
    ids=["revocation", "log-out"],
)
async def test_token_renewed_during_its_revocation_is_revoked(
    accounts: Accounts,
    sessions: Sessions,
    store: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    renew_first: bool,
    revoke: Revoke,
) -> None:
    """A thief renews the token between the look-up and the commit of the revocation."""
    _, token = await accounts.sign_up("alice", OLD)
    identity = await accounts.authenticate(token)
    call, renewed = getattr(store, method), list[str]()

    async def renew(first: bool) -> None:
        if first == renew_first and not renewed:
            renewed.append((await accounts.renew(identity)).token)

    async def call_and_renew(*arguments: Any) -> Any:
        await renew(True)
        result = await call(*arguments)
        await renew(False)
        return result

    monkeypatch.setattr(store, method, call_and_renew)
    await revoke(accounts, identity, token)
    assert await store.tokens("alice", 0, 9) == []
    assert sessions.ended[-1] == digest_of(renewed[0])
    assert not await is_good(accounts, renewed[0])


async def test_displaced_token_is_refused(
    make_accounts: MakeAccounts, store: MemoryStore, sessions: Sessions, clock: Clock
) -> None:
    accounts = make_accounts(store, max_tokens=2)
    _, first = await accounts.sign_up("alice", OLD)
    assert await is_good(accounts, first)  # and is cached from now on
    for _ in range(2):
        clock.now += 1  # the oldest token is one of an earlier millisecond
        await accounts.log_in("alice", OLD)
    assert sessions.ended == [digest_of(first)]
    assert not await is_good(accounts, first)


async def test_last_use_is_written_once_a_day(
    accounts: Accounts, store: MemoryStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes, write = list[int](), store.set_used

    async def counting(digests: Sequence[bytes], now: int) -> None:
        writes.append(now)
        await write(digests, now)

    monkeypatch.setattr(store, "set_used", counting)
    _, token = await accounts.sign_up("alice", OLD)
    for day in range(3):
        clock.now += DAY_MS
        for _ in range(5):
            await accounts.authenticate(token)
            await accounts.remove_expired()
            clock.now += 1000
        [kept] = await store.tokens("alice", 0, 9)
        assert (kept.last_used_at, len(writes)) == (clock.now - 5000, day + 1)


async def test_token_whose_row_was_deleted_is_refused(accounts: Accounts, clock: Clock) -> None:
    _, token = await accounts.sign_up("alice", OLD)
    assert await is_good(accounts, token)
    clock.now += 200 * DAY_MS  # past the expiry of all tokens
    await accounts.remove_expired()
    clock.now -= 200 * DAY_MS
    assert not await is_good(accounts, token)


async def test_revocation_leaves_other_tokens_cached(accounts: Accounts) -> None:
    _, first = await accounts.sign_up("alice", OLD)
    _, second = await accounts.log_in("alice", OLD)
    _, bob = await accounts.sign_up("bob", OLD)
    for token in (first, second, bob):
        await accounts.authenticate(token)
    await accounts.log_out(first)
    found = [accounts.remembered(token) for token in (first, second, bob)]
    assert [each is not None for each in found] == [False, True, True]
    await accounts.disable("alice")
    found = [accounts.remembered(token) for token in (second, bob)]
    assert [each is not None for each in found] == [False, True]


async def test_lifetimes_and_labels_are_validated_first(accounts: Accounts) -> None:
    for days in (0, 3651):
        with pytest.raises(Refused, match=r"^days: "):
            await accounts.issue_tokens(["zoe"], create=True, days=days)
    with pytest.raises(Refused, match=r"^label: "):
        await accounts.issue_tokens(["zoe"], create=True, label="a\nb")
    with pytest.raises(Refused, match=r"^label: "):
        await accounts.sign_up("zoe", OLD, label="x" * 81)
    assert await accounts.listing() == []
    [(_, token)] = await accounts.issue_tokens(["zoe"], create=True, days=7, label=" product ")
    kept = (await accounts.authenticate(token)).token
    assert attrs.evolve(kept, digest=b"", id="") == Token(
        b"", "zoe", kept.created_at, kept.created_at + 7 * DAY_MS, "", "product", kept.last_used_at
    )
