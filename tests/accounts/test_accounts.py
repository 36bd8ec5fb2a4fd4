"""Sign-up, log-in, log-out and tokens."""

import pytest
import trio
from trio.testing import MockClock

from chatroom.accounts.accounts import Accounts
from chatroom.accounts.hash_queue import Caller
from chatroom.accounts.passwords import PasswordHashing
from chatroom.accounts.tokens import digest_of
from chatroom.clock import DAY_MS
from chatroom.errors import Refused
from chatroom.model import RESERVED, Account, Token, User

from ..memory_store import MemoryStore
from ..quick_hasher import QuickHasher
from .conftest import Clock, Gate, MakeAccounts, Sessions, refusal, unauthenticated

NOBODY = Caller()
PASSWORD = "long enough"  # noqa: S105 - of nobody


async def test_sign_up_returns_a_token_for_the_account(accounts: Accounts, clock: Clock) -> None:
    user, token = await accounts.sign_up("Alice.B", PASSWORD, "  Alice B. ")
    assert user == User("alice.b", "Alice B.")
    identity = await accounts.authenticate(token)
    assert identity.user == user
    assert identity.digest == digest_of(token)
    assert identity.expires_at == clock.now + 90 * DAY_MS


@pytest.mark.parametrize("name", ["alice", "ALICE", "bob", "Room", *sorted(RESERVED)])
async def test_a_taken_name_is_a_conflict(accounts: Accounts, name: str) -> None:
    await accounts.sign_up("alice", PASSWORD)
    await accounts.add("bob")
    await accounts.disable("bob")
    assert await refusal(accounts.sign_up(name, "another one")) == "conflict"


async def test_concurrent_sign_ups_of_one_name_succeed_once(accounts: Accounts) -> None:
    outcomes: list[object] = []

    async def sign_up(password: str) -> None:
        try:
            outcomes.append(await accounts.sign_up("alice", password))
        except Refused as refused:
            outcomes.append(refused.reason)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(sign_up, "one of two")
        nursery.start_soon(sign_up, "two of two")
    assert len(outcomes) == 2
    assert outcomes.count("conflict") == 1


@pytest.mark.parametrize(
    ("name", "password", "display_name", "field"),
    [
        ("", PASSWORD, None, "name"),
        (".alice", PASSWORD, None, "name"),
        ("al ice", PASSWORD, None, "name"),
        ("\N{KELVIN SIGN}ate", PASSWORD, None, "name"),
        ("a" * 65, PASSWORD, None, "name"),
        ("alice", "seven77", None, "password"),
        ("alice", "x" * 129, None, "password"),
        ("alice", PASSWORD, " ", "displayName"),
        ("alice", PASSWORD, "x" * 81, "displayName"),
        ("alice", PASSWORD, "a\nb", "displayName"),
        ("alice", PASSWORD, "\N{RIGHT-TO-LEFT OVERRIDE}ecila", "displayName"),
        ("alice", "password", None, "password"),
        ("alice", "alice123", None, "password"),
    ],
)
async def test_invalid_input_is_refused_naming_the_field(
    accounts: Accounts, name: str, password: str, display_name: str | None, field: str
) -> None:
    with pytest.raises(Refused, match=f"^{field}: ") as refused:
        await accounts.sign_up(name, password, display_name)
    assert refused.value.reason == "invalid_params"
    assert await accounts.listing() == []


async def test_closed_sign_up_is_refused(make_accounts: MakeAccounts, store: MemoryStore) -> None:
    accounts = make_accounts(store, signup="closed")
    assert await refusal(accounts.sign_up("alice", PASSWORD)) == "forbidden"
    assert await accounts.add("alice", PASSWORD) == User("alice", "alice")


async def test_sign_up_reports_a_lookalike_name(accounts: Accounts) -> None:
    user, token = await accounts.sign_up("alice", PASSWORD, "Alice Liddell")
    assert not user.lookalike
    user, token = await accounts.sign_up("mallory", PASSWORD, "A1ice Liddell")
    assert user.lookalike
    assert (await accounts.authenticate(token)).user == user
    assert (await accounts.log_in("mallory", PASSWORD))[0] == user


# ---- logging in


async def test_each_log_in_returns_a_new_token(accounts: Accounts) -> None:
    user, first = await accounts.sign_up("alice", PASSWORD, "Alice")
    assert (await accounts.log_in("ALICE", PASSWORD))[0] == user
    second = (await accounts.log_in("alice", PASSWORD))[1]
    assert first != second
    assert (await accounts.authenticate(second)).user == user


async def test_failed_log_ins_have_equal_replies_and_cost(
    accounts: Accounts, hasher: QuickHasher
) -> None:
    await accounts.add("alice", PASSWORD)
    await accounts.add("disabled", PASSWORD)
    await accounts.disable("disabled")
    await accounts.add("product")
    answers = set()
    for name in ("alice", "disabled", "product", "nobody", "no name"):
        compared = len(hasher.mismatched)
        with pytest.raises(Refused) as refused:
            await accounts.log_in(name, "long enough!" if name == "alice" else PASSWORD)
        answers.add((refused.value.reason, refused.value.message))
        assert len(hasher.mismatched) == compared + 1
    assert len(answers) == 1
    assert answers.pop()[0] == "unauthenticated"
    # The dummy hash for unknown accounts has the cost of a real one.
    assert not any(hasher.check_needs_rehash(each) for each in hasher.mismatched)


async def test_log_in_rehashes_a_hash_with_old_parameters(
    make_accounts: MakeAccounts, store: MemoryStore
) -> None:
    await make_accounts(store).add("alice", PASSWORD)
    slower = make_accounts(store, PasswordHashing(QuickHasher(time_cost=2)))
    async with trio.open_nursery() as nursery:  # both rehash, and both succeed
        nursery.start_soon(slower.log_in, "alice", PASSWORD)
        nursery.start_soon(slower.log_in, "alice", PASSWORD)
    account = await store.account("alice")
    assert account is not None
    assert account.password is not None
    assert "t=2" in account.password
    await slower.log_in("alice", PASSWORD)


async def test_passwords_are_compared_after_unicode_normalisation(accounts: Accounts) -> None:
    await accounts.sign_up("alice", "caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait")
    await accounts.log_in("alice", "cafe\N{COMBINING ACUTE ACCENT} au lait")


async def test_log_in_concurrent_with_password_reset_is_refused(
    make_accounts: MakeAccounts, store: MemoryStore
) -> None:
    """The old password is valid when it is read, and no longer when it has been verified."""
    gate = Gate()

    class Slow(PasswordHashing):
        async def verify(self, known: str | None, password: str, caller: Caller = NOBODY) -> bool:
            right = await super().verify(known, password, caller)
            await gate.wait()
            return right

    await make_accounts(store).add("alice", "the old one")
    slow = make_accounts(store, Slow(QuickHasher(time_cost=2)))
    async with unauthenticated(slow.log_in, "alice", "the old one"):
        await gate.reached.wait()
        await slow.set_password("alice", "the new one")
        gate.opened.set()
    await slow.log_in("alice", "the new one")


# ---- tokens


@pytest.mark.parametrize("token", ["", "nonsense", "\N{SNOWMAN}", "\ud800"])
async def test_unknown_token_is_refused(accounts: Accounts, token: str) -> None:
    assert await refusal(accounts.authenticate(token)) == "unauthenticated"


async def test_token_expires(accounts: Accounts, store: MemoryStore, clock: Clock) -> None:
    _, token = await accounts.sign_up("alice", PASSWORD)
    clock.now += 90 * DAY_MS - 1
    await accounts.remove_expired()
    await accounts.authenticate(token)
    clock.now += 1
    assert await refusal(accounts.authenticate(token)) == "unauthenticated"
    clock.now += 30 * DAY_MS - 1
    await accounts.remove_expired()
    assert await store.token(digest_of(token)) is not None, "the clock may have been wrong"
    clock.now += 1
    await accounts.remove_expired()
    assert await store.token(digest_of(token)) is None


@pytest.mark.parametrize("cancelled", [False, True])
async def test_log_out_revokes_only_its_token(
    accounts: Accounts, sessions: Sessions, cancelled: bool
) -> None:
    """The caller may be cancelled."""
    _, first = await accounts.sign_up("alice", PASSWORD)
    _, second = await accounts.log_in("alice", PASSWORD)
    with trio.CancelScope() as scope:
        if cancelled:
            scope.cancel()
        await accounts.log_out(first)
    assert sessions.ended == [digest_of(first)]
    assert await refusal(accounts.authenticate(first)) == "unauthenticated"
    await accounts.authenticate(second)


async def test_token_is_refused_until_its_log_out_is_written(
    make_accounts: MakeAccounts, sessions: Sessions, autojump_clock: MockClock
) -> None:
    """The caller gets an error after ten seconds, while the write still waits for the disk."""

    moves, removed, waits = trio.Event(), list[bytes](), list[int]()

    class Slow(MemoryStore):
        async def remove_token(self, digest: bytes) -> None:
            removed.append(digest)
            await moves.wait()

        async def remove_expired_tokens(self, now: int) -> None:
            """Waits for earlier writes, as all writes do."""
            waits.append(now)
            await moves.wait()
            for digest in removed:
                await super().remove_token(digest)

    accounts = make_accounts(Slow())
    _, token = await accounts.sign_up("alice", PASSWORD)
    _, other = await accounts.log_in("alice", PASSWORD)
    assert await refusal(accounts.log_out(token)) == "busy"
    assert sessions.ended == [digest_of(token)]
    async with unauthenticated(accounts.authenticate, token) as nursery:
        await trio.sleep(20)
        assert nursery.child_tasks
        moves.set()
    await accounts.authenticate(other)
    assert len(waits) == 1


async def test_revocation_during_a_token_lookup_is_noticed(make_accounts: MakeAccounts) -> None:
    """A session that is not registered yet cannot be ended, so its token must be read again."""
    gate = Gate()

    class Slow(MemoryStore):
        async def token(self, digest: bytes) -> tuple[Token, Account] | None:
            found = await super().token(digest)
            await gate.wait()
            return found

    accounts = make_accounts(Slow())
    _, token = await accounts.sign_up("alice", PASSWORD)
    async with unauthenticated(accounts.authenticate, token):
        await gate.reached.wait()
        await accounts.log_out(token)
        gate.opened.set()
