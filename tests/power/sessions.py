"""Sessions of clients whose calls are recorded."""

import json
from typing import Any

import attrs

from ..client import Client
from .observations import SentCall


@attrs.frozen
class TracedSession:
    """A connected client. The ids of calls are unique among all clients."""

    client: Client
    user: str
    asked: dict[str, SentCall]

    async def begin(self, method: str, **params: Any) -> str:
        call_id = f"{self.user} {len(self.asked)}"
        self.asked[call_id] = SentCall(self.user, method, params)
        call = {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}
        await self.client.send(json.dumps(call))
        return call_id

    async def reply(self, call_id: Any) -> Any:
        return await self.client.reply(call_id)
