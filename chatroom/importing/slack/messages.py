"""Records of the messages of one conversation."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from ...config import Config
from ...model import MAX_ATTACHMENTS, MAX_EMOJIS
from .emojis import emoji
from .source import Json
from .text import Names, markdown

KEPT: Final = frozenset(
    {None, "me_message", "thread_broadcast", "reply_broadcast", "file_share", "file_comment"}
)
"""Subtypes of messages that people wrote."""


@attrs.frozen
class Shared:
    """What all conversations have in common.

    :ivar files: paths by the ids of files.
    :ivar users: profiles by the ids of users; those whom messages alone name are added.
    :ivar named: ids of users whom records name.
    :ivar skipped: what is left out, and how often.
    """

    config: Config
    names: Names
    files: Mapping[str, str]
    users: dict[str, Json]
    named: set[str] = attrs.field(factory=set)
    skipped: "Counter[str]" = attrs.field(factory=Counter)


class Conversation:
    """:param room: its id.
    :param pins: who pinned messages, by their times.
    """

    def __init__(self, shared: Shared, room: str, pins: Mapping[str, str]) -> None:
        self._shared = shared
        self._room = room
        self._pins = pins
        self._roots: set[str] = set()
        self._seen: set[str] = set()

    def records(self, found: Json) -> Iterator[Json]:
        """Make the records of a message: several if its text is too long here.

        :raises ValueError: it is not what Slack exports.
        """
        shared, subtype = self._shared, found.get("subtype")
        if found.get("type") != "message":
            shared.skipped[f"type {found.get('type')}"] += 1
            return
        sender = found.get("user")
        if subtype not in KEPT or type(sender) is not str:
            shared.skipped[str(subtype or "bot_message")] += 1
            return
        ts, text = _text(found, "ts"), found.get("text") or ""
        time = _time(ts)
        if type(text) is not str:
            raise ValueError("text: must be a string")
        if ts in self._seen:
            shared.skipped["the same message again"] += 1
            return
        self.note(sender, found.get("user_profile"))
        files, missing = self._files(found)
        body = markdown(text, shared.names)
        if subtype == "me_message" and body:
            body = f"_{body}_"
        parts = [part for part in (body, *self._quoted(found), *missing) if part]
        texts = list(_split("\n".join(parts), shared.config))
        if not texts and not files:
            shared.skipped["without text and files"] += 1
            return
        thread = self._thread(ts, found.get("thread_ts"))
        self._seen.add(ts)
        if thread is None:
            self._roots.add(ts)
        common = {"type": "message", "room": self._room, "sender": sender, "time": time}
        if thread is not None:
            common["thread"] = thread
        first: Json = {**common, "id": ts, "text": texts[0] if texts else ""}
        if files:
            first["files"] = files
        if edited := found.get("edited"):
            first["editedAt"] = _time(_text(edited, "ts"))
        if (pinned_by := self._pins.get(ts)) is not None:
            self.note(pinned_by)
            first["pinnedBy"] = pinned_by
        if reactions := self._reactions(found.get("reactions") or []):
            first["reactions"] = reactions
        yield first
        for number, part in enumerate(texts[1:], 2):
            yield {**common, "id": f"{ts}/{number}", "text": part}

    def note(self, user: str, profile: Json | None = None) -> None:
        """Note a user whom a record names, who may be one of another workspace."""
        self._shared.named.add(user)
        if user not in self._shared.users:
            self._shared.users[user] = {
                "id": user,
                "name": user.lower(),
                "profile": _object(profile),
            }

    def _thread(self, ts: str, thread_ts: object) -> str | None:
        if type(thread_ts) is not str or thread_ts == ts:
            return None
        if thread_ts in self._roots:
            return thread_ts
        self._shared.skipped["thread of a message whose thread has no beginning"] += 1
        return None

    def _files(self, found: Json) -> tuple[list[Json], list[str]]:
        """Return the files that are there, and a line of text for each of the others."""
        files: list[Json] = []
        missing: list[str] = []
        for file in found.get("files") or []:
            name = file.get("name") or file.get("title") or "file"
            path = self._shared.files.get(str(file.get("id")))
            if path is not None and len(files) < MAX_ATTACHMENTS:
                files.append({"path": path, "name": name})
            else:
                missing.append(f"[{name}]")
                self._shared.skipped["file that is not there, so its name is in the text"] += 1
        return files, missing

    def _quoted(self, found: Json) -> list[str]:
        """Return what the message forwards, as quotations."""
        quotes = []
        for each in found.get("attachments") or []:
            if each.get("is_share") and each.get("text"):
                lines = markdown(str(each["text"]), self._shared.names).splitlines()
                author = each.get("author_name")
                quotes.append(
                    "\n".join(f"> {line}" for line in ([author] if author else []) + lines)
                )
        return quotes

    def _reactions(self, found: list[Json]) -> list[Json]:
        users: dict[str, dict[str, None]] = {}
        for reaction in found:
            name = _text(reaction, "name")
            character = emoji(name)
            if character is None:
                self._shared.skipped[f"reaction :{name}:"] += 1
                continue
            if character not in users and len(users) == MAX_EMOJIS:
                self._shared.skipped["reaction past the twentieth emoji"] += 1
                continue
            for user in reaction.get("users") or []:
                self.note(user)
                users.setdefault(character, {})[user] = None
        return [{"emoji": each, "users": list(who)} for each, who in users.items()]


def _object(value: object) -> Json:
    return value if type(value) is dict else {}


def _text(found: Any, key: str) -> str:
    value = found.get(key) if type(found) is dict else None
    if type(value) is not str or not value:
        raise ValueError(f"{key}: is missing")
    return value


def _time(ts: str) -> int:
    """Return the ms of a time such as ``1600000000.000200``."""
    seconds, _, rest = ts.partition(".")
    try:
        return int(seconds) * 1000 + int(rest[:3].ljust(3, "0"))
    except ValueError:
        raise ValueError(f"ts: {ts[:64]} is no time") from None


def _split(text: str, config: Config) -> Iterator[str]:
    """Cut a text into parts that a message may have, at ends of lines or words if possible."""
    limit = config.text_chars
    while len(text) > limit or len(text.encode()) > config.text_bytes:
        part = text[:limit]
        while len(part.encode()) > config.text_bytes:
            part = part[: len(part) // 2]
        cut = max(part.rfind("\n"), part.rfind(" ")) if len(part) < len(text) else -1
        part = part[:cut] if cut > len(part) // 2 else part
        yield part.strip()
        text = text[len(part) :].strip()
    if text:
        yield text
