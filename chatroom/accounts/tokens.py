"""Bearer tokens: 256 random bits for who carries them, a SHA-256 digest for who keeps them.

A digest without salt or stretching is enough for what nobody could guess. Pure.
"""

import hashlib
import secrets

from ..model import Token


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def mint(user: str, now: int, life_ms: int, label: str = "") -> tuple[str, Token]:
    """A new token, and what is to be kept of it."""
    token = secrets.token_urlsafe(32)
    return token, Token(digest_of(token), user, now, now + life_ms, secrets.token_hex(8), label)
