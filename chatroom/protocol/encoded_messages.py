"""The messages of a page together with the JSON of each."""

from collections.abc import Iterable, Sequence
from typing import Self

from ..model import Message


class EncodedMessages(tuple[Message, ...]):
    """Messages whose JSON is known, so that encoding their page only joins it.

    :ivar encoded: the JSON of each message, in their order.
    """

    encoded: Sequence[bytes]

    @classmethod
    def of(cls, messages: Iterable[Message], encoded: Sequence[bytes]) -> Self:
        result = cls(messages)
        result.encoded = encoded
        return result

    @property
    def size(self) -> int:
        """The bytes of the messages in a page, nearly exactly."""
        return sum(map(len, self.encoded))
