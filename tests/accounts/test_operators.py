"""Operations on accounts by operators."""

from collections.abc import Sequence

import pytest

from chatroom.accounts.accounts import Accounts
from chatroom.accounts.tokens import digest_of
from chatroom.errors import Refused, StorageFailed
from chatroom.model import Account, Token, User
from chatroom.store.administration import Act, Denial

from ..memory_store import MemoryStore
from .conftest import MakeAccounts, Sessions, refusal


async def test_password_reset_revokes_tokens_and_sessions(
    accounts: Accounts, sessions: Sessions
) -> None:
    _, token = await accounts.sign_up("alice", "the old one")
    with pytest.raises(Refused, match="password"):
        await accounts.set_password("alice", "short")
    await accounts.authenticate(token)
    assert sessions.ended == []
    await accounts.set_password("alice", "the new one")
    assert sessions.ended == ["alice"]
    assert await refusal(accounts.authenticate(token)) == "unauthenticated"
    assert await refusal(accounts.log_in("alice", "the old one")) == "unauthenticated"
    await accounts.log_in("alice", "the new one")


class Stopping(MemoryStore):
    """Raises before a chosen write, as if the process were killed there."""

    writes = 0

    def _stop(self) -> None:
        self.writes -= 1
        if self.writes == 0:
            raise StorageFailed("killed")

    async def reset_password_of(self, name: str, password: str, act: Act) -> Denial | None:
        self._stop()
        return await super().reset_password_of(name, password, act)

    async def erase_account(self, name: str, act: Act, *, own: bool = False) -> Denial | None:
        self._stop()
        return await super().erase_account(name, act, own=own)

    async def set_disabled(self, name: str, disabled: bool, act: Act) -> Denial | None:
        self._stop()
        return await super().set_disabled(name, disabled, act)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [("disable", []), ("erase", []), ("set_password", ["the new one"])],
)
async def test_interrupted_revocation_changes_nothing(
    make_accounts: MakeAccounts, operation: str, arguments: list[str]
) -> None:
    """The operation is interrupted before its write."""
    store = Stopping()
    accounts = make_accounts(store)
    _, token = await accounts.sign_up("alice", "the old one")
    before = await store.account("alice")
    store.writes = 1
    with pytest.raises(StorageFailed):
        await getattr(accounts, operation)("alice", *arguments)
    assert await store.token(digest_of(token)) is not None
    assert await store.account("alice") == before


async def test_disabled_account_is_refused_until_enabled(
    accounts: Accounts, sessions: Sessions
) -> None:
    _, token = await accounts.sign_up("alice", "long enough")
    await accounts.disable("alice")
    assert sessions.ended == ["alice"]
    assert [account.disabled for account in await accounts.listing()] == [True]
    await accounts.enable("alice")
    assert await refusal(accounts.authenticate(token)) == "unauthenticated"  # stays revoked
    await accounts.log_in("alice", "long enough")


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [("disable", []), ("enable", []), ("set_password", ["long enough"])],
)
async def test_operations_on_unknown_account_are_not_found(
    accounts: Accounts, sessions: Sessions, operation: str, arguments: list[str]
) -> None:
    with pytest.raises(Refused, match="bob") as refused:
        await getattr(accounts, operation)("bob", *arguments)
    assert refused.value.reason == "not_found"
    assert sessions.ended == []


async def test_accounts_are_listed_by_name_in_pages(accounts: Accounts) -> None:
    for name in ("carol", "alice", "bob"):
        await accounts.add(name, display_name=name.title())
    assert [each.display_name for each in await accounts.listing()] == ["Alice", "Bob", "Carol"]
    assert [each.name for each in await accounts.listing("alice", 1)] == ["bob"]


# ---- tokens in bulk


async def test_bulk_tokens_have_the_order_of_the_names(accounts: Accounts) -> None:
    await accounts.add("bob", display_name="Bob")
    issued = await accounts.issue_tokens(["bob", "alice", "bob"], create=True)
    assert [name for name, _ in issued] == ["bob", "alice", "bob"]
    assert len({token for _, token in issued}) == 3
    users = [(await accounts.authenticate(token)).user for _, token in issued]
    assert users == [User("bob", "Bob"), User("alice", "alice"), User("bob", "Bob")]


async def test_account_created_for_a_token_has_no_password(accounts: Accounts) -> None:
    await accounts.issue_tokens(["alice"], create=True)
    assert await refusal(accounts.log_in("alice", "")) == "unauthenticated"


@pytest.mark.parametrize(
    ("name", "create", "reason"),
    [
        ("nobody", False, "not_found"),
        ("disabled", True, "forbidden"),
        ("Upper", True, "invalid_params"),
        ("room", True, "conflict"),
    ],
)
async def test_bulk_operation_fails_as_a_whole(
    accounts: Accounts, store: MemoryStore, name: str, create: bool, reason: str
) -> None:
    await accounts.add("disabled")
    await accounts.disable("disabled")
    before = await accounts.listing()
    with pytest.raises(Refused) as refused:
        await accounts.issue_tokens(["zoe", name], create)
    assert refused.value.reason == reason
    if reason != "invalid_params":
        assert name in refused.value.message
    assert await accounts.listing() == before


async def test_error_for_many_unknown_names_is_short(accounts: Accounts) -> None:
    with pytest.raises(Refused, match=r"user0, user1, .* and 990 more$"):
        await accounts.issue_tokens([f"user{i}" for i in range(1000)])


async def test_a_thousand_tokens_are_one_commit(make_accounts: MakeAccounts) -> None:
    """So that an interruption leaves no account without its token."""
    commits = list[tuple[int, int]]()

    class Recording(MemoryStore):
        async def add_accounts(
            self, accounts: Sequence[Account], tokens: Sequence[Token] = ()
        ) -> set[str]:
            commits.append((len(accounts), len(tokens)))
            return await super().add_accounts(accounts, tokens)

    accounts = make_accounts(Recording())
    names = [f"user{i}" for i in range(2500)]
    await accounts.issue_tokens(names[:10], create=True)
    issued = await accounts.issue_tokens(names, create=True)
    assert commits == [(10, 10), (990, 1000), (1000, 1000), (500, 500)]
    assert [name for name, _ in issued] == names
    assert (await accounts.authenticate(issued[-1][1])).user.name == "user2499"
