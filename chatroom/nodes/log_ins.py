"""Failed log-ins and known addresses, so that each node counts those of all.

What is lost is counted by one node alone.
"""

from typing import Final

import orjson
import trio

from ..session.authentication import Authentication, What
from ..store.bus import Bus

KIND: Final = "log-ins"


class SharedLogIns:
    def __init__(self, bus: Bus, authentication: Authentication) -> None:
        self._bus = bus
        self._authentication = authentication
        authentication.told = self._tell

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Hear until cancelled."""
        with self._bus.hearing(KIND, self._heard):
            task_status.started()
            await trio.sleep_forever()

    def _tell(self, what: What, account: str, address: str) -> None:
        message = orjson.dumps([what, account, address])
        # After the start of a node, many addresses are new to it.
        self._bus.tell(KIND, message, ephemeral=what == "known")

    def _heard(self, _: int, message: bytes) -> None:
        match orjson.loads(message):
            case ["failed" | "known" as what, str(account), str(address)]:
                self._authentication.hear(what, account, address)
            case _:
                raise ValueError("unknown message of log-ins")
