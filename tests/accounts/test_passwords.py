import trio

from chatroom.accounts.passwords import Passwords
from chatroom.errors import Refused

from .conftest import QuickHasher


async def test_the_library_s_parameters() -> None:
    passwords = Passwords()
    known = await passwords.hash("long enough")
    assert known.startswith("$argon2id$")
    assert not passwords.outdated(known)
    assert await passwords.verify(known, "long enough")
    assert not await passwords.verify(known, "long enough!")
    assert not await passwords.verify(None, "long enough")


async def test_a_hash_that_is_none_lets_nobody_in(hasher: QuickHasher) -> None:
    assert not await Passwords(hasher).verify("not a hash", "long enough")


async def test_a_crowd_is_told_to_come_again(hasher: QuickHasher) -> None:
    passwords = Passwords(hasher)
    outcomes: list[object] = []

    async def log_in() -> None:
        try:
            outcomes.append(await passwords.verify(None, "long enough"))
        except Refused as refused:
            outcomes.append((refused.reason, refused.retry_after_ms))

    async with trio.open_nursery() as nursery:
        for _ in range(150):
            nursery.start_soon(log_in)
    assert outcomes.count(False) == 130  # two at work and 128 waiting
    assert outcomes.count(("busy", 5000)) == 20
