"""What a call declares besides its fields. :mod:`.declaring` makes it of the class of the call."""

from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeAlias, Union, get_args, get_origin

import attrs

from ..errors import Refused
from ..frozen import frozen
from .results import MAX_PAGE, PAGE, PAGE_BYTES

Cost: TypeAlias = Literal["messages", "joins", "typing", "calls"]
"""The rate limit that a call counts against. Above the rate, calls with the cost ``calls`` are
delayed; all others are refused."""
Handler: TypeAlias = Literal["room", "userInbox", "session"]
"""The kind of actor that handles a call, or ``session`` for the session itself."""

ITEMS_PER_TOKEN: Final = 100
"""Number of items of a page per token of the rate limit ``calls``."""


def camel(name: str) -> str:
    """Convert ``read_seq`` to ``readSeq``. A trailing underscore, as in ``with_``, is dropped."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def given_type(kind: Any) -> Any:
    """Return the type of an optional field that is given: without None. Other types stay."""
    if get_origin(kind) not in (UnionType, Union) or NoneType not in get_args(kind):
        return kind
    [given] = [each for each in get_args(kind) if each is not NoneType]
    return given


@frozen
class Choice:
    """Alternative fields of a call: exactly one of them, or at most one if ``needed`` is false.

    A null field counts as absent.
    """

    names: tuple[str, ...]
    needed: bool
    _values: "attrgetter[tuple[object, ...]]" = attrs.field(init=False, eq=False, repr=False)

    @_values.default
    def _(self) -> "attrgetter[tuple[object, ...]]":
        return attrgetter(*self.names)

    def check(self, call: object) -> None:
        """:raises Refused: ``invalid_params``; the message names all alternatives."""
        given = len(self.names) - self._values(call).count(None)
        if given > 1 or (self.needed and not given):
            how_many = "exactly" if self.needed else "at most"
            names = ", ".join(map(camel, self.names))
            raise Refused("invalid_params", f"{names}: {how_many} one of them")


@frozen
class Paged:
    """Declares that the reply is a page of at most ``limit`` items.

    :ivar item_bytes: maximum bytes of an item.
    :ivar price: number of tokens per :data:`ITEMS_PER_TOKEN` items.
    """

    item_bytes: int
    price: int = 1

    def tokens(self, call: Any) -> int:
        return -(-_items(call) // ITEMS_PER_TOKEN) * self.price

    def bytes(self, call: Any) -> int:
        """Return the maximum size of the reply in bytes."""
        return min(self.item_bytes * _items(call), PAGE_BYTES)


def _items(call: Any) -> int:
    """Return the maximum number of items. Only ``subscribe`` may have no ``limit``."""
    if call.limit is not None:
        return int(call.limit)
    return PAGE if call.since_rev is None else MAX_PAGE


@frozen
class Declaration:
    """The properties of a call besides its fields.

    ``people``, ``messages``, ``emojis``, ``client_ids``, ``texts`` and ``uploads`` are the names of
    its fields of the types ``UserName``, ``MessageSeq`` or ``ThreadRoot``, ``Emoji``, ``ClientId``,
    ``Text`` and ``Uploads``.

    :ivar in_threads: its messages are roots of threads, or may be edited in one.
    :ivar own_batch: a room decides the call in a batch of its own.
    :ivar when_read_only: it is not refused while the server is read-only: it changes nothing but
        what a device needs to read and to receive, or switches that off.
    :ivar reply_from: who replies. For some calls of a room it is the inbox, with its entry of the
        room.
    """

    name: str
    summary: str
    reply: type[attrs.AttrsInstance]
    cost: Cost
    page: Paged | None
    choice: Choice | None
    own_batch: bool
    when_read_only: bool
    reply_from: Handler
    people: tuple[str, ...]
    messages: tuple[str, ...]
    in_threads: bool
    emojis: tuple[str, ...]
    client_ids: tuple[str, ...]
    texts: tuple[str, ...]
    uploads: tuple[str, ...]
