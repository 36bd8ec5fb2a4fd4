"""What ``chatroom doctor`` finds."""

from typing import Literal

from ..frozen import frozen

Level = Literal["ok", "warning", "wrong"]


@frozen
class Finding:
    """:ivar remedy: what to do; "" if nothing is to be done."""

    level: Level
    what: str
    remedy: str = ""
