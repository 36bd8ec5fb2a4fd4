"""Mutations of profiles."""

from .altered import Altered, spoils
from .entries import Begin, Json, Saw


class ProfileMutations(Altered):
    def _told(self, process: str, profile: Json) -> Saw:
        return Saw("userChanged", 0, process, profile)

    @spoils("undone")
    def profile_is_lost(self) -> None:
        """Right after a status was acknowledged, its owner reads that there is none."""
        ends = {done.begin.number: done.last for done in self.calls("setProfile")}
        begun = [
            (index, entry.process.partition("#")[0], ends.get(entry.number, len(self.entries)))
            for index, entry in enumerate(self.entries)
            if isinstance(entry, Begin) and entry.call == "setProfile"
        ]
        done = self.pick(
            done
            for done in self.calls("setProfile")
            if done.seen.get("status")
            and not any(
                user == done.user and first < done.last and last > done.first
                for first, user, last in begun
                if first != done.first
            )
        )
        lost = {name: value for name, value in done.seen.items() if name != "status"}
        seen = {"users": [lost | {"online": True}]}
        self.ask(done.last, f"{done.user}#9", "getUsers", {"users": [done.user]}, seen)

    @spoils("undone")
    def own_profile_is_missing(self) -> None:
        done = self.pick(done for done in self.calls("getUsers") if done.user in done.args["users"])
        done.seen["users"] = [each for each in done.seen["users"] if each["name"] != done.user]

    @spoils("undone")
    def profile_without_a_call(self) -> None:
        done = self.pick(done for done in self.calls("getUsers") if done.seen["users"])
        self.pick(done.seen["users"])["displayName"] = "Somebody else"

    @spoils("leak")
    def stranger_is_shown(self) -> None:
        done = self.pick(self.calls("getUsers"))
        stranger = {"name": "stranger", "displayName": "stranger", "online": True}
        done.seen["users"].append(stranger)

    @spoils("phantom")
    def told_profile_was_never_set(self) -> None:
        done = self.pick(self.calls("setProfile"))
        told = done.seen | {"displayName": "Nobody"}
        self.insert(done.last, self._told(done.begin.process, told))

    @spoils("leak")
    def stranger_is_told(self) -> None:
        done = self.pick(self.calls("setProfile"))
        self.insert(done.last, self._told("stranger#1", done.seen))
