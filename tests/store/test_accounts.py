"""Contract: accounts and tokens."""

import attrs

from chatroom.model import Account, Token
from chatroom.store.store import Store

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


async def test_accounts_are_changed(store: Store) -> None:
    await store.add_accounts([ALICE, BOB])
    await store.set_password("alice", None)
    await store.set_password("nobody", "x")
    await store.set_disabled("alice", True)
    await store.set_disabled("bob", False)
    await store.set_disabled("nobody", True)
    assert await store.account("alice") == attrs.evolve(ALICE, password=None, disabled=True)
    assert await store.account("bob") == attrs.evolve(BOB, disabled=False)
    assert await store.account("nobody") is None


async def test_tokens(store: Store) -> None:
    await store.add_accounts([ALICE, BOB])
    tokens = [
        Token(b"\x00one", "alice", 1, 100),
        Token(b"\xfftwo", "alice", 2, 200),
        Token(b"three", "bob", 3, 300),
        Token(b"four", "bob", 3, 400),
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
    await store.remove_tokens("alice")
    assert await left() == [b"three"]
