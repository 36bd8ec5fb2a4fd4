"""Passwords: argon2id, in threads of their own small number. Knows no accounts, keeps nothing."""

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
from ..process import in_background
from .hash_queue import Caller, HashQueue

MIN_CHARS: Final = 8
MAX_CHARS: Final = 128

# One hash takes about 64 MiB and 50 to 100 ms, in four threads of its own (argon2's lanes). A
# second one at the same time gains nothing on few cores and delays the chat.
_AT_ONCE: Final = 1
_HERE: Final = Caller()


def check_password(password: str, name: str) -> None:
    """``name`` is that of the account.

    :raises Refused: ``invalid_params`` for what no account may have as its password.
    """
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        many = f"{MIN_CHARS} to {MAX_CHARS}"
        raise Refused("invalid_params", f"password: must have {many} characters")
    folded = password.casefold()
    if folded in _common():
        raise Refused("invalid_params", "password: it is one of those that everybody tries first")
    if len(folded.replace(name, "")) < MIN_CHARS and name in folded:
        raise Refused("invalid_params", "password: must not be made of the account's name")


@cache
def _common() -> frozenset[str]:
    """A table that is read once, when it is first needed."""
    lines = files(__package__).joinpath("common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


class PasswordHashing:
    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = HashQueue(_AT_ONCE)
        self._limiter = trio.CapacityLimiter(_AT_ONCE)
        self._nobody = _hash_of_nothing(self._hasher)

    async def hash(self, password: str, caller: Caller = _HERE) -> str:
        """Of a password that :func:`check_password` accepts. :raises Refused: ``busy``"""
        async with self._turns.turn(caller):
            return await trio.to_thread.run_sync(self._hash, password, limiter=self._limiter)

    async def verify(self, known: str | None, password: str, caller: Caller = _HERE) -> bool:
        """Whether the hash is that password's. False costs the same for a hash of None and for a
        password that is too long to be anybody's. :raises Refused: ``busy``
        """
        if len(password) > MAX_CHARS:
            known, password = None, ""
        async with self._turns.turn(caller):
            return await trio.to_thread.run_sync(
                self._verify, known or self._nobody, password, limiter=self._limiter
            )

    def outdated(self, known: str) -> bool:
        """Whether the hash was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(known)

    # In a thread: normalisation takes a time quadratic in the length of a run of combining marks.
    # In the background: the hasher starts four threads of its own, which would keep a processor
    # from the messages for as long as somebody tries passwords.

    def _hash(self, password: str) -> str:
        return in_background(lambda: self._hasher.hash(_prepared(password)))

    def _verify(self, known: str, password: str) -> bool:
        try:
            return in_background(lambda: self._hasher.verify(known, _prepared(password)))
        except (VerificationError, InvalidHashError):
            return False


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
