"""python-socketio on uvicorn with uvloop: a commit per message, and ``emit`` to the room."""

import sys
import time
from pathlib import Path
from typing import Any

import socketio

from ..plain_store import PlainStore
from .uvicorn_run import run


def make_app(store: PlainStore) -> Any:
    server = socketio.AsyncServer(async_mode="asgi", ping_interval=600, http_compression=False)

    async def join_room(sid: str, params: dict[str, Any]) -> object:
        return {}

    async def subscribe(sid: str, params: dict[str, Any]) -> object:
        await server.enter_room(sid, params["room"])
        return {}

    async def send_message(sid: str, params: dict[str, Any]) -> object:
        message = {**params, "timestamp": int(time.time() * 1000)}
        message["seq"] = store.add(params["room"], params["text"], params["clientId"])
        await server.emit("newMessage", message, room=params["room"])
        return {"seq": message["seq"]}

    server.on("joinRoom", join_room)
    server.on("subscribe", subscribe)
    server.on("sendMessage", send_message)
    return socketio.ASGIApp(server)


def main(data: Path) -> None:
    run(make_app(PlainStore(data)), "socketio")


if __name__ == "__main__":
    main(Path(sys.argv[sys.argv.index("--data") + 1]))
