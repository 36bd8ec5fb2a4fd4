"""The key by which push services know this server (VAPID, RFC 8292), and the encryption for a
device (RFC 8291)."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

import http_ece
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAX_PLAIN_BYTES: Final = 3993
"""What fits into the 4,096 bytes that each push service takes (RFC 8291, section 4)."""
LIFE_S: Final = 12 * 60 * 60
"""Life of an authorization; at most 24 hours are allowed."""
RENEWED_S: Final = 60 * 60
"""An authorization is made anew when it has less time left."""
MAX_ORIGINS: Final = 1000
"""Authorizations that are kept."""
_CURVE: Final = ec.SECP256R1()


class ServerKey:
    """
    :param private_key: in base64url.
    :param contact: a ``mailto:`` or ``https:`` address of the operator; None if there is none.
    :param clock: returns ms since the epoch.

    :ivar public: the public key in base64url, which a device gives to its push service.
    """

    def __init__(self, private_key: str, contact: str | None, clock: Callable[[], int]) -> None:
        number = int.from_bytes(from_base64url(private_key))
        self._key = ec.derive_private_key(number, _CURVE)
        self._contact = contact
        self._clock = clock
        self._authorizations: dict[str, tuple[int, str]] = {}
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public: Final = base64url(point)

    def authorization(self, url: str) -> str:
        """Return the header ``Authorization`` for an endpoint."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.lower()}"
        now = self._clock() // 1000
        expires, header = self._authorizations.get(origin, (0, ""))
        if expires - now < RENEWED_S:
            if len(self._authorizations) >= MAX_ORIGINS:
                self._authorizations.clear()
            expires = now + LIFE_S
            claims: dict[str, object] = {"aud": origin, "exp": expires}
            if self._contact is not None:
                claims["sub"] = self._contact
            header = f"vapid t={self._signed(claims)},k={self.public}"
            self._authorizations[origin] = expires, header
        return header

    def _signed(self, claims: Mapping[str, object]) -> str:
        """Return a JSON web token (RFC 7519) with the algorithm ES256."""
        head = {"typ": "JWT", "alg": "ES256"}
        token = ".".join(base64url(orjson.dumps(part)) for part in (head, claims))
        r, s = decode_dss_signature(self._key.sign(token.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{token}.{base64url(r.to_bytes(32) + s.to_bytes(32))}"


def base64url(data: bytes) -> str:
    """Encode without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def is_public_key(p256dh: str) -> bool:
    """Return whether the text is a point of the curve."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, from_base64url(p256dh))
    except ValueError:
        return False
    return True


def encrypt(plain: bytes, p256dh: str, auth: str) -> bytes:
    """Encrypt up to :data:`MAX_PLAIN_BYTES` for a device. The result is the body of the request."""
    encrypted: bytes = http_ece.encrypt(
        plain,
        salt=os.urandom(16),
        private_key=ec.generate_private_key(_CURVE),
        dh=from_base64url(p256dh),
        auth_secret=from_base64url(auth),
        version="aes128gcm",
    )
    return encrypted
