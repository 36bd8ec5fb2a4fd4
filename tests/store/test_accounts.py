"""Accounts and tokens."""

import attrs
import pytest

from chatroom.model import Account, Token, User
from chatroom.store.administration import Act
from chatroom.store.audit import AuditFilter
from chatroom.store.sqlite import SqliteStore
from chatroom.store.store import Store

from .room_log import TAKEN, StoredRoom, direct

ALICE = Account("alice", "Alice A.", "argon2 of something", 5)
BOB = Account("bob", "Bob", None, 6, disabled=True)


async def test_accounts_are_added_once(store: Store) -> None:
    assert await store.add_accounts([ALICE, BOB]) == {"alice", "bob"}
    again = attrs.evolve(ALICE, display_name="Another")
    carol = Account("carol", "Carol", None, 7)
    assert await store.add_accounts([again, carol, carol]) == {"carol"}
    assert await store.add_accounts([]) == set()
    assert await store.account("alice") == ALICE
    assert await store.account("bob") == BOB
    assert await store.account("nobody") is None
    assert await store.accounts() == [ALICE, BOB, carol]
    assert await store.accounts(limit=1) == [ALICE]
    assert await store.accounts("alice", 1) == [BOB]
    assert await store.existing_accounts([]) == []
    found = await store.existing_accounts(["bob", "nobody", "alice", "bob"])
    assert sorted(found, key=lambda account: account.name) == [ALICE, BOB]


async def test_accounts_are_updated(store: Store) -> None:
    await store.add_accounts([ALICE, BOB])
    await store.set_password("alice", None)
    await store.set_password("nobody", "x")
    assert await store.set_disabled("alice", True, Act(1)) is None
    assert await store.set_disabled("bob", False, Act(1)) is None
    assert await store.set_disabled("nobody", True, Act(1)) == "not_found"
    assert await store.account("alice") == attrs.evolve(ALICE, password=None, disabled=True)
    assert await store.account("bob") == attrs.evolve(BOB, disabled=False)
    assert await store.account("nobody") is None


async def test_what_admins_do_to_accounts(store: Store) -> None:
    admin = attrs.evolve(ALICE, role="admin")
    await store.add_accounts([admin, BOB], [Token(b"one", "bob", 1, 100, "id1")])
    for by, name, denial in (("bob", "alice", "forbidden"), ("alice", "nobody", "not_found")):
        assert await store.rename(name, "Rob", Act(1, by)) == denial
        assert await store.reset_password_of(name, "hash", Act(1, by)) == denial
        assert await store.end_log_ins(name, Act(1, by)) == denial
    assert await store.rename("bob", "Rob", Act(2, "alice")) is None
    assert await store.end_log_ins("bob", Act(3)) is None
    assert await store.token(b"one") is None
    two, other = Token(b"two", "bob", 1, 100, "id2"), Token(b"three", "bob", 1, 100, "id3")
    await store.add_tokens([two, other])
    assert await store.end_log_ins("bob", Act(3, "bob"), other) == "forbidden"
    assert await store.end_log_ins("bob", Act(3, "alice"), other) is None
    assert await store.end_log_ins("bob", Act(3, "alice"), other) == "not_found"
    assert await store.tokens("bob", 1, 9) == [two]
    assert await store.reset_password_of("bob", "hash", Act(4, "alice")) is None
    assert await store.token(b"two") is None
    assert await store.account("bob") == attrs.evolve(BOB, display_name="Rob", password="hash")
    assert [news.kind for news in await store.account_news(0, 9)] == ["profile", "access"]
    entries = (await store.audit(None, None, None, 9, AuditFilter(user="bob", since=3))).entries
    assert [(each.act, each.by) for each in entries] == [
        ("resetPassword", "alice"),
        ("endLogIns", "alice"),
        ("endLogIns", None),
    ]
    wanted = AuditFilter(by="alice", act="renameAccount", until=3)
    assert len((await store.audit("alice", None, None, 9, wanted)).entries) == 1


async def test_tokens(store: Store) -> None:
    await store.add_accounts([ALICE, BOB])
    tokens = [
        Token(b"\x00one", "alice", 1, 100, "id1"),
        Token(b"\xfftwo", "alice", 2, 200, "id2"),
        Token(b"three", "bob", 3, 300, "id3"),
        Token(b"four", "bob", 3, 400, "id4"),
    ]
    await store.add_tokens(tokens)
    assert await store.token(b"\x00one") == (tokens[0], ALICE)
    assert await store.token(b"three") == (tokens[2], BOB)
    assert await store.token(b"none") is None

    async def left() -> list[bytes]:
        return [token.digest for token in tokens if await store.token(token.digest)]

    await store.remove_token(b"four")
    await store.remove_token(b"none")
    assert await left() == [b"\x00one", b"\xfftwo", b"three"]
    await store.remove_expired_tokens(99)
    assert await left() == [b"\x00one", b"\xfftwo", b"three"]
    await store.remove_expired_tokens(100)
    assert await left() == [b"\xfftwo", b"three"]
    await store.reset_password("alice", None)
    assert await left() == [b"three"]
    await store.remove_tokens("alice")
    assert await left() == [b"three"]
    await store.remove_tokens("bob")
    assert await left() == []


async def test_accounts_and_tokens_are_added_in_one_commit(store: Store) -> None:
    token = Token(b"one", "alice", 1, 100, "id1", "laptop")
    assert await store.add_accounts([ALICE], [token]) == {"alice"}
    assert await store.token(b"one") == (token, ALICE)
    if isinstance(store, SqliteStore):
        with pytest.raises(TAKEN):  # the digest exists: nothing is written
            await store.add_accounts([BOB], [token])
        assert await store.account("bob") is None


@pytest.mark.parametrize(
    ("name", "display_name", "alike"),
    [
        ("mallory", "Alice A.", True),
        ("mallory", "alice a.", True),
        ("mallory", "Al\N{CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I}ce A.", True),
        ("mallory", "Alice", True),  # like the name
        ("a1ice", "Somebody", True),
        ("mallory", "Admin", True),  # like a reserved name
        ("mallory", "Alice B.", False),
    ],
)
async def test_lookalike_account_is_marked(
    store: Store, name: str, display_name: str, alike: bool
) -> None:
    await store.add_accounts([ALICE, Account(name, display_name, None, 6), BOB])
    account = await store.account(name)
    assert account is not None
    assert account.lookalike == alike
    assert await store.account("alice") == ALICE  # the older account is not marked
    assert await store.account("bob") == BOB


async def test_lookalike_mark_is_shown_with_each_user(store: Store) -> None:
    fake = Account("mallory", "Alice A.", None, 6)
    await store.add_accounts([ALICE, fake])
    await StoredRoom(store).make("alice", "mallory")
    page = await store.members("lobby", "", 9)
    assert [member.lookalike for member in page.members] == [False, True]
    people = await store.people("lobby", ["alice", "mallory"])
    assert people.members["mallory"].lookalike
    await direct(store, "alice", "mallory").make("alice", "mallory")
    [entry] = await store.inbox("alice", "@alice:mallory")
    assert entry.partner == User("mallory", "Alice A.", lookalike=True)


async def test_password_reset_replaces_all_tokens(store: Store) -> None:
    await store.add_accounts([ALICE, BOB])
    kept = Token(b"bob's", "bob", 1, 100, "id1")
    new = Token(b"new", "alice", 1, 100, "id2")
    await store.add_tokens([kept, Token(b"old", "alice", 1, 100, "id3")])
    await store.reset_password("alice", "another hash", [new])
    assert await store.account("alice") == attrs.evolve(ALICE, password="another hash")
    assert await store.tokens("alice", 0, 9) == [new]
    assert await store.tokens("bob", 0, 9) == [kept]


async def test_tokens_of_a_user(store: Store) -> None:
    await store.add_accounts([ALICE, BOB])
    old = Token(b"old", "alice", 1, 100, "id1", "laptop")
    new = Token(b"new", "alice", 2, 300, "id2")
    await store.add_tokens([old, new, Token(b"bob's", "bob", 1, 100, "id3")])
    assert await store.tokens("alice", 99, 9) == [new, old]
    assert await store.tokens("alice", 99, 1) == [new]
    assert await store.tokens("alice", 100, 9) == [new]
    assert await store.own_token("alice", "id1") == old
    assert await store.own_token("bob", "id1") is None
    await store.set_used([b"old", b"none"], 77)
    assert await store.own_token("alice", "id1") == attrs.evolve(old, last_used_at=77)


async def test_token_is_replaced(store: Store) -> None:
    await store.add_accounts([ALICE])
    old, new = Token(b"old", "alice", 1, 100, "id1"), Token(b"new", "alice", 2, 300, "id2")
    assert not await store.replace_token(b"old", new)
    await store.add_tokens([old])
    assert await store.replace_token(b"old", new)
    assert await store.tokens("alice", 0, 9) == [new]


async def test_token_beyond_the_maximum_displaces_the_oldest(store: Store) -> None:
    await store.add_accounts([ALICE, BOB])
    tokens = [Token(bytes([n]), "alice", n, 100 + n, f"id{n}") for n in range(1, 6)]
    assert await store.add_tokens([*tokens[:3], Token(b"bob's", "bob", 0, 100, "id0")]) == []
    assert await store.add_tokens(tokens[3:4], maximum=4) == []
    assert await store.add_tokens(tokens[4:], maximum=4) == [b"\x01"]
    assert await store.tokens("alice", 0, 9) == tokens[:0:-1]
    # An expired token does not count.
    late = Token(b"late", "alice", 103, 200, "id9")
    assert await store.add_tokens([late], maximum=3) == []
