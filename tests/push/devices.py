"""Devices with keys of their own, and the push services that reach them, in this process."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import attrs
import http_ece
import orjson
import trio
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chatroom.net.outgoing import Answered, Unreachable, Withdrawn

Json: TypeAlias = dict[str, Any]
CREATED: Final = Answered(201)


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


class Device:
    """A browser or a phone, which decrypts what comes."""

    def __init__(self, url: str, *, key: int = 7, auth: bytes = b"0123456789abcdef") -> None:
        self.url: Final = url
        self._key = ec.derive_private_key(key, ec.SECP256R1())
        self._auth = auth

    @property
    def params(self) -> dict[str, str]:
        """The params of ``addPushEndpoint``."""
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.url, "p256dh": base64url(point), "auth": base64url(self._auth)}

    def decrypt(self, body: bytes) -> bytes:
        plain: bytes = http_ece.decrypt(
            body, private_key=self._key, auth_secret=self._auth, version="aes128gcm"
        )
        return plain


@attrs.frozen
class Delivery:
    """A request that a push service got."""

    time: float
    url: str
    headers: Mapping[str, str]
    text: Json

    @property
    def id(self) -> str:
        return str(self.text["id"])


@attrs.define(eq=False)
class Services:
    """All push services. They take what comes, unless a test says otherwise.

    :ivar got: the requests that were answered with 201, in order.
    :ivar attempts: all requests.
    :ivar answers: by host, what to answer; asked for each request.
    :ivar taking_s: by host, the time that an answer takes.
    :ivar connecting_s: the time to make a connection.
    :ivar most: by host, the most requests at once; under "" in all.
    """

    devices: dict[str, Device] = attrs.field(factory=dict)
    got: list[Delivery] = attrs.field(factory=list)
    attempts: list[Delivery] = attrs.field(factory=list)
    answers: dict[str, Callable[[Delivery], Answered | None]] = attrs.field(factory=dict)
    taking_s: dict[str, float] = attrs.field(factory=dict)
    connecting_s: float = 0
    most: Counter[str] = attrs.field(factory=Counter)
    _now: Counter[str] = attrs.field(factory=Counter)

    def device(self, name: str, host: str = "push.example") -> Device:
        url = f"https://{host}/{name}"
        return self.devices.setdefault(url, Device(url, key=1000 + len(self.devices)))

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        wanted: Callable[[], Awaitable[bool]],
    ) -> Answered:
        await trio.sleep(self.connecting_s)
        if not await wanted():
            raise Withdrawn
        host = urlsplit(url).netloc
        for key in (host, ""):
            self._now[key] += 1
            self.most[key] = max(self.most[key], self._now[key])
        try:
            return await self._answer(host, url, headers, body)
        finally:
            for key in (host, ""):
                self._now[key] -= 1

    async def _answer(
        self, host: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Answered:
        assert len(body) <= 4096
        if url not in self.devices:
            raise Unreachable("there is no such device")
        text = orjson.loads(self.devices[url].decrypt(body))
        delivery = Delivery(trio.current_time(), url, headers, text)
        self.attempts.append(delivery)
        await trio.sleep(self.taking_s.get(host, 0))
        answers = self.answers.get(host)
        answer = CREATED if answers is None else answers(delivery)
        if answer is None:
            raise Unreachable("planted")
        if answer.status < 300:
            self.got.append(delivery)
        return answer

    async def aclose(self) -> None:
        pass

    def ids(self) -> list[str]:
        return [delivery.id for delivery in self.got]
