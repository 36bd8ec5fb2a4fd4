"""The memory limit for the outboxes of all sessions together.

It counts bytes that wait for a full network, and space reserved for pages that are being read. A
session whose network accepts everything at once holds nothing, and its messages cost no accounting.
"""

import heapq
from typing import Final, Protocol

import attrs
import trio

PAGES_SHARE: Final = 0.5
"""Share of the limit for pages being read. The rest is for events that arrive meanwhile."""
KEPT_SHARE: Final = 0.9
"""Share of the limit to which ending sessions reduces the total. The margin makes the search for
the fullest sessions rare."""


class Holder(Protocol):
    """An outbox."""

    user: str

    def give_up(self) -> None:
        """End the session as too slow. Its bytes have been freed already."""


@attrs.define(eq=False)
class _Person:
    user: str
    size: int = 0
    held: dict[Holder, "_Held"] = attrs.field(factory=dict)


@attrs.define(eq=False)
class _Held:
    """``pages``: the part of ``size`` that is space for pages that are being read."""

    person: _Person
    size: int = 0
    pages: int = 0


@attrs.define(eq=False)
class _Waiting:
    holder: Holder
    size: int
    granted: trio.Event = attrs.field(factory=trio.Event)


class MemoryBudget:
    """Accounts for held bytes by session and by person.

    Above the limit, sessions are ended as too slow: each time the fullest session of the person who
    holds most. Pages that are being read never exceed their share, so they alone end no session.

    :param limit: the limit in bytes.
    """

    def __init__(self, limit: float) -> None:
        self.held = 0
        self.limit: Final = limit
        self._making_space = False
        self._held: dict[Holder, _Held] = {}
        self._people: dict[str, _Person] = {}
        self._pages = 0
        # All in order of arrival. ``_first``: one page of each person who held nothing.
        self._first: dict[str, _Waiting] = {}
        self._waiting: dict[_Waiting, None] = {}
        self._waiting_of: dict[str, dict[_Waiting, None]] = {}

    @property
    def is_half_full(self) -> bool:
        return self.held >= self.limit * PAGES_SHARE

    def hold(self, holder: Holder, size: int) -> None:
        """Add ``size`` bytes. May end sessions, this one too."""
        if not size:
            return
        self._add(holder, size)
        self._check_limit()

    def free(self, holder: Holder, size: int) -> None:
        """Subtract ``size`` bytes, or all that the holder has if that is less."""
        held = self._held.get(holder)
        if held is None:
            return
        size = min(size, held.size)
        person = held.person
        held.size -= size
        person.size -= size
        self.held -= size
        if not held.size:
            self._pages -= held.pages
            del self._held[holder], person.held[holder]
        if not person.held:
            del self._people[person.user]
            self._promote(person.user)
        if self._first or self._waiting:
            self._grant()

    def free_all(self, holder: Holder) -> None:
        if (held := self._held.get(holder)) is not None:
            self.free(holder, held.size)

    async def hold_page(self, holder: Holder, size: int) -> None:
        """Wait for space for a page of ``size`` bytes, and hold it until :meth:`end_page`.

        The first page of a person who holds nothing waits only for pages that are being read. All
        others wait too while more than half of the limit is held. So a slow reader delays mostly
        itself.
        """
        user = holder.user
        waiting = _Waiting(holder, size)
        if user in self._people or user in self._first:
            self._waiting[waiting] = None
            self._waiting_of.setdefault(user, {})[waiting] = None
        else:
            self._first[user] = waiting
        self._grant()
        if waiting.granted.is_set():
            return
        try:
            await waiting.granted.wait()
        except trio.Cancelled:
            if waiting.granted.is_set():
                self.end_page(holder, size, 0)
            else:
                self._forget(waiting)
                self._promote(user)
                self._grant()
            raise

    def end_page(self, holder: Holder, size: int, kept: int) -> None:
        """Free the space for a page, except ``kept`` bytes that are to be sent."""
        held = self._held.get(holder)
        if held is None:
            return
        read = min(size, held.pages)
        held.pages -= read
        self._pages -= read
        self.free(holder, size - kept)

    def _grant(self) -> None:
        """Let pages be read for which there is space."""
        share = self.limit * PAGES_SHARE
        while self._first:
            waiting = next(iter(self._first.values()))
            if self._pages + waiting.size > share:
                return
            self._begin_page(waiting)
        while self._waiting:
            waiting = next(iter(self._waiting))
            if self.held + waiting.size > share:
                return
            self._begin_page(waiting)

    def _begin_page(self, waiting: _Waiting) -> None:
        self._forget(waiting)
        waiting.granted.set()
        self._add(waiting.holder, waiting.size).pages += waiting.size
        self._pages += waiting.size
        self._check_limit()

    def _promote(self, user: str) -> None:
        """Make a waiting page of a person who holds nothing the first one."""
        own = self._waiting_of.get(user)
        if own and user not in self._people and user not in self._first:
            waiting = next(iter(own))
            self._forget(waiting)
            self._first[user] = waiting

    def _forget(self, waiting: _Waiting) -> None:
        user = waiting.holder.user
        if self._first.get(user) is waiting:
            del self._first[user]
            return
        del self._waiting[waiting]
        own = self._waiting_of[user]
        del own[waiting]
        if not own:
            del self._waiting_of[user]

    def _add(self, holder: Holder, size: int) -> _Held:
        held = self._held.get(holder)
        if held is None:
            person = self._people.get(holder.user)
            if person is None:
                person = self._people[holder.user] = _Person(holder.user)
            held = self._held[holder] = person.held[holder] = _Held(person)
        held.size += size
        held.person.size += size
        self.held += size
        return held

    def _check_limit(self) -> None:
        if self.held > self.limit and not self._making_space:
            self._make_space()

    def _make_space(self) -> None:
        self._making_space = True
        people = [(-person.size, user) for user, person in self._people.items()]
        heapq.heapify(people)
        while people and self.held > self.limit * KEPT_SHARE:
            _, user = heapq.heappop(people)
            if (person := self._people.get(user)) is None:
                continue
            fullest, _ = max(person.held.items(), key=lambda item: item[1].size)
            self.free_all(fullest)
            fullest.give_up()
            if person.held:
                heapq.heappush(people, (-person.size, user))
        self._making_space = False
