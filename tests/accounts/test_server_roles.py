"""Admins of the server: who makes them, and that the server keeps one."""

import pytest

from chatroom.accounts.accounts import Accounts
from chatroom.model import ServerRole

from ..memory_store import MemoryStore
from .conftest import MakeAccounts, Sessions, refusal


async def enter_room(user: str, room: str, code: str) -> None:
    raise AssertionError("the code leads to no room")


async def roles(accounts: Accounts) -> dict[str, ServerRole]:
    return {account.name: account.role for account in await accounts.listing()}


@pytest.fixture
async def people(accounts: Accounts) -> dict[str, str]:
    """The tokens of alice, who is the admin, and of bob and carol."""
    tokens = {}
    for name in ("alice", "bob", "carol"):
        _, tokens[name] = await accounts.sign_up(name, "long enough")
    await accounts.set_role("alice", "admin")
    return tokens


async def test_admins_give_and_take_roles(accounts: Accounts, people: dict[str, str]) -> None:
    await accounts.set_role("bob", "admin", by="alice")
    await accounts.set_role("alice", "member", by="bob")
    assert await roles(accounts) == {"alice": "member", "bob": "admin", "carol": "member"}
    assert await refusal(accounts.set_role("carol", "admin", by="alice")) == "forbidden"
    assert await refusal(accounts.set_role("nobody", "admin", by="bob")) == "not_found"


async def test_members_do_nothing_to_accounts(
    accounts: Accounts, people: dict[str, str], sessions: Sessions
) -> None:
    for name in ("alice", "bob", "carol", "nobody"):
        assert await refusal(accounts.set_role(name, "admin", by="bob")) == "forbidden"
        assert await refusal(accounts.disable(name, by="bob")) == "forbidden"
        assert await refusal(accounts.enable(name, by="bob")) == "forbidden"
    assert sessions.ended == []
    for token in people.values():
        await accounts.authenticate(token)


async def test_the_last_admin_stays_but_for_the_operator(
    accounts: Accounts, people: dict[str, str]
) -> None:
    for act in (
        accounts.set_role("alice", "member", by="alice"),
        accounts.disable("alice", "alice"),
    ):
        assert await refusal(act) == "conflict"
    await accounts.authenticate(people["alice"])
    await accounts.set_role("bob", "admin", by="alice")
    await accounts.disable("bob")
    # One who is disabled does not count.
    assert await refusal(accounts.set_role("alice", "member", by="alice")) == "conflict"
    assert await refusal(accounts.set_role("alice", "member", by="bob")) == "forbidden"
    await accounts.set_role("alice", "member")
    assert (await roles(accounts))["alice"] == "member"


async def test_an_admin_disables_and_enables(
    accounts: Accounts, people: dict[str, str], sessions: Sessions
) -> None:
    await accounts.disable("bob", by="alice")
    assert sessions.ended == ["bob"]
    assert await refusal(accounts.authenticate(people["bob"])) == "unauthenticated"
    await accounts.enable("bob", by="alice")
    await accounts.log_in("bob", "long enough")


async def test_a_log_in_shows_the_role(accounts: Accounts, people: dict[str, str]) -> None:
    assert (await accounts.authenticate(people["bob"])).role == "member"
    await accounts.set_role("bob", "admin", by="alice")
    assert (await accounts.authenticate(people["bob"])).role == "admin"


# ---- the first admin


@pytest.mark.parametrize("signup", ["open", "invite", "closed"])
async def test_a_code_makes_the_first_admin_once(
    make_accounts: MakeAccounts, store: MemoryStore, signup: str
) -> None:
    accounts = make_accounts(store, signup=signup)
    code = await accounts.invitations.offer_admin()
    assert code is not None
    _, token = await accounts.sign_up("alice", "long enough", invitation=code)
    assert (await accounts.authenticate(token)).role == "admin"
    assert await refusal(accounts.sign_up("bob", "long enough", invitation=code)) == "forbidden"
    # A retry, since the answer may be lost.
    assert await refusal(accounts.sign_up("alice", "long enough", invitation=code)) == "conflict"
    assert await roles(accounts) == {"alice": "admin"}
    assert await accounts.invitations.offer_admin() is None


async def test_an_account_becomes_the_first_admin(accounts: Accounts) -> None:
    await accounts.sign_up("alice", "long enough")
    code = await accounts.invitations.offer_admin()
    assert code is not None
    for _ in range(2):  # the first answer may be lost
        await accounts.accept("alice", code, enter_room)
    assert await roles(accounts) == {"alice": "admin"}
    await accounts.set_role("alice", "member")
    assert await refusal(accounts.accept("alice", code, enter_room)) == "not_found"


async def test_only_the_latest_code_is_valid(accounts: Accounts, store: MemoryStore) -> None:
    first, second = [await accounts.invitations.offer_admin() for _ in range(2)]
    assert first is not None
    assert second is not None
    assert await refusal(accounts.sign_up("alice", "long enough", invitation=first)) == "forbidden"
    await accounts.sign_up("bob", "long enough", invitation=second)
    assert await roles(accounts) == {"bob": "admin"}


async def test_no_code_is_valid_while_there_is_an_admin(accounts: Accounts) -> None:
    await accounts.sign_up("alice", "long enough")
    code = await accounts.invitations.offer_admin()
    assert code is not None
    await accounts.set_role("alice", "admin")
    assert await refusal(accounts.sign_up("bob", "long enough", invitation=code)) == "forbidden"
    assert await refusal(accounts.accept("alice", code, enter_room)) == "not_found"


async def test_the_code_is_not_stored(accounts: Accounts, store: MemoryStore) -> None:
    code = await accounts.invitations.offer_admin()
    assert code is not None
    assert code.encode() not in store._connection.serialize()


async def test_sign_up_by_invitation_needs_one(
    make_accounts: MakeAccounts, store: MemoryStore
) -> None:
    accounts = make_accounts(store, signup="invite")
    assert await refusal(accounts.sign_up("alice", "long enough")) == "forbidden"
    wrong = accounts.sign_up("alice", "long enough", invitation="wrong")
    assert await refusal(wrong) == "forbidden"
    assert await roles(accounts) == {}
