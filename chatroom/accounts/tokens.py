"""Bearer tokens of 256 random bits, stored as SHA-256 digests. Pure.

Random tokens cannot be guessed, so their digest needs neither salt nor stretching.
"""

import hashlib
import secrets

from ..model import Token


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def mint(user: str, now: int, life_ms: int, label: str = "") -> tuple[str, Token]:
    """Return a new token and its record for the store."""
    token = secrets.token_urlsafe(32)
    return token, Token(digest_of(token), user, now, now + life_ms, secrets.token_hex(8), label)
