"""Sign-up, log-in, log-out and tokens."""

import pytest
import trio
from trio.testing import MockClock

from chatroom.accounts.accounts import Accounts
from chatroom.accounts.hash_queue import Caller
from chatroom.accounts.passwords import PasswordHashing
from chatroom.accounts.tokens import digest_of
from chatroom.config import Config
from chatroom.errors import Refused
from chatroom.model import RESERVED, Account, Token, User

from ..memory_store import MemoryStore
from .conftest import Clock, QuickHasher, Sessions

SOMEBODY = Caller()
DAY_MS = 86_400_000


async def test_sign_up_returns_a_token_for_the_account(accounts: Accounts, clock: Clock) -> None:
    user, token = await accounts.sign_up("Alice.B", "long enough", "  Alice B. ")
    assert user == User("alice.b", "Alice B.")
    identity = await accounts.authenticate(token)
    assert identity.user == user
    assert identity.digest == digest_of(token)
    assert identity.expires_at == clock.now + 90 * DAY_MS


async def test_display_name_defaults_to_name(accounts: Accounts) -> None:
    user, _ = await accounts.sign_up("Alice", "long enough")
    assert user == User("alice", "alice")


@pytest.mark.parametrize("name", ["alice", "ALICE", "Room", *sorted(RESERVED)])
async def test_sign_up_with_taken_name_is_a_conflict(accounts: Accounts, name: str) -> None:
    await accounts.sign_up("alice", "long enough")
    with pytest.raises(Refused) as refused:
        await accounts.sign_up(name, "another one")
    assert refused.value.reason == "conflict"


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
        ("", "long enough", None, "name"),
        (".alice", "long enough", None, "name"),
        ("al ice", "long enough", None, "name"),
        ("\N{KELVIN SIGN}ate", "long enough", None, "name"),
        ("a" * 65, "long enough", None, "name"),
        ("alice", "seven77", None, "password"),
        ("alice", "x" * 129, None, "password"),
        ("alice", "long enough", " ", "displayName"),
        ("alice", "long enough", "x" * 81, "displayName"),
        ("alice", "long enough", "a\nb", "displayName"),
        ("alice", "long enough", "\N{RIGHT-TO-LEFT OVERRIDE}ecila", "displayName"),
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


async def test_closed_sign_up_is_refused(store: MemoryStore, hasher: QuickHasher) -> None:
    accounts = Accounts(store, Config(signup="closed"), passwords=PasswordHashing(hasher))
    with pytest.raises(Refused) as refused:
        await accounts.sign_up("alice", "long enough")
    assert refused.value.reason == "forbidden"
    assert await accounts.add("alice", "long enough") == User("alice", "alice")


async def test_sign_up_reports_a_lookalike_name(accounts: Accounts) -> None:
    user, token = await accounts.sign_up("alice", "long enough", "Alice Liddell")
    assert not user.lookalike
    user, token = await accounts.sign_up("mallory", "long enough", "A1ice Liddell")
    assert user.lookalike
    assert (await accounts.authenticate(token)).user == user
    assert (await accounts.log_in("mallory", "long enough"))[0] == user


# ---- logging in


async def test_each_log_in_returns_a_new_token(accounts: Accounts) -> None:
    user, first = await accounts.sign_up("alice", "long enough", "Alice")
    assert (await accounts.log_in("ALICE", "long enough"))[0] == user
    second = (await accounts.log_in("alice", "long enough"))[1]
    assert first != second
    assert (await accounts.authenticate(second)).user == user


async def test_failed_log_ins_have_equal_replies_and_cost(
    accounts: Accounts, hasher: QuickHasher
) -> None:
    await accounts.add("alice", "long enough")
    await accounts.add("disabled", "long enough")
    await accounts.disable("disabled")
    await accounts.add("product")
    answers = set()
    for name in ("alice", "disabled", "product", "nobody", "no name"):
        compared = len(hasher.mismatched)
        with pytest.raises(Refused) as refused:
            await accounts.log_in(name, "long enough!" if name == "alice" else "long enough")
        answers.add((refused.value.reason, refused.value.message))
        assert len(hasher.mismatched) == compared + 1
    assert len(answers) == 1
    assert answers.pop()[0] == "unauthenticated"
    # The dummy hash for unknown accounts has the cost of a real one.
    assert not any(hasher.check_needs_rehash(each) for each in hasher.mismatched)


async def test_log_in_rehashes_a_hash_with_old_parameters(
    store: MemoryStore, accounts: Accounts
) -> None:
    await accounts.add("alice", "long enough")
    slower = Accounts(store, Config(), passwords=PasswordHashing(QuickHasher(time_cost=2)))
    async with trio.open_nursery() as nursery:  # both rehash, and both succeed
        nursery.start_soon(slower.log_in, "alice", "long enough")
        nursery.start_soon(slower.log_in, "alice", "long enough")
    account = await store.account("alice")
    assert account is not None
    assert account.password is not None
    assert "t=2" in account.password
    await slower.log_in("alice", "long enough")


async def test_passwords_are_compared_after_unicode_normalisation(accounts: Accounts) -> None:
    await accounts.sign_up("alice", "caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait")
    await accounts.log_in("alice", "cafe\N{COMBINING ACUTE ACCENT} au lait")


async def test_log_in_concurrent_with_password_reset_is_refused(
    store: MemoryStore, accounts: Accounts, hasher: QuickHasher
) -> None:
    """The old password is valid when it is read, and no longer when it has been verified."""
    await accounts.add("alice", "the old one")
    verified, go_on = trio.Event(), trio.Event()

    class Slow(PasswordHashing):
        async def verify(self, known: str | None, password: str, caller: Caller = SOMEBODY) -> bool:
            right = await super().verify(known, password, caller)
            verified.set()
            await go_on.wait()
            return right

    slow = Accounts(store, Config(), passwords=Slow(QuickHasher(time_cost=2)))
    refusals = []

    async def log_in() -> None:
        with pytest.raises(Refused) as refused:
            await slow.log_in("alice", "the old one")
        refusals.append(refused.value.reason)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(log_in)
        await verified.wait()
        await slow.set_password("alice", "the new one")
        go_on.set()
    assert refusals == ["unauthenticated"]
    await accounts.log_in("alice", "the new one")


# ---- tokens


@pytest.mark.parametrize("token", ["", "nonsense", "\N{SNOWMAN}", "\ud800"])
async def test_unknown_token_is_refused(accounts: Accounts, token: str) -> None:
    with pytest.raises(Refused) as refused:
        await accounts.authenticate(token)
    assert refused.value.reason == "unauthenticated"


async def test_token_expires(accounts: Accounts, store: MemoryStore, clock: Clock) -> None:
    _, token = await accounts.sign_up("alice", "long enough")
    clock.now += 90 * DAY_MS - 1
    await accounts.remove_expired()
    await accounts.authenticate(token)
    clock.now += 1
    with pytest.raises(Refused):
        await accounts.authenticate(token)
    clock.now += 30 * DAY_MS - 1
    await accounts.remove_expired()
    assert await store.token(digest_of(token)) is not None, "the clock may have been wrong"
    clock.now += 1
    await accounts.remove_expired()
    assert await store.token(digest_of(token)) is None


async def test_log_out_revokes_only_its_token(accounts: Accounts, sessions: Sessions) -> None:
    _, first = await accounts.sign_up("alice", "long enough")
    _, second = await accounts.log_in("alice", "long enough")
    await accounts.log_out(first)
    assert sessions.ended == [digest_of(first)]
    with pytest.raises(Refused):
        await accounts.authenticate(first)
    await accounts.authenticate(second)


async def test_log_out_completes_if_its_caller_is_cancelled(
    accounts: Accounts, sessions: Sessions
) -> None:
    _, token = await accounts.sign_up("alice", "long enough")
    with trio.CancelScope() as scope:
        scope.cancel()
        await accounts.log_out(token)
    assert sessions.ended == [digest_of(token)]
    with pytest.raises(Refused):
        await accounts.authenticate(token)


async def test_log_out_that_times_out_still_ends_its_sessions(
    sessions: Sessions, hasher: QuickHasher, autojump_clock: MockClock
) -> None:
    class Hanging(MemoryStore):
        async def remove_token(self, digest: bytes) -> None:
            await trio.sleep_forever()

    accounts = Accounts(Hanging(), Config(), revoker=sessions, passwords=PasswordHashing(hasher))
    with pytest.raises(Refused) as refused:
        await accounts.log_out("token")
    assert refused.value.reason == "busy"
    assert sessions.ended == [digest_of("token")]


async def test_token_is_refused_until_its_log_out_is_written(
    sessions: Sessions, hasher: QuickHasher, autojump_clock: MockClock
) -> None:
    """The caller gets an error after ten seconds, while the write still waits for the disk."""

    class Slow(MemoryStore):
        def __init__(self) -> None:
            super().__init__()
            self.moves = trio.Event()
            self.removed: list[bytes] = []
            self.asked = 0

        async def remove_token(self, digest: bytes) -> None:
            self.removed.append(digest)
            await self.moves.wait()

        async def remove_expired_tokens(self, now: int) -> None:
            """Waits for earlier writes, as all writes do."""
            self.asked += 1
            await self.moves.wait()
            for digest in self.removed:
                await super().remove_token(digest)

    store = Slow()
    accounts = Accounts(store, Config(), revoker=sessions, passwords=PasswordHashing(hasher))
    _, token = await accounts.sign_up("alice", "long enough")
    _, other = await accounts.log_in("alice", "long enough")
    with pytest.raises(Refused) as refused:
        await accounts.log_out(token)
    assert refused.value.reason == "busy"
    refusals = []

    async def authenticate() -> None:
        with pytest.raises(Refused) as refused:
            await accounts.authenticate(token)
        refusals.append(refused.value.reason)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(authenticate)
        await trio.sleep(20)
        assert refusals == []
        store.moves.set()
    assert refusals == ["unauthenticated"]
    await accounts.authenticate(other)
    assert store.asked == 1


async def test_revocation_during_a_token_lookup_is_noticed(
    clock: Clock, hasher: QuickHasher
) -> None:
    """A session that is not registered yet cannot be ended, so its token must be read again."""
    was_read, go_on = trio.Event(), trio.Event()

    class Slow(MemoryStore):
        async def token(self, digest: bytes) -> tuple[Token, Account] | None:
            found = await super().token(digest)
            was_read.set()
            await go_on.wait()
            return found

    accounts = Accounts(Slow(), Config(), passwords=PasswordHashing(hasher), now=clock)
    _, token = await accounts.sign_up("alice", "long enough")
    refusals = []

    async def authenticate() -> None:
        with pytest.raises(Refused) as refused:
            await accounts.authenticate(token)
        refusals.append(refused.value.reason)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(authenticate)
        await was_read.wait()
        await accounts.log_out(token)
        go_on.set()
    assert refusals == ["unauthenticated"]
