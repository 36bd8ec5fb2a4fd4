"""The bytes of a request: what RFC 8030, 8291 and 8292 demand, and how long they may be."""

import hashlib
from base64 import urlsafe_b64decode
from typing import Final

import attrs
import orjson
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from chatroom.model import MAX_PREVIEW_CHARS, Notification
from chatroom.push.keys import MAX_PLAIN_BYTES, ServerKey, encrypt
from chatroom.push.requests import TOPIC_CHARS, text_of
from chatroom.store.push import MAX_AGE_MS

from .devices import Device, base64url, from_base64url

NOW_MS: Final = 1_700_000_000_000
PRIVATE: Final = base64url(bytes(31) + b"\x07")
NOTIFICATION: Final = Notification(
    user="bob",
    room="general",
    kind="room",
    title="General",
    seq=7,
    timestamp=NOW_MS,
    sender="alice",
    sender_name="Alice",
    text="hello",
    truncated=False,
    files=0,
    mention=False,
    unread=3,
)


def test_only_the_device_can_decrypt() -> None:
    device = Device("https://push.example/a")
    params = device.params
    first, second = (encrypt(b"hello", params["p256dh"], params["auth"]) for _ in range(2))
    assert device.decrypt(first) == device.decrypt(second) == b"hello"
    assert first[:16] != second[:16], "each has a salt of its own"
    assert first[21:86] != second[21:86], "and a key of its own"


def test_a_device_decrypts_the_example_of_the_standard() -> None:
    """RFC 8291, appendix A."""
    private = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
    device = Device(
        "",
        key=int.from_bytes(from_base64url(private)),
        auth=from_base64url("BTBZMqHH6r4Tts7J_aSIgg"),
    )
    assert device.params["p256dh"] == (
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    )
    body = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWA"
        "mS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj"
        "_Qulcy4a-fN"
    )
    assert device.decrypt(from_base64url(body)) == b"When I grow up, I want to be a watermelon"


def verified(header: str) -> dict[str, object]:
    """Return the claims of an authorization whose signature is good."""
    kind, _, rest = header.partition(" ")
    assert kind == "vapid"
    fields = dict(part.split("=", 1) for part in rest.split(","))
    head, claims, signature = fields["t"].split(".")
    raw = from_base64url(signature)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(fields["k"]))
    signed = f"{head}.{claims}".encode()
    key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(encode_dss_signature(r, s), signed + b"x", ec.ECDSA(hashes.SHA256()))
    assert orjson.loads(from_base64url(head)) == {"typ": "JWT", "alg": "ES256"}
    found: dict[str, object] = orjson.loads(urlsafe_b64decode(claims + "=="))
    return found


@attrs.define
class Clock:
    now: int = NOW_MS

    def __call__(self) -> int:
        return self.now


def test_the_authorization_is_signed_for_the_push_service() -> None:
    clock = Clock()
    key = ServerKey(PRIVATE, "mailto:admin@chat.example", clock)
    first = key.authorization("https://Push.Example:8443/a?b")
    assert verified(first) == {
        "aud": "https://push.example:8443",
        "exp": NOW_MS // 1000 + 12 * 3600,
        "sub": "mailto:admin@chat.example",
    }
    assert first.endswith(f",k={key.public}")
    assert key.authorization("https://push.example:8443/c") == first
    assert key.authorization("https://push.example/c") != first
    clock.now += 12 * 3600 * 1000
    assert verified(key.authorization("https://push.example:8443/a"))["exp"] == (
        clock.now // 1000 + 12 * 3600
    )


def test_without_a_contact_none_is_named() -> None:
    key = ServerKey(PRIVATE, None, Clock())
    assert "sub" not in verified(key.authorization("https://push.example/a"))


@pytest.mark.parametrize("character", ["a", "\u00e4", "\U0001f600", "\x01", '"'])
def test_the_longest_text_fits(character: str) -> None:
    longest = attrs.evolve(
        NOTIFICATION,
        user="u" * 64,
        room=f"@{'u' * 64}:{'v' * 64}",
        kind="direct",
        title="\U0001f600" * 80,
        seq=2**53,
        timestamp=2**53,
        sender="v" * 64,
        sender_name="\U0001f600" * 80,
        text=character * MAX_PREVIEW_CHARS,
        unread=2**53,
    )
    plain = text_of(longest, NOW_MS, shows_text=True).plain
    assert len(plain) <= MAX_PLAIN_BYTES
    params = Device("").params
    assert len(encrypt(plain, params["p256dh"], params["auth"])) <= 4096


def test_the_headers_tell_how_long_and_how_urgent() -> None:
    text = text_of(NOTIFICATION, NOW_MS + 1000, shows_text=True)
    assert text.headers == {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(MAX_AGE_MS // 1000 - 1),
        "Urgency": "normal",
        "Topic": hashlib.sha256(b"general:7:bob").hexdigest()[:TOPIC_CHARS],
    }
    mention = attrs.evolve(NOTIFICATION, mention=True)
    assert text_of(mention, NOW_MS, shows_text=True).headers["Urgency"] == "high"
