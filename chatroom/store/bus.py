"""Messages between the nodes on one store.

A message is a hint: it is delivered at most once, in any order, and may be lost. So what it tells
must be found out in another way too, if later.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol, TypeAlias

MAX_BYTES: Final = 7_900
"""The longest message."""

Heard: TypeAlias = Callable[[int, bytes], None]
"""Called with the number of the node that sent a message, and with the message. It must be fast. If
it raises a ValueError, the message is ignored, with a log line."""


class Bus(Protocol):
    @property
    def lost(self) -> int:
        """The number of messages that were lost before they were sent."""

    def tell(self, kind: str, message: bytes, *, ephemeral: bool = False) -> None:
        """Send a message to all other nodes. Never waits and never fails.

        :param kind: a word, for those who hear messages of this kind.
        :param message: text in UTF-8 without NUL, at most :data:`MAX_BYTES` long.
        :param ephemeral: it is the first to be lost when many messages wait.
        """

    def hearing(self, kind: str, heard: Heard) -> AbstractContextManager[None]:
        """Call ``heard`` during the block with each message of a kind that another node sends."""


class NoBus:
    """The bus of a node that is alone."""

    lost: Final = 0

    def tell(self, kind: str, message: bytes, *, ephemeral: bool = False) -> None:
        pass

    def hearing(self, kind: str, heard: Heard) -> AbstractContextManager[None]:
        return nullcontext()
