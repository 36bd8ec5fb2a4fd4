"""Failed log-ins and known addresses, so that each node counts those of all.

If a message is lost, one node alone counts it.
"""

from contextlib import AbstractContextManager
from typing import Final

import orjson

from ..session.authentication import Authentication, What
from ..store.bus import Bus

KIND: Final = "log-ins"


class SharedLogIns:
    def __init__(self, bus: Bus, authentication: Authentication) -> None:
        self._bus = bus
        self._authentication = authentication
        authentication.told = self._tell

    def hearing(self) -> AbstractContextManager[None]:
        """Hear other nodes during the block."""
        return self._bus.hearing(KIND, self._heard)

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
