"""Mutations of reactions and pins: lost, counted twice, of nobody, and not the same for all."""

from collections.abc import Iterator

from .altered import Altered, Finished, spoils
from .entries import Json, Saw, user_of


class ReactionMutations(Altered):
    @spoils("undone")
    def final_log_lacks_a_reaction(self) -> None:
        done = self.pick(d for d in self.calls("addReaction") if self._is_kept(d))
        room, seq = done.args["room"], done.args["seq"]
        for page in self.pages(room):
            for message in page["messages"]:
                if message["seq"] == seq:
                    for each in message["reactions"]:
                        if each["emoji"] == done.args["emoji"]:
                            _take(each, done.user)
        self._forget_own(room, seq)

    @spoils("undone")
    def resume_lacks_a_reaction(self) -> None:
        done, each = self.pick(
            (done, each)
            for done in self.calls("subscribe")
            if done.seen["recovered"]
            for message in done.seen["messages"]
            for each in message.get("reactions", ())
            if self._was_acknowledged(message, each, done)
        )
        _take(each, each["users"][0])
        done.seen["myReactions"] = []

    @spoils("undone")
    def one_page_lacks_an_emoji(self) -> None:
        done = self.pick(d for d in self.calls("addReaction") if self._is_kept(d))
        page, message = self.pick(
            (page, message)
            for page in self.pages(done.args["room"])
            for message in page["messages"]
            if message["seq"] == done.args["seq"]
        )
        page["myReactions"] = []
        emoji = done.args["emoji"]
        message["reactions"] = [e for e in message["reactions"] if e["emoji"] != emoji]

    @spoils("reaction_wrong")
    def message_counts_a_user_twice(self) -> None:
        _, each = self.pick(self._shown_reactions())
        each["count"] += 1

    @spoils("reaction_wrong")
    def event_counts_a_user_twice(self) -> None:
        _, saw = self.pick(
            (index, saw)
            for index, saw in self.events("reactionsChanged")
            if self.log(saw.value["room"]).get(saw.value["seq"], {}).get("rev") == saw.value["rev"]
        )
        for _, other in self.events("reactionsChanged"):
            if _is_same(saw, other):
                other.value["count"] += 1

    @spoils("reaction_wrong")
    def message_names_a_user_twice(self) -> None:
        _, each = self.pick(self._shown_reactions())
        each["users"].append(each["users"][0])
        each["count"] += 1

    @spoils("reaction_wrong")
    def page_hides_an_own_reaction(self) -> None:
        done = self.pick(d for d in self.calls("getHistory") if d.seen["myReactions"])
        done.seen["myReactions"].pop()

    @spoils("reaction_wrong")
    def page_shows_a_reaction_of_another_as_own(self) -> None:
        done, message, each = self.pick(
            (done, message, each)
            for done in self.calls("getHistory")
            for message in done.seen["messages"]
            for each in message.get("reactions", ())
            if done.user not in each["users"]
        )
        own = {"seq": message["seq"], "emojis": [each["emoji"]]}
        others = [o for o in done.seen["myReactions"] if o["seq"] != message["seq"]]
        done.seen["myReactions"] = [*others, own]

    @spoils("divergent")
    def two_are_told_of_different_counts(self) -> None:
        saw = self.pick(
            saw
            for _, saw in self.events("reactionsChanged")
            if sum(_is_same(saw, other) for _, other in self.events("reactionsChanged")) > 1
        )
        saw.value["count"] += 1

    @spoils("phantom")
    def reaction_is_of_somebody_who_did_not_ask(self) -> None:
        _, saw = self.pick(self.events("reactionsChanged"))
        saw.value["user"] = "mallory"

    @spoils("duplicate")
    def reaction_event_is_duplicated(self) -> None:
        index, saw = self.pick(self.events("reactionsChanged"))
        self.insert(index, saw)

    @spoils("gap")
    def reaction_event_is_missing(self) -> None:
        reactions = {index for index, _ in self.events("reactionsChanged")}
        log = ("newMessage", "messageChanged", "reactionsChanged")
        self.remove(self.pick(one for one, _ in self.pairs(*log) if one in reactions))

    @spoils("undone")
    def final_log_lacks_a_pin(self) -> None:
        message = self.pick(
            message
            for done in self.calls("pinMessage")
            for page in self.pages(done.args["room"])
            for message in page["messages"]
            if message["seq"] == done.args["seq"] and "pinnedBy" in message
        )
        del message["pinnedBy"]

    @spoils("undone")
    def message_is_pinned_by_nobody(self) -> None:
        asked = [begin.args for begin in self.begun("pinMessage")]
        message = self.pick(
            message
            for room in self.rooms()
            for page in self.pages(room)
            for message in page["messages"]
            if {"room": room, "seq": message["seq"]} not in asked and not message.get("deleted")
        )
        message["pinnedBy"] = "alice"

    # ---- places

    def _shown_reactions(self) -> Iterator[tuple[Json, Json]]:
        for done in self.calls("getHistory", "subscribe"):
            for message in done.seen["messages"]:
                for each in message.get("reactions", ()):
                    yield message, each

    def _was_acknowledged(self, message: Json, each: Json, done: Finished) -> bool:
        """Return whether the first user's reaction was acknowledged before a call, and no removal
        was asked for."""
        place = message["room"], message["seq"], each["emoji"]
        user = each["users"][0]
        return any(
            _place(added) == place and added.user == user and added.last < done.first
            for added in self.calls("addReaction")
        ) and not any(
            (begin.args["room"], begin.args["seq"], begin.args["emoji"]) == place
            for begin in self.begun("removeReaction")
        )

    def _is_kept(self, done: Finished) -> bool:
        message = self.log(done.args["room"]).get(done.args["seq"], {})
        emojis = {each["emoji"] for each in message.get("reactions", ())}
        removed = any(
            begin.args == done.args and user_of(begin.process) == done.user
            for begin in self.begun("removeReaction")
        )
        return done.args["emoji"] in emojis and not removed

    def _forget_own(self, room: str, seq: int) -> None:
        for page in self.pages(room):
            page["myReactions"] = [own for own in page["myReactions"] if own["seq"] != seq]


def _place(done: Finished) -> tuple[str, int, str]:
    return done.args["room"], done.args["seq"], done.args["emoji"]


def _take(reaction: Json, user: str) -> None:
    reaction["users"] = [each for each in reaction["users"] if each != user]
    reaction["count"] = len(reaction["users"])


def _is_same(one: Saw, other: Saw) -> bool:
    names = ("room", "seq", "rev", "epoch")
    return all(one.value[name] == other.value[name] for name in names)
