"""FastAPI on uvicorn with uvloop: a commit per message, and a loop over the members' sockets."""

import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from ..plain_store import PlainStore
from .uvicorn_run import run


class Chat:
    def __init__(self, store: PlainStore) -> None:
        self._store = store
        self._rooms: dict[str, set[WebSocket]] = defaultdict(set)

    async def serve(self, websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                call = orjson.loads(await websocket.receive_text())
                result = await self._answer(websocket, call["method"], call["params"])
                reply = {"jsonrpc": "2.0", "id": call["id"], "result": result}
                await websocket.send_text(orjson.dumps(reply).decode())
        except (WebSocketDisconnect, RuntimeError):
            pass  # disconnected, possibly while it was answered
        finally:
            for members in self._rooms.values():
                members.discard(websocket)

    async def _answer(self, websocket: WebSocket, method: str, params: dict[str, Any]) -> object:
        if method == "subscribe":
            self._rooms[params["room"]].add(websocket)
        if method != "sendMessage":
            return {}
        message = {**params, "timestamp": int(time.time() * 1000)}
        message["seq"] = self._store.add(params["room"], params["text"], params["clientId"])
        event = {"jsonrpc": "2.0", "method": "newMessage", "params": message}
        text = orjson.dumps(event).decode()
        for member in list(self._rooms[params["room"]]):
            try:
                await member.send_text(text)
            except (WebSocketDisconnect, RuntimeError):
                self._rooms[params["room"]].discard(member)
        return {"seq": message["seq"]}


def main(data: Path) -> None:
    app = FastAPI()
    app.add_api_websocket_route("/ws", Chat(PlainStore(data)).serve)
    run(app, "fastapi")


if __name__ == "__main__":
    main(Path(sys.argv[sys.argv.index("--data") + 1]))
