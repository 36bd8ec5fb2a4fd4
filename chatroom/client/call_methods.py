"""What the classes of methods for calls stand on."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from ..protocol.declaring import Call

T = TypeVar("T")
R = TypeVar("R")


class CallMethods(ABC):
    """A base of :class:`.Chat`: methods that make one call each."""

    __slots__ = ()

    @abstractmethod
    async def call(self, call: Call[R]) -> R: ...


def optional(convert: Callable[[T], R], value: T | None) -> R | None:
    return None if value is None else convert(value)
