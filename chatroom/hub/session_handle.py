"""A session as actors know it: whose it is, what it watches, its calls in flight and its outbox."""

import math
from collections import Counter
from typing import Final

from ..errors import CloseCode
from ..model import Token
from .flusher import Flusher
from .lifetime import Lifetime
from .memory_budget import MemoryBudget
from .outbox import Outbox, Transport
from .pending_calls import PendingCalls


class SessionHandle:
    """Its account is known from :meth:`identify` on; until then no actor knows the session.

    ``watching`` are the rooms that it is subscribed to.
    """

    def __init__(
        self,
        session_id: str,
        *,
        outbox_bytes: int,
        flusher: Flusher,
        transport: Transport,
        address: str = "",
        budget: MemoryBudget | None = None,
        refusals: Counter[str] | None = None,
    ) -> None:
        self.id: Final = session_id
        self.address: Final = address
        self.user = ""
        self.digest = b""
        self.token: Token | None = None
        self.connected_at = 0
        self.watching: Final[set[str]] = set()
        self.lifetime: Final = Lifetime()
        self.outbox: Final = Outbox(
            outbox_bytes, flusher, transport, self.lifetime, budget or MemoryBudget(math.inf)
        )
        self.calls: Final = PendingCalls(
            session_id, self.outbox, self.lifetime, Counter() if refusals is None else refusals
        )

    def identify(self, user: str, digest: bytes, connected_at: int = 0) -> None:
        """``digest`` is that of the session's token, ``connected_at`` ms since the epoch."""
        self.user = self.outbox.user = user
        self.digest = digest
        self.connected_at = connected_at

    def hold(self, token: Token) -> None:
        """The token that the session is held by, at first and when it was renewed."""
        self.token = token
        self.digest = token.digest

    @property
    def ending(self) -> CloseCode | None:
        return self.lifetime.ending

    def end(self, code: CloseCode) -> None:
        self.lifetime.end(code)

    def close(self) -> None:
        """The connection is over."""
        self.outbox.close()
        self.calls.close()
