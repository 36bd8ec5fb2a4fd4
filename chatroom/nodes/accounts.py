"""Hints that an account or its tokens have changed, so that other nodes read that at once.

Without them they read it within a second. The digests of a renewed token are told too, since the
old token stands for the new one for some minutes.
"""

from contextlib import AbstractContextManager
from typing import Final

import orjson

from ..accounts.identities import Identities
from ..inbox.account_events import AccountEvents
from ..store.bus import Bus

KIND: Final = "accounts"


class SharedAccounts:
    def __init__(self, bus: Bus, identities: Identities, account_events: AccountEvents) -> None:
        self._bus = bus
        self._identities = identities
        self._account_events = account_events
        identities.changed = account_events.told = lambda: self._tell({})
        identities.renewed = self._tell_renewed

    def hearing(self) -> AbstractContextManager[None]:
        """Hear other nodes during the block."""
        return self._bus.hearing(KIND, self._heard)

    def _tell_renewed(self, old: bytes, new: bytes) -> None:
        self._tell({"renewed": old.hex(), "by": new.hex()})

    def _tell(self, message: dict[str, str]) -> None:
        self._bus.tell(KIND, orjson.dumps(message))

    def _heard(self, _: int, message: bytes) -> None:
        match orjson.loads(message):
            case {"renewed": str(old), "by": str(new)}:
                self._identities.note_renewed(bytes.fromhex(old), bytes.fromhex(new))
            case {}:
                pass
            case _:
                raise ValueError("unknown message of accounts")
        self._account_events.look()
