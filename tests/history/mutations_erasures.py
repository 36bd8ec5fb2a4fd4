"""Mutations of what is shown after somebody was erased."""

from collections.abc import Iterator

from .altered import Altered, Finished, spoils
from .entries import Json
from .erasures import ERASE


class ErasureMutations(Altered):
    def _after(self, *methods: str) -> list[Finished]:
        return self.calls(*methods, after=self.calls(ERASE)[0].last)

    def _erased(self) -> Iterator[Json]:
        """Yield the messages of the person in pages that are read after the erasure."""
        erased = self.calls(ERASE)[0].args["user"]
        for done in self._after("getHistory"):
            yield from (each for each in done.seen["messages"] if each["sender"] == erased)

    @spoils("not_erased")
    def text_of_the_erased_is_shown(self) -> None:
        self.pick(self._erased())["text"] = "erin 1 @alice"

    @spoils("not_erased")
    def client_id_of_the_erased_is_shown(self) -> None:
        self.pick(self._erased())["clientId"] = "erin 1"

    @spoils("divergent")
    def erased_message_is_of_somebody_else(self) -> None:
        self.pick(self._erased())["sender"] = "nobody"

    @spoils("lost")
    def erased_messages_are_left_out(self) -> None:
        message = self.pick(self._erased())
        for page in self.pages(message["room"]):
            page["messages"] = [m for m in page["messages"] if m["sender"] != message["sender"]]

    @spoils("not_erased")
    def reaction_of_the_erased_is_shown(self) -> None:
        done = self.pick(done for done in self._after("getHistory") if done.seen["messages"])
        message = self.pick(done.seen["messages"])
        message["reactions"] = [{"emoji": "\U0001f44d", "count": 1, "users": ["erin"]}]

    @spoils("not_erased")
    def erased_member_is_listed(self) -> None:
        done = self.pick(self._after("listMembers"))
        member = done.seen["members"][0] | {"user": "erin", "role": "member"}
        done.seen["members"].append(member)

    @spoils("not_erased")
    def profile_of_the_erased_is_shown(self) -> None:
        done = self._after("getHistory")[-1]
        person = {"name": "erin", "displayName": "Erin", "online": False}
        self.ask(done.last, f"{done.user}#9", "getUsers", {"users": ["erin"]}, {"users": [person]})
