"""Access to a good history that a mutation spoils: finding places in it, and changing them."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar, assert_never

import attrs
import orjson

from .calls import messages_in, shown_by
from .cursors import STARTED
from .entries import FINAL, Begin, End, Entry, Fact, Json, Saw, user_of
from .findings import Kind

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., None])


class NothingToAlter(Exception):
    """This history has no place for the mutation."""


@attrs.frozen
class Finished:
    """A finished operation. ``first`` and ``last`` are the indexes of its entries."""

    first: int
    last: int
    begin: Begin
    end: End

    @property
    def args(self) -> Json:
        return self.begin.args

    @property
    def seen(self) -> Json:
        return self.end.seen

    @property
    def user(self) -> str:
        return user_of(self.begin.process)

    def beside(self, other: "Finished") -> bool:
        """Return whether both are sends to the same room."""
        return bool(self.seen["room"] == other.seen["room"])

    @property
    def key(self) -> tuple[str, object]:
        """Return the sender and clientId of a send."""
        return self.user, self.args.get("clientId")


class Altered:
    """A copy of the entries. :attr:`choose` selects the place of the mutation."""

    def __init__(self, entries: Iterable[Entry], seed: int) -> None:
        self.entries = [_copy(entry) for entry in entries]
        self.choose = random.Random(seed)  # noqa: S311 - to be repeated
        self.final = next(
            i for i, e in enumerate(self.entries) if isinstance(e, Fact) and e.what == FINAL
        )

    def pick(self, candidates: Iterable[T]) -> T:
        if not (found := list(candidates)):
            raise NothingToAlter
        return self.choose.choice(found)

    # ---- queries

    def calls(self, *methods: str, outcome: str = "ok", after: int = -1) -> list[Finished]:
        """Return the finished operations that began after an index."""
        begun: dict[int, tuple[int, Begin]] = {}
        done = []
        for index, entry in enumerate(self.entries[after + 1 :], start=after + 1):
            if isinstance(entry, Begin) and entry.call in methods:
                begun[entry.number] = index, entry
            elif isinstance(entry, End) and entry.outcome == outcome and entry.number in begun:
                done.append(Finished(begun[entry.number][0], index, begun[entry.number][1], entry))
        return done

    def begun(self, method: str) -> list[Begin]:
        return [e for e in self.entries if isinstance(e, Begin) and e.call == method]

    def events(self, *whats: str) -> list[tuple[int, Saw]]:
        return [
            (i, e) for i, e in enumerate(self.entries) if isinstance(e, Saw) and e.what in whats
        ]

    def pairs(self, *whats: str) -> Iterator[tuple[int, int]]:
        """Yield the indexes of consecutive events of a session about one room, without the start of
        an operation in between."""
        last: dict[tuple[str, str], int] = {}
        begins = {entry.number: entry for entry in self.entries if isinstance(entry, Begin)}
        for index, entry in enumerate(self.entries):
            if isinstance(entry, Saw) and entry.what in whats:
                key = entry.process, entry.value["room"]
                if key in last:
                    yield last[key], index
                last[key] = index
            elif isinstance(entry, End) and begins[entry.number].call == "subscribe":
                begin = begins[entry.number]
                last.pop((begin.process, begin.args["room"]), None)

    def pages(self, room: str) -> list[Json]:
        """Return the pages of the final reading."""
        calls = self.calls("getHistory", after=self.final)
        return [done.seen for done in calls if done.args["room"] == room]

    def log(self, room: str) -> dict[int, Json]:
        return {m["seq"]: m for page in self.pages(room) for m in page["messages"]}

    def rooms(self) -> list[str]:
        found = (done.args["room"] for done in self.calls("getHistory", after=self.final))
        return sorted({room for room in found if self.log(room)})

    def kept(self, done: Finished) -> bool:
        """Return whether an acknowledged send is in the final log."""
        return done.seen["seq"] in self.log(done.seen["room"])

    def sent(self) -> list[Finished]:
        """Return the sends with a clientId that were acknowledged at the first attempt and are in
        the final log."""
        begun = [begin.args.get("clientId") for begin in self.begun("sendMessage")]
        logs = {room: self.log(room) for room in self.rooms()}
        return [
            done
            for done in self.calls("sendMessage")
            if begun.count(done.args.get("clientId", "")) == 1
            and done.seen["seq"] in logs.get(done.seen["room"], {})
        ]

    def shown(self, room: str, seq: int) -> list[Json]:
        """Return all copies of a message in replies and events."""
        everything = (
            messages_in(entry.seen) if isinstance(entry, End) else shown_by(entry)
            for entry in self.entries
            if isinstance(entry, End | Saw)
        )
        return [
            message
            for messages in everything
            for message in messages
            if (message["room"], message["seq"]) == (room, seq)
        ]

    def starts(self) -> list[int]:
        """Return the indexes of the server's starts."""
        return [i for i, e in enumerate(self.entries) if isinstance(e, Fact) and e.what == STARTED]

    def inboxes(self) -> list[Finished]:
        return [done for done in self.calls("getInbox") if done.first > self.final]

    def inbox_entries(self) -> list[tuple[Finished, Json]]:
        return [(done, entry) for done in self.inboxes() for entry in done.seen["rooms"]]

    # ---- changes

    def remove(self, *indexes: int) -> None:
        self.entries = [e for i, e in enumerate(self.entries) if i not in indexes]

    def insert(self, index: int, *entries: Entry) -> None:
        """Insert entries after an index, with times right after that entry."""
        at = self.entries[index].at
        timed = [attrs.evolve(_copy(e), at=at + n) for n, e in enumerate(entries, 1)]
        self.entries[index + 1 : index + 1] = timed

    def replace(self, index: int, **changes: Any) -> None:
        self.entries[index] = attrs.evolve(self.entries[index], **changes)

    def tell(self, index: int, process: str) -> None:
        """Insert an event once more, received by another session."""
        self.insert(index, self.entries[index])
        self.replace(index + 1, process=process)

    def ask(
        self,
        index: int,
        process: str,
        call: str,
        args: Json,
        seen: Json | None = None,
        reason: str | None = None,
    ) -> None:
        """Insert an operation after an entry: answered, refused for a reason, or open."""
        number = 1 + max(e.number for e in self.entries if isinstance(e, Begin))
        entries: list[Entry] = [Begin(number, 0, process, call, args)]
        if reason is not None:
            entries.append(End(number, 0, "fail", {"reason": reason}))
        elif seen is not None:
            entries.append(End(number, 0, "ok", seen))
        self.insert(index, *entries)

    def refuse(self, done: Finished, reason: str) -> None:
        self.replace(done.last, outcome="fail", seen={"reason": reason})

    def append(self, room: str, message: Json) -> None:
        """Append a message to the final log."""
        log = self.log(room)
        head, rev = max(log), max(message["rev"] for message in log.values())
        placed = {**message, "room": room, "seq": head + 1, "rev": rev + 1}
        for page in self.pages(room):
            page["headSeq"] = head + 1
            if page["messages"] and page["messages"][-1]["seq"] == head:
                page["messages"].append(placed)

    def show_in_the_end(self, room: str, seq: int, as_it_was: Json) -> None:
        for page in self.pages(room):
            page["messages"] = [dict(as_it_was) if m["seq"] == seq else m for m in page["messages"]]

    def forget(self, room: str, seq: int) -> None:
        """Remove a message from the final log."""
        for page in self.pages(room):
            page["messages"] = [m for m in page["messages"] if m["seq"] != seq]


def _copy(entry: Entry) -> Entry:
    """Return a deep copy of an entry."""
    match entry:
        case Begin(number, at, process, call, args):
            return Begin(number, at, process, call, orjson.loads(orjson.dumps(args)))
        case End(number, at, outcome, seen):
            return End(number, at, outcome, orjson.loads(orjson.dumps(seen)))
        case Saw(what, at, process, value):
            return Saw(what, at, process, orjson.loads(orjson.dumps(value)))
        case Fact():
            return entry  # never changed
        case _:
            assert_never(entry)


def spoils(kind: Kind, **cases: Any) -> Callable[[F], F]:
    """Make a method a mutation, or several: one with each of these values, named as they are."""

    def mark(method: F) -> F:
        vars(method)["spoils"] = kind, cases
        return method

    return mark


@attrs.frozen
class Mutation:
    """:ivar kind: the finding that must result."""

    kind: Kind
    name: str
    spoil: Callable[[Iterable[Entry], int], Altered]

    def __str__(self) -> str:
        return f"{self.kind}-{self.name}"


def mutations(altered: type[Altered]) -> Iterator[Mutation]:
    """Yield the mutations of a class."""

    def spoiler(method: Callable[..., None], *case: object) -> Callable[..., Altered]:
        def spoil(entries: Iterable[Entry], seed: int) -> Altered:
            method(run := altered(entries, seed), *case)
            return run

        return spoil

    for name, method in vars(altered).items():
        if (found := getattr(method, "spoils", None)) is None:
            continue
        kind, cases = found
        if not cases:
            yield Mutation(kind, name, spoiler(method))
        for case, value in cases.items():
            yield Mutation(kind, case, spoiler(method, value))


def middle(messages: Sequence[T]) -> Sequence[T]:
    """Return all but the first and the last."""
    return messages[1:-1]


PRIVATE: Final = "den"
OUTSIDER: Final = "dave"
