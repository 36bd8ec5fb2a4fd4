"""A browser's part in HTTP, written from docs/protocol.md: it keeps cookies, and says where a page
comes from. A cookie belongs to a host with all its ports, so servers may share one jar.
"""

from collections.abc import Awaitable, Callable, Mapping
from http.cookies import Morsel, SimpleCookie
from typing import Any, Final

import attrs

from .client import Answer

IN_COOKIE: Final = {"Chatroom-Token": "cookie"}
ORIGIN: Final = "http://localhost"
"""Of the server's own page: tests name the host so."""


@attrs.frozen
class Browser:
    jar: dict[str, "Morsel[str]"] = attrs.Factory(dict)

    @property
    def cookie(self) -> Mapping[str, str]:
        """The header that a browser sends to each server of the host."""
        sent = "; ".join(f"{name}={morsel.value}" for name, morsel in self.jar.items())
        return {"Cookie": sent} if sent else {}

    async def request(
        self,
        http: Callable[..., Awaitable[Answer]],
        method: str,
        path: str,
        body: object = None,
        origin: str | None = ORIGIN,
        **headers: str,
    ) -> Answer:
        """Make a request of a page. ``headers`` have ``_`` in place of ``-``."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if origin is not None and method != "GET":
            said["Origin"] = origin
        answer = await http(method, path, body, headers={**IN_COOKIE, **self.cookie, **said})
        self._keep(answer)
        return answer

    def upgrade(self, origin: str | None = ORIGIN, **headers: str) -> dict[str, Any]:
        """Return the options of a WebSocket that a page opens."""
        said = {} if origin is None else {"Origin": origin}
        return {"headers": {**self.cookie, **said, **headers}}

    def _keep(self, answer: Answer) -> None:
        for name, morsel in SimpleCookie(answer.headers.get("set-cookie", "")).items():
            if int(morsel["max-age"]) > 0:
                self.jar[name] = morsel
            else:
                self.jar.pop(name, None)
