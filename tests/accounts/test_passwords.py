import os

import pytest
import trio

from chatroom.accounts.passwords import (
    PasswordHashing,
    _prepared,
    check_password,
)
from chatroom.errors import Refused
from chatroom.protocol.constraints import MAX_PASSWORD_CHARS

from ..quick_hasher import QuickHasher


async def test_hashes_use_the_library_defaults() -> None:
    passwords = PasswordHashing()
    known = await passwords.hash("long enough")
    assert known.startswith("$argon2id$")
    assert not passwords.outdated(known)
    assert await passwords.verify(known, "long enough")
    assert not await passwords.verify(known, "long enough!")
    assert not await passwords.verify(None, "long enough")


async def test_malformed_hash_matches_no_password(hasher: QuickHasher) -> None:
    assert not await PasswordHashing(hasher).verify("not a hash", "long enough")


async def test_full_hash_queue_refuses_as_busy(hasher: QuickHasher) -> None:
    passwords = PasswordHashing(hasher)
    outcomes: list[object] = []

    async def log_in() -> None:
        try:
            outcomes.append(await passwords.verify(None, "long enough"))
        except Refused as refused:
            outcomes.append((refused.reason, refused.retry_after_ms))

    async with trio.open_nursery() as nursery:
        for _ in range(150):
            nursery.start_soon(log_in)
    assert outcomes.count(False) == 129  # one running and 128 waiting
    assert outcomes.count(("busy", 5000)) == 21


async def test_normalisation_runs_in_a_thread_and_on_short_input_only(
    hasher: QuickHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Canonical ordering is quadratic: 32,000 combining marks take two seconds."""
    prepared: list[tuple[int, bool]] = []
    prepare = _prepared

    def recording(password: str) -> bytes:
        prepared.append((len(password), trio.lowlevel.in_trio_run()))
        return prepare(password)

    monkeypatch.setattr("chatroom.accounts.passwords._prepared", recording)
    passwords = PasswordHashing(hasher)
    known = await passwords.hash("long enough")
    assert await passwords.verify(known, "long enough")
    assert not await passwords.verify(known, "a" + "\u0344" * 16_000 + "\u0334" * 16_000)
    assert not await passwords.verify(known, "x" * (MAX_PASSWORD_CHARS + 1))
    assert len(hasher.mismatched) == 2  # each was compared with a hash, like any wrong password
    assert prepared == [(11, False), (11, False), (0, False), (0, False)]


async def test_hashing_runs_at_idle_priority(
    hasher: QuickHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    policies: list[int] = []

    def recording(password: str) -> bytes:
        policies.append(os.sched_getscheduler(0))
        return password.encode()

    monkeypatch.setattr("chatroom.accounts.passwords._prepared", recording)
    await PasswordHashing(hasher).hash("long enough")
    assert policies == [os.SCHED_IDLE]


@pytest.mark.parametrize(
    "password",
    ["password", "Password1", "12345678", "QWERTYUIOP", "liddell1", "LIDDELL!", "1liddell2"],
)
def test_common_passwords_are_refused(password: str) -> None:
    with pytest.raises(Refused, match=r"^password: ") as refused:
        check_password(password, "liddell")
    assert refused.value.reason == "invalid_params"


@pytest.mark.parametrize("password", ["correct horse", "liddell was here", "x4%kQ2pL"])
def test_other_passwords_are_accepted(password: str) -> None:
    check_password(password, "liddell")
    check_password("cannot guess this", "a")
