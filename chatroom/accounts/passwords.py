"""Passwords: argon2id, in threads of their own small number. Knows no accounts, keeps nothing."""

import base64
import secrets
import unicodedata
from typing import Final

import trio
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..errors import Refused

LEAST: Final = 8
MOST: Final = 128

# One hash takes about 64 MiB and 50 to 100 ms, on four cores.
_AT_ONCE: Final = 2
# About five seconds of work; who comes then is told to come again.
_WAITING: Final = 128


def check_password(password: str) -> None:
    """:raises Refused: ``invalid_params`` for what no account may have as its password."""
    if not LEAST <= len(password) <= MOST:
        raise Refused("invalid_params", f"password: must have {LEAST} to {MOST} characters")


class Passwords:
    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._limiter = trio.CapacityLimiter(_AT_ONCE)
        self._nobody = _hash_of_nothing(self._hasher)

    async def hash(self, password: str) -> str:
        self._refuse_crowd()
        return await trio.to_thread.run_sync(
            self._hasher.hash, _prepared(password), limiter=self._limiter
        )

    async def verify(self, known: str | None, password: str) -> bool:
        """Whether the hash is that password's; for None, the answer no costs as much."""
        self._refuse_crowd()
        return await trio.to_thread.run_sync(
            self._verify, known or self._nobody, _prepared(password), limiter=self._limiter
        )

    def outdated(self, known: str) -> bool:
        """Whether the hash was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(known)

    def _verify(self, known: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False

    def _refuse_crowd(self) -> None:
        if self._limiter.statistics().tasks_waiting >= _WAITING:
            raise Refused("busy", "too many log-ins at once", retry_after_ms=5000)


def _prepared(password: str) -> bytes:
    """The same bytes however a keyboard composes its accents (as RFC 8265, section 4.2)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """A hash in form, which takes the work of verifying and is that of no password."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()
        for size in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${digest}"
