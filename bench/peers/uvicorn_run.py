"""Run an ASGI app on a port chosen by the system."""

import socket
from typing import Any

import uvicorn


def run(app: Any, name: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        print(f"{name} is ready at http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        config = uvicorn.Config(
            app, loop="uvloop", log_level="critical", ws_per_message_deflate=False
        )
        uvicorn.Server(config).run(sockets=[listener])
