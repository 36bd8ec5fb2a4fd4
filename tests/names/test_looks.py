"""Names that look alike share a key."""

import pytest

from chatroom.names.lookalikes import looks, reserved_looks


def alike(one: str, other: str) -> bool:
    return not looks(one).isdisjoint(looks(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice Liddell", "alice liddell"),
        ("Alice Liddell", "ALICE LIDDELL"),
        ("Alice Liddell", "Alice  Liddell"),
        ("Alice Liddell", "Alice\u00a0Liddell"),
        ("Alice Liddell", "AliceLiddell"),
        ("Alice Liddell", "Al\u0456ce Liddell"),  # Cyrillic i
        ("Alice Liddell", "\u0410lice Liddell"),  # Cyrillic A
        ("ALICE", "\u0410LICE"),
        ("Alice Liddell", "AIice LiddeII"),  # capital i
        ("Alice Liddell", "\uff21lice Liddell"),  # full width
        ("Alice Liddell", "\U0001d400lice Liddell"),  # mathematical
        ("Alice", "Al\u200bice"),
        ("alice", "a1ice"),
        ("bob", "b0b"),
        ("modern", "rnodem"),
        ("Zo\u00eb", "Zoe\u0308"),
        ("Stra\u00dfe", "STRASSE"),
    ],
)
def test_alike(one: str, other: str) -> None:
    assert alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice Liddell", "Alice Lidell"),
        ("alice", "alice2"),
        ("Zo\u00eb", "Zoe"),
        ("user1", "user2"),
        ("user1", "user11"),
        ("\u5f20\u4f1f", "\u738b\u4f1f"),
    ],
)
def test_not_alike(one: str, other: str) -> None:
    assert not alike(one, other)


def test_reserved_names() -> None:
    for name in ("Admin", "SYSTEM", "\u0435veryone", "all"):
        assert not looks(name).isdisjoint(reserved_looks())
    assert looks("Adam").isdisjoint(reserved_looks())


def test_keys_of_several_names() -> None:
    assert looks("Alice", "bob") == looks("Alice") | looks("bob")
    assert looks("") == frozenset()
