"""A client of uploads and downloads, written from docs/protocol.md, over any connection."""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import attrs

from ..client import Answer, Client

Send: Any = Callable[..., Awaitable[Answer]]
OFFSET: Final = {"Content-Type": "application/offset+octet-stream"}


@attrs.frozen
class Sender:
    """A person who sends files.

    :ivar http: makes a request, as :meth:`.Port.http` and :meth:`.Server.http`.
    """

    http: Callable[..., Awaitable[Answer]]
    token: str

    async def request(
        self,
        method: str,
        path: str = "/api/uploads",
        body: bytes | None = None,
        **headers: object,
    ) -> Answer:
        fields = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        about = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {self.token}"}
        offset = {} if body is None else OFFSET
        # Without the type that a client for JSON adds by itself.
        plain = {"Content-Type": "text/plain"} if method == "POST" and body is None else {}
        return await self.http(method, path, body, headers=about | offset | plain | fields)

    async def create(
        self, length: int, name: str | None = None, body: bytes | None = None
    ) -> Answer:
        more = {} if name is None else {"Upload_Metadata": metadata(name)}
        return await self.request("POST", body=body, Upload_Length=length, **more)

    async def patch(self, path: str, offset: int, body: bytes) -> Answer:
        return await self.request("PATCH", path, body, Upload_Offset=offset)

    async def offset(self, path: str) -> int:
        answer = await self.request("HEAD", path)
        assert answer.status == 200, answer
        return int(answer.headers["upload-offset"])

    async def upload(self, content: bytes, name: str = "notes.txt") -> str:
        """Upload a file in one request, and return its id."""
        answer = await self.create(len(content), name, content)
        assert answer.status == 201, answer
        assert answer.headers["upload-offset"] == str(len(content))
        return id_of(answer)

    async def get(self, url: str, **headers: str) -> Answer:
        """Follow a link, without the token."""
        return await self.http("GET", url, headers=headers)


def metadata(name: str) -> str:
    return f"filename {b64encode(name.encode()).decode()},is_confidential"


def id_of(answer: Answer) -> str:
    return answer.headers["location"].rpartition("/")[2]


async def send_file(client: Client, room: str, *uploads: str, **more: Any) -> Mapping[str, Any]:
    """Send a message with files, and return it."""
    sent = await client.call(
        "sendMessage", **{"room": room, "text": "", "attachments": list(uploads), **more}
    )
    found = await client.call("getMessage", room=room, seq=sent["seq"])
    message: Mapping[str, Any] = found["message"]
    return message


async def links(client: Client, message: Mapping[str, Any], number: int = 0) -> Any:
    attachment = message["attachments"][number]
    return await client.call(
        "getFile", room=message["room"], seq=message["seq"], id=attachment["id"]
    )
