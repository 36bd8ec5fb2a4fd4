"""A client's view of people: their profiles, kept up to date by events."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from ..model import Profile, User
from ..protocol.calls import GetUsers
from ..protocol.field_types import ShownUsers
from ..protocol.results import People, Person

MAX_USERS: Final = 10_000
"""Maximum number of profiles in the view. Past it, the one that was added first is dropped."""
MAX_ASKED: Final = 100
"""Names of one call."""


class Users:
    """Profiles of people with whom the user shares a room.

    It has those that ``Chat.load_users`` has asked for, and those of which the server has told.
    After a lost connection they are read again.

    :param clock: returns ms since the epoch.
    """

    def __init__(self, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._known: dict[str, Profile] = {}
        self._display_names: Counter[str] = Counter()
        self._clock = clock

    def __getitem__(self, name: str) -> Profile:
        """:raises KeyError: the profile is not known."""
        return self._known[name].at(self._clock())

    def get(self, name: str) -> Profile | None:
        """Return a profile; None if it is not known. A status that has ended is left out."""
        profile = self._known.get(name)
        return None if profile is None else profile.at(self._clock())

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def __len__(self) -> int:
        return len(self._known)

    def display_name(self, name: str) -> str:
        """Return the display name; the name if the profile is not known."""
        profile = self._known.get(name)
        return name if profile is None else profile.display_name

    def label(self, name: str) -> str:
        """Return how to show a person: the display name, or ``@name (display name)`` if that may be
        mistaken for another person's.
        """
        profile = self._known.get(name)
        if profile is None or profile.display_name == name:
            return name
        if profile.lookalike or self._display_names[profile.display_name] > 1:
            return f"@{name} ({profile.display_name})"
        return profile.display_name

    # ---- for the client

    def put(self, profile: Profile) -> bool:
        """Note a profile. Return False if it is known already."""
        if self._known.get(profile.name) == profile:
            return False
        if profile.name not in self._known and len(self._known) >= MAX_USERS:
            self._drop(next(iter(self._known)))
        known = self._known.get(profile.name)
        if known is not None:
            self._display_names[known.display_name] -= 1
        self._known[profile.name] = profile
        self._display_names[profile.display_name] += 1
        return True

    def note(self, user: User) -> None:
        """Note a name and display name, if the profile is not known."""
        if user.name not in self._known:
            self.put(Profile(user.name, user.display_name, user.lookalike))

    def _drop(self, name: str) -> None:
        if (known := self._known.pop(name, None)) is not None:
            self._display_names[known.display_name] -= 1

    def calls(self, names: Iterable[str]) -> list[GetUsers]:
        """Return the calls that ask for these profiles."""
        wanted = list(dict.fromkeys(names))
        return [
            GetUsers(ShownUsers(tuple(wanted[start : start + MAX_ASKED])))
            for start in range(0, len(wanted), MAX_ASKED)
        ]

    def put_reply(self, call: GetUsers, people: People) -> list[Profile]:
        """Note the reply to a call. Return the profiles that have changed. Those that the user may
        no longer see are dropped."""
        shown = {each.name: _profile(each) for each in people.users}
        for name in call.users:
            if name not in shown:
                self._drop(name)
        return [profile for profile in shown.values() if self.put(profile)]

    @property
    def names(self) -> Sequence[str]:
        return tuple(self._known)


def _profile(person: Person) -> Profile:
    return Profile(person.name, person.display_name, person.lookalike, person.status, person.avatar)
