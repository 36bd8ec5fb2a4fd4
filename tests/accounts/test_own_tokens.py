"""A user's own tokens and password, when commits fail, are slow or run concurrently."""

from collections.abc import Sequence
from typing import Literal, TypeAlias, assert_never, get_args

import attrs
import pytest
import trio
from trio.testing import MockClock

from chatroom.accounts.accounts import Accounts
from chatroom.accounts.passwords import PasswordHashing
from chatroom.accounts.tokens import digest_of
from chatroom.clock import DAY_MS
from chatroom.config import Config
from chatroom.errors import Refused, StorageFull
from chatroom.model import Token

from ..memory_store import MemoryStore
from .conftest import Clock, QuickHasher, Sessions

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


Change: TypeAlias = Literal["log_out", "disable", "set_password"]


@pytest.mark.parametrize("change", get_args(Change))
async def test_password_change_with_a_revoked_token_is_refused(
    store: MemoryStore, accounts: Accounts, clock: Clock, change: Change
) -> None:
    """The old password was valid when it was verified."""
    hashing, go_on = trio.Event(), trio.Event()

    class Slow(PasswordHashing):
        async def hash(self, *args: object) -> str:
            hashing.set()
            await go_on.wait()
            return await super().hash(NEW)

    slow = Accounts(store, Config(), passwords=Slow(QuickHasher()), now=clock)
    _, token = await accounts.sign_up("alice", OLD)
    identity = await slow.authenticate(token)
    refusals = []

    async def change_password() -> None:
        with pytest.raises(Refused) as refused:
            await slow.change_password(identity, OLD, NEW)
        refusals.append(refused.value.reason)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(change_password)
        await hashing.wait()
        match change:
            case "log_out":
                await accounts.log_out(token)
            case "disable":
                await accounts.disable("alice")
            case "set_password":
                await accounts.set_password("alice", "set by the operator")
            case _:
                assert_never(change)
        go_on.set()
    assert refusals == ["unauthenticated"]
    assert await store.tokens("alice", 0, 9) == []


async def test_password_change_that_fails_to_commit_ends_all_sessions(
    sessions: Sessions, hasher: QuickHasher
) -> None:
    """The change may have been written, so no session may continue on the old password."""

    class Full(MemoryStore):
        async def reset_password(
            self, name: str, password: str | None, tokens: Sequence[Token] = ()
        ) -> None:
            raise StorageFull("the disk is full")

    accounts = Accounts(Full(), Config(), revoker=sessions, passwords=PasswordHashing(hasher))
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
    sessions: Sessions, hasher: QuickHasher, autojump_clock: MockClock
) -> None:
    class Hanging(MemoryStore):
        async def replace_token(self, digest: bytes, token: Token) -> bool:
            await trio.sleep_forever()
            return False

    accounts = Accounts(Hanging(), Config(), revoker=sessions, passwords=PasswordHashing(hasher))
    [(_, token)] = await accounts.issue_tokens(["alice"], create=True)
    with pytest.raises(Refused) as refused:
        await accounts.renew(await accounts.authenticate(token))
    assert refused.value.reason == "busy"
    assert (sessions.renewed, sessions.ended) == ([], [])
    assert await is_good(accounts, token)


async def test_revoked_token_cannot_be_renewed(accounts: Accounts, store: MemoryStore) -> None:
    _, token = await accounts.sign_up("alice", OLD)
    identity = await accounts.authenticate(token)
    await accounts.log_out(token)
    with pytest.raises(Refused) as refused:
        await accounts.renew(identity)
    assert refused.value.reason == "unauthenticated"
    with pytest.raises(Refused):
        await accounts.create_token(identity)
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


async def test_token_renewed_during_revocation_is_revoked(
    accounts: Accounts, sessions: Sessions, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thief renews the token between the lookup and the commit of the revocation."""
    _, token = await accounts.sign_up("alice", OLD)
    identity = await accounts.authenticate(token)
    look_up, renewed = store.own_token, list[str]()

    async def look_up_and_renew(user: str, token_id: str) -> Token | None:
        found = await look_up(user, token_id)
        if not renewed:
            renewed.append((await accounts.renew(identity)).token)
        return found

    monkeypatch.setattr(store, "own_token", look_up_and_renew)
    await accounts.revoke_token(identity, identity.token.id)
    assert await store.tokens("alice", 0, 9) == []
    assert sessions.ended[-1] == digest_of(renewed[0])
    assert not await is_good(accounts, renewed[0])


async def test_token_renewed_during_log_out_is_revoked(
    accounts: Accounts, sessions: Sessions, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, token = await accounts.sign_up("alice", OLD)
    identity = await accounts.authenticate(token)
    remove, renewed = store.remove_token, list[str]()

    async def renew_and_remove(digest: bytes) -> None:
        if not renewed:
            renewed.append((await accounts.renew(identity)).token)
        await remove(digest)

    monkeypatch.setattr(store, "remove_token", renew_and_remove)
    await accounts.log_out(token)
    assert await store.tokens("alice", 0, 9) == []
    assert sessions.ended[-1] == digest_of(renewed[0])
    assert not await is_good(accounts, renewed[0])


async def test_displaced_token_is_refused(
    store: MemoryStore, sessions: Sessions, hasher: QuickHasher, clock: Clock
) -> None:
    accounts = Accounts(
        store,
        Config(max_tokens=2),
        revoker=sessions,
        passwords=PasswordHashing(hasher),
        now=clock,
    )
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
    writes = 0
    write = store.set_used

    async def counting(digests: Sequence[bytes], now: int) -> None:
        nonlocal writes
        writes += 1
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
        assert (kept.last_used_at, writes) == (clock.now - 5000, day + 1)


async def test_token_whose_row_was_deleted_is_refused(accounts: Accounts, clock: Clock) -> None:
    _, token = await accounts.sign_up("alice", OLD)
    assert await is_good(accounts, token)
    clock.now += 200 * DAY_MS  # past the expiry of all tokens
    await accounts.remove_expired()
    clock.now -= 200 * DAY_MS
    assert not await is_good(accounts, token)


async def test_revocation_leaves_other_cached_tokens(
    accounts: Accounts, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other tokens stay cached, and are not read again."""
    _, first = await accounts.sign_up("alice", OLD)
    _, second = await accounts.log_in("alice", OLD)
    _, bob = await accounts.sign_up("bob", OLD)
    for token in (first, second, bob):
        await accounts.authenticate(token)
    await accounts.log_out(first)
    assert [accounts.remembers(token) for token in (first, second, bob)] == [False, True, True]
    await accounts.disable("alice")
    assert [accounts.remembers(token) for token in (second, bob)] == [False, True]


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
