"""Password hashing with argon2id in a limited number of threads. Stores nothing."""

import base64
import secrets
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

import trio
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..errors import Refused
from ..protocol.constraints import MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS
from .background import Background
from .hash_queue import Caller, HashQueue

# A hash takes about 64 MiB and 50 to 100 ms, in four threads of its own (argon2's lanes). A
# concurrent second one gains nothing on few cores, and delays messages.
_CONCURRENCY: Final = 1
_LOCAL_CALLER: Final = Caller()


def check_password(password: str, name: str) -> None:
    """Check a new password of the account ``name``.

    :raises Refused: ``invalid_params``: its length, a common password, or made of the name.
    """
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        length = f"{MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS}"
        raise Refused("invalid_params", f"password: must have {length} characters")
    folded = password.casefold()
    if folded in _common():
        raise Refused("invalid_params", "password: too common")
    if len(folded.replace(name, "")) < MIN_PASSWORD_CHARS and name in folded:
        raise Refused("invalid_params", "password: must not consist of the account's name")


@cache
def _common() -> frozenset[str]:
    """The table of common passwords, read on first use."""
    lines = files(__package__).joinpath("common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


class PasswordHashing:
    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = HashQueue(_CONCURRENCY)
        self._limiter = trio.CapacityLimiter(_CONCURRENCY)
        self._background = Background()
        self._dummy_hash = _make_dummy_hash(self._hasher)

    async def hash(self, password: str, caller: Caller = _LOCAL_CALLER) -> str:
        """Hash a password that :func:`check_password` accepts. :raises Refused: ``busy``"""
        async with self._turns.turn(caller):
            return await trio.to_thread.run_sync(self._hash, password, limiter=self._limiter)

    async def verify(
        self, known: str | None, password: str, caller: Caller = _LOCAL_CALLER
    ) -> bool:
        """Return whether ``known`` is the password's hash.

        False costs the same if ``known`` is None or the password is over the limit of length.

        :raises Refused: ``busy``
        """
        if len(password) > MAX_PASSWORD_CHARS:
            known, password = None, ""
        async with self._turns.turn(caller):
            return await trio.to_thread.run_sync(
                self._verify, known or self._dummy_hash, password, limiter=self._limiter
            )

    def outdated(self, known: str) -> bool:
        """Whether the hash has other parameters than new ones."""
        return self._hasher.check_needs_rehash(known)

    # In a thread: normalization takes quadratic time in the length of a run of combining marks.
    # In the background: the hasher's four threads would otherwise take a processor from messages
    # for as long as somebody tries passwords.

    def _hash(self, password: str) -> str:
        return self._background.run(lambda: self._hasher.hash(_prepared(password)))

    def _verify(self, known: str, password: str) -> bool:
        try:
            return self._background.run(lambda: self._hasher.verify(known, _prepared(password)))
        except (VerificationError, InvalidHashError):
            return False


def _prepared(password: str) -> bytes:
    """Normalize, so that composed and decomposed accents are equal (RFC 8265, section 4.2)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _make_dummy_hash(hasher: PasswordHasher) -> str:
    """Return a well-formed hash that matches no password and costs as much to verify as others."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()
        for size in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${digest}"
