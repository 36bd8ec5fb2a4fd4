"""Profiles and settings of the model: what was set last."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from chatroom.model import AccountSettings, Profile, Settings, Status
from chatroom.names.words import prefix_of, words_of
from chatroom.protocol.results import Person


@attrs.define
class PeopleModel:
    """``had``: all profiles that there have been, which events may show."""

    profiles: dict[str, Profile] = attrs.Factory(dict)
    settings: dict[str, AccountSettings] = attrs.Factory(dict)
    had: set[Profile] = attrs.Factory(set)

    def profile(self, user: str) -> Profile:
        return self.profiles.get(user, Profile(user, user))

    def set_profile(self, user: str, params: Mapping[str, Any]) -> Profile:
        profile = self.profile(user)
        self.had.add(profile)
        if (shown := params.get("displayName")) is not None:
            profile = attrs.evolve(profile, display_name=shown)
        if (given := params.get("status")) is not None:
            status = Status(**given)
            profile = attrs.evolve(profile, status=None if status.is_empty else status)
        self.profiles[user] = profile
        self.had.add(profile)
        return profile

    def forget(self, user: str) -> None:
        self.settings.pop(user, None)
        self.had |= {self.profile(user), Profile(user, user)}
        self.profiles.pop(user, None)

    def shown(self, users: Iterable[str]) -> list[Person]:
        """Return the profiles of these people, by name. Who is online is unknown; of standings
        only admins know."""
        profiles = [self.profile(name) for name in sorted(users)]
        return [
            Person(each.name, each.display_name, each.lookalike, each.status, online=True)
            for each in profiles
        ]

    def found(self, users: Iterable[str], query: str | None) -> list[Person]:
        return [
            person
            for person in self.shown(users)
            if query is None or prefix_of(query) in words_of(person.name, person.display_name)
        ]

    def set_settings(self, user: str, params: Mapping[str, Any]) -> AccountSettings | None:
        """Return None if there is a conflict."""
        present = self.settings.get(user, AccountSettings())
        if params.get("number", present.number) != present.number:
            return None
        kept = Settings(json.dumps(params["settings"], separators=(",", ":"), sort_keys=True))
        self.settings[user] = AccountSettings(kept, present.number + 1)
        return self.settings[user]
