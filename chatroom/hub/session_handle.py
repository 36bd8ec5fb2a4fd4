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

    :ivar watching: rooms that the session is subscribed to.
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
        """Set the account.

        :param digest: digest of the session's token.
        :param connected_at: ms since the epoch.
        """
        self.user = self.outbox.user = user
        self.digest = digest
        self.connected_at = connected_at

    def set_token(self, token: Token) -> None:
        """Set the session's token, at ``connect`` and after a renewal."""
        self.token = token
        self.digest = token.digest

    @property
    def ending(self) -> CloseCode | None:
        return self.lifetime.ending

    def end(self, code: CloseCode) -> None:
        self.lifetime.end(code)

    def close(self) -> None:
        """Free outbox and calls after the connection has ended."""
        self.outbox.close()
        self.calls.close()
