"""A straightforward server, as a reference: trio-websocket, rooms in a dict, a synced commit per
message, and a loop of ``send_message`` over the members. Implements the calls that the load uses.
"""

import json
import sys
import time
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, serve_websocket

from .plain_store import PlainStore


class Chat:
    def __init__(self, store: PlainStore) -> None:
        self._store = store
        self._rooms: dict[str, set[WebSocketConnection]] = defaultdict(set)

    async def serve(self, request: WebSocketRequest) -> None:
        websocket = await request.accept()
        try:
            while True:
                call = json.loads(await websocket.get_message())
                result = await self._answer(websocket, call["method"], call["params"])
                await websocket.send_message(
                    _compact({"jsonrpc": "2.0", "id": call["id"], "result": result})
                )
        except ConnectionClosed:
            pass
        finally:
            for members in self._rooms.values():
                members.discard(websocket)

    async def _answer(
        self, websocket: WebSocketConnection, method: str, params: dict[str, Any]
    ) -> object:
        if method == "subscribe":
            self._rooms[params["room"]].add(websocket)
        if method != "sendMessage":
            return {}
        message = {**params, "timestamp": int(time.time() * 1000)}
        # In the event loop's thread, which is faster for one message at a time.
        message["seq"] = self._store.add(params["room"], params["text"], params["clientId"])
        event = _compact({"jsonrpc": "2.0", "method": "newMessage", "params": message})
        for member in list(self._rooms[params["room"]]):
            try:
                await member.send_message(event)
            except ConnectionClosed:
                self._rooms[params["room"]].discard(member)
        return {"seq": message["seq"]}


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


async def main(data: Path) -> None:
    chat = Chat(PlainStore(data))
    async with trio.open_nursery() as nursery:
        listening = partial(serve_websocket, chat.serve, "127.0.0.1", 0, ssl_context=None)
        server = await nursery.start(listening)
        print(f"naive is ready at http://127.0.0.1:{server.port}", flush=True)


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[sys.argv.index("--data") + 1]))
