"""Declarations of calls and events. Each is a class, from which everything else is derived.

The base class of a call defines who handles it and what its sender needs: :class:`InboxCall`,
:class:`AdminCall`, :class:`OpenCall`, :class:`MemberCall`, :class:`ModeratorCall` or
:class:`OwnerCall`. The type argument of the base is the reply. The docstring is the summary in the
published document. Knows no call.
"""

from collections.abc import Callable, Iterable
from inspect import cleandoc
from types import UnionType
from typing import (
    Any,
    ClassVar,
    Final,
    Generic,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

import attrs

from ..frozen import frozen
from .declaration import Choice, Cost, Declaration, Handler, Paged
from .field_types import (
    ClientId,
    Emoji,
    Limit,
    MessageSeq,
    RoomName,
    Text,
    ThreadRoot,
    Uploads,
    UserName,
)

R_co = TypeVar("R_co", covariant=True)
C = TypeVar("C", bound="type[Call[Any]]")
E = TypeVar("E", bound="type[Event]")


@frozen
class Call(Generic[R_co]):
    """A call from a client, valid in form. ``R_co`` is the class of its reply."""

    declared: ClassVar[Declaration]
    handler: ClassVar[Handler]

    def key(self, user: str) -> str:
        """Return the key of the actor that handles this user's call: a room or an account."""
        raise NotImplementedError


@frozen
class SessionCall(Call[R_co]):
    """Handled by the session that receives it."""

    handler: ClassVar[Handler] = "session"


@frozen
class InboxCall(Call[R_co]):
    """Handled by its sender's inbox."""

    handler: ClassVar[Handler] = "userInbox"

    def key(self, user: str) -> str:
        return user


@frozen
class AdminCall(InboxCall[R_co]):
    """For admins of the server. Handled by its sender's inbox, and judged in the commit."""


@frozen
class RoomCall(Call[R_co]):
    """Handled by a room."""

    handler: ClassVar[Handler] = "room"


@frozen
class OpenCall(RoomCall[R_co]):
    """For members and non-members. Its rule checks permissions."""


@frozen
class MemberCall(RoomCall[R_co]):
    """For members of the room."""

    room: RoomName

    def key(self, user: str) -> str:
        return self.room


@frozen
class ModeratorCall(MemberCall[R_co]):
    """For moderators and owners of the room. Invalid in direct rooms."""


@frozen
class OwnerCall(MemberCall[R_co]):
    """For owners of the room. Invalid in direct rooms."""


@frozen(weakref_slot=False)
class Event:
    """An event. It has no weakref slot, since another base of a subclass may have one."""

    event: ClassVar[str]
    summary: ClassVar[str]


calls: Final[dict[str, type[Call[Any]]]] = {}
events: Final[dict[str, type[Event]]] = {}


def call(
    name: str,
    *,
    cost: Cost = "calls",
    page: Paged | None = None,
    choice: Choice | None = None,
    own_batch: bool = False,
    when_read_only: bool | None = None,
    reply_from: Handler | None = None,
) -> Callable[[C], C]:
    """Declare a class as the call with this name on the wire.

    :param when_read_only: see :class:`Declaration`; None: only if its reply is a page.

    :raises TypeError: the declaration is invalid, or the name is declared already.
    """

    def declare(cls: C) -> C:
        fields = attrs.fields(cls)
        if page is not None and Limit not in {kind for each in fields for kind in _kinds(each)}:
            raise TypeError(f"{name}: a page without a limit")

        def of(kind: object) -> tuple[str, ...]:
            return tuple(field.name for field in fields if kind in _kinds(field))

        cls.declared = Declaration(
            name=name,
            summary=_summary(cls),
            reply=_reply(cls),
            cost=cost,
            page=page,
            choice=choice,
            own_batch=own_batch,
            when_read_only=page is not None if when_read_only is None else when_read_only,
            reply_from=reply_from or cls.handler,
            people=of(UserName),
            messages=of(MessageSeq) + of(ThreadRoot),
            in_threads=bool(of(ThreadRoot) or (of(MessageSeq) and of(Text))),
            emojis=of(Emoji),
            client_ids=of(ClientId),
            texts=of(Text),
            uploads=of(Uploads),
        )
        if calls.setdefault(name, cls) is not cls:
            raise TypeError(f"{name}: declared twice")
        return cls

    return declare


def require_handled(handler: Handler, handled: Iterable[type[Call[Any]]]) -> None:
    """Check that ``handled`` is exactly the calls of this handler. Called at import.

    :raises TypeError: a call has no function that handles it, or one that it must not have.
    """
    declared, found = {cls for cls in calls.values() if cls.handler == handler}, set(handled)
    if declared != found:
        missing, others = (_names(each) for each in (declared - found, found - declared))
        raise TypeError(f"{handler}: no function for: {missing}; not its calls: {others}")


def _names(classes: Iterable[type]) -> str:
    return ", ".join(sorted(cls.__name__ for cls in classes)) or "-"


def event(name: str) -> Callable[[E], E]:
    """Declare a class as the event with this name on the wire.

    :raises TypeError: the name is declared already.
    """

    def declare(cls: E) -> E:
        cls.event, cls.summary = name, _summary(cls)
        if events.setdefault(name, cls) is not cls:
            raise TypeError(f"{name}: declared twice")
        return cls

    return declare


def _kinds(field: "attrs.Attribute[Any]") -> tuple[Any, ...]:
    """Return the type of a field; for an optional field, both types."""
    # The operator `|` returns another kind of union for a NewType than for a class.
    united = get_origin(field.type) in (UnionType, Union)
    return get_args(field.type) if united else (field.type,)


def _summary(cls: type) -> str:
    if cls.__doc__ is None:
        raise TypeError(f"{cls.__name__}: the docstring is missing")
    return " ".join(cleandoc(cls.__doc__).split())


def _reply(cls: type[Call[Any]]) -> type[attrs.AttrsInstance]:
    for base in getattr(cls, "__orig_bases__", ()):
        for argument in get_args(base):
            if issubclass(get_origin(base), Call) and attrs.has(argument):
                return argument
    raise TypeError(f"{cls.__name__}: its base names no reply")
