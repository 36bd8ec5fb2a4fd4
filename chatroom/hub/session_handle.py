"""A session as actors see it: account, watched rooms, calls in flight and outbox."""

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
    """Handle of one session. No actor sees it before :meth:`identify`.

    :ivar token: the token of ``connect``, or its renewal.
    :ivar watching: rooms that the session is subscribed to.
    """

    __slots__ = (
        "address",
        "calls",
        "connected_at",
        "id",
        "lifetime",
        "outbox",
        "token",
        "user",
        "watching",
    )

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

    def identify(self, token: Token, connected_at: int) -> None:
        """Set the account, which is that of the token.

        :param connected_at: ms since the epoch.
        """
        self.token = token
        self.user = self.outbox.user = token.user
        self.connected_at = connected_at

    @property
    def digest(self) -> bytes:
        """The digest of the token."""
        return self.token.digest if self.token else b""

    @property
    def ending(self) -> CloseCode | None:
        return self.lifetime.ending

    def end(self, code: CloseCode) -> None:
        self.lifetime.end(code)

    def close(self) -> None:
        """Free outbox and calls after the connection has ended."""
        self.outbox.close()
        self.calls.close()
