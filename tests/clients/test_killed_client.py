"""What the JavaScript client has stored is sent once and in order, also after it was killed."""

from pathlib import Path
from typing import Final

import trio

from chatroom.client import connect

from ..network.proxy import Proxy
from ..python_client.network import log_of
from ..server.process import Server
from .javascript import JavaScriptClients, open_driver

ROOM: Final = "general"
KILLS: Final = 5
WRITTEN: Final = 40
"""Messages of each process. Some are acknowledged when it is killed."""
DEADLINE_S: Final = 120


async def test_stored_messages_survive_kills(server: Server, proxy: Proxy, tmp_path: Path) -> None:
    url, token = f"http://{proxy.address}", await server.sign_up("alice")
    proxy.after_bytes = (1_000, 100_000)
    written: list[str] = []
    with trio.fail_after(DEADLINE_S):
        for kill in range(KILLS + 1):
            async with open_driver() as driver:
                clients = JavaScriptClients(driver)
                alice = await clients.open(url, token, None, tmp_path / "stored")
                await alice.join(ROOM)
                for number in range(WRITTEN):
                    written.append(f"{kill} {number}")
                    await alice.say(ROOM, written[-1])
                await alice.until_pending(0 if kill == KILLS else WRITTEN // 2)
            # the process is killed here
        host, port = server.address
        async with connect(f"http://{host}:{port}", token, buffer=None) as chat:
            log = await log_of(chat, ROOM)
    assert [message.text for message in log.values()] == written
